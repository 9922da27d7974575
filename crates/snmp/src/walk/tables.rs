//! Which rows of which columns are asked for together, and when.

use super::Walk;
use super::answers::Reader;
use super::column::Reading;
use super::piece::{Cursor, Piece};
use super::shape::{self, Block};
use std::sync::Arc;

use crate::device::Memory;
use crate::{Index, Oid};

/// Columns with one OID above them: they have, by and large, the same rows.
#[derive(Debug)]
pub(super) struct Table {
    pub oid: Oid,
    /// Numbers of its columns.
    pub columns: Vec<usize>,
    /// Whether one column goes ahead to find the rows.
    leading: bool,
    /// The columns that follow it, and the index each goes on behind.
    waiting: Vec<(usize, Option<Index>)>,
    /// Rows found and not yet given to those that wait.
    found: Vec<Index>,
    /// Rows it is believed to have, in order: those of the last walk, or those found so far.
    pub rows: Arc<Vec<Index>>,
    /// Rows were seen out of order.
    pub disordered: bool,
}

impl Table {
    pub(super) fn new(oid: Oid) -> Self {
        Self {
            oid,
            columns: Vec::new(),
            leading: false,
            waiting: Vec::new(),
            found: Vec::new(),
            rows: Arc::default(),
            disordered: false,
        }
    }
}

impl Table {
    /// The columns that follow a leader which is not done.
    pub(super) fn waiting(&self) -> impl Iterator<Item = usize> {
        self.waiting.iter().map(|(column, _)| *column)
    }

    /// Takes rows its leader found.
    fn found(&mut self, rows: Vec<Index>) {
        Arc::make_mut(&mut self.rows).extend_from_slice(&rows);
        self.found.extend(rows);
    }
}

/// Leaders of tables nobody knows go out in this many requests.
const LEADING_PIECES: usize = 8;

impl Walk {
    /// First requests for all tables.
    pub(super) fn begin_tables(&mut self, memory: &Memory) {
        // Tables of equal length are cut together: a request may hold columns of several.
        let mut known: Vec<(Vec<usize>, usize)> = Vec::new();
        let mut leaders = Vec::new();
        for number in 0..self.tables.len() {
            let table = &mut self.tables[number];
            match memory.rows.get(&table.oid) {
                Some(rows) => {
                    table.rows = rows.clone();
                    match known.iter_mut().find(|(_, length)| *length == rows.len()) {
                        Some((tables, _)) => tables.push(number),
                        None => known.push((vec![number], rows.len())),
                    }
                }
                None if self.has_bulk => leaders.push(number),
                None => {
                    let columns = table.columns.clone();
                    let whole = columns.into_iter().map(|column| self.open_whole(column)).collect();
                    self.go_on(whole);
                }
            }
        }
        let per_piece = leaders.len().div_ceil(LEADING_PIECES).max(1);
        for tables in leaders.chunks(per_piece) {
            let cursors = tables.iter().map(|number| self.lead(*number)).collect();
            self.go_on(cursors);
        }
        let mut absent = Vec::new();
        for (tables, _) in known {
            let rows: Vec<_> = tables.iter().map(|number| self.tables[*number].rows.clone()).collect();
            let columns = tables.iter().map(|number| self.tables[*number].columns.clone());
            let parts = columns.zip(&rows).flat_map(|(columns, rows)| {
                columns.into_iter().map(|column| (column, None, rows.as_slice()))
            });
            // A column the device does not have is looked for once, not at every row: for SNMPv1 some agents pass over all
            // 64-bit counters behind the row, each time.
            let (none, some): (Vec<_>, Vec<_>) =
                parts.partition(|(column, ..)| memory.is_absent(&self.columns[*column].oid));
            absent.extend(none.into_iter().map(|(column, ..)| (column, None, &[][..])));
            self.spread(&some, true);
        }
        self.spread(&absent, true);
    }

    /// First requests for GETs and scalars: they ride along with a table where there is room.
    pub(super) fn begin_scalars(&mut self) {
        let mut gets = Vec::new();
        let mut once = Vec::new();
        for number in 0..self.columns.len() {
            let column = &mut self.columns[number];
            let first = Cursor { rows: 1, ..Cursor::whole(number, 0) };
            match column.reading {
                Reading::Column(_) => continue,
                Reading::Get => {
                    column.open = 1;
                    gets.push(first);
                }
                Reading::Instance => {
                    column.open = 1;
                    once.push(Cursor { end: Some(Index::new()), ..first });
                }
                Reading::Scalar => {
                    // The scalar, and a look behind it: both in one request, since where it ends is known.
                    column.open = 2;
                    let scalar =
                        if column.start == column.oid { Index::from_slice(&[0]) } else { Index::new() };
                    once.push(Cursor { end: Some(scalar.clone()), ..first.clone() });
                    once.push(Cursor { after: Some(scalar), ..first });
                }
            }
        }
        for piece in self.packed(gets).into_iter().map(Piece::get) {
            self.queue.push_front(piece);
        }
        for cursors in self.packed(once) {
            let bytes = self.bytes(&cursors);
            if !self.ride_along(&cursors, bytes) {
                self.queue.push_front(Piece::once(cursors));
            }
        }
    }

