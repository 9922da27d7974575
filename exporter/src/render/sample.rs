//! The samples one value becomes.

use std::ops::Range;

use snmp::Value;

use super::number::Number;
use super::problem::{ProblemKind, Problems, invalid_metric};
use super::reading::{Reading, Rows, subtype};
use super::{Settings, dates, go_float, octets, value_text};
use crate::module::spec::{Extract, Text, TextKind};
use crate::plan::family::{Member, Output};
use crate::plan::slot::Slot;

/// A sample of one row: the label that carries the value, where one does, and the number.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    /// The label's value, in [`Maker::texts`].
    pub text: Range<usize>,
    /// The sample's value.
    pub number: Number,
}

/// Makes samples of values.
pub(super) struct Maker<'a> {
    pub reading: &'a Reading<'a>,
    pub settings: &'a Settings,
    /// Values of labels, unescaped, one behind the other.
    pub texts: Vec<u8>,
    /// A text and its number that are only looked at.
    scratch: (Vec<u8>, String),
}

/// Octets as the text they are.
const PLAIN: Text = Text { kind: TextKind::DisplayString, hint: None };

/// A value, where it was found, and by what it is shown.
#[derive(Clone, Copy)]
pub(super) struct Found<'a> {
    pub value: &'a Value,
    /// The column it is from: 0 is the metric's own, the others are fallbacks.
    pub column: usize,
    pub rows: &'a Rows,
    pub row: usize,
}

impl<'a> Maker<'a> {
    pub fn new(reading: &'a Reading<'a>, settings: &'a Settings) -> Self {
        Self { reading, settings, texts: Vec::new(), scratch: Default::default() }
    }

    /// Adds the samples of one value to `samples`.
    pub fn make(
        &mut self,
        member: &Member,
        found: Found<'_>,
        samples: &mut Vec<Sample>,
        problems: &mut Problems,
    ) {
        let value = found.value;
        let adjust = &member.adjust[found.column];
        let number = |number: Number| Some(number.adjust(adjust));
        let plain = match &member.output {
            Output::Number => number(Number::of(value, self.settings.wrap_large_counters)),
            Output::DateAndTime => dates::date_and_time(value).and_then(|n| number(Number::Int(n))),
            Output::NtpTimestamp => dates::ntp(value).and_then(|n| number(Number::Int(n))),
            Output::ParsedFloat => {
                // Agents pad such texts with spaces and NULs.
                let text = self.look_at(value, &PLAIN).trim_matches([' ', '\t', '\r', '\n', '\0']);
                go_float::parse(text).and_then(|n| number(Number::Float(n)))
            }
            Output::ParsedDate(pattern) => {
                let text = self.look_at(value, &PLAIN);
                pattern.read(text).and_then(|n| number(Number::Int(n)))
            }
            Output::Info => Some(Number::Int(1)),
            Output::Text(text) => {
                let start = self.texts.len();
                if member.extra.is_some() {
                    let text = self.shown_as(member, text, found);
                    value_text::write(value, &text, None, &mut self.texts);
                }
                samples.push(Sample { text: start..self.texts.len(), number: Number::Int(1).adjust(adjust) });
                None
            }
            Output::Extract(text, extract) => {
                let text = self.shown_as(member, text, found);
                let extracted = self.extract(value, &text, extract).map(Number::Float);
                match self.settings.adjust_extracts {
                    true => extracted.and_then(number),
                    false => extracted,
                }
            }
            Output::EnumInfo(names) => {
                let number = Number::of(value, self.settings.wrap_large_counters).whole();
                samples.push(self.named(names.get(&number).map(String::as_str), number, 1));
                None
            }
            Output::StateSet(names) => {
                let current = Number::of(value, self.settings.wrap_large_counters).whole();
                for (number, name) in &**names {
                    samples.push(self.named(Some(name), *number, i64::from(*number == current)));
                }
                if !names.contains_key(&current) {
                    samples.push(self.named(None, current, 1));
                }
                None
            }
            Output::Bits(names) => {
                let (Value::OctetString(bits) | Value::Opaque(bits)) = value else {
                    problems.push(ProblemKind::Value, self.slot(member), || no_bits(member, value));
                    return;
                };
                for (number, name) in &**names {
                    samples.push(self.named(Some(name), *number, i64::from(bit(bits, *number))));
                }
                None
            }
            Output::Clash(what) => {
                problems.push(ProblemKind::Label, self.slot(member), || label_taken(what, &member.name));
                None
            }
        };
        if let Some(number) = plain {
            samples.push(Sample { text: 0..0, number });
        }
    }

