//! Answers of snmp_exporter that were kept, for machines that have none.
//!
//! A file holds the answers to many scrapes, one behind the other. Each begins with `@ name`; the line below says
//! status and content type, or that the program ended. What follows is what is [`kept`] of the answer. An answer that is
//! the same as one before is `= name` of that.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::PathBuf;

use super::reasons;
use crate::http::Answer;
use crate::programs::repository;
use crate::snmp_exporter::NoAnswer;

/// The answers of one file, by name.
#[derive(Debug)]
pub struct Stored {
    file: PathBuf,
    answers: BTreeMap<String, Result<Answer, NoAnswer>>,
}

impl Stored {
    /// No answers yet.
    pub fn anew(name: &str) -> Self {
        Self { answers: BTreeMap::new(), ..Self::open(name) }
    }

    /// Reads the file of this name; an empty one where there is none.
    pub fn open(name: &str) -> Self {
        let file = repository().join(format!("crates/e2e/tests/compare/stored/{name}.txt"));
        let text = fs::read_to_string(&file).unwrap_or_default();
        Self { file, answers: read(&text) }
    }

    /// The answer to a scrape.
    pub fn get(&self, name: &str) -> Option<&Result<Answer, NoAnswer>> {
        self.answers.get(name)
    }

    /// Keeps what there is to be kept of an answer.
    pub fn set(&mut self, name: &str, answer: &Result<Answer, NoAnswer>) {
        self.answers.insert(name.into(), kept(answer));
    }

    /// Writes the file.
    pub fn save(&self) {
        let folder = self.file.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).expect("the folder of stored answers");
        fs::write(&self.file, write(&self.answers)).expect("the stored answers are written");
    }
}

/// What is kept of an answer: of a good one the series of the device, of an error its reasons.
pub fn kept(answer: &Result<Answer, NoAnswer>) -> Result<Answer, NoAnswer> {
    let answer = answer.as_ref().map_err(Clone::clone)?;
    let about_the_scrape = |line: &str| {
        ["snmp_scrape_", "# HELP snmp_scrape_", "# TYPE snmp_scrape_"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let body = match answer.status {
        200 => answer.body.split_inclusive('\n').filter(|line| !about_the_scrape(line)).collect(),
        _ => {
            let reasons: Vec<String> = reasons(&answer.body).into_iter().collect();
            reasons.join("\n* ").replacen("\n* ", "\n\n", 1) + "\n"
        }
    };
    let kind = answer.header("content-type").unwrap_or_default().to_string();
    Ok(Answer { status: answer.status, headers: vec![("content-type".into(), kind)], body })
}

fn write(answers: &BTreeMap<String, Result<Answer, NoAnswer>>) -> String {
    let mut text = String::new();
    let mut written: HashMap<String, &str> = HashMap::new();
    for (name, answer) in answers {
        let answer = match answer {
            Ok(answer) => {
                let kind = answer.header("content-type").unwrap_or_default();
                format!("{} {kind}\n{}", answer.status, answer.body)
            }
            Err(NoAnswer::Crash(end) | NoAnswer::Silence(end)) => format!("ended {end}\n"),
        };
        text += &format!("@ {name}\n");
        match written.get(answer.as_str()).filter(|first| first.len() < answer.len()) {
            Some(first) => text += &format!("= {first}\n"),
            None => {
                text += &answer;
                written.insert(answer, name);
            }
        }
    }
    text
}

fn read(text: &str) -> BTreeMap<String, Result<Answer, NoAnswer>> {
    let text = format!("\n{text}");
    let mut answers = BTreeMap::new();
    for part in text.split("\n@ ").skip(1) {
        let (name, part) = part.split_once('\n').unwrap_or((part, ""));
        let (first, body) = part.split_once('\n').unwrap_or((part, ""));
        let (status, rest) = first.split_once(' ').unwrap_or((first, ""));
        let answer = match status.parse() {
            _ if status == "=" => match answers.get(rest) {
                Some(answer) => Result::clone(answer),
                None => continue,
            },
            Ok(status) => {
                let headers = vec![("content-type".to_string(), rest.to_string())];
                // The end of the last line was taken for the beginning of the next part.
                let body = if body.is_empty() {
                    String::new()
                } else {
                    format!("{}\n", body.trim_end_matches('\n'))
                };
                Ok(Answer { status, headers, body })
            }
            Err(_) => Err(NoAnswer::Crash(rest.to_string())),
        };
        answers.insert(name.to_string(), answer);
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_back() {
        let answer = |status, body: &str| {
            let headers = vec![("content-type".to_string(), "text/plain; charset=utf-8".to_string())];
            Ok(Answer { status, headers, body: body.to_string() })
        };
        let answers = BTreeMap::from([
            ("empty".to_string(), answer(200, "")),
            ("a, b".to_string(), answer(200, "# HELP a x\n# TYPE a gauge\na{x=\"@ y\"} 1\n")),
            ("again".to_string(), answer(200, "# HELP a x\n# TYPE a gauge\na{x=\"@ y\"} 1\n")),
            ("failed".to_string(), answer(500, "An error\n\nonce\n* twice\n")),
            ("gone".to_string(), Err(NoAnswer::Crash("panic: x".into()))),
        ]);
        assert_eq!(read(&write(&answers)), answers);
        for answer in answers.values() {
            assert_eq!(kept(answer), *answer);
        }
    }
}
