//! Columns that were to be shown by the answer that shows another's end, and were not: now they are asked for
//! themselves.

use std::collections::VecDeque;

use super::Walk;
use super::answers::Next;
use super::column::Reading;
use super::piece::{Cursor, Kind, Piece};

impl Walk {
    /// Asks for columns of one strand, in its order. Columns of the same table, and scalars with no table between them,
    /// are read in passing again.
    pub(super) fn bequeath(&mut self, heirs: VecDeque<Cursor>, next: &mut Next) {
        let heirs: Vec<Cursor> = heirs.into_iter().filter(|heir| !self.is_stale(heir)).collect();
        let (heads, heirs): (Vec<_>, Vec<_>) = heirs.into_iter().partition(|heir| heir.end.is_some());
        next.unfinished.extend(heads);
        let mut rest = heirs.into_iter().peekable();
        while let Some(first) = rest.next() {
            let mut group = vec![first];
            while let Some(sibling) = rest.next_if(|heir| self.are_siblings(&group[0], heir)) {
                group.push(sibling);
            }
            match self.columns[group[0].column].reading {
                Reading::Column(table) => self.bequeath_table(table, group, next),
                // Some of them are there: without GETBULK all are read side by side.
                _ if !self.has_bulk && group[0].after.is_some() => next.unfinished.extend(group),
                _ => {
                    let count = group.len() as u32;
                    let first = group.remove(0);
                    // Each has one instance, and behind the last is a look; if they are there at all.
                    let rows = if first.after.is_some() { count + 1 } else { 0 };
                    next.unfinished.push(Cursor { rows, heirs: group, ..first });
                }
            }
        }
    }

    /// Whether two columns are of the same table, or both scalars; of the same group of scalars, where they may have to
    /// be read side by side.
    fn are_siblings(&self, a: &Cursor, b: &Cursor) -> bool {
        let (a, b) = (&self.columns[a.column], &self.columns[b.column]);
        a.reading == b.reading && (self.has_bulk || a.oid.parent() == b.oid.parent())
    }

    /// Asks for columns of one table: along its rows where they are known by now, behind the one that leads where one
    /// does, and else the first of them leads.
    fn bequeath_table(&mut self, number: usize, mut group: Vec<Cursor>, next: &mut Next) {
        if self.tables[number].known {
            // Where that takes more than an answer, the first row of each shows which of them are there.
            let is_much = self.tables[number].is_much();
            if is_much && self.tables[number].is_flat() && group[0].heirs.is_empty() {
                let rows = (group.len() * self.tables[number].rows.len()) as u32 + 1;
                let first = group.remove(0);
                next.unfinished.push(Cursor { rows, heirs: group, ..first });
                return;
            }
            for cursor in group {
                if is_much && cursor.after.is_none() {
                    self.riders.push(Cursor { rows: 1, ..cursor });
                    continue;
                }
                // The cursor is counted once more when it is cut.
                self.columns[cursor.column].open -= 1;
                next.parts.push(self.tables[number].part(cursor.column, cursor.after, cursor.heirs));
            }
            return;
        }
        if !self.has_bulk && group[0].after.is_some() {
            // It is there: all of its columns are read side by side.
            next.unfinished.extend(group);
            return;
        }
        if self.tables[number].leading {
            group.iter().for_each(|cursor| self.wait(number, cursor));
            return;
        }
        let mut first = group.remove(0);
        self.let_lead(&mut first);
        if first.after.is_none() {
            first.heirs = group;
        } else {
            group.iter().for_each(|cursor| self.wait(number, cursor));
        }
        next.unfinished.push(first);
    }

    /// Ends a cursor that found nothing in the last answer; those that were to inherit are asked for themselves.
    pub(super) fn end(&mut self, mut cursor: Cursor) {
        let heirs = std::mem::take(&mut cursor.heirs);
        let mut next = Next { heirs: vec![heirs.into()], ..Next::default() };
        self.close_leading(cursor, Vec::new(), &mut next);
        self.go_on(next);
    }

    /// Ends a cursor behind which there is nothing at all, and all that were to inherit from it.
    pub(super) fn end_of_mib(&mut self, mut cursor: Cursor) {
        for heir in std::mem::take(&mut cursor.heirs) {
            self.close(&heir);
        }
        self.columns_behind(cursor.column, None);
        self.end(cursor);
    }

    /// Drops from a piece what has been begun anew since, or was seen not to be there; what was to inherit from that is
    /// asked for itself.
    pub(super) fn fresh(&mut self, mut piece: Piece) -> Option<Piece> {
        if piece.names() > 0 && piece.cursors().all(|cursor| self.is_wanted(cursor, piece.kind)) {
            return Some(piece);
        }
        let mut next = Next::default();
        for cursors in [&mut piece.once, &mut piece.again] {
            for mut cursor in std::mem::take(cursors) {
                if self.is_wanted(&cursor, piece.kind) {
                    cursors.push(cursor);
                    continue;
                }
                next.heirs.push(std::mem::take(&mut cursor.heirs).into());
                self.close_leading(cursor, Vec::new(), &mut next);
            }
        }
        self.go_on(next);
        (piece.names() > 0).then_some(piece)
    }

    /// Whether a cursor's column was neither begun anew since, nor seen not to be there.
    fn is_wanted(&self, cursor: &Cursor, kind: Kind) -> bool {
        let column = &self.columns[cursor.column];
        let is_passed = column.is_passed && column.cells.is_empty() && kind == Kind::Next;
        !self.is_stale(cursor) && !is_passed
    }
}
