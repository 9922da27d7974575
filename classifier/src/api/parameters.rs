//! Parameters of requests: what an endpoint takes, and what was given, checked. The same tables make the document.

use serde_json::{Value as Json, json};

use super::problem::Problem;
use crate::date::parse_moment;
use crate::timestamp::Timestamp;

/// A parameter that an endpoint takes, in its path or query.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What values it has.
    pub kind: Kind,
    /// What it is for, in a sentence.
    pub what: &'static str,
}

/// Words to choose from.
pub type Words = fn() -> Vec<&'static str>;

/// What values a parameter has.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A text that is not empty.
    Text,
    /// One or several of them, repeated or with commas between.
    Texts,
    /// One of some words.
    Word(Words),
    /// One or several of them, repeated or with commas between.
    Words(Words),
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds, and what holds where none is given.
    Number(i64, i64, Option<i64>),
    /// An interface: its number, or its device and its name.
    Interface,
    /// From 0 to 1.
    Share,
    /// A moment (RFC 3339), or a day, which means its beginning in UTC.
    Moment,
}

/// A text is at most that long, in characters.
const LONGEST: usize = 256;
/// So many values are given at once at the most.
const MOST: usize = 200;

/// One value that was given.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Flag(bool),
    Number(i64),
    Share(f64),
    Moment(Timestamp),
}

/// What was given, and holds where nothing was.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Given {
    values: Vec<(&'static str, Value)>,
}

