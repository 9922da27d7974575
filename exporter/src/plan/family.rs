//! The series of one name: which metrics make them, and how.

use std::sync::Arc;

use super::shape::Shape;
use crate::module::spec::{EnumValues, Extract, Kind, Metric, Text, TextKind, When};
use crate::module::strptime::Pattern;
use crate::render::escaping::{Escaping, Written};
use crate::render::text;

/// All series of one name.
#[derive(Debug, Default)]
pub(crate) struct Family {
    /// What makes them, in the order of modules and files.
    pub members: Vec<Member>,
}

/// One metric's part in a family.
#[derive(Debug)]
pub(crate) struct Member {
    /// The series' name.
    pub name: String,
    /// How a sample begins that has labels, and one that has none: `name{` and `name`.
    pub opening: [String; 2],
    /// The rows and labels.
    pub shape: usize,
    /// Where the values stand.
    pub slot: usize,
    /// Where the values of the fallback columns stand.
    pub fallback: Vec<usize>,
    /// Where the subtypes of a combined type stand.
    pub sibling: Option<usize>,
    /// What a value becomes.
    pub output: Output,
    /// The label that carries the value, where one does.
    pub extra: Option<Extra>,
    /// What each column's numbers are multiplied with and what is then added: the metric's own first, then
    /// the fallbacks'.
    pub adjust: Vec<Adjust>,
    /// The HELP text.
    pub help: String,
    /// HELP and TYPE lines.
    pub head: Arc<[u8]>,
    /// Whether it is a counter.
    pub counter: bool,
}

/// What a value becomes.
#[derive(Debug)]
pub(crate) enum Output {
    /// Its number.
    Number,
    /// Seconds since 1970, of a DateAndTime.
    DateAndTime,
    /// Seconds since 1970, of a text.
    ParsedDate(Pattern),
    /// Seconds since 1970, of an NTP timestamp.
    NtpTimestamp,
    /// The number a text is.
    ParsedFloat,
    /// 1.
    Info,
    /// 1, with its text as label.
    Text(Text),
    /// A number from its text.
    Extract(Text, Extract),
    /// 1, with its name as label.
    EnumInfo(EnumValues),
    /// 1 for the value, 0 for the others.
    StateSet(EnumValues),
    /// 0 or 1 for each bit.
    Bits(EnumValues),
    /// Nothing but an error: the label that would carry the value is taken. The type is named.
    Clash(&'static str),
}

/// The label that carries a value.
#[derive(Debug)]
pub(crate) struct Extra {
    /// Its place among the row's labels.
    pub place: usize,
    /// Its name.
    pub name: String,
    /// Its name as it is written.
    pub written: String,
}

/// Scale and offset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adjust {
    pub scale: f64,
    pub offset: f64,
    /// When a fallback is looked at.
    pub when: When,
}

/// Whether the values are shown by a subtype that another column has.
pub(super) fn is_combined(metric: &Metric) -> bool {
    matches!(
        metric.kind,
        Kind::Text(Text {
            kind: TextKind::InetAddress | TextKind::InetAddressMissingSize | TextKind::LldpPortId,
            ..
        })
    )
}

/// The families a metric is part of, and its part in each. Where the values stand is for the caller to fill
/// in.
pub(super) fn members(metric: &Metric, shape: &Shape, escaping: Escaping) -> Vec<(String, Member)> {
    let name = &metric.name;
    let place = shape.place(name);
    let extra = |place| {
        let written = escaping.write(name).text;
        Some(Extra { place, name: name.clone(), written })
    };
    let member = |suffix: &str, help: &str, output, extra| {
        let series = format!("{name}{suffix}");
        let help = format!("{}{help}", metric.help);
        let counter = metric.kind == Kind::Counter;
        let Written { text: written, quoted } = escaping.write(&series);
        let head = text::head(&written, &help, if counter { "counter" } else { "gauge" }).into();
        let opening = match quoted {
            false => [format!("{written}{{"), written],
            true => [format!("{{{written},"), format!("{{{written}}}")],
        };
        let adjust = |scale, offset, when| Adjust { scale, offset, when };
        let mut adjusts = vec![adjust(metric.scale, metric.offset, When::Missing)];
        adjusts.extend(metric.fallback.iter().map(|f| adjust(f.scale, f.offset, f.when)));
        let member = Member {
            name: series.clone(),
            opening,
            shape: 0,
            slot: 0,
            fallback: Vec::new(),
            sibling: None,
            output,
            extra,
            adjust: adjusts,
            help,
            head,
            counter,
        };
        (series, member)
    };
    let by_name = |values: &EnumValues, kind: &'static str, output: fn(EnumValues) -> Output| {
        let help = format!(" ({kind})");
        match place {
            Err(place) => member("", &help, output(values.clone()), extra(place)),
            Ok(_) => member("", &help, Output::Clash(kind), None),
        }
    };
    match &metric.kind {
        Kind::Counter | Kind::Gauge => vec![member("", "", Output::Number, None)],
        Kind::DateAndTime => vec![member("", "", Output::DateAndTime, None)],
        Kind::ParseDateAndTime(pattern) => vec![member("", "", Output::ParsedDate(pattern.clone()), None)],
        Kind::NtpTimeStamp => vec![member("", "", Output::NtpTimestamp, None)],
        Kind::ParsedFloat => vec![member("", "", Output::ParsedFloat, None)],
        Kind::Info => vec![member("", "", Output::Info, None)],
        // An index of the same name shows the value already.
        Kind::EnumAsInfo(values) => match place {
            Ok(_) => Vec::new(),
            Err(place) => {
                vec![member("_info", " (EnumAsInfo)", Output::EnumInfo(values.clone()), extra(place))]
            }
        },
        Kind::EnumAsStateSet(values) => vec![by_name(values, "EnumAsStateSet", Output::StateSet)],
        Kind::Bits(values) => vec![by_name(values, "Bits", Output::Bits)],
        Kind::Text(text) if metric.extracts.is_empty() => {
            vec![member("", "", Output::Text(text.clone()), place.err().and_then(extra))]
        }
        Kind::Text(text) => metric
            .extracts
            .iter()
            .map(|extract| {
                let output = Output::Extract(text.clone(), extract.clone());
                member(&extract.suffix, " (regex extracted)", output, None)
            })
            .collect(),
    }
}
