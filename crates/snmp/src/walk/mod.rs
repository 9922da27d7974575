//! The walk engine, without its IO: which requests to send, and what their answers mean.
//!
//! A column is read by cursors. Where the rows of its table are known (from the last walk, or from the column that
//! leads), it is cut into runs of rows, each with a cursor of its own that reads from one known row to another; all
//! of them can be asked for at once, many columns to a request. What is known is only a guess at where to cut: every
//! index between two cuts is read, and the last cursor of a column goes on until the agent shows that the column has
//! ended. So rows that have come are found, rows that have gone are missed by nobody, and a wrong guess costs a
//! request and no more.
//!
//! Where nothing is known, one column of each table leads, and the others follow in the runs of rows it finds.
//! SNMPv1 has no GETBULK: there all columns go down side by side, row by row.
//!
//! A column whose rows are out of order cannot be cut; it is begun anew and read by a single cursor, as a plain walk
//! would read it.

mod answers;
mod column;
mod piece;
mod recovery;
mod shape;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use column::{Progress, Reading};
pub use piece::{Cursor, Kind, Piece};
use shape::Budget;
use tables::Table;

use crate::codec::Answer;
use crate::device::Memory;
use crate::pdu::{ErrorStatus, Operation};
use crate::{Column, Failure, Index, Trouble, Wanted};

/// A walk of one device in progress.
#[derive(Debug)]
pub struct Walk {
    columns: Vec<Progress>,
    tables: Vec<Table>,
    queue: VecDeque<Piece>,
    gets: usize,
    has_bulk: bool,
    allow_nonincreasing: bool,
    overhead: usize,
    answer_bytes: usize,
    answer_varbinds: usize,
    /// What the caller allows, whatever the device has shown.
    most_varbinds: usize,
    /// Varbinds read and kept.
    pub varbinds: u64,
    /// Varbinds that could not be read.
    pub undecodable: u64,
    failure: Option<Failure>,
}

/// What a walk needs to know beside what is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Whether GETBULK may be used.
    pub has_bulk: bool,
    /// Octets of a message beside its varbinds.
    pub overhead: usize,
    /// Varbinds an answer is asked to hold at the most.
    pub max_repetitions: Option<u32>,
    /// Whether an agent that goes back is read on.
    pub allow_nonincreasing: bool,
}

impl Walk {
    /// Plans the first requests.
    pub fn new(wanted: &Wanted, memory: &Memory, manner: Manner) -> Self {
        let remembered = |oid: &crate::Oid| memory.value_bytes(oid);
        let mut columns = Vec::with_capacity(wanted.get.len() + wanted.subtrees.len());
        for oid in &wanted.get {
            // An instance .0 is what follows the OID above it, so it can ride along with GETNEXT and GETBULK.
            let rides = oid.arcs().last() == Some(&0) && oid.arcs().len() > 2;
            let reading = if rides { Reading::Instance } else { Reading::Get };
            columns.push(Progress::new(oid.clone(), reading, remembered(oid)));
        }
        let mut tables: Vec<Table> = Vec::new();
        for (nth, subtree) in wanted.subtrees.iter().enumerate() {
            let oid = &subtree.oid;
            let reading = match oid.parent() {
                _ if subtree.scalar => Reading::Scalar,
                parent => {
                    let above = parent.unwrap_or_default();
                    let table = tables.iter().position(|t| t.oid == above).unwrap_or_else(|| {
                        tables.push(Table::new(above));
                        tables.len() - 1
                    });
                    tables[table].columns.push(wanted.get.len() + nth);
                    Reading::Column(table)
                }
            };
            columns.push(Progress::new(oid.clone(), reading, remembered(oid)));
        }
        let mut walk = Self {
            columns,
            tables,
            queue: VecDeque::new(),
            gets: wanted.get.len(),
            has_bulk: manner.has_bulk,
            allow_nonincreasing: manner.allow_nonincreasing,
            overhead: manner.overhead,
            answer_bytes: memory.answer_bytes,
            answer_varbinds: memory.answer_varbinds,
            most_varbinds: manner.max_repetitions.map_or(usize::MAX, |n| n.max(1) as usize),
            varbinds: 0,
            undecodable: 0,
            failure: None,
        };
        walk.begin_tables(memory);
        walk.begin_scalars();
        walk
    }

    /// The next request to send, where there is one to send now; more may follow from answers.
    pub fn next_piece(&mut self) -> Option<Piece> {
        while let Some(piece) = self.queue.pop_front() {
            if let Some(piece) = self.fresh(piece) {
                return Some(piece);
            }
        }
        None
    }

    /// The operation a piece is sent as.
    pub fn operation(&self, piece: &Piece) -> Operation {
        match piece.kind {
            Kind::Get => Operation::Get,
            Kind::Next if piece.again.is_empty() || !self.has_bulk => Operation::GetNext,
            Kind::Next => Operation::GetBulk {
                non_repeaters: piece.once.len() as u32,
                max_repetitions: piece.repetitions,
            },
        }
    }

