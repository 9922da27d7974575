//! What is kept of a device: the state that walks change and that everything else is answered from.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::classification::{Classification, Critical};
use crate::facts::{DeviceFacts, InterfaceFacts};
use crate::kind::InterfaceType;
use crate::overrides::Set;
use crate::timestamp::Timestamp;
use crate::topology::surroundings::Surroundings;
use crate::word::Word;

/// A device's number in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct DeviceId(pub i64);

/// An interface's number, which stays when its index and even its name change.
///
/// It is the device's number × 10⁹ and the interface's on that device, so that numbers are given without asking the
/// store, and one reads as the other: 12000000007 is the seventh interface of device 12. JavaScript's numbers hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct InterfaceId(pub i64);

impl InterfaceId {
    /// How many interfaces a device can have had.
    const PER_DEVICE: i64 = 1_000_000_000;

    /// The number of the `nth` interface a device ever had; `None` where it has had too many.
    pub fn of(device: DeviceId, nth: i64) -> Option<Self> {
        if !(0..Self::PER_DEVICE).contains(&nth) {
            return None;
        }
        device.0.checked_mul(Self::PER_DEVICE)?.checked_add(nth).map(Self)
    }

    /// The device it belongs to.
    pub fn device(self) -> DeviceId {
        DeviceId(self.0 / Self::PER_DEVICE)
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for InterfaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A device as it is stored, or will be as soon as the store can be reached.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeviceState {
    /// Its number.
    pub id: DeviceId,
    /// How often it has been written. A write that knows an older revision is refused, so that of two classifiers
    /// neither undoes what the other has learned.
    pub revision: i64,
    /// What is known of the device itself.
    pub head: DeviceHead,
    /// Its interfaces by number, those that are gone too.
    pub interfaces: Vec<Arc<Interface>>,
    /// Who it hears, and what it calls itself.
    pub heard: Arc<Surroundings>,
}

impl DeviceState {
    /// An interface by its number.
    pub fn interface(&self, id: InterfaceId) -> Option<&Arc<Interface>> {
        let place = self.interfaces.binary_search_by_key(&id, |interface| interface.id).ok()?;
        self.interfaces.get(place)
    }

    /// The interfaces the device has now.
    pub fn present(&self) -> impl Iterator<Item = &Arc<Interface>> {
        self.interfaces.iter().filter(|interface| interface.retired_at.is_none())
    }

    /// When an interface was last seen by a walk.
    pub fn last_seen(&self, interface: &Interface) -> Option<Timestamp> {
        interface.last_seen.or(self.head.last_ok)
    }
}

/// What is stored of a device itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeviceHead {
    /// What the inventory and the device say about it.
    pub facts: Arc<DeviceFacts>,
    /// Which piece of hardware of that name it is, from 1; the first walk makes it 1.
    pub generation: i64,
    /// When the first walk that brought something began.
    pub first_seen: Option<Timestamp>,
    /// When the last walk that brought something began.
    pub last_ok: Option<Timestamp>,
    /// When the last walk began, whatever came of it.
    pub last_walk: Option<Timestamp>,
    /// How long that took, in milliseconds.
    pub last_walk_ms: i64,
    /// What was wrong with it.
    pub last_error: Option<String>,
    /// How many walks in a row have brought nothing.
    pub failures: i64,
    /// What discovery wants to remember until the next walk; its own words.
    pub gates: String,
    /// How many interfaces it ever had.
    pub interfaces_ever: i64,
    /// When its neighbours were last read to their end.
    pub neighbours_at: Option<Timestamp>,
    /// When anything of it was last noted; nothing is noted before that, even where the clock goes back.
    pub noted: Option<Timestamp>,
}

/// An interface as it is stored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interface {
    /// Its number.
    pub id: InterfaceId,
    /// What it is known by on its device: its name, and where others have the same, `name#ifIndex`.
    pub key: String,
    /// What is known of it.
    pub facts: InterfaceFacts,
    /// What it is.
    pub label: Label,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen, once a walk has missed it. `None`: by the device's last walk.
    pub last_seen: Option<Timestamp>,
    /// When its ifOperStatus was last seen to have changed.
    pub status_since: Option<Timestamp>,
    /// How many walks in a row have missed it.
    pub missed: i64,
    /// When it was given up, after enough walks without it.
    pub retired_at: Option<Timestamp>,
    /// What someone has decided about it.
    pub decided: Option<Decision>,
}

