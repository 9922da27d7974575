//! What is known of one column while it is read.

use std::collections::HashSet;

use crate::{Cell, Column, Index, Oid, Trouble};

/// How a column is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// One instance: the column's OID itself, as GETNEXT of the OID above it.
    Instance,
    /// One instance, by GET.
    Get,
    /// A subtree that is expected to hold one scalar.
    Scalar,
    /// A subtree of a table, by number.
    Column(usize),
}

/// One asked OID and what was read below it so far.
#[derive(Debug)]
pub struct Progress {
    pub oid: Oid,
    pub reading: Reading,
    /// Where a walk of it starts: the OID itself, or the one above where the OID may itself be an instance.
    pub start: Oid,
    /// As they came; sorted at the end.
    pub cells: Vec<Cell>,
    pub trouble: Option<Trouble>,
    pub packets: u32,
    /// Cursors that are not done.
    pub open: u32,
    /// Counts up when the column is begun anew.
    pub generation: u32,
    /// Read by one cursor from start to end, since its rows are not in order.
    pub alone: bool,
    /// The places a cursor that reads alone has gone on from: coming back to one is a loop.
    pub visited: HashSet<Index>,
    /// Octets of a varbind's name and headers.
    name_bytes: usize,
    /// Octets a value was seen to have last time.
    remembered_bytes: usize,
    /// Octets of all values read.
    pub value_octets: usize,
}

/// Octets a value is taken to have before any was seen.
const UNSEEN_VALUE_BYTES: usize = 5;

impl Progress {
    pub fn new(oid: Oid, reading: Reading, remembered_bytes: Option<u16>) -> Self {
        let last_is_zero = oid.arcs().last() == Some(&0) && oid.arcs().len() > 2;
        let start = match (reading, oid.parent()) {
            (Reading::Instance | Reading::Scalar, Some(parent)) if last_is_zero => parent,
            _ => oid.clone(),
        };
        // Tags and lengths of the varbind, its name and its value, the name's arcs, and an index of two octets.
        let name_bytes =
            2 + 2 + 2 + 2 + oid.arcs().iter().map(|a| crate::codec::arc_len(*a)).sum::<usize>() - 1;
        Self {
            oid,
            reading,
            start,
            cells: Vec::new(),
            trouble: None,
            packets: 0,
            open: 0,
            generation: 0,
            alone: false,
            visited: HashSet::new(),
            name_bytes,
            remembered_bytes: remembered_bytes.map_or(UNSEEN_VALUE_BYTES, usize::from),
            value_octets: 0,
        }
    }

    /// Octets one of its varbinds is expected to take.
    pub fn varbind_bytes(&self) -> usize {
        let value = match self.cells.len() {
            0 => self.remembered_bytes,
            seen => self.value_octets.div_ceil(seen),
        };
        self.name_bytes + value
    }

    /// The first trouble is the one that is told.
    pub fn troubled(&mut self, trouble: Trouble) {
        self.trouble.get_or_insert(trouble);
    }

    /// Below which OID this index lies.
    pub fn instance(&self, index: &[u32]) -> Oid {
        self.oid.child(index)
    }

    /// The OID a cursor at `after` asks to go on from.
    pub fn asked(&self, after: Option<&Index>) -> Oid {
        match after {
            Some(index) => self.instance(index),
            None => self.start.clone(),
        }
    }

    /// What was read, in order, the last of each index.
    pub fn into_column(mut self) -> Column {
        if !self.cells.is_sorted_by(|a, b| a.index < b.index) {
            // Stable, and from behind: of two answers for one instance the later counts.
            self.cells.reverse();
            self.cells.sort_by(|a, b| a.index.cmp(&b.index));
            self.cells.dedup_by(|next, kept| next.index == kept.index);
        }
        Column { oid: self.oid, cells: self.cells, trouble: self.trouble, packets: self.packets }
    }
}
