//! The fleet as requests see it: immutable, one row for each interface, in one flat list. Pure.
//!
//! A row holds by value what lists are filtered and sorted by, so that going through 100,000 of them touches nothing
//! else. Texts are compared by their rank among all texts, which is found out once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::shape;
use crate::facts::{InterfaceFacts, Status};
use crate::kind::InterfaceType;
use crate::state::{DeviceId, DeviceState, Interface, InterfaceId};
use crate::timestamp::Timestamp;
use crate::word::Word;

/// The fleet at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// [`crate::store::Fleet::version`] when it was taken.
    pub version: u64,
    /// When that was.
    pub at: Timestamp,
    devices: Vec<Arc<DeviceState>>,
    /// The rows of each device.
    places: Vec<Range<usize>>,
    by_id: HashMap<DeviceId, usize>,
    by_name: HashMap<Box<str>, usize>,
    rows: Vec<Row>,
    /// All providers, by name.
    providers: Vec<Word>,
    /// What is searched in: the texts of each row, in small letters.
    texts: String,
}

/// An interface in a list.
#[derive(Debug, Clone)]
pub struct Row {
    /// All of it.
    pub interface: Arc<Interface>,
    /// Its device's place among the devices.
    pub device: u32,
    /// What it is.
    pub kind: InterfaceType,
    /// Whose line it is, by its place among the providers.
    pub provider: Option<u16>,
    /// ifOperStatus.
    pub oper: Option<Status>,
    /// ifAdminStatus.
    pub admin: Option<Status>,
    /// ifType.
    pub if_type: Option<u32>,
    /// Its speed in bits a second.
    pub speed: Option<u64>,
    /// Its MAC address.
    pub mac: Option<[u8; 6]>,
    /// How sure its label is.
    pub confidence: f64,
    /// Whether it is critical.
    pub critical: bool,
    /// Whether someone should look at it.
    pub review: bool,
    /// Whether an override is in force.
    pub overridden: bool,
    /// Whether a wire or fibre goes in, as far as is known: see [`is_physical`].
    pub physical: bool,
    /// Whether it was given up, after enough walks without it.
    pub gone: bool,
    /// The place of its name among all names.
    pub name_rank: u32,
    /// The place of its description among all descriptions.
    pub alias_rank: u32,
    text: (usize, usize),
}

impl Snapshot {
    /// The devices of [`crate::store::Fleet::snapshot`], which are sorted by name, as they were at a moment.
    pub fn new(devices: Vec<Arc<DeviceState>>, version: u64, at: Timestamp) -> Self {
        let mut new = Self { version, at, ..Self::default() };
        let all = || devices.iter().flat_map(|device| &device.interfaces);
        new.providers = sorted(all().filter_map(|interface| interface.label.provider.clone()));
        let ranks = |text: fn(&InterfaceFacts) -> &str| -> HashMap<&str, u32> {
            let texts = sorted(all().map(|interface| text(&interface.facts)));
            texts.into_iter().zip(0..).collect()
        };
        let (names, aliases) = (ranks(name), ranks(|facts| &facts.alias));
        let rank = |ranks: &HashMap<&str, u32>, text: &str| ranks.get(text).copied().unwrap_or_default();
        new.rows.reserve(all().count());
        for (place, device) in devices.iter().enumerate() {
            let begin = new.rows.len();
            let mut interfaces: Vec<&Arc<Interface>> = device.interfaces.iter().collect();
            interfaces.sort_by_key(|interface| (interface.facts.if_index, interface.id));
            for interface in interfaces {
                let (facts, label) = (&interface.facts, &interface.label);
                let provider = label.provider.as_ref();
                let provider = provider.and_then(|name| new.providers.binary_search(name).ok());
                let text = new.text(device, interface);
                new.rows.push(Row {
                    interface: Arc::clone(interface),
                    device: u32::try_from(place).unwrap_or(u32::MAX),
                    kind: label.interface_type,
                    provider: provider.and_then(|place| u16::try_from(place).ok()),
                    oper: facts.oper,
                    admin: facts.admin,
                    if_type: facts.if_type,
                    speed: facts.speed_bps,
                    mac: facts.mac,
                    confidence: label.confidence,
                    critical: label.critical.critical,
                    review: label.review,
                    overridden: label.overridden,
                    physical: is_physical(facts),
                    gone: interface.retired_at.is_some(),
                    name_rank: rank(&names, name(facts)),
                    alias_rank: rank(&aliases, &facts.alias),
                    text,
                });
            }
            new.places.push(begin..new.rows.len());
            new.by_id.insert(device.id, place);
            new.by_name.insert(device.head.facts.name.as_str().into(), place);
        }
        drop((names, aliases));
        new.devices = devices;
        new
    }

    /// Adds what an interface is searched by, and says where it stands.
    fn text(&mut self, device: &DeviceState, interface: &Interface) -> (usize, usize) {
        let (facts, label) = (&interface.facts, &interface.label);
        let (begin, of_device) = (self.texts.len(), &device.head.facts);
        let provider = label.provider.as_deref().unwrap_or_default();
        for text in [&of_device.name, &of_device.address, &facts.name, &facts.descr, &facts.alias, provider] {
            push_folded(&mut self.texts, text);
        }
        if let Some(mac) = facts.mac {
            push_folded(&mut self.texts, &shown_mac(mac));
        }
        for address in &facts.addresses {
            push_folded(&mut self.texts, &address.addr().to_string());
        }
        for text in label.labels.values() {
            push_folded(&mut self.texts, text);
        }
        (begin, self.texts.len())
    }

