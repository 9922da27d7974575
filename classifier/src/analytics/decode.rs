//! What a Prometheus-compatible server answers, row by row. Pure.
//!
//! Nothing of an answer is kept but what a row is made of: the answer to a question about a whole fleet is as long as the
//! fleet is.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

/// A row's labels, as far as they are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Labels<'a> {
    /// The device's name.
    #[serde(borrow)]
    pub device: Cow<'a, str>,
    /// The interface's name.
    #[serde(borrow)]
    pub if_name: Cow<'a, str>,
    /// `in` or `out`.
    #[serde(borrow)]
    pub direction: Cow<'a, str>,
    /// Which question it answers: [`super::promql::FIGURE`].
    #[serde(borrow)]
    pub figure: Cow<'a, str>,
}

/// A row of an answer: its labels, and values with their moments in Unix seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row<'a> {
    /// Whose it is.
    pub labels: Labels<'a>,
    /// One value of an instant query, many of a range. Those that are no number are left out.
    pub values: Vec<(f64, f64)>,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// It is no answer to a PromQL question.
    Odd(String),
    /// The server did not understand the question, or would not answer it.
    Refused(String),
}

/// Reads an answer and gives each of its rows away.
///
/// # Errors
/// It is no answer, or one that says what is wrong. Rows may have been given away by then.
pub fn rows<'a>(body: &'a [u8], take: impl FnMut(Row<'a>)) -> Result<(), Wrong> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let answer = Answer { take };
    let failed = |error: serde_json::Error| Wrong::Odd(format!("{error}"));
    let (status, error, found) = (&mut reader).deserialize_map(answer).map_err(failed)?;
    reader.end().map_err(failed)?;
    match (status.as_str(), found) {
        ("success", true) => Ok(()),
        ("success", false) => Err(Wrong::Odd("no rows are in it".into())),
        ("error", _) => Err(Wrong::Refused(error)),
        _ => Err(Wrong::Odd("it has no status".into())),
    }
}

/// What is wrong, by an answer that is none: the text of an error, where there is one.
pub fn refusal(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    serde_json::from_slice::<Refusal>(body).ok().map(|refusal| refusal.error)
}

/// The whole answer: `{"status": …, "data": {"resultType": …, "result": […]}}`.
struct Answer<F> {
    take: F,
}

impl<'de, F: FnMut(Row<'de>)> Visitor<'de> for Answer<F> {
    type Value = (String, String, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer to a PromQL question")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut status, mut error, mut found) = (String::new(), String::new(), false);
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            match &*name {
                "status" => status = map.next_value()?,
                "error" => error = map.next_value()?,
                "data" => found |= map.next_value_seed(Seed(Data { take: &mut self.take }))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok((status, error, found))
    }
}

/// A visitor that has something to do.
struct Seed<V>(V);

impl<'de, F: FnMut(Row<'de>)> serde::de::DeserializeSeed<'de> for Seed<Data<'_, F>> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self.0)
    }
}

impl<'de, F: FnMut(Row<'de>)> serde::de::DeserializeSeed<'de> for Seed<Rows<'_, F>> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self.0)
    }
}

struct Data<'f, F> {
    take: &'f mut F,
}

impl<'de, F: FnMut(Row<'de>)> Visitor<'de> for Data<'_, F> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data of an answer")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut found = false;
        while let Some(name) = map.next_key::<Cow<'_, str>>()? {
            if name == "result" {
                map.next_value_seed(Seed(Rows { take: &mut *self.take }))?;
                found = true;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

struct Rows<'f, F> {
    take: &'f mut F,
}

impl<'de, F: FnMut(Row<'de>)> Visitor<'de> for Rows<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(Read { metric, value, values }) = rows.next_element()? {
            let all = value.into_iter().chain(values);
            let number = |(at, text): (f64, Cow<'_, str>)| {
                let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
                Some((at, value?))
            };
            (self.take)(Row { labels: metric, values: all.filter_map(number).collect() });
        }
        Ok(())
    }
}

/// A row as it is written.
#[derive(Deserialize)]
struct Read<'a> {
    #[serde(borrow)]
    metric: Labels<'a>,
    #[serde(borrow, default)]
    value: Option<(f64, Cow<'a, str>)>,
    #[serde(borrow, default)]
    values: Vec<(f64, Cow<'a, str>)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row's labels, and its values.
    type Told = (String, Vec<(f64, f64)>);

    fn read(body: &str) -> Result<Vec<Told>, Wrong> {
        let mut found = Vec::new();
        rows(body.as_bytes(), |row| {
            let Labels { device, if_name, direction, figure } = row.labels;
            found.push((format!("{device}|{if_name}|{direction}|{figure}"), row.values));
        })?;
        Ok(found)
    }

    #[test]
    fn rows_of_moments_and_of_ranges_are_read() {
        let body = r#"{"status":"success","isPartial":false,"data":{"resultType":"vector","result":[
            {"metric":{"__name__":"x","device":"r\"1\\","if_name":"მაგთი/1","direction":"in","site":"a"},"value":[1700000000.5,"2.5e3"]},
            {"metric":{"figure":"level"},"value":[1700000000,"NaN"]}]},"stats":{"seriesFetched":"2"}}"#;
        let expected =
            vec![("r\"1\\|მაგთი/1|in|".into(), vec![(1_700_000_000.5, 2500.0)]), ("|||level".into(), vec![])];
        assert_eq!(read(body), Ok(expected));
        let body = r#"{"data":{"result":[{"values":[[1,"1"],[2,"+Inf"],[3,"-0.5"]],"metric":{"device":"a"}}],"resultType":"matrix"},"status":"success"}"#;
        assert_eq!(read(body), Ok(vec![("a|||".into(), vec![(1.0, 1.0), (3.0, -0.5)])]));
        assert_eq!(read(r#"{"status":"success","data":{"result":[]}}"#), Ok(vec![]));
    }

    #[test]
    fn what_is_no_answer_is_said() {
        for (body, expected) in [
            (
                r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#,
                "Refused(\"parse error\")",
            ),
            (r#"{"status":"error","error":"gone","data":null}"#, "Refused(\"gone\")"),
            (r#"{"status":"success"}"#, "no rows"),
            ("{}", "no status"),
            ("<html>", "expected value at line 1"),
            ("", "EOF"),
            (r#"{"status":"success","data":{"result":[{"metric":{"device":7}}]}}"#, "invalid type"),
            (r#"{"status":"success","data":{"result":[{"metric":{"#, "EOF"),
            (r#"{"status":"success","data":{"result":[]}} more"#, "trailing"),
        ] {
            let wrong = format!("{:?}", read(body).expect_err(body));
            assert!(wrong.contains(expected), "{body}: {wrong}");
        }
        assert_eq!(refusal(br#"{"status":"error","error":"parse error"}"#).as_deref(), Some("parse error"));
        assert_eq!(refusal(b"<html>"), None);
    }
}
