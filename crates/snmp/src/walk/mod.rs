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
mod begin;
#[cfg(test)]
mod bounds;
mod column;
mod heirs;
mod piece;
mod recovery;
mod shape;
mod strand;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use answers::Next;
use column::{Progress, Reading};
pub use piece::{Cursor, Kind, Piece};
use shape::Budget;
use strand::Strands;
use tables::Table;

use crate::codec::Answer;
use crate::device::{Memory, Seen};
use crate::pdu::{ErrorStatus, Operation};
use crate::room::Room;
use crate::{Column, Failure, Index, Trouble, Wanted};

/// So many instances may ride along with what else is asked.
const MOST_RIDING: usize = 8;

/// A walk of one device in progress.
#[derive(Debug)]
pub struct Walk {
    columns: Vec<Progress>,
    tables: Vec<Table>,
    strands: Strands,
    queue: VecDeque<Piece>,
    /// Cursors that are read once, and may be part of any request.
    riders: Vec<Cursor>,
    /// Columns with nothing below them, whose OIDs may be instances themselves.
    leaves: Vec<usize>,
    /// Requests given out whose answers have not come.
    flying: u32,
    gets: usize,
    has_bulk: bool,
    allow_nonincreasing: bool,
    overhead: usize,
    room: Room,
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
        let mut columns = Vec::with_capacity(wanted.get.len() + wanted.subtrees.len());
        for oid in &wanted.get {
            // An instance .0 is what follows the OID above it, so it can ride along with GETNEXT and GETBULK; many
            // make a request of their own.
            let rides = matches!(oid.arcs(), [_, _, .., 0]) && wanted.get.len() <= MOST_RIDING;
            let reading = if rides { Reading::Instance } else { Reading::Get };
            columns.push(Progress::new(oid.clone(), reading, memory.seen(oid)));
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
            columns.push(Progress::new(oid.clone(), reading, memory.seen(oid)));
        }
        let gets = wanted.get.len();
        let strands = Strands::new(&columns, gets, &wanted.walks);
        for (strand, walk) in strands.all() {
            let Some(walk) = walk else { continue };
            for number in strand {
                columns[*number].start_within(walk);
            }
            // Whether the first of them is an instance itself, nobody before it shows.
            let first = strand.first().map(|number| &mut columns[*number]);
            if let Some(first) = first.filter(|first| !memory.seen(&first.oid).is_some_and(Seen::is_present))
            {
                first.start_at(walk);
            }
        }
        let mut walk = Self {
            columns,
            tables,
            strands,
            queue: VecDeque::new(),
            riders: Vec::new(),
            leaves: Vec::new(),
            flying: 0,
            gets,
            has_bulk: manner.has_bulk,
            allow_nonincreasing: manner.allow_nonincreasing,
            overhead: manner.overhead,
            room: memory.room.clone(),
            most_varbinds: manner.max_repetitions.map_or(usize::MAX, |n| n.max(1) as usize),
            varbinds: 0,
            undecodable: 0,
            failure: None,
        };
        walk.begin(memory);
        walk
    }

    /// The next request to send, where there is one to send now; more may follow from answers.
    pub fn next_piece(&mut self) -> Option<Piece> {
        loop {
            while let Some(piece) = self.queue.pop_front() {
                if let Some(piece) = self.fresh(piece) {
                    self.flying += 1;
                    return Some(piece);
                }
            }
            // What is still to come may show that they are not there.
            if self.flying > 0 || self.leaves.is_empty() {
                return None;
            }
            self.ask_for_leaves();
        }
    }

    /// Queues a GET for each OID that may itself be an instance.
    fn ask_for_leaves(&mut self) {
        let mut cursors = Vec::new();
        for number in std::mem::take(&mut self.leaves) {
            if !self.columns[number].is_passed {
                self.columns[number].reading = Reading::Get;
                cursors.push(self.open(number));
            }
        }
        for cursors in self.packed(cursors) {
            self.queue.push_back(Piece::get(cursors));
        }
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
        self.flying = self.flying.saturating_sub(1);
        if piece.cursors().all(|c| self.is_stale(c)) {
            self.fresh(piece);
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
        memory.room = self.room.after_walk();
        for column in &self.columns {
            let behind = column.behind.map(|number| &self.columns[number].oid);
            match column.cells.len() {
                0 if self.failure.is_none() && column.open == 0 && column.trouble.is_none() => {
                    memory.remember(&column.oid, 0, behind);
                }
                0 => (),
                cells => memory.remember(&column.oid, column.cell_octets.div_ceil(cells).max(1), behind),
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

    fn budget(&self) -> Budget {
        Budget {
            bytes: self.room.octets.saturating_sub(self.overhead).max(64),
            varbinds: self.room.varbinds.min(self.most_varbinds).max(1),
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
        let is_read = column.open == 0 && column.trouble.is_none() && !column.cells.is_empty();
        if let Reading::Column(number) = column.reading
            && is_read
            && !self.tables[number].known
            && !self.tables[number].leading
            && column.cells.is_sorted_by(|a, b| a.index < b.index)
        {
            let rows = column.cells.iter().map(|cell| cell.index.clone()).collect();
            let table = &mut self.tables[number];
            (table.rows, table.known) = (Arc::new(rows), true);
        }
    }

    /// Nothing lies below a column: its OID may itself be an instance, as where a walk names one.
    fn look_for_leaf(&mut self, number: usize) {
        let column = &mut self.columns[number];
        let missing = column.open == 0 && column.cells.is_empty() && column.trouble.is_none();
        if missing && column.leaf && column.reading == Reading::Scalar {
            self.leaves.push(number);
        }
    }

    /// Ends a cursor that may have led.
    fn close_leading(&mut self, cursor: Cursor, found: Vec<Index>, next: &mut Next) {
        if cursor.leads && !self.is_stale(&cursor) {
            self.end_of_lead(cursor.column, found, next);
        }
        self.close(&cursor);
    }
}