    /// All rows: devices by name, interfaces by ifIndex.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The texts of a row that are searched in, in small letters, a line each.
    pub fn searched(&self, row: &Row) -> &[u8] {
        self.texts.as_bytes().get(row.text.0..row.text.1).unwrap_or_default()
    }

    /// All devices, by name.
    pub fn devices(&self) -> &[Arc<DeviceState>] {
        &self.devices
    }

    /// The device of a row.
    pub fn device_of(&self, row: &Row) -> Option<&Arc<DeviceState>> {
        self.devices.get(row.device as usize)
    }

    /// The rows of a device, by its place.
    pub fn rows_of(&self, place: usize) -> &[Row] {
        let place = self.places.get(place).cloned();
        place.and_then(|rows| self.rows.get(rows)).unwrap_or_default()
    }

    /// The place of a device.
    pub fn place(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The device of that name.
    pub fn device(&self, name: &str) -> Option<&Arc<DeviceState>> {
        self.devices.get(self.place(name)?)
    }

    /// The device of that number.
    pub fn device_by_id(&self, id: DeviceId) -> Option<&Arc<DeviceState>> {
        self.devices.get(*self.by_id.get(&id)?)
    }

    /// The place of an interface's row.
    pub fn find(&self, id: InterfaceId) -> Option<usize> {
        let rows = self.places.get(*self.by_id.get(&id.device())?)?.clone();
        let begin = rows.start;
        let place = self.rows.get(rows)?.iter().position(|row| row.interface.id == id)?;
        Some(begin + place)
    }

    /// The row of a device's interface, by the name that series have it under; none where several have that name.
    pub fn named(&self, device: &str, if_name: &str) -> Option<&Row> {
        let rows = self.rows_of(self.place(device)?).iter();
        let mut found = rows.filter(|row| !row.gone && shape::if_name(&row.interface.facts) == if_name);
        found.next().filter(|_| found.next().is_none())
    }

    /// The names that series have a device's interfaces under.
    pub fn names_of(&self, device: &str) -> impl Iterator<Item = Cow<'_, str>> {
        let rows = self.place(device).map_or(&[][..], |place| self.rows_of(place)).iter();
        rows.filter(|row| !row.gone).map(|row| shape::if_name(&row.interface.facts))
    }

    /// All providers that have a line, by name.
    pub fn providers(&self) -> &[Word] {
        &self.providers
    }

    /// The provider of a row.
    pub fn provider(&self, row: &Row) -> Option<&Word> {
        self.providers.get(usize::from(row.provider?))
    }
}

/// Each of them once, sorted.
fn sorted<T: Ord>(texts: impl Iterator<Item = T>) -> Vec<T> {
    let mut texts: Vec<T> = texts.collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// The name that is shown: ifName, else ifDescr.
fn name(facts: &InterfaceFacts) -> &str {
    if facts.name.is_empty() { &facts.descr } else { &facts.name }
}

/// Adds a line in small letters.
fn push_folded(texts: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    match text.is_ascii() {
        true => {
            let begin = texts.len();
            texts.push_str(text);
            if let Some(added) = texts.get_mut(begin..) {
                added.make_ascii_lowercase();
            }
        }
        false => texts.push_str(&text.to_lowercase()),
    }
    texts.push('\n');
}

/// A MAC address, as the API and the database write it.
pub fn shown_mac([a, b, c, d, e, f]: [u8; 6]) -> String {
    format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
}

/// Types (ifType) of interfaces that are made of others, or of nothing.
const VIRTUAL: [u32; 11] = [1, 24, 53, 54, 108, 131, 135, 136, 150, 161, 166];

/// Whether an interface is one that a wire or fibre goes into. The device's word counts (ifConnectorPresent); without
/// it, ifType and the name decide: `Gi0/0.100` is part of `Gi0/0`.
pub fn is_physical(facts: &InterfaceFacts) -> bool {
    let part_of_another = || {
        let (_, last) = facts.name.rsplit_once('.').unwrap_or_default();
        !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
    };
    match facts.connector {
        Some(connector) => connector && !facts.is_lag,
        None => {
            !facts.is_lag && !facts.if_type.is_some_and(|kind| VIRTUAL.contains(&kind)) && !part_of_another()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_a_wire() {
        let facts = |name: &str, if_type, connector| InterfaceFacts {
            name: name.into(),
            if_type,
            connector,
            ..InterfaceFacts::default()
        };
        for (name, if_type, connector, expected) in [
            ("Gi0/0", Some(6), None, true),
            ("Gi0/0.100", Some(6), None, false),
            ("Gi0/0.100", Some(6), Some(true), true),
            ("Tu0", Some(131), None, false),
            ("Vlan10", Some(53), Some(false), false),
            ("eth.x", Some(6), None, true),
            ("x", None, None, true),
        ] {
            assert_eq!(is_physical(&facts(name, if_type, connector)), expected, "{name} {if_type:?}");
        }
        let lag = InterfaceFacts { is_lag: true, ..facts("Po1", Some(6), Some(true)) };
        assert!(!is_physical(&lag));
    }

    #[test]
    fn texts_are_folded() {
        let mut texts = String::new();
        for text in ["MAGTI", "", "მაგთი ÄÖ"] {
            push_folded(&mut texts, text);
        }
        assert_eq!(texts, "magti\nმაგთი äö\n");
    }
}
