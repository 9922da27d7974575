//! The first requests of a walk.
//!
//! What the device is known to have is asked for at its known places, all at once. What it is known not to have, or
//! nobody has asked it for yet, is looked for from the end of what lies before it in its strand, or by a probe that
//! reads on from there: a strand of which nothing is known begins as a plain walk would.

use super::Walk;
use super::column::Reading;
use super::piece::{Cursor, Piece};
use super::shape;
use super::tables::Part;
use crate::Index;
use crate::device::Memory;

/// Probes go out in this many requests at the most.
const PROBES: usize = 8;
/// Columns of a table nobody knows, in no strand with each other, are read side by side up to this many, so that a
/// short table takes as few requests as hold it; of more, one leads.
const MOST_ABREAST: usize = 16;
/// Answers after which they are no longer read side by side: the table is long.
const ANSWERS_ABREAST: u32 = 5;
/// In tables of so many rows the first row of each column is taken from the answer that shows the end of the column before.
const SHORT: usize = 10;

/// What is asked first.
#[derive(Default)]
struct First {
    /// Columns at the rows they are known to have.
    parts: Vec<Part>,
    /// Cursors that look for what is not known to be there.
    probes: Vec<Cursor>,
}

impl Walk {
    /// Plans the first requests.
    pub(super) fn begin(&mut self, memory: &Memory) {
        for table in &mut self.tables {
            if let Some(rows) = memory.rows.get(&table.oid) {
                (table.rows, table.known) = (rows.clone(), !rows.is_empty());
            }
        }
        self.begin_gets();
        let mut first = First::default();
        let strands: Vec<Vec<usize>> = self.strands.all().map(|(columns, _)| columns.to_vec()).collect();
        for strand in strands {
            self.begin_strand(&strand, memory, &mut first);
        }
        self.begin_probes(first.probes);
        self.spread_all(first.parts, true);
        self.ride();
    }

    /// GETs of instances; those that end in .0 are what follows the OID above them, and ride along with the rest.
    fn begin_gets(&mut self) {
        let mut gets = Vec::new();
        for number in 0..self.gets {
            let first = Cursor { rows: 1, ..self.open(number) };
            match self.columns[number].reading {
                Reading::Get => gets.push(first),
                _ => self.riders.push(Cursor { end: Some(Index::new()), ..first }),
            }
        }
        for cursors in self.packed(gets) {
            self.queue.push_back(Piece::get(cursors));
        }
    }

    /// First cursors of one strand, from its end on, so that each can be given those that follow.
    fn begin_strand(&mut self, strand: &[usize], memory: &Memory, first: &mut First) {
        let seen: Vec<_> = strand.iter().map(|number| memory.seen(&self.columns[*number].oid)).collect();
        let follows: Vec<bool> = (0..strand.len())
            .map(|at| {
                let before = at.checked_sub(1).map(|before| &self.columns[strand[before]].oid);
                before.is_some_and(|before| seen[at].is_none_or(|seen| seen.follows(before)))
            })
            .collect();
        // Those that can be looked for from the end of what lies before them, in order.
        let mut heirs: Vec<Cursor> = Vec::new();
        for (at, &number) in strand.iter().enumerate().rev() {
            let is_new = seen[at].is_none();
            let is_present = seen[at].is_some_and(|seen| seen.is_present());
            let head = match self.columns[number].reading {
                Reading::Scalar if is_present => {
                    let index = self.columns[number].scalar_index();
                    let heirs = std::mem::take(&mut heirs);
                    let tail = Cursor { after: Some(index.clone()), rows: 1, heirs, ..self.open(number) };
                    self.riders.push(tail);
                    Cursor { end: Some(index), rows: 1, ..self.open(number) }
                }
                Reading::Column(table) if self.tables[table].known && (is_present || is_new) => {
                    let rows = self.tables[table].rows.clone();
                    self.columns[number].expected = if is_present { rows.len() } else { 0 };
                    let same = |at: &usize| self.columns[strand[*at]].reading == Reading::Column(table);
                    let headed = rows.len() <= SHORT
                        && self.has_bulk
                        && (0..strand.len()).filter(same).any(|at| follows[at] && !is_new);
                    let heirs = std::mem::take(&mut heirs);
                    let Some(row) = rows.first().filter(|_| headed).cloned() else {
                        first.parts.push(Part { column: number, before: None, rows, skip: 0, heirs });
                        continue;
                    };
                    first.parts.push(Part {
                        column: number,
                        before: Some(row.clone()),
                        rows,
                        skip: 1,
                        heirs,
                    });
                    Cursor { end: Some(row), rows: 1, ..self.open(number) }
                }
                // Not there, or nobody has asked yet.
                _ => {
                    let probe = Cursor { rows: u32::from(!is_new), ..self.open(number) };
                    if follows[at] {
                        heirs.insert(0, probe);
                    } else {
                        first.probes.push(Cursor { heirs: std::mem::take(&mut heirs), ..probe });
                    }
                    continue;
                }
            };
            match follows[at] {
                true => heirs.insert(0, head),
                false => self.riders.push(head),
            }
        }
        debug_assert!(heirs.is_empty(), "the first of a strand follows nobody");
    }