/// A classification as it is stored: the result, and a digest of what led to it. The explanation itself stays in the
/// store, and can be had again from the facts.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// What the interface is.
    pub interface_type: InterfaceType,
    /// Whose line it is.
    pub provider: Option<Word>,
    /// Whether it is critical.
    pub critical: Critical,
    /// From 0 to 1.
    pub confidence: f64,
    /// The best type, where its confidence was too low to say so.
    pub best_guess: Option<InterfaceType>,
    /// Whether someone should look at it.
    pub review: bool,
    /// Whether an override took precedence.
    pub overridden: bool,
    /// What captures and rules say beside the type.
    pub labels: BTreeMap<Word, String>,
    /// A digest of the explanation.
    pub digest: i64,
    /// The digest of the rules that came to it first.
    pub rules: Word,
    /// When they did.
    pub at: Timestamp,
}

impl Default for Label {
    fn default() -> Self {
        Self {
            interface_type: InterfaceType::Other,
            provider: None,
            critical: Critical::default(),
            confidence: 0.0,
            best_guess: None,
            review: false,
            overridden: false,
            labels: BTreeMap::new(),
            digest: 0,
            rules: "".into(),
            at: Timestamp::default(),
        }
    }
}

impl Label {
    /// Whether it says the same with the same reasons, whenever and by whichever rules it was found.
    pub fn same(&self, other: &Self) -> bool {
        let Self { interface_type, provider, critical, confidence, best_guess, review, .. } = self;
        self.digest == other.digest
            && *interface_type == other.interface_type
            && *provider == other.provider
            && *critical == other.critical
            && *confidence == other.confidence
            && *best_guess == other.best_guess
            && *review == other.review
            && self.overridden == other.overridden
            && self.labels == other.labels
    }
}

/// A label, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The label.
    pub label: Label,
    /// The whole classification with its votes, in JSON.
    pub explanation: String,
}

impl Explained {
    /// What is stored of a classification. `rules` is the digest of the rules it came from.
    pub fn new(classification: &Classification, rules: &Word, at: Timestamp) -> Self {
        let explanation = serde_json::to_string(classification).unwrap_or_else(|_| "{}".into());
        let label = Label {
            interface_type: classification.kind,
            provider: classification.provider.clone(),
            critical: classification.critical.clone(),
            confidence: classification.confidence,
            best_guess: classification.best_guess,
            review: !classification.review.is_empty(),
            overridden: classification.overridden_by.is_some(),
            labels: classification.labels.clone(),
            digest: digest(explanation.as_bytes()).cast_signed(),
            rules: rules.clone(),
            at,
        };
        Self { label, explanation }
    }
}

/// A decision of a person about an interface, which goes before the rules: an override that is kept in the store, with
/// the interface, through every change of its index and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// What is decided.
    pub set: Set,
    /// Who decided.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When.
    pub created: Timestamp,
    /// When it ends by itself.
    pub expires: Option<Timestamp>,
    /// Whether it should be looked at again, as the device it was made for has been replaced.
    pub review: bool,
}

impl Decision {
    /// Whether it is in force.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|end| now < end)
    }
}

/// A digest that is the same on every machine and for ever (FNV-1a, 64 bits): to notice change, not to resist anyone.
pub fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_say_whose_an_interface_is() {
        assert_eq!(InterfaceId::of(DeviceId(12), 7), Some(InterfaceId(12_000_000_007)));
        assert_eq!(InterfaceId(12_000_000_007).device(), DeviceId(12));
        assert_eq!(InterfaceId::of(DeviceId(1), 1_000_000_000), None);
        assert_eq!(InterfaceId::of(DeviceId(i64::MAX), 1), None);
    }

    #[test]
    fn digests_are_those_of_fnv_1a() {
        assert_eq!(digest(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(digest(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn an_override_ends_by_itself() {
        let at = Timestamp::from_millis;
        let decided = Decision { expires: Some(at(10)), ..Decision::default() };
        assert!(decided.holds(at(9)) && !decided.holds(at(10)));
        assert!(Decision::default().holds(at(i64::MAX)));
    }
}
