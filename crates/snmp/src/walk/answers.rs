//! What an answer's varbinds mean: which cursor each belongs to, what it read, and what becomes of the cursor.

use super::Walk;
use super::column::Reading;
use super::piece::{Cursor, Piece};
use crate::codec::{Answer, Item};
use crate::{Cell, Index, Oid, Trouble, Value};

impl Walk {
    /// The values of a GET.
    pub(super) fn on_values(&mut self, piece: Piece, answer: &Answer) {
        let mut nth = 0;
        answer.each(|name, item| {
            // By name, as some agents answer in another order.
            let is_named = |c: &&Cursor| self.columns[c.column].oid.arcs() == name;
            let cursor =
                piece.once.get(nth).filter(is_named).or_else(|| piece.once.iter().find(is_named)).cloned();
            nth += 1;
            let Some(column) = cursor.map(|c| &mut self.columns[c.column]) else { return };
            match item {
                Item::Value(value) if value.is_exception() || !column.cells.is_empty() => (),
                Item::Value(value) => {
                    self.varbinds += 1;
                    column.cells.push(Cell { index: Index::new(), value });
                }
                Item::BadValue(reason) => {
                    self.undecodable += 1;
                    let oid = column.oid.clone();
                    column.troubled(Trouble::Undecodable { oid, reason: reason.into() });
                }
                Item::BadName => self.undecodable += 1,
            }
        });
        if nth == 0 {
            let problem = Trouble::Unanswered("the agent sent an empty answer".into());
            piece.once.iter().for_each(|c| self.columns[c.column].troubled(problem.clone()));
        }
        piece.once.iter().for_each(|c| self.close(c));
    }

    /// The rows of a GETNEXT or GETBULK.
    pub(super) fn on_rows(&mut self, mut piece: Piece, answer: &Answer) {
        let once = piece.once.len();
        let width = piece.again.len();
        let asked = piece.varbinds();
        let mut cursors: Vec<Reader> =
            piece.once.drain(..).chain(piece.again.drain(..)).map(Reader::new).collect();
        let mut nth = 0;
        let mut values = 0;
        answer.each(|name, item| {
            let at = if nth < once { nth } else { once + (nth - once).checked_rem(width).unwrap_or(width) };
            nth += 1;
            // More than was asked for is nobody's.
            let Some(reader) = cursors.get_mut(at).filter(|_| nth <= asked) else { return };
            values += 1;
            self.read(reader, name, item);
        });
        let used_up = cursors.iter().all(|r| r.done);
        self.learn(answer.size, nth, asked, used_up);
        if values == 0 {
            // Nothing at all, and no error: asking the same again would bring the same.
            let problem = Trouble::Unanswered("the agent sent an empty answer".into());
            for reader in &cursors {
                self.columns[reader.cursor.column].troubled(problem.clone());
                self.end(reader.cursor.clone());
            }
            return;
        }
        let mut unfinished = Vec::new();
        // Where one varbind stands in another's place, who knows of any of them where it belongs.
        let displaced = cursors
            .iter()
            .filter_map(|reader| reader.before.as_ref())
            .any(|name| cursors.iter().any(|other| self.columns[other.cursor.column].oid.contains(name)));
        for mut reader in cursors {
            reader.out_of_order |= displaced;
            self.settle(reader, &mut unfinished);
        }
        self.go_on(unfinished);
    }