    /// Probes: each that has heirs reads on into their columns; the others are columns in strands of their own.
    fn begin_probes(&mut self, mut probes: Vec<Cursor>) {
        // In the order of the MIB.
        probes.reverse();
        let (absent, unknown): (Vec<_>, Vec<_>) = probes.into_iter().partition(|probe| probe.rows == 1);
        self.riders.extend(absent);
        let (mut reading_on, alone): (Vec<_>, Vec<_>) =
            unknown.into_iter().partition(|probe| !probe.heirs.is_empty());
        for probe in &mut reading_on {
            self.let_lead(probe);
        }
        let mut abreast: Vec<Cursor> = Vec::new();
        for probe in alone {
            let Reading::Column(table) = self.columns[probe.column].reading else {
                // The scalar, and a look behind it: both in one request, since where it ends is known.
                let index = self.columns[probe.column].scalar_index();
                let tail = Cursor { after: Some(index.clone()), rows: 1, ..self.open(probe.column) };
                self.riders.extend([Cursor { end: Some(index), rows: 1, ..probe }, tail]);
                continue;
            };
            if self.tables[table].columns.len() <= MOST_ABREAST || !self.has_bulk {
                abreast.push(Cursor { abreast: ANSWERS_ABREAST, ..probe });
            } else if self.tables[table].leading {
                self.wait(table, &probe);
            } else {
                let mut probe = probe;
                self.let_lead(&mut probe);
                reading_on.push(probe);
            }
        }
        let per_piece = reading_on.len().div_ceil(PROBES).max(1);
        let mut groups: Vec<Vec<Cursor>> = reading_on.chunks(per_piece).map(<[Cursor]>::to_vec).collect();
        groups.extend(self.abreast(abreast));
        for cursors in groups.into_iter().rev() {
            self.push_unknown(cursors);
        }
    }

    /// Columns to be read side by side, those of one table together as far as they fit a request.
    fn abreast(&self, mut cursors: Vec<Cursor>) -> Vec<Vec<Cursor>> {
        if !self.has_bulk {
            return self.packed(cursors);
        }
        cursors.sort_by_key(|cursor| self.columns[cursor.column].reading.table());
        let mut groups: Vec<Vec<Cursor>> = Vec::new();
        for table in cursors
            .chunk_by(|a, b| self.columns[a.column].reading.table() == self.columns[b.column].reading.table())
        {
            match groups.last_mut() {
                Some(group) if group.len() + table.len() <= MOST_ABREAST => group.extend_from_slice(table),
                _ => groups.push(table.to_vec()),
            }
        }
        groups
    }

    /// Puts cursors that are read once into queued requests with room for them; the rest get requests of their own.
    pub(super) fn ride(&mut self) {
        let budget = self.budget();
        let mut riders = std::mem::take(&mut self.riders);
        // From behind, as in the order of the MIB.
        riders.reverse();
        for piece in &mut self.queue {
            if piece.again.is_empty() || !self.has_bulk {
                continue;
            }
            let row: usize = piece.again.iter().map(|c| self.columns[c.column].varbind_bytes()).sum();
            let mut used: usize = piece.once.iter().map(|c| self.columns[c.column].varbind_bytes()).sum();
            let unknown = piece.again.iter().all(|c| c.rows == 0);
            // Of a request that takes what it can get, half.
            let repetitions = piece.repetitions as usize;
            let room = match unknown {
                true => budget.half(),
                false => budget.less(row * repetitions, piece.again.len() * repetitions),
            };
            while let Some(rider) = riders.last() {
                let bytes = self.columns[rider.column].varbind_bytes();
                let fits = used + bytes <= room.bytes && piece.once.len() < room.varbinds;
                if !fits || piece.names() >= shape::MOST_NAMES {
                    break;
                }
                used += bytes;
                piece.once.extend(riders.pop());
            }
            if unknown {
                let left = budget.less(used, piece.once.len());
                piece.repetitions = piece.repetitions.min(shape::repetitions(row, piece.again.len(), left));
            }
        }
        riders.reverse();
        for cursors in self.packed(riders).into_iter().rev() {
            self.push_front(cursors, 1);
        }
    }
}