    /// The names a piece sends, each in two runs of arcs.
    pub fn names<'a>(&'a self, piece: &'a Piece) -> impl Iterator<Item = (&'a [u32], &'a [u32])> {
        piece.cursors().map(|cursor| {
            let column = &self.columns[cursor.column];
            match (&cursor.after, piece.kind) {
                (_, Kind::Get) => (column.oid.arcs(), &[][..]),
                (Some(index), _) => (column.oid.arcs(), index.as_slice()),
                (None, _) => (column.start.arcs(), &[][..]),
            }
        })
    }

    /// Why the walk cannot go on, once something has happened that ends it.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// Takes the answer to a piece.
    pub fn on_answer(&mut self, piece: Piece, answer: &Answer) {
        if piece.cursors().all(|c| self.is_stale(c)) {
            return;
        }
        let mut last = usize::MAX;
        for cursor in piece.cursors() {
            if cursor.column != last {
                self.columns[cursor.column].packets += 1;
                last = cursor.column;
            }
        }
        match answer.status {
            ErrorStatus::NO_ERROR if piece.kind == Kind::Get => self.on_values(piece, answer),
            ErrorStatus::NO_ERROR => self.on_rows(piece, answer),
            status => self.on_error(piece, status, answer.error_index),
        }
    }

    /// No more will be read: what is not at its end is marked so.
    pub fn give_up(&mut self) {
        let waiting = self.tables.iter().flat_map(|table| table.waiting());
        let open = (0..self.columns.len()).filter(|number| self.columns[*number].open > 0);
        for number in waiting.chain(open).collect::<Vec<_>>() {
            self.columns[number].troubled(Trouble::Unfinished);
        }
    }

    /// What was read, and what was learned for the next walk.
    pub fn finish(self, memory: &mut Memory) -> (Vec<Column>, Vec<Column>) {
        memory.answer_bytes = self.answer_bytes;
        memory.answer_varbinds = self.answer_varbinds;
        for column in &self.columns {
            match column.cells.len() {
                0 if self.failure.is_none() && column.open == 0 && column.trouble.is_none() => {
                    memory.remember_absent(&column.oid);
                }
                0 => (),
                cells => memory.remember_value_bytes(&column.oid, column.value_octets.div_ceil(cells)),
            }
        }
        let Self { columns, tables, gets, failure, .. } = self;
        let mut columns: Vec<Column> = columns.into_iter().map(Progress::into_column).collect();
        for table in tables.iter().filter(|t| !t.disordered && failure.is_none()) {
            let longest = table.columns.iter().max_by_key(|c| columns[**c].cells.len());
            if let Some(&longest) = longest.filter(|c| columns[**c].trouble.is_none()) {
                let rows = columns[longest].cells.iter().map(|cell| cell.index.clone()).collect();
                memory.remember_rows(&table.oid, rows);
            }
        }
        let subtrees = columns.split_off(gets);
        (columns, subtrees)
    }

    /// Draws what the size of an answer says about the device.
    fn learn(&mut self, size: usize, varbinds: usize, asked: usize, used_up: bool) {
        if varbinds >= asked {
            // It sends this much; it would seem silly to ask for more than a few packets' worth.
            self.answer_bytes = self.answer_bytes.max(size.min(4 * crate::device::FIRST_ANSWER_BYTES));
        } else if !used_up && varbinds > 0 {
            if size * 2 < self.answer_bytes && self.answer_varbinds > varbinds {
                self.answer_varbinds = varbinds;
            } else if size < self.answer_bytes {
                // The next varbind did not fit: the limit is somewhere behind this size.
                let fitting = size + size / varbinds;
                self.answer_bytes = fitting.clamp(crate::device::LEAST_ANSWER_BYTES, self.answer_bytes);
            }
        }
    }

    fn budget(&self) -> Budget {
        Budget {
            bytes: self.answer_bytes.saturating_sub(self.overhead).max(64),
            varbinds: self.answer_varbinds.min(self.most_varbinds).max(1),
        }
    }

    fn is_stale(&self, cursor: &Cursor) -> bool {
        cursor.generation != self.columns[cursor.column].generation
    }

    /// A cursor has read all that is its own.
    fn close(&mut self, cursor: &Cursor) {
        if self.is_stale(cursor) {
            return;
        }
        let column = &mut self.columns[cursor.column];
        column.open = column.open.saturating_sub(1);
        let missing = column.open == 0 && column.cells.is_empty() && column.trouble.is_none();
        if missing && column.reading == Reading::Scalar && column.start == column.oid {
            // Nothing below: the OID may itself be an instance, as where a walk names one.
            column.reading = Reading::Get;
            column.open = 1;
            let generation = column.generation;
            self.queue.push_back(Piece::get(vec![Cursor::whole(cursor.column, generation)]));
        }
    }

    /// Ends a cursor that may have led.
    fn close_leading(&mut self, cursor: Cursor, found: Vec<Index>) {
        self.close(&cursor);
        if cursor.leads && !self.is_stale(&cursor) {
            self.end_of_lead(cursor.column, found);
        }
    }

    /// Ends a cursor that found nothing in the last answer.
    fn end(&mut self, cursor: Cursor) {
        self.close_leading(cursor, Vec::new());
    }
}
