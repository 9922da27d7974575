//! States, ranges, events and runs as rows of tables, and back: once for both databases.

mod device;
mod interface;
mod label;
mod link;
mod log;
mod manual;
mod summary;

use std::collections::HashMap;
use std::sync::Arc;

pub(super) use device::{DEVICES, SURROUNDINGS, Stored, device, read_device, surroundings};
pub(super) use interface::{INTERFACES, interface};
pub(super) use label::{CLASSIFICATIONS, LABEL, OVERRIDES, classification, decision};
pub(super) use link::{
    LINKS, close as close_link, ended as ended_link, link, of_moment, read_link, upsert as upsert_link,
};
pub(super) use log::{EVENTS, HISTORY, RUNS, event, range, read_event, read_range, read_run, run};
pub(super) use manual::{
    delete as delete_manual, happened, happening, manual, read_manual, select as select_manual,
    upsert as upsert_manual,
};
pub(super) use summary::{SUMMARIES, highest, read_summary, summary, upsert as upsert_summary};

use super::{Result, StoreError};
use crate::facts::Status;
use crate::kind::InterfaceType;
use crate::state::{DeviceState, Interface};
use crate::timestamp::Timestamp;
use crate::word::Word;

/// A row that was read; columns by their place.
pub(super) trait Read {
    fn int(&self, at: usize) -> Result<Option<i64>>;
    fn real(&self, at: usize) -> Result<Option<f64>>;
    fn bool(&self, at: usize) -> Result<Option<bool>>;
    fn text(&self, at: usize) -> Result<Option<String>>;
    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>>;
    fn time(&self, at: usize) -> Result<Option<Timestamp>>;
}

/// Reads a row's columns one after another.
pub(super) struct Reader<'a, R> {
    row: &'a R,
    at: usize,
}

impl<'a, R: Read> Reader<'a, R> {
    pub fn new(row: &'a R) -> Self {
        Self { row, at: 0 }
    }

    fn next(&mut self) -> usize {
        self.at += 1;
        self.at - 1
    }

    pub fn int(&mut self) -> Result<i64> {
        Ok(self.row.int(self.next())?.unwrap_or_default())
    }

    pub fn maybe_int(&mut self) -> Result<Option<i64>> {
        self.row.int(self.next())
    }

    /// A number of an unsigned type; out of its range it is none.
    fn unsigned<T: TryFrom<i64>>(&mut self) -> Result<Option<T>> {
        Ok(self.maybe_int()?.and_then(|number| T::try_from(number).ok()))
    }

    fn real(&mut self) -> Result<f64> {
        Ok(self.maybe_real()?.unwrap_or_default())
    }

    fn maybe_real(&mut self) -> Result<Option<f64>> {
        self.row.real(self.next())
    }

    pub fn bool(&mut self) -> Result<bool> {
        Ok(self.row.bool(self.next())?.unwrap_or_default())
    }

    fn maybe_bool(&mut self) -> Result<Option<bool>> {
        self.row.bool(self.next())
    }

    pub fn text(&mut self) -> Result<String> {
        Ok(self.row.text(self.next())?.unwrap_or_default())
    }

    pub fn maybe_text(&mut self) -> Result<Option<String>> {
        self.row.text(self.next())
    }

    fn bytes(&mut self) -> Result<Option<Vec<u8>>> {
        self.row.bytes(self.next())
    }

    pub fn time(&mut self) -> Result<Timestamp> {
        Ok(self.row.time(self.next())?.unwrap_or_default())
    }

    pub fn maybe_time(&mut self) -> Result<Option<Timestamp>> {
        self.row.time(self.next())
    }

    fn json<T: serde::de::DeserializeOwned>(&mut self, what: &str) -> Result<T> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|error| odd(what, &format!("{text:?} ({error})")))
    }
}

/// The names of columns, for a SELECT.
pub(super) fn names(columns: &[(&str, super::table::Kind)]) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    names.join(", ")
}

/// A value that this program did not write.
fn odd(what: &str, found: &str) -> StoreError {
    StoreError::Damaged(format!("{what} holds {found}"))
}

/// One text for many rows.
#[derive(Default)]
pub(super) struct Shared(HashMap<String, Word>);

impl Shared {
    fn get(&mut self, text: String) -> Word {
        if let Some(known) = self.0.get(&text) {
            return known.clone();
        }
        let word = Word::from(text.as_str());
        self.0.insert(text, word.clone());
        word
    }
}

/// Reads the columns of [`INTERFACES`], [`LABEL`] and [`OVERRIDES`], one behind the other.
pub(super) fn read_whole(row: &impl Read, shared: &mut Shared) -> Result<Interface> {
    let mut row = Reader::new(row);
    let interface = interface::read_interface(&mut row)?;
    let label = label::read_label(&mut row, shared)?;
    let decided = label::read_decision(&mut row)?;
    Ok(Interface { label, decided, ..interface })
}

/// Devices with their interfaces. Both come sorted by their numbers.
pub(super) fn together(devices: Vec<Stored>, interfaces: Vec<Interface>) -> Vec<DeviceState> {
    let mut interfaces = interfaces.into_iter().peekable();
    let with_interfaces = |(id, revision, head, heard): Stored| {
        while interfaces.next_if(|interface| interface.id.device() < id).is_some() {}
        let mut own = Vec::new();
        while let Some(mut interface) = interfaces.next_if(|interface| interface.id.device() == id) {
            interface.facts.device = Arc::clone(&head.facts);
            own.push(Arc::new(interface));
        }
        DeviceState { id, revision, head, interfaces: own, heard: Arc::new(heard) }
    };
    devices.into_iter().map(with_interfaces).collect()
}

fn read_type(word: &str) -> Result<InterfaceType> {
    InterfaceType::from_word(word).ok_or_else(|| odd("interface_type", &format!("{word:?}")))
}

/// The MIB's number of a status.
fn status(status: Status) -> i64 {
    Status::ALL.iter().zip(1..).find(|(one, _)| **one == status).map_or(0, |(_, number)| number)
}

/// Values of these types always have a JSON.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}