    /// Puts cursors that are read once into a queued request with room for them.
    fn ride_along(&mut self, cursors: &[Cursor], bytes: usize) -> bool {
        let budget = self.budget();
        if !self.has_bulk || bytes > budget.bytes / 2 {
            return false;
        }
        for piece in &mut self.queue {
            if piece.again.is_empty()
                || !piece.once.is_empty()
                || piece.names() + cursors.len() > shape::MOST_NAMES
            {
                continue;
            }
            let row: usize = piece.again.iter().map(|c| self.columns[c.column].varbind_bytes()).sum();
            let unknown = piece.again.iter().all(|c| c.rows == 0);
            let room = shape::Budget {
                bytes: budget.bytes - bytes,
                varbinds: budget.varbinds.saturating_sub(cursors.len()),
            };
            let fitting = shape::repetitions(row, piece.again.len(), room);
            if unknown || piece.repetitions <= fitting {
                piece.repetitions = piece.repetitions.min(fitting);
                piece.once = cursors.to_vec();
                return true;
            }
        }
        false
    }

    /// Sends one column of a table ahead; the others wait for the rows it finds.
    fn lead(&mut self, number: usize) -> Cursor {
        let table = &mut self.tables[number];
        table.leading = true;
        table.waiting = table.columns[1..].iter().map(|column| (*column, None)).collect();
        let first = table.columns[0];
        Cursor { leads: true, ..self.open_whole(first) }
    }

    fn open_whole(&mut self, column: usize) -> Cursor {
        let progress = &mut self.columns[column];
        progress.open += 1;
        Cursor::whole(column, progress.generation)
    }

    /// A cursor goes on: the rows a leader found go to those that wait, and a column that turns out longer than
    /// anybody knew leads, or waits for the one that does.
    pub(super) fn advance(&mut self, reader: Reader, unfinished: &mut Vec<Cursor>) {
        let Reader { mut cursor, found, .. } = reader;
        cursor.most_rows = cursor.most_rows.saturating_mul(2);
        if let Reading::Column(number) = self.columns[cursor.column].reading
            && self.has_bulk
            && !self.columns[cursor.column].alone
        {
            let table = &mut self.tables[number];
            if cursor.leads {
                table.found(found);
                self.release(number, false);
            } else if cursor.end.is_none() && cursor.rows == 0 && table.columns.len() > 1 {
                if table.leading {
                    self.columns[cursor.column].open -= 1;
                    table.waiting.push((cursor.column, cursor.after));
                    return;
                }
                table.leading = true;
                cursor.leads = true;
            }
        }
        unfinished.push(cursor);
    }

    /// The column that led has ended.
    pub(super) fn end_of_lead(&mut self, column: usize, found: Vec<Index>) {
        if let Reading::Column(number) = self.columns[column].reading {
            self.tables[number].found(found);
            self.release(number, true);
            self.tables[number].leading = false;
        }
    }

