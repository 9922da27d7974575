//! What an answer's varbinds mean: which cursor each belongs to, what it read, and what becomes of the cursor.

use std::collections::VecDeque;

use super::Walk;
use super::column::Reading;
use super::piece::{Cursor, Piece};
use super::strand::Place;
use super::tables::Part;
use crate::codec::{Answer, Item};
use crate::{Index, Oid, Trouble};

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
                    column.take(Index::new(), value);
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
        let mut readers: Vec<Reader> =
            piece.once.drain(..).chain(piece.again.drain(..)).map(Reader::new).collect();
        let mut nth = 0;
        answer.each(|name, item| {
            let at = if nth < once { nth } else { once + (nth - once).checked_rem(width).unwrap_or(width) };
            nth += 1;
            // More than was asked for is nobody's.
            if let Some(reader) = readers.get_mut(at).filter(|_| nth <= asked) {
                self.read(reader, name, item);
            }
        });
        // An agent may stop repeating where all that is repeated has come to the end of the MIB (RFC 3416 §4.2.3).
        let used_up = nth >= once && readers[once..].iter().all(|r| r.done);
        self.room.on_answer(answer.size, nth, asked, used_up);
        if readers.iter().all(|r| r.given == 0 && !r.done) {
            // Nothing at all, and no error: asking the same again would bring the same.
            let problem = Trouble::Unanswered("the agent sent an empty answer".into());
            for mut reader in readers {
                self.columns[reader.cursor.column].troubled(problem.clone());
                reader.cursor.heirs = reader.heirs.into();
                self.end(reader.cursor);
            }
            return;
        }
        // Where one varbind stands in another's place, who knows of any of them where it belongs.
        let displaced = readers
            .iter()
            .filter_map(|reader| reader.before.as_ref())
            .any(|name| readers.iter().any(|other| self.columns[other.own()].oid.contains(name)));
        let mut next = Next::default();
        for reader in readers {
            let is_alone = self.columns[reader.own()].alone;
            match (displaced || reader.disordered) && !is_alone {
                true => self.begin_all_alone(reader, &mut next),
                false => self.settle(reader, &mut next),
            }
        }
        self.go_on(next);
    }

    /// One varbind at a cursor.
    fn read(&mut self, reader: &mut Reader, name: &[u32], item: Item) {
        if reader.done {
            return;
        }
        reader.given += 1;
        match &item {
            Item::BadName => {
                self.undecodable += 1;
                // Whose it was nobody knows, so what comes behind shows nobody's beginning.
                reader.blind = true;
                return;
            }
            Item::Value(value) if value.is_exception() => {
                // Nothing lies behind.
                (reader.done, reader.ended) = (true, !reader.blind);
                if reader.ended {
                    self.columns_behind(reader.cursor.column, None);
                }
                return;
            }
            _ => (),
        }
        if reader.inherited && name <= reader.last.as_slice() {
            (reader.done, reader.disordered) = (true, true);
            return;
        }
        loop {
            let column = &self.columns[reader.cursor.column];
            if reader.inherited {
                reader.last.clear();
                reader.last.extend_from_slice(name);
            }
            match Place::of(name, &column.oid) {
                Place::In(index) => {
                    let index = Index::from_slice(index);
                    return self.read_in(reader, index, item);
                }
                // What lies before an heir's column nobody wants.
                Place::Before if reader.inherited || (reader.asked.is_none() && column.is_ahead(name)) => {
                    return;
                }
                // What lies behind a column is its end. What lies before it is none, but an agent that begins anew at
                // the end of all it has must not be taken for one that mixes up what was asked.
                Place::Before => {
                    (reader.done, reader.before) = (true, Some(Oid::new(name)));
                    return;
                }
                Place::Behind => {}
            }
            // Out of order, it shows nothing but its own values.
            reader.blind |= reader.out_of_order;
            if !reader.blind {
                self.columns_behind(reader.cursor.column, Some(name));
            }
            // An heir whose column was begun anew meanwhile has nothing to read any more.
            while reader.heirs.front().is_some_and(|heir| self.is_stale(heir)) {
                reader.heirs.pop_front();
            }
            let next = if reader.blind { None } else { reader.heirs.pop_front() };
            let Some(next) = next else {
                reader.done = true;
                return;
            };
            let cursor = std::mem::replace(&mut reader.cursor, next);
            reader.passed.push((cursor, std::mem::take(&mut reader.found)));
            reader.inherited = true;
        }
    }

    /// One varbind within the cursor's column.
    fn read_in(&mut self, reader: &mut Reader, index: Index, item: Item) {
        let stale = self.is_stale(&reader.cursor);
        let cursor = &mut reader.cursor;
        let column = &mut self.columns[cursor.column];
        if column.reading == Reading::Instance && !index.is_empty() {
            reader.done = true;
            return;
        }
        let goes_back = match &reader.asked {
            _ if reader.inherited => false,
            Some(asked) => index <= *asked,
            None => index.is_empty() && column.start == column.oid,
        };
        if goes_back && !(self.allow_nonincreasing && column.alone) {
            (reader.done, reader.went_back) = (true, Some(index));
            return;
        }
        if let Some(end) = &cursor.end
            && !column.alone
            && index > *end
        {
            // The row this cursor was to end with has gone; what is behind it is another cursor's.
            reader.done = true;
            return;
        }
        if !reader.inherited && cursor.after.as_ref().is_some_and(|last| index <= *last) && !stale {
            reader.out_of_order = true;
        }
        if reader.inherited && cursor.after.is_none() {
            column.packets += 1;
        }
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
                column.take(index, value);
            }
            Item::BadValue(reason) => {
                self.undecodable += 1;
                let oid = column.instance(&index);
                column.troubled(Trouble::Undecodable { oid, reason: reason.into() });
            }
            Item::BadName => (),
        }
    }

    /// A column's end was shown by what lies behind it, `None` for nothing at all: which columns of its strand begin
    /// there, and which are not there.
    pub(super) fn columns_behind(&mut self, column: usize, name: Option<&[u32]>) {
        let mut last = column;
        for &number in self.strands.behind(last) {
            let column = &mut self.columns[number];
            let place = name.map_or(Place::Behind, |name| Place::of(name, &column.oid));
            column.behind = (place != Place::Before).then_some(last);
            column.is_passed = place == Place::Behind;
            if place != Place::Behind {
                return;
            }
            last = number;
        }
    }

    /// What becomes of a cursor and its heirs after an answer.
    fn settle(&mut self, reader: Reader, next: &mut Next) {
        let ends_there = reader.done;
        let Reader { mut cursor, mut heirs, passed, found, .. } = reader;
        let own = passed.first().map_or(&cursor, |(cursor, _)| cursor);
        if self.is_stale(own) {
            // Its column was begun anew meanwhile; those behind it have no part in that.
            let rest = passed.into_iter().skip(1).map(|(cursor, _)| cursor).collect::<Vec<_>>();
            rest.iter().for_each(|cursor| self.close(cursor));
            match reader.inherited {
                true if ends_there => self.close(&cursor),
                true => heirs.push_front(cursor),
                false => {}
            }
            next.heirs.push(heirs);
            return;
        }
        let own_column = own.column;
        let column = &mut self.columns[own_column];
        let restarts = reader.out_of_order || (reader.went_back.is_some() && self.allow_nonincreasing);
        if let Some(index) = reader.went_back.as_ref().filter(|_| !restarts || column.alone) {
            let (asked, answered) = (column.asked(reader.asked.as_ref()), column.instance(index));
            column.troubled(Trouble::NotIncreasing { asked, answered });
        }
        if let Some(answered) = reader.before.clone().filter(|_| column.alone && reader.asked.is_none()) {
            let asked = column.asked(None);
            column.troubled(Trouble::NotIncreasing { asked, answered });
        }
        let begins_alone = restarts && !column.alone;
        let leaves_nothing = column.cells.is_empty() && !reader.ended;
        for (nth, (cursor, found)) in passed.into_iter().enumerate() {
            match nth {
                0 if begins_alone => self.begin_alone(&cursor),
                _ => self.close_leading(cursor, found, next),
            }
        }
        if reader.inherited {
            if ends_there {
                self.close_leading(cursor, found, next);
            } else {
                heirs.push_front(cursor);
            }
        } else if begins_alone {
            self.begin_alone(&cursor);
        } else {
            let column = &mut self.columns[cursor.column];
            // Back at a place it went on from before: from there on all would repeat.
            let loops =
                column.alone && cursor.after.as_ref().is_some_and(|at| !column.visited.insert(at.clone()));
            // Names that cannot be read bring a cursor nowhere; what lies ahead of its column only a little nearer.
            let stuck = !reader.done && reader.given > 0 && !reader.progress;
            let lies_ahead = stuck && !reader.blind && column.start_at_oid();
            if lies_ahead || !(reader.done || loops || stuck) {
                cursor.heirs = heirs.into();
                return self.advance(cursor, found, next);
            }
            self.close_leading(cursor, found, next);
        }
        if leaves_nothing && !begins_alone {
            self.look_for_leaf(own_column);
        }
        match reader.ended {
            true => heirs.iter().for_each(|heir| self.close(heir)),
            false => next.heirs.push(heirs),
        }
    }
}

