//! What to ask instead when an agent answers with an error, or not at all.

use super::Walk;
use super::column::Reading;
use super::piece::{Cursor, Kind, Piece};
use crate::pdu::ErrorStatus;
use crate::{Failure, Index, Trouble};

/// Instances to step past in a row before a column is given up.
const MOST_STEPS: u32 = 12;

impl Walk {
    /// The agent answered an error-status.
    pub(super) fn on_error(&mut self, piece: Piece, status: ErrorStatus, error_index: u32) {
        let named = (error_index as usize).checked_sub(1).filter(|nth| *nth < piece.names());
        match status {
            ErrorStatus::AUTHORIZATION_ERROR => {
                let text = "the agent refuses these credentials (authorizationError)";
                self.failure.get_or_insert(Failure::Auth(text.into()));
            }
            ErrorStatus::TOO_BIG => {
                if piece.varbinds() > 1 {
                    self.room.on_too_big(piece.varbinds());
                }
                self.less(piece, status);
            }
            ErrorStatus::NO_SUCH_NAME => match named {
                Some(nth) => self.leave_out(piece, nth),
                None if piece.names() == 1 => self.leave_out(piece, 0),
                None => self.less(piece, status),
            },
            // Some instance cannot be read: narrow it down, row by row and column by column.
            _ if piece.repetitions > 1 => {
                let mut piece = piece;
                piece.again.iter_mut().for_each(|c| c.most_rows = 1);
                piece.repetitions = 1;
                self.queue.push_front(piece);
            }
            _ => match named {
                Some(nth) if piece.names() > 1 => {
                    if let Some((rest, cursor)) = piece.without(nth) {
                        let kind = rest.kind;
                        self.queue.push_front(rest);
                        self.queue.push_front(Piece { kind, ..Piece::once(vec![cursor]) });
                    }
                }
                _ => self.less(piece, status),
            },
        }
    }

    /// No answer came, although others did: the request, or what it asks for, may be what the agent cannot bear.
    pub fn on_unanswered(&mut self, piece: Piece, what: &str) {
        self.flying = self.flying.saturating_sub(1);
        self.room.on_silence();
        match piece.clone().halves() {
            Some(halves) => halves.into_iter().rev().for_each(|half| self.queue.push_front(half)),
            None => {
                for cursor in piece.cursors() {
                    self.columns[cursor.column].troubled(Trouble::Unanswered(what.into()));
                    self.end(cursor.clone());
                }
            }
        }
    }

    /// The piece in parts, or, where it is one instance, the one behind it.
    fn less(&mut self, piece: Piece, status: ErrorStatus) {
        if let Some(halves) = piece.clone().halves() {
            halves.into_iter().rev().for_each(|half| self.queue.push_front(half));
            return;
        }
        for cursor in piece.cursors().cloned() {
            let column = &mut self.columns[cursor.column];
            let oid = column.asked(cursor.after.as_ref());
            column.troubled(Trouble::ErrorStatus { status, oid });
            let steps_on = piece.kind == Kind::Next && matches!(column.reading, Reading::Column(_));
            match self.step_past(cursor.clone()).filter(|_| steps_on) {
                Some(next) => self.queue.push_front(Piece::once(vec![next])),
                None => self.end(cursor),
            }
        }
    }

    /// A cursor behind the instance the agent cannot answer for. Which one that is it does not say: the next row that
    /// is known from another column of the table, or else a guess that takes longer strides each time.
    fn step_past(&self, mut cursor: Cursor) -> Option<Cursor> {
        if cursor.steps >= MOST_STEPS {
            return None;
        }
        let next = self.next_known_row(&cursor).or_else(|| {
            let mut index = cursor.after.clone().unwrap_or_else(|| Index::from_slice(&[0]));
            let last = index.last_mut()?;
            *last = last.checked_add(1 << cursor.steps)?;
            Some(index)
        })?;
        if cursor.end.as_ref().is_some_and(|end| next >= *end) {
            return None;
        }
        cursor.after = Some(next);
        cursor.steps += 1;
        cursor.most_rows = 1;
        Some(cursor)
    }

    /// The first row behind a cursor that its table is believed to have.
    fn next_known_row(&self, cursor: &Cursor) -> Option<Index> {
        let Reading::Column(number) = self.columns[cursor.column].reading else { return None };
        let rows = &self.tables[number].rows;
        let behind = cursor.after.as_ref().map_or(0, |after| rows.partition_point(|row| row <= after));
        rows.get(behind).cloned()
    }

    /// The agent says there is nothing at or behind one of the names, and so nothing behind those further on in its
    /// strand: the others are asked again without them.
    fn leave_out(&mut self, piece: Piece, nth: usize) {
        let Some((mut rest, cursor)) = piece.without(nth) else { return };
        if rest.kind == Kind::Next {
            let asked = self.columns[cursor.column].asked(cursor.after.as_ref());
            for cursors in [&mut rest.once, &mut rest.again] {
                let (behind, others) = std::mem::take(cursors).into_iter().partition(|other| {
                    let name = self.columns[other.column].asked(other.after.as_ref());
                    name >= asked && self.strands.joins(cursor.column, other.column)
                });
                *cursors = others;
                let behind: Vec<Cursor> = behind;
                behind.into_iter().for_each(|other| self.end_of_mib(other));
            }
        }
        match rest.kind {
            Kind::Get => self.end(cursor),
            Kind::Next => self.end_of_mib(cursor),
        }
        if rest.names() > 0 {
            self.queue.push_front(rest);
        }
    }
}