    /// Gives the rows found so far to the columns that wait. The last stays back until it is known whether more
    /// follow, so that the look behind the end is not a request of its own.
    fn release(&mut self, number: usize, ended: bool) {
        let table = &mut self.tables[number];
        let keep = if ended { None } else { table.found.pop() };
        let rows = std::mem::replace(&mut table.found, keep.into_iter().collect());
        let mut waiting = std::mem::take(&mut table.waiting);
        if waiting.is_empty() || (rows.is_empty() && !ended) {
            self.tables[number].waiting = waiting;
            return;
        }
        // Columns that wait at the same place are cut together.
        while let Some((_, place)) = waiting.first().cloned() {
            let (here, elsewhere): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, at)| *at == place);
            waiting = elsewhere;
            let skip = place.as_ref().map_or(0, |place| rows.partition_point(|row| row <= place));
            let rest = &rows[skip..];
            let parts: Vec<_> = here.iter().map(|(column, at)| (*column, at.clone(), rest)).collect();
            self.spread(&parts, ended);
            if !ended {
                let last = rest.last().cloned().or(place);
                self.tables[number]
                    .waiting
                    .extend(here.into_iter().map(|(column, _)| (column, last.clone())));
            }
        }
    }

    /// Asks for columns, each behind an index and along rows that are believed to follow; all have equally many rows.
    fn spread(&mut self, parts: &[(usize, Option<Index>, &[Index])], to_end: bool) {
        let length = parts.first().map_or(0, |(_, _, rows)| rows.len());
        let budget = self.budget();
        let bytes: Vec<usize> =
            parts.iter().map(|(column, _, _)| self.columns[*column].varbind_bytes()).collect();
        let blocks = if self.has_bulk {
            shape::cut(&bytes, length, to_end, budget)
        } else {
            rows_one_by_one(parts.len(), length, to_end)
        };
        let mut single = Vec::new();
        for Block { columns, rows, to_end } in blocks {
            let depth = (rows.len() + usize::from(to_end)) as u32;
            let mut cursors = Vec::with_capacity(columns.len());
            for (column, before, all) in &parts[columns] {
                let after = rows.start.checked_sub(1).map_or(before.clone(), |last| Some(all[last].clone()));
                let end = if to_end { None } else { rows.end.checked_sub(1).map(|last| all[last].clone()) };
                self.columns[*column].open += 1;
                let generation = self.columns[*column].generation;
                cursors.push(Cursor { after, end, rows: depth, ..Cursor::whole(*column, generation) });
            }
            if self.has_bulk {
                self.queue.push_back(Piece::again(cursors, depth));
            } else {
                single.extend(cursors);
            }
        }
        for cursors in self.packed(single) {
            self.queue.push_back(Piece::again(cursors, 1));
        }
    }

    /// Requests for cursors in the middle of their columns. They go first: others wait for what they find.
    pub(super) fn go_on(&mut self, unfinished: Vec<Cursor>) {
        let budget = self.budget();
        let (known, unknown): (Vec<_>, Vec<_>) =
            unfinished.into_iter().partition(|c| c.rows > 0 && self.has_bulk);
        let rows = known.iter().map(|c| c.rows.min(c.most_rows)).max().unwrap_or(1) as usize;
        let bytes: Vec<usize> = known.iter().map(|c| self.columns[c.column].varbind_bytes()).collect();
        for bin in shape::bins(&bytes, rows, budget) {
            let cursors = known[bin].to_vec();
            let wanted = cursors.iter().map(|c| c.rows).max().unwrap_or(1);
            self.push_front(cursors, wanted);
        }
        for cursors in self.packed(unknown) {
            self.push_front(cursors, u32::MAX);
        }
    }

    fn push_front(&mut self, cursors: Vec<Cursor>, wanted: u32) {
        let fitting = shape::repetitions(self.bytes(&cursors), cursors.len(), self.budget());
        let most = cursors.iter().map(|c| c.most_rows).min().unwrap_or(1);
        let repetitions = if self.has_bulk { wanted.min(fitting).min(most) } else { 1 };
        self.queue.push_front(Piece::again(cursors, repetitions));
    }

    /// Groups cursors so that one varbind of each fits an answer.
    fn packed(&self, cursors: Vec<Cursor>) -> Vec<Vec<Cursor>> {
        let bytes: Vec<usize> = cursors.iter().map(|c| self.columns[c.column].varbind_bytes()).collect();
        shape::bins(&bytes, 1, self.budget()).map(|bin| cursors[bin].to_vec()).collect()
    }

    fn bytes(&self, cursors: &[Cursor]) -> usize {
        cursors.iter().map(|c| self.columns[c.column].varbind_bytes()).sum()
    }

    /// Begins a column anew, to be read by one cursor from start to end, as its rows are out of order. Columns that
    /// wait for its rows wait in vain, and are read the same way.
    pub(super) fn begin_alone(&mut self, cursor: &Cursor) {
        let mut alone = vec![cursor.column];
        if let Reading::Column(number) = self.columns[cursor.column].reading {
            let table = &mut self.tables[number];
            table.disordered = true;
            if cursor.leads {
                table.leading = false;
                table.found.clear();
                alone.extend(table.waiting.drain(..).map(|(column, _)| column));
            }
        }
        for column in alone {
            let progress = &mut self.columns[column];
            progress.generation += 1;
            progress.open = 0;
            progress.alone = true;
            if progress.reading == Reading::Instance {
                // A single one needs no order.
                progress.reading = Reading::Get;
                progress.open = 1;
                let whole = Cursor::whole(column, progress.generation);
                self.queue.push_back(Piece::get(vec![whole]));
                continue;
            }
            let whole = self.open_whole(column);
            self.go_on(vec![whole]);
        }
    }

    /// Drops from a queued piece what has been begun anew since.
    pub(super) fn fresh(&self, mut piece: Piece) -> Option<Piece> {
        piece.once.retain(|c| !self.is_stale(c));
        piece.again.retain(|c| !self.is_stale(c));
        (piece.names() > 0).then_some(piece)
    }
}

/// Blocks of a single cell, row by row: how a protocol without GETBULK reads rows it knows.
fn rows_one_by_one(columns: usize, rows: usize, to_end: bool) -> Vec<Block> {
    let cell = |column: usize, rows: std::ops::Range<usize>, to_end| Block {
        columns: column..column + 1,
        rows,
        to_end,
    };
    let mut blocks: Vec<Block> =
        (0..rows).flat_map(|row| (0..columns).map(move |column| cell(column, row..row + 1, false))).collect();
    if to_end {
        blocks.extend((0..columns).map(|column| cell(column, rows..rows, true)));
    }
    blocks
}
