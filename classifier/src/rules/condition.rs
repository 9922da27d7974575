//! What a rule asks, compiled, and how it is answered.

use std::cell::OnceCell;
use std::fmt::Write;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use ipnet::IpNet;

use super::view::{Texts, View};
use crate::facts::{Capability, InterfaceFacts, Status};
use crate::kind::InterfaceType;
use crate::text::speed::format_speed;
use crate::text::words::ListId;
use crate::word::Word;

/// A question about an interface.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// About a text of the interface.
    Text(Field, TextTest),
    IfType(Numbers),
    Speed(RangeInclusive<u64>),
    Mtu(RangeInclusive<u64>),
    Admin(Vec<Status>),
    Oper(Vec<Status>),
    Connector(bool),
    /// About the first octets of its MAC address.
    Mac(Vec<Vec<u8>>),
    Lag(bool),
    LagMember(bool),
    Address(AddressTest),
    DeviceName(TextTest),
    DeviceLabel(String, Vec<String>),
    /// The beginnings of sysObjectID, each ending with a dot.
    SysObjectId(Vec<String>),
    /// One neighbour passes all of it.
    Neighbour(NeighbourTest),
    /// What it was classified as. Only where something is said of a classified interface.
    Type(Vec<InterfaceType>),
}

/// A text of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// The texts someone may have written, one after the other: alias, else descr; and name. What only says which port it
    /// is was not written by anyone.
    Any,
    Alias,
    Descr,
    Name,
}

/// A question about a text.
#[derive(Debug, Clone)]
pub(crate) enum TextTest {
    /// A word or phrase of a list is in it.
    Words(ListId),
    /// A pattern matches, by its place.
    Pattern(usize),
    /// A provider is named, also by a spelling that is weak.
    Provider { weak_too: bool },
    /// There is nothing but a provider's name, and numbers.
    ProviderAlone,
    /// There is no text, or there is.
    Empty(bool),
}

/// Numbers and ranges of them.
pub(crate) type Numbers = Vec<RangeInclusive<u32>>;

/// A question about addresses; one address passes all of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct AddressTest {
    pub public: Option<bool>,
    pub prefix_len: Option<Numbers>,
    pub within: Vec<IpNet>,
}

/// A question about a neighbour.
#[derive(Debug, Clone, Default)]
pub(crate) struct NeighbourTest {
    pub name: Vec<TextTest>,
    pub platform: Vec<TextTest>,
    pub capability: Vec<Capability>,
    pub role: Vec<String>,
    /// Whether it is a device of another site than ours.
    pub other_site: Option<bool>,
    /// Whether it is the only one on the port.
    pub alone: Option<bool>,
}

/// An interface while it is asked about.
pub(crate) struct Subject<'a> {
    pub texts: &'a Texts,
    pub facts: &'a InterfaceFacts,
    pub alias: View<'a>,
    pub descr: View<'a>,
    pub name: View<'a>,
    written: [Option<Field>; 3],
    /// The text [`Field::Any`] stands for at the moment; without one it stands for all of them.
    pub current: Option<Field>,
    pub kind: Option<InterfaceType>,
    device: OnceCell<View<'a>>,
    neighbours: OnceCell<Vec<[View<'a>; 2]>>,
}

impl<'a> Subject<'a> {
    pub fn new(texts: &'a Texts, facts: &'a InterfaceFacts) -> Self {
        // A device without ifName has its name in ifDescr.
        let (name, descr) = match facts.name.as_str() {
            "" => (facts.descr.as_str(), ""),
            name => (name, facts.descr.as_str()),
        };
        let filled_in = |port: &str| texts.is_port_name(port) && is_default(&facts.alias, port);
        let alias = if filled_in(name) || filled_in(descr) { "" } else { undecorated(&facts.alias) };
        let written = [
            (Field::Alias, !alias.is_empty()),
            (Field::Descr, alias.is_empty() && descr != name && !texts.is_port_name(descr)),
            (Field::Name, !texts.is_port_name(name)),
        ];
        Self {
            texts,
            facts,
            alias: View::new(texts, alias),
            descr: View::new(texts, undecorated(descr)),
            name: View::new(texts, name),
            written: written.map(|(field, is)| is.then_some(field)),
            current: None,
            kind: None,
            device: OnceCell::new(),
            neighbours: OnceCell::new(),
        }
    }

