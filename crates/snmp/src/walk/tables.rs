//! Which rows of which columns are asked for together, and when.

use std::ops::Range;
use std::sync::Arc;

use super::Walk;
use super::answers::Next;
use super::column::Reading;
use super::piece::{Cursor, Piece};
use super::shape::{self, Block};
use crate::{Index, Oid};

/// Columns with one OID above them: they have, by and large, the same rows.
#[derive(Debug)]
pub(super) struct Table {
    pub oid: Oid,
    /// Numbers of its columns.
    pub columns: Vec<usize>,
    /// Rows it is believed to have, in order: those of the last walk, or those found so far.
    pub rows: Arc<Vec<Index>>,
    /// Whether these are all of them, as far as anybody knows.
    pub known: bool,
    /// Whether one column goes ahead to find the rows.
    pub leading: bool,
    /// Rows were seen out of order.
    pub disordered: bool,
    /// The columns that follow it, and the index each goes on behind.
    waiting: Vec<(usize, Option<Index>)>,
}

impl Table {
    pub(super) fn new(oid: Oid) -> Self {
        Self {
            oid,
            columns: Vec::new(),
            rows: Arc::default(),
            known: false,
            leading: false,
            disordered: false,
            waiting: Vec::new(),
        }
    }

    /// The columns that wait for its rows.
    pub(super) fn waiting(&self) -> impl Iterator<Item = usize> {
        self.waiting.iter().map(|(column, _)| *column)
    }

    /// Whether all of its cells are more than an answer holds.
    pub(super) fn is_much(&self) -> bool {
        self.columns.len() * self.rows.len() > MUCH
    }

    /// Whether its columns are so short that they are best read one after another.
    pub(super) fn is_flat(&self) -> bool {
        self.rows.len() <= FLAT
    }

    /// Takes rows its leader found.
    fn found(&mut self, rows: Vec<Index>) {
        let last = self.rows.last().cloned();
        let new = rows.into_iter().filter(|row| last.as_ref().is_none_or(|last| row > last));
        Arc::make_mut(&mut self.rows).extend(new);
    }

    /// The rows it is believed to have behind an index, as they are cut for a column.
    pub(super) fn part(&self, column: usize, before: Option<Index>, heirs: Vec<Cursor>) -> Part {
        let skip = before.as_ref().map_or(0, |before| self.rows.partition_point(|row| row <= before));
        Part { column, before, rows: self.rows.clone(), skip, heirs }
    }
}

/// A column that is read behind an index, along rows that are believed to follow, to its end.
#[derive(Debug)]
pub(super) struct Part {
    pub column: usize,
    /// The index to read on behind.
    pub before: Option<Index>,
    /// The rows of its table.
    pub rows: Arc<Vec<Index>>,
    /// The first so many of them are not its.
    pub skip: usize,
    /// Who inherits at its end.
    pub heirs: Vec<Cursor>,
}

impl Part {
    pub(super) fn rows(&self) -> &[Index] {
        &self.rows[self.skip.min(self.rows.len())..]
    }
}

/// Rows of a table that is read column by column while little is known of it: a look behind the end of each column
/// would cost as much as the column.
const FLAT: usize = 3;
/// Cells that fill an answer, more or less.
const MUCH: usize = 60;

/// Blocks of so few cells need no request of their own where others have room for them.
const FEW_CELLS: usize = 16;

impl Walk {
    /// A cursor of a column, from its start to its end.
    pub(super) fn open(&mut self, column: usize) -> Cursor {
        let progress = &mut self.columns[column];
        progress.open += 1;
        Cursor::whole(column, progress.generation)
    }

    /// Sends a column of a table ahead to find its rows.
    pub(super) fn let_lead(&mut self, cursor: &mut Cursor) {
        if let Reading::Column(number) = self.columns[cursor.column].reading
            && self.has_bulk
        {
            let rows = self.columns[cursor.column].cells.iter().map(|cell| cell.index.clone()).collect();
            let table = &mut self.tables[number];
            (table.leading, cursor.leads) = (true, true);
            // What others know of its rows is not to be mixed with what it finds.
            if !table.known {
                table.rows = Arc::new(rows);
            }
        }
    }

    /// Lets a column wait for the rows the one that leads finds.
    pub(super) fn wait(&mut self, table: usize, cursor: &Cursor) {
        if !self.is_stale(cursor) {
            self.columns[cursor.column].open -= 1;
            self.tables[table].waiting.push((cursor.column, cursor.after.clone()));
        }
    }