impl Walk {
    /// Values came in each other's places, or out of order where columns follow each other: every column that has a part
    /// in it is begun anew by itself, and the heirs that have none yet as if they had not been asked for.
    fn begin_all_alone(&mut self, mut reader: Reader, next: &mut Next) {
        let own = reader.own();
        for &number in self.strands.behind(own) {
            (self.columns[number].is_passed, self.columns[number].behind) = (false, None);
        }
        let mut rest = VecDeque::new();
        let read = reader.passed.drain(..).map(|(cursor, _)| cursor).chain([reader.cursor]);
        for mut cursor in read {
            if self.is_stale(&cursor) {
                continue;
            }
            if cursor.column == own || !self.columns[cursor.column].cells.is_empty() {
                self.begin_alone(&cursor);
            } else {
                cursor.after = None;
                rest.push_back(cursor);
            }
        }
        rest.extend(reader.heirs);
        next.heirs.push(rest);
    }
}

/// What is to be asked for after an answer.
#[derive(Default)]
pub(super) struct Next {
    /// Cursors in the middle of their columns.
    pub unfinished: Vec<Cursor>,
    /// Columns along the rows they are believed to have, to their ends.
    pub parts: Vec<Part>,
    /// The same, of which more is to come.
    pub runs: Vec<Part>,
    /// Heirs whose columns were not shown to their ends, each in the order of its strand.
    pub heirs: Vec<VecDeque<Cursor>>,
}

