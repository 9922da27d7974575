//! Reading values of rule files: what is there in the right form comes back, what is not becomes a problem.

use std::ops::RangeInclusive;

use inventory::Problems;
use inventory::fields::Fields;
use inventory::nearest::hint;
use inventory::yaml::{Kind, Node};

use crate::kind::InterfaceType;
use crate::text::speed::parse_speed;

/// A map's fields and where its problems go.
pub(crate) struct Reader<'a> {
    pub problems: &'a Problems,
}

impl<'a> Reader<'a> {
    /// A list, where the field is one; a single value is a list of one.
    pub fn items<'n>(&self, fields: &Fields<'n>, key: &str) -> Option<Vec<&'n Node>> {
        let node = fields.get(key)?;
        Some(match &node.kind {
            Kind::List(items) => items.iter().collect(),
            _ => vec![node],
        })
    }

    /// A list of texts, each with its node.
    pub fn texts<'n>(&self, fields: &Fields<'n>, key: &str) -> Option<Vec<(&'n Node, &'n str)>> {
        let items = self.items(fields, key)?;
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match item.text() {
                Some(text) => texts.push((item, text)),
                None => self.problem(item, fields, key, format!("expected a text, found {}", item.name())),
            }
        }
        if texts.is_empty() {
            fields.problem(key, "expected at least one text");
        }
        Some(texts)
    }

    /// A list of words that mean something.
    pub fn words<T: Copy>(
        &self,
        fields: &Fields<'_>,
        key: &str,
        known: &[(&'static str, T)],
    ) -> Option<Vec<T>> {
        let mut values = Vec::new();
        for (node, text) in self.texts(fields, key)? {
            match known.iter().find(|(word, _)| *word == text) {
                Some((_, value)) => values.push(*value),
                None => {
                    let names: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
                    let hint = hint(text, names.iter().copied());
                    self.problem(node, fields, key, format!("unknown word {text:?}{hint}"));
                }
            }
        }
        Some(values)
    }

    /// A type.
    pub fn kind(&self, fields: &Fields<'_>, key: &str) -> Option<InterfaceType> {
        let text = fields.text(key)?;
        let kind = InterfaceType::from_word(text);
        if kind.is_none() {
            let known = InterfaceType::ALL.map(InterfaceType::as_str);
            fields.problem(key, format!("unknown type {text:?}{}", hint(text, known)));
        }
        kind
    }

    /// Types.
    pub fn kinds(&self, fields: &Fields<'_>, key: &str) -> Option<Vec<InterfaceType>> {
        self.words(fields, key, &InterfaceType::ALL.map(|kind| (kind.as_str(), kind)))
    }

    /// A share: above 0, at most 1.
    pub fn share(&self, fields: &Fields<'_>, key: &str) -> Option<f64> {
        let text = fields.text(key)?;
        let number = text.parse::<f64>().ok().filter(|number| *number > 0.0 && *number <= 1.0);
        if number.is_none() {
            fields
                .problem(key, format!("expected a number above 0 and up to 1, such as 0.8, found {text:?}"));
        }
        number
    }

    /// Numbers and ranges: `[24, 100-104]`.
    pub fn numbers(&self, fields: &Fields<'_>, key: &str) -> Option<Vec<RangeInclusive<u32>>> {
        let mut ranges = Vec::new();
        for (node, text) in self.texts(fields, key)? {
            let (low, high) = text.split_once('-').unwrap_or((text, text));
            match (low.trim().parse::<u32>(), high.trim().parse::<u32>()) {
                (Ok(low), Ok(high)) if low <= high => ranges.push(low..=high),
                _ => {
                    let message = format!("expected numbers or ranges such as [24, 100-104], found {text:?}");
                    self.problem(node, fields, key, message);
                }
            }
        }
        Some(ranges)
    }

    /// Bounds of a number that may be written like a speed: `{min: 10G, max: 100G}`.
    pub fn bounds(&self, fields: &Fields<'_>, key: &str) -> Option<RangeInclusive<u64>> {
        let node = fields.get(key)?;
        let bounds = Fields::open(node, fields.key(key), self.problems)?;
        bounds.check_keys(&["min", "max"]);
        let bound = |key: &str| {
            let text = bounds.text(key)?;
            let number = parse_speed(text).or_else(|| text.parse().ok());
            if number.is_none() {
                bounds.problem(key, format!("expected a number such as 1500 or 10G, found {text:?}"));
            }
            number
        };
        let (min, max) = (bound("min"), bound("max"));
        if min.is_none() && max.is_none() {
            bounds.problem("min", "expected min, max or both");
        }
        Some(min.unwrap_or(0)..=max.unwrap_or(u64::MAX))
    }

    /// A map below a key.
    pub fn section<'n>(&self, fields: &Fields<'n>, key: &str) -> Option<Fields<'n>>
    where
        'a: 'n,
    {
        Fields::open(fields.get(key)?, fields.key(key), self.problems)
    }

    /// Notes a problem with a value.
    pub fn problem(&self, node: &Node, fields: &Fields<'_>, key: &str, message: impl Into<String>) {
        self.problems.push(node.at, &fields.key(key), message);
    }
}