    /// A cursor goes on: the rows a leader found go to those that wait, and a column that turns out longer than
    /// anybody knew leads, or waits for the one that does.
    pub(super) fn advance(&mut self, mut cursor: Cursor, found: Vec<Index>, next: &mut Next) {
        cursor.most_rows = cursor.most_rows.saturating_mul(2);
        let Reading::Column(number) = self.columns[cursor.column].reading else {
            next.unfinished.push(cursor);
            return;
        };
        let is_long = cursor.end.is_none() && cursor.rows == 0 && self.tables[number].columns.len() > 1;
        if self.columns[cursor.column].alone || !(is_long || cursor.leads) {
            next.unfinished.push(cursor);
            return;
        }
        if is_long && !cursor.leads && self.tables[number].known {
            let Cursor { column, after, heirs, .. } = &mut cursor;
            let part = self.tables[number].part(*column, after.clone(), std::mem::take(heirs));
            if !part.rows().is_empty() {
                // It has the rows the others have; that was to be seen first.
                self.columns[part.column].open -= 1;
                next.parts.push(part);
                return;
            }
            cursor.heirs = part.heirs;
        }
        // There is more of it than one answer shows: those behind it begin by themselves.
        let heirs = std::mem::take(&mut cursor.heirs);
        let (beside, behind): (Vec<_>, Vec<_>) =
            heirs.into_iter().partition(|heir| self.columns[heir.column].reading == Reading::Column(number));
        next.heirs.push(behind.into());
        if !self.has_bulk {
            next.unfinished.push(cursor);
            next.unfinished.extend(beside);
            return;
        }
        if !cursor.leads && cursor.abreast > 0 {
            cursor.abreast -= 1;
            next.unfinished.push(cursor);
            next.unfinished.extend(beside);
            return;
        }
        if !cursor.leads && self.tables[number].leading {
            self.wait(number, &cursor);
            beside.iter().for_each(|heir| self.wait(number, heir));
            return;
        }
        beside.iter().for_each(|heir| self.wait(number, heir));
        if cursor.leads {
            self.tables[number].found(found);
            self.release(number, false, next);
        } else {
            (self.tables[number].leading, cursor.leads) = (true, true);
        }
        next.unfinished.push(cursor);
    }

    /// The column that led has ended.
    pub(super) fn end_of_lead(&mut self, column: usize, found: Vec<Index>, next: &mut Next) {
        if let Reading::Column(number) = self.columns[column].reading {
            self.tables[number].found(found);
            self.release(number, true, next);
            self.tables[number].leading = false;
        }
    }

    /// Gives the rows found so far to the columns that wait. The last stays back until it is known whether more
    /// follow, so that the look behind the end is not a request of its own.
    fn release(&mut self, number: usize, ended: bool, next: &mut Next) {
        let table = &mut self.tables[number];
        let waiting = std::mem::take(&mut table.waiting);
        let mut rows = table.rows.clone();
        if !ended && !waiting.is_empty() {
            Arc::make_mut(&mut rows).pop();
        }
        for (column, before) in waiting {
            if before.is_none() && self.columns[column].is_passed {
                continue;
            }
            let part = Part { rows: rows.clone(), ..self.tables[number].part(column, before, Vec::new()) };
            if part.rows().is_empty() && !ended {
                self.tables[number].waiting.push((column, part.before));
            } else if part.before.is_none() && (!ended || self.tables[number].is_much()) {
                // Its first row shows whether it is there at all.
                let head = Cursor { rows: 1, ..self.open(column) };
                self.riders.push(head);
            } else if ended {
                next.parts.push(part);
            } else {
                let last = part.rows().last().cloned();
                self.tables[number].waiting.push((column, last));
                next.runs.push(part);
            }
        }
    }

    /// Asks for columns along the rows they are believed to have. Those with equally many are cut together: a request
    /// may hold columns of several tables.
    pub(super) fn spread_all(&mut self, parts: Vec<Part>, to_end: bool) {
        let mut groups: Vec<Vec<Part>> = Vec::new();
        for part in parts {
            match groups.iter_mut().find(|group| group[0].rows().len() == part.rows().len()) {
                Some(group) => group.push(part),
                None => groups.push(vec![part]),
            }
        }
        let in_company = groups.len() > 1 || !self.riders.is_empty();
        for mut group in groups {
            group.sort_by_key(|part| part.column);
            self.spread(&mut group, to_end, in_company);
        }
    }