impl Given {
    /// Reads the names and values of a request. Only `taken` are taken.
    ///
    /// # Errors
    /// The first value that is wrong, by its parameter's name.
    pub fn read<'a>(
        taken: &[Parameter],
        given: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Problem> {
        let mut values: Vec<(&'static str, Value)> = Vec::new();
        for (name, text) in given {
            let Some(parameter) = taken.iter().find(|known| known.name == name) else {
                let names: Vec<&str> = taken.iter().map(|known| known.name).collect();
                let expected = if names.is_empty() { "no parameter".into() } else { names.join(", ") };
                return Err(Problem::parameter(name, "there is no such parameter here", expected));
            };
            let wrong = |wrong: String| Problem::parameter(name, &wrong, parameter.kind.expected());
            let many = matches!(parameter.kind, Kind::Texts | Kind::Words(_));
            let parts: Vec<&str> = if many { text.split(',').map(str::trim).collect() } else { vec![text] };
            for part in parts {
                let before = values.iter().filter(|(known, _)| *known == parameter.name).count();
                match (many, before) {
                    (true, MOST..) => return Err(wrong(format!("more than {MOST} values"))),
                    (false, 1..) => return Err(wrong("it is given twice".into())),
                    _ => {}
                }
                values.push((parameter.name, parameter.kind.read(part).map_err(wrong)?));
            }
        }
        for parameter in taken {
            if let Kind::Number(.., Some(default)) = parameter.kind
                && !values.iter().any(|(name, _)| *name == parameter.name)
            {
                values.push((parameter.name, Value::Number(default)));
            }
        }
        Ok(Self { values })
    }

    /// These and those.
    #[must_use]
    pub fn with(mut self, more: Self) -> Self {
        self.values.extend(more.values);
        self
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &Value> {
        self.values.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All texts or words of a parameter.
    pub fn texts(&self, name: &'static str) -> Vec<&str> {
        let texts = self.all(name);
        texts
            .filter_map(|value| if let Value::Text(text) = value { Some(text.as_str()) } else { None })
            .collect()
    }

    /// The text or word of a parameter.
    pub fn text(&self, name: &'static str) -> Option<&str> {
        self.texts(name).first().copied()
    }

    /// The flag of a parameter.
    pub fn flag(&self, name: &'static str) -> Option<bool> {
        self.all(name).find_map(|value| if let Value::Flag(flag) = value { Some(*flag) } else { None })
    }

    /// The number of a parameter.
    pub fn number(&self, name: &'static str) -> Option<i64> {
        self.all(name).find_map(|value| if let Value::Number(number) = value { Some(*number) } else { None })
    }

    /// The number of a parameter that counts something.
    pub fn count(&self, name: &'static str) -> Option<usize> {
        self.number(name).and_then(|number| usize::try_from(number).ok())
    }

    /// The share of a parameter.
    pub fn share(&self, name: &'static str) -> Option<f64> {
        self.all(name).find_map(|value| if let Value::Share(share) = value { Some(*share) } else { None })
    }

    /// The moment of a parameter.
    pub fn moment(&self, name: &'static str) -> Option<Timestamp> {
        self.all(name).find_map(|value| if let Value::Moment(moment) = value { Some(*moment) } else { None })
    }
}

impl Kind {
    /// Reads a value, or says what is wrong with it.
    fn read(self, text: &str) -> Result<Value, String> {
        match self {
            Self::Text | Self::Texts if text.trim().is_empty() => Err("it is empty".into()),
            Self::Text | Self::Texts if text.chars().count() > LONGEST => {
                Err(format!("it is longer than {LONGEST} characters"))
            }
            Self::Text | Self::Texts => Ok(Value::Text(text.trim().to_owned())),
            Self::Word(words) | Self::Words(words) => match words().contains(&text) {
                true => Ok(Value::Text(text.to_owned())),
                false => Err(format!("{} is none of its words", shown(text))),
            },
            Self::Flag => match text {
                "true" => Ok(Value::Flag(true)),
                "false" => Ok(Value::Flag(false)),
                _ => Err(format!("{} is neither true nor false", shown(text))),
            },
            Self::Number(least, most, _) => match text.parse::<i64>() {
                Ok(number) if (least..=most).contains(&number) => Ok(Value::Number(number)),
                Ok(number) => Err(format!("{number} is out of bounds")),
                Err(_) => Err(format!("{} is no whole number", shown(text))),
            },
            Self::Interface => match (text.parse::<i64>(), text.split_once(':')) {
                (Ok(number @ 1..), _) => Ok(Value::Number(number)),
                (_, Some((device, name))) if !device.is_empty() && !name.is_empty() => Self::Text.read(text),
                _ => Err(format!("{} is no interface", shown(text))),
            },
            Self::Share => match text.parse::<f64>() {
                Ok(share) if (0.0..=1.0).contains(&share) => Ok(Value::Share(share)),
                _ => Err(format!("{} is no number from 0 to 1", shown(text))),
            },
            Self::Moment => parse_moment(text)
                .map(Value::Moment)
                .ok_or_else(|| format!("{} is neither a moment nor a day", shown(text))),
        }
    }

    /// What would be right, in words.
    fn expected(self) -> String {
        match self {
            Self::Text => format!("a text of 1 to {LONGEST} characters, once"),
            Self::Texts => format!("up to {MOST} texts of 1 to {LONGEST} characters, with commas between"),
            Self::Word(words) => format!("one of {}", words().join(", ")),
            Self::Words(words) => format!("some of {}", words().join(", ")),
            Self::Flag => "true or false".into(),
            Self::Number(least, i64::MAX, _) => format!("{least} or more"),
            Self::Number(least, most, _) => format!("{least} to {most}"),
            Self::Interface => "an interface's number, or DEVICE:IF_NAME such as rustavi-r1:Gi0%2F1".into(),
            Self::Share => "a number from 0 to 1, such as 0.5".into(),
            Self::Moment => "a moment such as 2026-11-22T21:58:10Z, or a day such as 2026-11-22".into(),
        }
    }

    /// Its values as JSON Schema has them.
    pub fn schema(self) -> Json {
        let text = json!({"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "\\S"});
        match self {
            Self::Text => text,
            Self::Texts => json!({"type": "array", "maxItems": MOST, "minItems": 1, "items": text}),
            Self::Word(words) => json!({"type": "string", "enum": words()}),
            Self::Words(words) => {
                json!({"type": "array", "maxItems": MOST, "minItems": 1, "items": {"type": "string", "enum": words()}})
            }
            Self::Flag => json!({"type": "boolean"}),
            Self::Number(least, most, default) => {
                let mut schema = json!({"type": "integer", "format": "int64", "minimum": least});
                if most != i64::MAX {
                    schema["maximum"] = most.into();
                }
                if let Some(default) = default {
                    schema["default"] = default.into();
                }
                schema
            }
            Self::Interface => {
                let name = json!({"type": "string", "maxLength": LONGEST, "pattern": "^[^:]+:.+$"});
                json!({"anyOf": [{"type": "integer", "format": "int64", "minimum": 1}, name]})
            }
            Self::Share => json!({"type": "number", "minimum": 0, "maximum": 1}),
            Self::Moment => json!({"type": "string", "format": "date-time"}),
        }
    }
}

/// What was given, as far as it is worth repeating.
fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAKEN: [Parameter; 7] = [
        Parameter { name: "site", kind: Kind::Texts, what: "" },
        Parameter { name: "type", kind: Kind::Words(|| vec!["isp", "trunk"]), what: "" },
        Parameter { name: "up", kind: Kind::Flag, what: "" },
        Parameter { name: "limit", kind: Kind::Number(1, 1000, Some(100)), what: "" },
        Parameter { name: "least", kind: Kind::Share, what: "" },
        Parameter { name: "since", kind: Kind::Moment, what: "" },
        Parameter { name: "q", kind: Kind::Text, what: "" },
    ];

    #[test]
    fn what_is_given_is_read() {
        let given = [
            ("site", "a, b"),
            ("site", "c"),
            ("type", "isp,trunk"),
            ("up", "true"),
            ("limit", "5"),
            ("least", "0.5"),
            ("since", "2026-11-22"),
            ("q", " magti, fa "),
        ];
        let given = Given::read(&TAKEN, given).expect("all are good");
        assert_eq!(given.texts("site"), ["a", "b", "c"]);
        assert_eq!(given.texts("type"), ["isp", "trunk"]);
        assert_eq!(
            (given.flag("up"), given.count("limit"), given.share("least")),
            (Some(true), Some(5), Some(0.5))
        );
        assert_eq!(given.moment("since").map(Timestamp::as_millis), Some(1_795_305_600_000));
        assert_eq!(given.text("q"), Some("magti, fa"));
        let none = Given::read(&TAKEN, []).expect("nothing is good too");
        assert_eq!((none.count("limit"), none.flag("up"), none.text("q")), (Some(100), None, None));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let long = "x".repeat(300);
        let many = vec!["a"; 201].join(",");
        for (name, text, expected) in [
            ("sites", "a", "sites: there is no such parameter here|site, type, up"),
            ("site", "", "site: it is empty|up to 200 texts"),
            ("site", "a,,b", "site: it is empty|up to 200 texts"),
            ("site", &many, "site: more than 200 values|"),
            ("q", &long, "q: it is longer than 256 characters|a text of 1 to 256 characters"),
            ("type", "isp,lan", "type: \\\"lan\\\" is none of its words|some of isp, trunk"),
            ("up", "yes", "up: \\\"yes\\\" is neither true nor false|true or false"),
            ("limit", "0", "limit: 0 is out of bounds|1 to 1000"),
            ("limit", "1e3", "limit: \\\"1e3\\\" is no whole number|"),
            ("least", "NaN", "least: \\\"NaN\\\" is no number from 0 to 1|"),
            ("since", "yesterday", "since: \\\"yesterday\\\" is neither a moment nor a day|"),
        ] {
            let problem = Given::read(&TAKEN, [(name, text)]).expect_err(name).response();
            let body = String::from_utf8_lossy(&problem.body).into_owned();
            for part in expected.split('|') {
                assert!(body.contains(part), "{name}={text}: {body}");
            }
        }
        assert!(Given::read(&TAKEN, [("q", "a"), ("q", "b")]).is_err());
    }
}