    /// The texts someone may have written, the most telling first.
    pub fn written(&self) -> impl Iterator<Item = Field> + use<> {
        self.written.into_iter().flatten()
    }

    /// A text and its name.
    pub fn view(&self, field: Field) -> Option<(&View<'a>, &'static str)> {
        match field {
            Field::Any => {
                self.current.filter(|field| *field != Field::Any).and_then(|field| self.view(field))
            }
            Field::Alias => Some((&self.alias, "alias")),
            Field::Descr if self.descr.text == self.name.text => Some((&self.name, "descr")),
            Field::Descr => Some((&self.descr, "descr")),
            Field::Name => Some((&self.name, "name")),
        }
    }

    fn device(&self) -> &View<'a> {
        self.device.get_or_init(|| View::new(self.texts, &self.facts.device.name))
    }

    /// Name and platform of each neighbour.
    fn neighbours(&self) -> &[[View<'a>; 2]] {
        self.neighbours.get_or_init(|| {
            let views = |text| View::new(self.texts, text);
            self.facts.neighbours.iter().map(|n| [views(&n.name), views(&n.platform)]).collect()
        })
    }
}

/// A text without the stars and arrows people put around it.
fn undecorated(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || "*#=-_\\\"'~|,;.".contains(c))
}

/// Whether an alias is only what the device filled in: a name of the port again, or that with the word `Interface`.
fn is_default(alias: &str, port: &str) -> bool {
    let rest = alias.get(..port.len()).filter(|start| start.eq_ignore_ascii_case(port) && !port.is_empty());
    rest.is_some_and(|start| {
        let rest = alias.get(start.len()..).unwrap_or_default().trim();
        rest.is_empty() || rest.eq_ignore_ascii_case("interface")
    })
}

impl Condition {
    /// The answer.
    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        let facts = subject.facts;
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(subject)),
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(subject)),
            Self::Not(condition) => !condition.holds(subject),
            Self::Text(Field::Any, test) if subject.current.is_none() => {
                let mut views = subject.written().filter_map(|field| subject.view(field));
                views.any(|(view, _)| test.holds(view))
            }
            Self::Text(field, test) => subject.view(*field).is_some_and(|(view, _)| test.holds(view)),
            Self::IfType(numbers) => facts.if_type.is_some_and(|number| is_in(numbers, number)),
            Self::Speed(range) => facts.speed_bps.is_some_and(|speed| range.contains(&speed)),
            Self::Mtu(range) => facts.mtu.is_some_and(|mtu| range.contains(&mtu.into())),
            Self::Admin(statuses) => facts.admin.is_some_and(|status| statuses.contains(&status)),
            Self::Oper(statuses) => facts.oper.is_some_and(|status| statuses.contains(&status)),
            Self::Connector(present) => facts.connector == Some(*present),
            Self::Mac(prefixes) => {
                facts.mac.is_some_and(|mac| prefixes.iter().any(|prefix| mac.starts_with(prefix)))
            }
            Self::Lag(is) => facts.is_lag == *is,
            Self::LagMember(is) => facts.lag.is_some() == *is,
            Self::Address(test) => facts.addresses.iter().any(|address| test.holds(*address)),
            Self::DeviceName(test) => test.holds(subject.device()),
            Self::DeviceLabel(label, values) => {
                facts.device.labels.get(label).is_some_and(|value| values.contains(value))
            }
            Self::SysObjectId(prefixes) => {
                let oid = format!("{}.", facts.device.sys_object_id);
                prefixes.iter().any(|prefix| oid.starts_with(prefix))
            }
            Self::Neighbour(test) => (0..facts.neighbours.len()).any(|place| test.holds(subject, place)),
            Self::Type(kinds) => subject.kind.is_some_and(|kind| kinds.contains(&kind)),
        }
    }

    /// What in the facts made it hold, for a reader; `captured` gets what named groups of patterns matched.
    pub fn because(&self, subject: &Subject<'_>, out: &mut Because) {
        let facts = subject.facts;
        match self {
            Self::All(conditions) => conditions.iter().for_each(|condition| condition.because(subject, out)),
            Self::Any(conditions) => {
                let held = conditions.iter().find(|condition| condition.holds(subject));
                held.into_iter().for_each(|condition| condition.because(subject, out));
            }
            Self::Not(_) => {}
            Self::Text(field, test) => {
                if let Some((view, name)) = subject.view(*field) {
                    test.because(view, name, subject.texts, out);
                }
            }
            Self::IfType(_) => out.say(format_args!("ifType {}", facts.if_type.unwrap_or_default())),
            Self::Speed(_) => {
                out.say(format_args!("speed {}", format_speed(facts.speed_bps.unwrap_or_default())))
            }
            Self::Mtu(_) => out.say(format_args!("mtu {}", facts.mtu.unwrap_or_default())),
            Self::Admin(_) => out.say(format_args!("admin {}", facts.admin.unwrap_or(Status::Unknown))),
            Self::Oper(_) => out.say(format_args!("oper {}", facts.oper.unwrap_or(Status::Unknown))),
            Self::Connector(true) => out.say(format_args!("has a connector")),
            Self::Connector(false) => out.say(format_args!("has no connector")),
            Self::Mac(_) => out.say(format_args!("its MAC address")),
            Self::Lag(is) => out.say(format_args!("is {}an aggregate", if *is { "" } else { "not " })),
            Self::LagMember(is) => {
                out.say(format_args!("is {}part of an aggregate", if *is { "" } else { "not " }))
            }
            Self::Address(test) => {
                if let Some(address) = facts.addresses.iter().find(|address| test.holds(**address)) {
                    out.say(format_args!("address {address}"));
                }
            }
            Self::DeviceName(test) => test.because(subject.device(), "device", subject.texts, out),
            Self::DeviceLabel(label, _) => {
                let value = facts.device.labels.get(label).map(String::as_str).unwrap_or_default();
                out.say(format_args!("device has {label}={value}"));
            }
            Self::SysObjectId(_) => out.say(format_args!("sysObjectID {}", facts.device.sys_object_id)),
            Self::Neighbour(test) => {
                let found = (0..facts.neighbours.len()).find(|place| test.holds(subject, *place));
                found.into_iter().for_each(|place| test.because(subject, place, out));
            }
            Self::Type(_) => {}
        }
    }

    /// Whether it, or anything in it that must hold, is such a question.
    pub fn asks(&self, about: &impl Fn(&Condition) -> bool) -> bool {
        about(self)
            || match self {
                Self::All(conditions) | Self::Any(conditions) => {
                    conditions.iter().any(|condition| condition.asks(about))
                }
                _ => false,
            }
    }
}

