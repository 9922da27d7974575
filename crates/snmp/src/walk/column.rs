//! What is known of one column while it is read.

use std::collections::HashSet;

use crate::device::Seen;
use crate::{Cell, Column, Index, Oid, Trouble, Value};

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

impl Reading {
    /// The table, where it is a column of one.
    pub fn table(self) -> Option<usize> {
        match self {
            Reading::Column(table) => Some(table),
            _ => None,
        }
    }
}

/// One asked OID and what was read below it so far.
#[derive(Debug)]
pub struct Progress {
    pub oid: Oid,
    pub reading: Reading,
    /// Where a walk of it starts: the OID itself, or the one above where the OID may itself be an instance.
    pub start: Oid,
    /// Whether its OID may itself be an instance that a walk from `start` does not see.
    pub leaf: bool,
    /// As they came; sorted at the end.
    pub cells: Vec<Cell>,
    /// Rows it is believed to have, where it is known to be there.
    pub expected: usize,
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
    /// Octets of a varbind's headers and the column's part of its name.
    name_bytes: usize,
    /// Octets an index and a value were seen to have last time.
    remembered_bytes: usize,
    /// Octets of all indexes and values read.
    pub cell_octets: usize,
    /// The column of its strand whose end showed its beginning.
    pub behind: Option<usize>,
    /// An answer went past it: it is not there.
    pub is_passed: bool,
}

/// Octets an index and a value are taken to have before any was seen.
const UNSEEN_CELL_BYTES: usize = 7;
/// The same where an answer that is too long is not cut but refused.
const UNSEEN_INSTANCE_BYTES: usize = 20;

/// Octets of arcs in an encoded OID.
fn octets(arcs: &[u32]) -> usize {
    arcs.iter().map(|arc| crate::codec::arc_len(*arc)).sum()
}

impl Progress {
    pub fn new(oid: Oid, reading: Reading, seen: Option<Seen>) -> Self {
        let last_is_zero = oid.arcs().last() == Some(&0) && oid.arcs().len() > 2;
        let start = match (reading, oid.parent()) {
            (Reading::Instance | Reading::Scalar, Some(parent)) if last_is_zero => parent,
            _ => oid.clone(),
        };
        // Tags and lengths of the varbind, its name and its value, and the name's arcs.
        let name_bytes = 2 + 2 + 2 + octets(oid.arcs()) - 1;
        let unseen = if reading == Reading::Get { UNSEEN_INSTANCE_BYTES } else { UNSEEN_CELL_BYTES };
        Self {
            leaf: reading == Reading::Scalar && start == oid,
            oid,
            reading,
            start,
            cells: Vec::new(),
            expected: 0,
            trouble: None,
            packets: 0,
            open: 0,
            generation: 0,
            alone: false,
            visited: HashSet::new(),
            name_bytes,
            remembered_bytes: seen.filter(|seen| seen.is_present()).map_or(unseen, |seen| seen.octets.into()),
            cell_octets: 0,
            behind: None,
            is_passed: false,
        }
    }

    /// The index of its one instance, where it has one.
    pub fn scalar_index(&self) -> Index {
        match self.oid.arcs() {
            [_, _, .., 0] => Index::new(),
            _ => Index::from_slice(&[0]),
        }
    }

    /// Where a plain walk of `walk` would come by, begins further up, so that its OID is seen where it is an instance:
    /// as far as nothing else can lie between.
    pub fn start_within(&mut self, walk: &Oid) {
        let mut arcs = self.oid.arcs();
        while let [head @ .., 0 | 1] = arcs
            && head.len() >= walk.arcs().len()
        {
            arcs = head;
        }
        if arcs.len() < self.start.arcs().len() {
            (self.start, self.leaf) = (Oid::new(arcs), false);
        }
    }

    /// Begins where a plain walk does, so that its OID is seen where it is an instance.
    pub fn start_at(&mut self, walk: &Oid) {
        if self.leaf && walk.arcs().len() < self.start.arcs().len() {
            (self.start, self.leaf) = (walk.clone(), false);
        }
    }

    /// Whether a name that came lies between the place a walk starts at and the column.
    pub fn is_ahead(&self, name: &[u32]) -> bool {
        self.start.arcs() < name && name < self.oid.arcs()
    }

    /// Starts it at its OID, as something lies ahead of it. False where that was so before.
    pub fn start_at_oid(&mut self) -> bool {
        let moves = self.start != self.oid;
        (self.start, self.leaf) = (self.oid.clone(), moves && self.reading == Reading::Scalar);
        moves
    }

    /// Octets one of its varbinds is expected to take.
    pub fn varbind_bytes(&self) -> usize {
        let value = match self.cells.len() {
            0 => self.remembered_bytes,
            seen => self.cell_octets.div_ceil(seen),
        };
        self.name_bytes + value
    }

    /// One of its values came.
    pub fn take(&mut self, index: Index, value: Value) {
        if self.cells.is_empty() {
            // Many scrapes at once hold what they have read until it is all there.
            self.cells.reserve_exact(self.expected);
        }
        self.cell_octets += octets(&index) + encoded_octets(&value);
        self.cells.push(Cell { index, value });
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

/// Octets of a value's content on the wire, near enough.
fn encoded_octets(value: &Value) -> usize {
    let number = |n: u64| (64 - n.leading_zeros() as usize) / 8 + 1;
    match value {
        Value::Integer(n) => number(n.unsigned_abs()),
        Value::Counter32(n) | Value::Gauge32(n) | Value::Counter64(n) => number(*n),
        Value::TimeTicks(n) | Value::UInteger32(n) => number((*n).into()),
        Value::OctetString(b) | Value::Opaque(b) | Value::Unknown { content: b, .. } => b.len(),
        Value::ObjectIdentifier(oid) => oid.arcs().len() + 1,
        Value::IpAddress(_) => 4,
        Value::OpaqueFloat(_) => 7,
        Value::OpaqueDouble(_) => 11,
        Value::Null | Value::NoSuchObject | Value::NoSuchInstance | Value::EndOfMibView => 0,
    }
}
