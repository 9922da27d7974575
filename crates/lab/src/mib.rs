//! An ordered set of objects: what an agent knows.
//!
//! Names and still values are encoded once, when the set is built, so that answering copies octets and
//! allocates nothing.

mod index;

use std::collections::BTreeMap;

use crate::ber;
use crate::oid::{self, Oid, OidError};
use crate::value::{COUNTER64, Moment, Moving, Value};
use index::Index;

/// A value that an object is given: one that stands still, or one that moves.
#[derive(Debug, Clone, PartialEq)]
pub enum Object {
    /// Always the same.
    Still(Value),
    /// A function of the time.
    Moving(Moving),
}

impl From<Value> for Object {
    fn from(value: Value) -> Self {
        Object::Still(value)
    }
}

impl From<Moving> for Object {
    fn from(moving: Moving) -> Self {
        Object::Moving(moving)
    }
}

/// A name that no packet could carry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {source}")]
pub struct NameError {
    /// The name.
    pub name: Oid,
    /// What is wrong with it.
    pub source: OidError,
}

/// Collects objects in any order.
#[derive(Debug, Clone, Default)]
pub struct MibBuilder {
    objects: BTreeMap<Oid, Object>,
    types: Vec<Oid>,
}

impl MibBuilder {
    /// Sets an object; a later one of the same name replaces it.
    pub fn set(&mut self, name: impl Into<Oid>, object: impl Into<Object>) -> &mut Self {
        self.objects.insert(name.into(), object.into());
        self
    }

    /// Sets an object unless there is one of this name, and tells whether it did.
    pub fn set_new(&mut self, name: Oid, object: Object) -> bool {
        let vacant = !self.objects.contains_key(&name);
        if vacant {
            self.objects.insert(name, object);
        }
        vacant
    }

    /// Declares an object type: a GET below it that finds nothing is a missing instance, not a missing
    /// object. Every name without its last arc is declared by itself, which is right for scalars and for
    /// tables whose index is one arc.
    pub fn declare(&mut self, object_type: impl Into<Oid>) -> &mut Self {
        self.types.push(object_type.into());
        self
    }

    /// The objects so far, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Oid, &Object)> {
        self.objects.iter()
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Encodes everything. Fails on a name that no packet could carry.
    pub fn build(&self) -> Result<Mib, NameError> {
        let mut mib = Mib::default();
        for (name, object) in &self.objects {
            name.check().map_err(|source| NameError { name: name.clone(), source })?;
            mib.push(name, object);
        }
        mib.index = Index::new(mib.entries.iter().map(|entry| mib.arcs_of(entry)));
        mib.types = self.types.clone();
        mib.types.extend(self.objects.keys().filter_map(object_type));
        mib.types.sort();
        mib.types.dedup();
        Ok(mib)
    }
}

fn object_type(name: &Oid) -> Option<Oid> {
    name.arcs().split_last().map(|(_, head)| Oid::from(head))
}

/// The objects of an agent, in the order of their names.
#[derive(Debug, Default)]
pub struct Mib {
    entries: Vec<Entry>,
    /// The arcs of all names, one name behind the other.
    arcs: Vec<u32>,
    /// The encoded names, each with its value behind it where that stands still.
    octets: Vec<u8>,
    moving: Vec<Moving>,
    types: Vec<Oid>,
    index: Index,
}

/// Where the parts of one object are.
#[derive(Debug)]
struct Entry {
    arcs_at: u32,
    octets_at: u32,
    arcs_len: u16,
    name_len: u16,
    value: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    /// Behind the name, this many octets.
    Octets(u32),
    /// In `Mib::moving`.
    Moving(u32),
}