    /// One varbind at a cursor.
    fn read(&mut self, reader: &mut Reader, name: &[u32], item: Item) {
        if reader.done {
            return;
        }
        reader.given += 1;
        let cursor = &mut reader.cursor;
        let stale = cursor.generation != self.columns[cursor.column].generation;
        let column = &mut self.columns[cursor.column];
        if matches!(item, Item::BadName) {
            self.undecodable += 1;
            return;
        }
        let Some(index) = name.strip_prefix(column.oid.arcs()) else {
            // What lies behind a column is its end. What lies before it is none, but an agent that begins anew at the
            // end of all it has must not be taken for one that mixes up what was asked.
            if name < column.oid.arcs() {
                reader.before = Some(Oid::new(name));
            }
            reader.done = true;
            return;
        };
        if let Item::Value(value) = &item
            && value.is_exception()
        {
            reader.done = true;
            return;
        }
        if column.reading == Reading::Instance && !index.is_empty() {
            reader.done = true;
            return;
        }
        let goes_back = match &reader.asked {
            Some(asked) => index <= asked.as_slice(),
            None => index.is_empty() && column.start == column.oid,
        };
        if goes_back && !(self.allow_nonincreasing && column.alone) {
            reader.went_back = Some(Index::from_slice(index));
            reader.done = true;
            return;
        }
        if let Some(end) = &cursor.end
            && !column.alone
            && index > end.as_slice()
        {
            // The row this cursor was to end with has gone; what is behind it is another cursor's.
            reader.done = true;
            return;
        }
        if cursor.after.as_ref().is_some_and(|last| index <= last.as_slice()) && !stale {
            reader.out_of_order = true;
        }
        let index = Index::from_slice(index);
        reader.progress = true;
        if cursor.leads {
            reader.found.push(index.clone());
        }
        cursor.rows = cursor.rows.saturating_sub(1);
        cursor.after = Some(index.clone());
        if cursor.end.as_ref().is_some_and(|end| *end == index) {
            reader.done = true;
        }
        match item {
            Item::Value(value) => {
                self.varbinds += 1;
                column.value_octets += encoded_bytes(&value);
                column.cells.push(Cell { index, value });
            }
            Item::BadValue(reason) => {
                self.undecodable += 1;
                let oid = column.instance(&index);
                column.troubled(Trouble::Undecodable { oid, reason: reason.into() });
            }
            Item::BadName => (),
        }
    }

    /// What becomes of a cursor after an answer.
    fn settle(&mut self, reader: Reader, unfinished: &mut Vec<Cursor>) {
        if self.is_stale(&reader.cursor) {
            return;
        }
        let column = &mut self.columns[reader.cursor.column];
        let restarts = reader.out_of_order || (reader.went_back.is_some() && self.allow_nonincreasing);
        if restarts && !column.alone {
            self.begin_alone(&reader.cursor);
            return;
        }
        if let Some(index) = &reader.went_back {
            let (asked, answered) = (column.asked(reader.asked.as_ref()), column.instance(index));
            column.troubled(Trouble::NotIncreasing { asked, answered });
        }
        if let Some(answered) = reader.before.clone().filter(|_| column.alone && reader.asked.is_none()) {
            let asked = column.asked(None);
            column.troubled(Trouble::NotIncreasing { asked, answered });
        }
        // Back at a place it went on from before: from there on all would repeat.
        let loops =
            column.alone && reader.cursor.after.as_ref().is_some_and(|at| !column.visited.insert(at.clone()));
        // Names that cannot be read bring a cursor nowhere.
        let stuck = reader.given > 0 && !reader.progress;
        if reader.done || loops || stuck {
            self.close_leading(reader.cursor, reader.found);
        } else {
            self.advance(reader, unfinished);
        }
    }
}

/// A cursor while an answer is read.
pub(super) struct Reader {
    pub cursor: Cursor,
    /// The index that was asked to go on behind.
    asked: Option<Index>,
    /// Places of the answer that were its.
    given: u32,
    done: bool,
    progress: bool,
    /// The rows it came by, where it leads.
    pub found: Vec<Index>,
    out_of_order: bool,
    /// What it was given that lies before its column.
    before: Option<Oid>,
    went_back: Option<Index>,
}

impl Reader {
    fn new(cursor: Cursor) -> Self {
        let asked = cursor.after.clone();
        Self {
            cursor,
            asked,
            given: 0,
            done: false,
            progress: false,
            found: Vec::new(),
            out_of_order: false,
            before: None,
            went_back: None,
        }
    }
}

/// Octets of a value's content on the wire, near enough.
fn encoded_bytes(value: &Value) -> usize {
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
