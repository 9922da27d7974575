//! Cursors and the requests made of them.

use crate::Index;

/// A place in one column to read on from, and how far.
#[derive(Debug, Clone)]
pub struct Cursor {
    /// Which of the walk's columns.
    pub column: usize,
    /// The index to go on behind; `None` at the column's start.
    pub after: Option<Index>,
    /// The last index that is this cursor's; behind it another cursor reads. `None`: to the column's end.
    pub end: Option<Index>,
    /// Rows it is expected to read still, the look behind the end included; 0 where nobody knows.
    pub rows: u32,
    /// Whether other columns of its table wait for the rows it finds.
    pub leads: bool,
    /// Rows it may be asked for at once, after the agent failed to answer for more.
    pub most_rows: u32,
    /// Instances stepped past in a row, since the agent could not answer for them.
    pub steps: u32,
    /// Answers for which it is read beside the other columns of its table before one of them leads.
    pub abreast: u32,
    /// Cursors of the columns behind it in its strand that are not sent, since the answer that shows where this one's
    /// column ends may show what they would read.
    pub heirs: Vec<Cursor>,
    /// The column's generation: a cursor from before a column was begun anew moves nothing any more.
    pub generation: u32,
}

impl Cursor {
    /// From the column's start to its end, of unknown length.
    pub fn whole(column: usize, generation: u32) -> Self {
        Self {
            column,
            after: None,
            end: None,
            rows: 0,
            leads: false,
            most_rows: u32::MAX,
            steps: 0,
            abreast: 0,
            heirs: Vec::new(),
            generation,
        }
    }
}

/// What a piece does with its cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GET of the columns' own OIDs.
    Get,
    /// GETNEXT or GETBULK.
    Next,
}

/// One request in the making: cursors read once, then cursors read `repetitions` times.
#[derive(Debug, Clone)]
pub struct Piece {
    /// GET, or GETNEXT and GETBULK.
    pub kind: Kind,
    /// Read once: the non-repeaters.
    pub once: Vec<Cursor>,
    /// Read again and again.
    pub again: Vec<Cursor>,
    /// How often.
    pub repetitions: u32,
}

impl Piece {
    /// Reads each cursor `repetitions` times.
    pub fn again(again: Vec<Cursor>, repetitions: u32) -> Self {
        Self { kind: Kind::Next, once: Vec::new(), again, repetitions: repetitions.max(1) }
    }

    /// Reads each cursor once.
    pub fn once(once: Vec<Cursor>) -> Self {
        Self { kind: Kind::Next, once, again: Vec::new(), repetitions: 0 }
    }

    /// Gets the columns' own OIDs.
    pub fn get(once: Vec<Cursor>) -> Self {
        Self { kind: Kind::Get, ..Self::once(once) }
    }

    /// All cursors, in the order their names are sent.
    pub fn cursors(&self) -> impl Iterator<Item = &Cursor> {
        self.once.iter().chain(&self.again)
    }

    /// How many names it sends.
    pub fn names(&self) -> usize {
        self.once.len() + self.again.len()
    }

    /// Varbinds a complete answer has.
    pub fn varbinds(&self) -> usize {
        self.once.len() + self.again.len() * self.repetitions as usize
    }

    /// Two or more pieces that ask the same with less in each answer; `None` where it is one name, once.
    pub fn halves(mut self) -> Option<Vec<Piece>> {
        if !self.once.is_empty() && !self.again.is_empty() {
            let again = Piece::again(std::mem::take(&mut self.again), self.repetitions);
            return Some(vec![Piece { repetitions: 0, ..self }, again]);
        }
        if self.repetitions > 1 {
            self.repetitions /= 2;
            let most = self.repetitions;
            self.again.iter_mut().for_each(|c| c.most_rows = most);
            return Some(vec![self]);
        }
        if self.names() > 1 {
            let once = self.once.split_off(self.once.len().div_ceil(2));
            let again = self.again.split_off(self.again.len().div_ceil(2));
            let other = Piece { once, again, ..self };
            return Some(vec![self, other]);
        }
        None
    }

    /// The piece without its `nth` name, and that name's cursor. `None` where there is no such name.
    pub fn without(mut self, nth: usize) -> Option<(Piece, Cursor)> {
        let cursor = if nth < self.once.len() {
            self.once.remove(nth)
        } else if nth - self.once.len() < self.again.len() {
            self.again.remove(nth - self.once.len())
        } else {
            return None;
        };
        Some((self, cursor))
    }
}