/// A cursor while an answer is read, and its heirs.
pub(super) struct Reader {
    /// The one that reads.
    cursor: Cursor,
    /// Those to come.
    heirs: VecDeque<Cursor>,
    /// Those that are done, and the rows each of them found where it leads.
    passed: Vec<(Cursor, Vec<Index>)>,
    /// Whether the one that reads is an heir: nothing was asked for it.
    inherited: bool,
    /// The index that was asked to go on behind.
    asked: Option<Index>,
    /// Places of the answer that were its.
    given: u32,
    done: bool,
    /// Nothing lies behind.
    ended: bool,
    progress: bool,
    /// The rows it came by, where it leads.
    found: Vec<Index>,
    out_of_order: bool,
    went_back: Option<Index>,
    /// What it was given that lies before its column.
    before: Option<Oid>,
    /// The last name it was given for an heir.
    last: Vec<u32>,
    /// Names came out of order among those of heirs.
    disordered: bool,
    /// A name could not be read, or they came out of order: what lies behind shows nobody's beginning.
    blind: bool,
}

impl Reader {
    fn new(mut cursor: Cursor) -> Self {
        let heirs = std::mem::take(&mut cursor.heirs).into();
        let asked = cursor.after.clone();
        Self {
            cursor,
            heirs,
            passed: Vec::new(),
            inherited: false,
            asked,
            given: 0,
            done: false,
            ended: false,
            progress: false,
            found: Vec::new(),
            out_of_order: false,
            went_back: None,
            before: None,
            last: Vec::new(),
            disordered: false,
            blind: false,
        }
    }

    /// The column whose name was asked.
    fn own(&self) -> usize {
        self.passed.first().map_or(self.cursor.column, |(cursor, _)| cursor.column)
    }
}