impl Mib {
    /// A MIB of these objects; of several with the same name the last counts. Fails on a name that no packet
    /// could carry.
    pub fn of<N: Into<Oid>, V: Into<Object>>(
        objects: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, NameError> {
        let mut builder = MibBuilder::default();
        for (name, object) in objects {
            builder.set(name, object);
        }
        builder.build()
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The arcs of the object at this place.
    pub fn name(&self, place: usize) -> Option<&[u32]> {
        self.entries.get(place).map(|entry| self.arcs_of(entry))
    }

    /// The place of exactly this name.
    pub fn find(&self, name: &[u32]) -> Option<usize> {
        self.index.find(name, |place| self.name(place) == Some(name))
    }

    /// The place of the first name that is `name` or behind it; [`Mib::len`] if there is none.
    pub fn at_or_after(&self, name: &[u32]) -> usize {
        self.entries.partition_point(|entry| self.arcs_of(entry) < name)
    }

    /// The place of the first name behind `name`; [`Mib::len`] if there is none.
    pub fn after(&self, name: &[u32]) -> usize {
        match self.find(name) {
            Some(place) => place + 1,
            None => self.at_or_after(name),
        }
    }

    /// Whether `name` lies at or below an object type that is known here (RFC 3416 §4.2.1: noSuchInstance,
    /// else noSuchObject).
    pub fn knows_type_of(&self, name: &[u32]) -> bool {
        (1..=name.len())
            .any(|length| self.types.binary_search_by(|known| known.arcs().cmp(&name[..length])).is_ok())
    }

    /// Whether the value at this place is one that SNMPv1 cannot carry.
    pub fn is_counter64(&self, place: usize) -> bool {
        self.entries.get(place).is_some_and(|entry| match entry.value {
            Place::Octets(_) => self.octets.get(entry.value_at()) == Some(&COUNTER64),
            Place::Moving(at) => self.moving.get(at as usize).is_some_and(|moving| moving.tag() == COUNTER64),
        })
    }

    /// Appends the encoded name at this place.
    pub fn write_name(&self, place: usize, out: &mut Vec<u8>) {
        if let Some(entry) = self.entries.get(place) {
            out.extend_from_slice(&self.octets[entry.octets_at as usize..entry.value_at()]);
        }
    }

    /// Appends the whole varbind at this place.
    pub fn write_varbind(&self, place: usize, moment: &Moment, out: &mut Vec<u8>) {
        let Some(entry) = self.entries.get(place) else { return };
        match entry.value {
            Place::Octets(value_len) => {
                let length = usize::from(entry.name_len) + value_len as usize;
                let from = entry.octets_at as usize;
                ber::write_header(ber::SEQUENCE, length, out);
                out.extend_from_slice(&self.octets[from..from + length]);
            }
            Place::Moving(at) => {
                // A number is short and so is nearly every name: the length is put right only where it is
                // not.
                let start = out.len();
                out.extend_from_slice(&[ber::SEQUENCE, 0]);
                self.write_name(place, out);
                self.moving[at as usize].encode(moment, out);
                let length = out.len() - start - 2;
                match length {
                    0..0x80 => out[start + 1] = length as u8,
                    _ => {
                        let content = out.split_off(start + 2);
                        out.truncate(start);
                        ber::write_value(ber::SEQUENCE, &content, out);
                    }
                }
            }
        }
    }

    fn push(&mut self, name: &Oid, object: &Object) {
        let (arcs_at, octets_at) = (self.arcs.len() as u32, self.octets.len() as u32);
        self.arcs.extend_from_slice(name.arcs());
        oid::encode(name.arcs(), &mut self.octets);
        let value_at = self.octets.len() as u32;
        let value = match object {
            Object::Still(value) => {
                value.encode(&mut self.octets);
                Place::Octets(self.octets.len() as u32 - value_at)
            }
            Object::Moving(moving) => {
                self.moving.push(*moving);
                Place::Moving(self.moving.len() as u32 - 1)
            }
        };
        self.entries.push(Entry {
            arcs_at,
            octets_at,
            arcs_len: name.arcs().len() as u16,
            name_len: (value_at - octets_at) as u16,
            value,
        });
    }

    fn arcs_of(&self, entry: &Entry) -> &[u32] {
        let from = entry.arcs_at as usize;
        &self.arcs[from..from + usize::from(entry.arcs_len)]
    }
}

impl Entry {
    fn value_at(&self) -> usize {
        self.octets_at as usize + usize::from(self.name_len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn mib() -> Mib {
        Mib::of([
            ([1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 2], Value::Counter32(1)),
            ([1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 1], Value::Counter64(1)),
            ([1, 3, 6, 1, 2, 1, 2, 2, 1, 9, 300], Value::Counter32(1)),
        ])
        .unwrap()
    }

    #[test]
    fn every_name_is_found_at_its_place() {
        let mib = Mib::of((0..5000).map(|row| ([1, 3, 6, 1, row % 50, row], Value::Null))).unwrap();
        for place in 0..mib.len() {
            let name = mib.name(place).unwrap();
            assert_eq!(
                (mib.find(name), mib.at_or_after(name), mib.after(name)),
                (Some(place), place, place + 1)
            );
        }
        assert_eq!(mib.find(&[1, 3, 6, 1, 50, 1]), None);
        assert_eq!(Mib::default().find(&[1, 3]), None);
    }

    #[test]
    fn names_are_found_and_followed() {
        let mib = mib();
        assert_eq!(mib.name(0), Some(&[1, 3, 6, 1, 2, 1, 2, 2, 1, 9, 300][..]));
        assert_eq!(mib.find(&[1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 1]), Some(1));
        assert_eq!(mib.find(&[1, 3, 6, 1, 2, 1, 2, 2, 1, 10]), None);
        assert_eq!(mib.after(&[1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 1]), 2);
        assert_eq!(mib.after(&[1, 3, 6, 1, 2, 1, 2, 2, 1, 10]), 1);
        assert_eq!(mib.after(&[2, 0]), 3);
        assert_eq!(mib.name(3), None);
        assert!(mib.is_counter64(1) && !mib.is_counter64(2) && !mib.is_counter64(9));
    }

    #[test]
    fn a_known_type_makes_a_missing_instance() {
        let mib = mib();
        assert!(mib.knows_type_of(&[1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 77]));
        assert!(mib.knows_type_of(&[1, 3, 6, 1, 2, 1, 2, 2, 1, 10, 77, 78]));
        assert!(!mib.knows_type_of(&[1, 3, 6, 1, 2, 1, 2, 2, 1, 11, 1]));
    }

    #[test]
    fn long_names_and_values_get_long_lengths() {
        let long = Oid::new([vec![1, 3], vec![u32::MAX; 100]].concat());
        let mib = Mib::of([
            (long.clone(), Object::from(Moving::uptime(5))),
            (long.child(&[1]), Object::from(Value::OctetString(vec![b'x'; 300]))),
        ])
        .unwrap();
        let moment = Moment::new(Duration::ZERO, Duration::ZERO);
        for place in 0..2 {
            let mut out = Vec::new();
            mib.write_varbind(place, &moment, &mut out);
            let mut varbind = ber::Reader::new(ber::Reader::new(&out).expect(ber::SEQUENCE).unwrap());
            let mut arcs = Vec::new();
            oid::decode_arcs(varbind.expect(ber::OBJECT_IDENTIFIER).unwrap(), &mut arcs).unwrap();
            assert_eq!(Some(arcs.as_slice()), mib.name(place));
            assert!(varbind.value().is_ok() && varbind.is_empty());
        }
    }

    #[test]
    fn a_name_that_no_packet_can_carry_is_refused() {
        assert!(Mib::of([([3, 1], Value::Null)]).is_err());
        assert!(Mib::of([(Oid::new([vec![1, 3], vec![1; 127]].concat()), Value::Null)]).is_err());
    }
}