    /// Asks for columns that have equally many rows to go.
    fn spread(&mut self, parts: &mut [Part], to_end: bool, in_company: bool) {
        let length = parts.first().map_or(0, |part| part.rows().len());
        let bytes: Vec<usize> = parts.iter().map(|part| self.columns[part.column].varbind_bytes()).collect();
        let blocks = if self.has_bulk {
            shape::cut(&bytes, length, to_end, self.budget())
        } else {
            rows_one_by_one(parts.len(), length, to_end)
        };
        for Block { columns, rows, to_end } in blocks {
            let depth = rows.len() + usize::from(to_end);
            let parts = &mut parts[columns];
            if !self.has_bulk || (in_company && parts.len() * depth <= FEW_CELLS) {
                for row in rows.clone() {
                    let cursors = parts.iter_mut().map(|part| self.run(part, row..row + 1, false));
                    let cursors: Vec<Cursor> = cursors.collect();
                    self.riders.extend(cursors);
                }
                if to_end {
                    let cursors = parts.iter_mut().map(|part| self.run(part, rows.end..rows.end, true));
                    let cursors: Vec<Cursor> = cursors.collect();
                    self.riders.extend(cursors);
                }
            } else {
                let cursors = parts.iter_mut().map(|part| self.run(part, rows.clone(), to_end)).collect();
                self.queue.push_back(Piece::again(cursors, depth as u32));
            }
        }
    }

    /// A cursor that reads a run of rows.
    fn run(&mut self, part: &mut Part, rows: Range<usize>, to_end: bool) -> Cursor {
        let row = |at: usize| part.rows().get(at).cloned();
        let after = rows.start.checked_sub(1).map_or(part.before.clone(), row);
        let end = if to_end { None } else { rows.end.checked_sub(1).and_then(row) };
        let heirs = if to_end { std::mem::take(&mut part.heirs) } else { Vec::new() };
        let depth = (rows.len() + usize::from(to_end)) as u32;
        Cursor { after, end, rows: depth, heirs, ..self.open(part.column) }
    }

    /// Requests for what an answer left to be read. They go first: others wait for what they find.
    pub(super) fn go_on(&mut self, mut next: Next) {
        for heirs in std::mem::take(&mut next.heirs) {
            self.bequeath(heirs, &mut next);
        }
        self.spread_all(next.parts, true);
        self.spread_all(next.runs, false);
        let (known, unknown): (Vec<_>, Vec<_>) =
            next.unfinished.into_iter().partition(|c| c.rows > 0 && self.has_bulk);
        let (short, mut long): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|c| c.rows.min(c.most_rows) == 1);
        self.riders.extend(short);
        long.sort_by_key(|c| c.rows.min(c.most_rows));
        // Those that want about equally many rows share requests.
        let rows = |c: &Cursor| c.rows.min(c.most_rows) as usize;
        for cursors in long.chunk_by(|a, b| rows(b) <= rows(a) * 2) {
            let bytes: Vec<usize> = cursors.iter().map(|c| self.columns[c.column].varbind_bytes()).collect();
            let most = cursors.iter().map(rows).max().unwrap_or(1);
            for bin in shape::bins(&bytes, most, self.budget()) {
                let cursors = cursors[bin].to_vec();
                let wanted = cursors.iter().map(|c| c.rows).max().unwrap_or(1);
                self.push_front(cursors, wanted);
            }
        }
        self.push_unknown(unknown);
        self.ride();
    }

    /// Requests for cursors of which nobody knows how much they will find: as much as fits.
    pub(super) fn push_unknown(&mut self, cursors: Vec<Cursor>) {
        for cursors in self.packed(cursors) {
            self.push_front(cursors, u32::MAX);
        }
    }

    pub(super) fn push_front(&mut self, cursors: Vec<Cursor>, wanted: u32) {
        let fitting = shape::repetitions(self.bytes(&cursors), cursors.len(), self.budget());
        let most = cursors.iter().map(|c| c.most_rows).min().unwrap_or(1);
        let repetitions = if self.has_bulk { wanted.min(fitting).min(most) } else { 1 };
        self.queue.push_front(Piece::again(cursors, repetitions));
    }

    /// Groups cursors so that one varbind of each fits an answer.
    pub(super) fn packed(&self, cursors: Vec<Cursor>) -> Vec<Vec<Cursor>> {
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
                let whole = self.open(column);
                self.queue.push_back(Piece::get(vec![whole]));
                continue;
            }
            let whole = self.open(column);
            self.push_unknown(vec![whole]);
        }
    }
}

/// Blocks of a single cell, row by row: how a protocol without GETBULK reads rows it knows.
fn rows_one_by_one(columns: usize, rows: usize, to_end: bool) -> Vec<Block> {
    let block = |rows: Range<usize>, to_end| Block { columns: 0..columns, rows, to_end };
    let mut blocks: Vec<Block> = (0..rows).map(|row| block(row..row + 1, false)).collect();
    if to_end {
        blocks.push(block(rows..rows, true));
    }
    blocks
}
