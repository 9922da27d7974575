//! What the documentation tells people to type and to ask: commands and PromQL, with where they stand.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use crate::programs::repository;

/// Something a page tells people to type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Page and line, such as `README.md:29`.
    pub place: String,
    /// The command or question, without its comment.
    pub text: String,
    /// Whether it stands in a block of its own rather than within a sentence.
    pub block: bool,
}

/// All pages of the documentation, by their path in the repository.
///
/// # Panics
/// A folder of pages is not there.
pub fn pages() -> Vec<String> {
    let mut pages: Vec<String> =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md", "grafana/README.md"].map(String::from).into();
    for folder in ["docs", "docs/adr"] {
        let entries = fs::read_dir(repository().join(folder)).expect("a folder of pages").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        pages.extend(names.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}")));
    }
    pages.sort();
    pages
}

/// The text of a page.
///
/// # Panics
/// It is not there.
pub fn page(name: &str) -> String {
    let path: PathBuf = repository().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The commands of a page: lines of its `sh` blocks, those that go on in the next line as one, and what its sentences
/// show as code and `is_command` takes for a command.
pub fn commands(name: &str, text: &str, is_command: impl Fn(&str) -> bool) -> Vec<Told> {
    let mut told = Vec::new();
    let mut begun: Option<(usize, String)> = None;
    for Line { number, text, block } in lines(text) {
        match block {
            Some("sh") => {
                let (first, before) = begun.take().unwrap_or((number, String::new()));
                let line = format!("{before}{}", without_comment(text).trim());
                match line.strip_suffix('\\') {
                    Some(start) => begun = Some((first, start.to_string())),
                    None if line.is_empty() => {}
                    None => told.push(Told { place: format!("{name}:{first}"), text: line, block: true }),
                }
            }
            Some(_) => {}
            None => told.extend(spans(text).filter(|span| is_command(span)).map(|span| Told {
                place: format!("{name}:{number}"),
                text: span.to_string(),
                block: false,
            })),
        }
    }
    told
}

/// The PromQL of a page: its `promql` blocks, and what its sentences show as code and names one of these metrics and asks
/// something of it.
pub fn questions(name: &str, text: &str, metrics: &BTreeSet<String>) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    let mut within = false;
    for Line { number, text, block } in lines(text) {
        let place = format!("{name}:{number}");
        match block {
            Some("promql") if within => {
                let question = told.last_mut().expect("a block has begun");
                question.text += &format!("\n{text}");
            }
            Some("promql") => told.push(Told { place, text: text.into(), block: true }),
            Some(_) => {}
            None => told.extend(
                spans(text)
                    .filter(|span| span.contains(['{', '(', '[', '>', '<']) && !span.contains('…'))
                    // `name{a, b}` says which labels a metric has.
                    .filter(|span| !span.contains('{') || span.contains('='))
                    .filter(|span| words(span).any(|word| metrics.contains(word)))
                    .map(|span| Told { place: place.clone(), text: span.to_string(), block: false }),
            ),
        }
        within = block == Some("promql");
    }
    told
}

/// The names in the sentences of a page that are written as metrics are, each with its place.
pub fn names(name: &str, text: &str) -> Vec<Told> {
    let of_line = |Line { number, text, block }: Line<'_>| {
        let spans = if block.is_none() { spans(text).map(String::from).collect() } else { Vec::new() };
        spans.into_iter().map(move |text| Told { place: format!("{name}:{number}"), text, block: false })
    };
    lines(text).flat_map(of_line).collect()
}

/// The words of PromQL: names of metrics, labels, functions.
pub fn words(question: &str) -> impl Iterator<Item = &str> {
    let inside = |sign: char| sign.is_ascii_alphanumeric() || sign == '_' || sign == ':';
    question.split(move |sign| !inside(sign)).filter(|word| !word.is_empty())
}

/// A line of a page, its number from 1, and the language of the block that it is in.
struct Line<'a> {
    number: usize,
    text: &'a str,
    block: Option<&'a str>,
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut block = None;
    text.lines().enumerate().filter_map(move |(at, line)| match line.trim().strip_prefix("```") {
        Some(language) => {
            block = if block.is_some() { None } else { Some(language) };
            None
        }
        None => Some(Line { number: at + 1, text: line, block }),
    })
}

/// What a line shows as code.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).map(str::trim)
}

/// A shell line up to its comment.
fn without_comment(line: &str) -> &str {
    let line = if line.trim_start().starts_with('#') { "" } else { line };
    line.split(" # ").next().unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
Type `make demo`, not `demo`.

```sh
# A comment.
curl -fs \"$WARD/a\" \\
  -d '{}'      # the answer
make test
```

Ask `count(up == 1)` or `up`:

```promql
sum(
  up)
```
";

    fn told(place: &str, text: &str, block: bool) -> Told {
        Told { place: format!("a.md:{place}"), text: text.into(), block }
    }

    #[test]
    fn commands_stand_in_blocks_and_in_sentences() {
        let found = commands("a.md", PAGE, |span| span.starts_with("make "));
        let expected = [
            told("1", "make demo", false),
            told("5", "curl -fs \"$WARD/a\" -d '{}'", true),
            told("7", "make test", true),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn questions_name_metrics() {
        let metrics = BTreeSet::from(["up".to_string()]);
        let found = questions("a.md", PAGE, &metrics);
        assert_eq!(found, [told("10", "count(up == 1)", false), told("13", "sum(\n  up)", true)]);
        assert_eq!(names("a.md", PAGE).iter().filter(|told| told.text == "up").count(), 1);
    }
}