    /// Where a member's values stand.
    pub fn slot(&self, member: &Member) -> &'a Slot {
        &self.reading.plan.slots[member.slot]
    }

    /// A sample whose label is a value's name, or the value where it has none.
    fn named(&mut self, name: Option<&str>, value: i64, number: i64) -> Sample {
        let start = self.texts.len();
        match name {
            Some(name) => self.texts.extend_from_slice(name.as_bytes()),
            None => self.texts.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
        }
        Sample { text: start..self.texts.len(), number: Number::Int(number) }
    }

    /// How a metric's value is shown: a combined type goes by its subtype, which the column before has, and
    /// is shown in hex where that is missing or unknown.
    fn shown_as(&self, member: &Member, text: &Text, found: Found<'_>) -> Text {
        if !octets::is_combined(text.kind) {
            return text.clone();
        }
        let arcs = found.rows.row(found.row);
        let sibling = member.sibling.and_then(|slot| self.reading.view(slot).get(arcs, found.row));
        Text { kind: subtype(text.kind, sibling).unwrap_or(TextKind::OctetString), hint: None }
    }

    fn look_at(&mut self, value: &Value, text: &Text) -> &str {
        let shown = &mut self.scratch.0;
        shown.clear();
        value_text::write(value, text, None, shown);
        // Always valid: that is what it is made to be.
        std::str::from_utf8(shown).unwrap_or_default()
    }

    /// The number of the first rule that matches and gives one.
    fn extract(&mut self, value: &Value, text: &Text, extract: &Extract) -> Option<f64> {
        let mut number = std::mem::take(&mut self.scratch.1);
        let text = self.look_at(value, text);
        let found = extract.rules.iter().find_map(|rule| {
            let captures = rule.regex.captures(text)?;
            number.clear();
            rule.template.expand(&captures, &mut number);
            go_float::parse(&number)
        });
        self.scratch.1 = number;
        found
    }
}

/// A bit by its number: the first is the highest of the first octet (RFC 2578 §7.1.4). Beyond the octets all
/// are 0.
fn bit(octets: &[u8], number: i64) -> bool {
    let Ok(number) = usize::try_from(number) else { return false };
    octets.get(number / 8).is_some_and(|octet| octet & (128 >> (number % 8)) != 0)
}

fn label_taken(what: &str, name: &str) -> String {
    let clash = "duplicate label names in constant and variable labels";
    let reason = format!("error for metric {name} with labels []: {clash} for metric {name:?}");
    invalid_metric(&format!("Error calling NewConstMetric for {what}"), None, &reason)
}

fn no_bits(member: &Member, value: &Value) -> String {
    let go_type = match value {
        Value::Integer(_) => "int",
        Value::Counter32(_) | Value::Gauge32(_) => "uint",
        Value::Counter64(_) => "uint64",
        Value::TimeTicks(_) | Value::UInteger32(_) => "uint32",
        Value::OpaqueFloat(_) => "float32",
        Value::OpaqueDouble(_) => "float64",
        Value::ObjectIdentifier(_) | Value::IpAddress(Some(_)) => "string",
        _ => "<nil>",
    };
    let reason = format!("error for metric {} with labels []: {go_type}", member.name);
    invalid_metric("BITS type was not a BISTRING on the wire.", None, &reason)
}