fn is_in(numbers: &Numbers, number: u32) -> bool {
    numbers.iter().any(|range| range.contains(&number))
}

impl TextTest {
    fn holds(&self, view: &View<'_>) -> bool {
        match self {
            Self::Words(list) => view.word(*list).is_some(),
            Self::Pattern(place) => view.matches(*place),
            Self::Provider { weak_too } => view.providers().iter().any(|found| found.strong || *weak_too),
            Self::ProviderAlone => view.providers().iter().any(|found| {
                let rest = [view.text.get(..found.span.start), view.text.get(found.span.end..)];
                !rest.into_iter().flatten().any(|rest| rest.contains(char::is_alphabetic))
            }),
            Self::Empty(empty) => view.text.is_empty() == *empty,
        }
    }

    fn because(&self, view: &View<'_>, name: &str, texts: &Texts, out: &mut Because) {
        match self {
            Self::Words(list) => {
                if let Some(word) = view.word(*list) {
                    out.say(format_args!("{name} has {word:?}"));
                }
            }
            Self::Pattern(place) => {
                let Some(captures) = view.captures(*place) else { return };
                if let Some(all) = captures.get(0) {
                    match all.as_str().trim() {
                        "" => out.say(format_args!("{name} is {:?}", view.text)),
                        matched => out.say(format_args!("{name} has {matched:?}")),
                    }
                }
                let names =
                    texts.patterns.get(*place).into_iter().flat_map(|pattern| pattern.capture_names());
                for (group, name) in names.enumerate().filter_map(|(group, name)| Some((group, name?))) {
                    if let Some(part) = captures.get(group) {
                        out.captured.push((name.to_owned(), part.as_str().trim().to_owned()));
                    }
                }
            }
            Self::Provider { weak_too } => {
                for found in texts.providers.counted(view.providers(), *weak_too) {
                    let Some(provider) = texts.providers.list.get(found.provider) else { continue };
                    let spelt = view.at(&found.span).unwrap_or_default();
                    let like = if found.slip { ", like" } else { "," };
                    out.say(format_args!("{name} has {spelt:?}{like} {}", provider.id));
                    out.providers.push(provider.id.clone());
                    out.slip |= found.slip;
                }
            }
            Self::ProviderAlone => out.say(format_args!("{name} has nothing else")),
            Self::Empty(true) => out.say(format_args!("no {name}")),
            Self::Empty(false) => out.say(format_args!("{name} {:?}", view.text)),
        }
    }
}

impl AddressTest {
    fn holds(&self, address: IpNet) -> bool {
        let length =
            self.prefix_len.as_ref().is_none_or(|numbers| is_in(numbers, address.prefix_len().into()));
        let within = self.within.is_empty() || self.within.iter().any(|net| net.contains(&address.addr()));
        length && within && self.public.is_none_or(|public| is_public(address.addr()) == public)
    }
}

/// Whether an address is routed in the internet (RFC 6890 has those that are not).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let benchmark = a == 198 && (b == 18 || b == 19);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_documentation()
                || shared
                || benchmark
                || a == 0
                || a >= 224)
        }
        // Global unicast is 2000::/3 as yet, and 2001:db8::/32 is documentation.
        IpAddr::V6(v6) => {
            let [a, b, ..] = v6.segments();
            (0x2000..0x4000).contains(&a) && (a, b) != (0x2001, 0xdb8)
        }
    }
}

impl NeighbourTest {
    fn holds(&self, subject: &Subject<'_>, place: usize) -> bool {
        let Some(neighbour) = subject.facts.neighbours.get(place) else { return false };
        let Some([name, platform]) = subject.neighbours().get(place) else { return false };
        let our_site = subject.facts.device.labels.get("site");
        let other_site = match (&neighbour.site, our_site) {
            (Some(theirs), Some(ours)) => Some(theirs != ours),
            _ => None,
        };
        self.name.iter().all(|test| test.holds(name))
            && self.platform.iter().all(|test| test.holds(platform))
            && (self.capability.is_empty()
                || self.capability.iter().any(|wanted| neighbour.capabilities.contains(wanted)))
            && (self.role.is_empty() || neighbour.role.as_ref().is_some_and(|role| self.role.contains(role)))
            && (self.other_site.is_none() || other_site == self.other_site)
            && self.alone.is_none_or(|alone| (subject.facts.neighbours.len() == 1) == alone)
    }

    fn because(&self, subject: &Subject<'_>, place: usize, out: &mut Because) {
        let Some(neighbour) = subject.facts.neighbours.get(place) else { return };
        let Some([name, platform]) = subject.neighbours().get(place) else { return };
        let can = self.capability.iter().find(|wanted| neighbour.capabilities.contains(wanted));
        let can = can.map(|can| format!(" is a {}", can.as_str().replace('_', " "))).unwrap_or_default();
        let role = neighbour.role.as_ref().filter(|_| !self.role.is_empty());
        let role = role.map(|role| format!(" has role={role}")).unwrap_or_default();
        let site = neighbour.site.as_ref().filter(|_| self.other_site.is_some());
        let site = site.map(|site| format!(" has site={site}")).unwrap_or_default();
        let said = if neighbour.manual { " (as an operator says)" } else { "" };
        out.say(format_args!("neighbour {}{said}{can}{role}{site}", neighbour.name));
        self.name.iter().for_each(|test| test.because(name, "its name", subject.texts, out));
        self.platform.iter().for_each(|test| test.because(platform, "its platform", subject.texts, out));
    }
}

/// Why a condition holds, and what it found on the way.
#[derive(Debug, Default)]
pub(crate) struct Because {
    pub text: String,
    /// What named groups of patterns matched.
    pub captured: Vec<(String, String)>,
    /// Providers found by tests for providers.
    pub providers: Vec<Word>,
    /// Whether one of them was misspelt.
    pub slip: bool,
}

impl Because {
    fn say(&mut self, what: std::fmt::Arguments<'_>) {
        if !self.text.is_empty() {
            self.text.push_str("; ");
        }
        // Writing to a string cannot fail.
        let _ = self.text.write_fmt(what);
    }

    /// What a named group matched, where that is anything.
    pub fn group(&self, name: &str) -> Option<&str> {
        let found = self.captured.iter().find(|(known, text)| known == name && !text.is_empty());
        found.map(|(_, text)| text.as_str())
    }
}
