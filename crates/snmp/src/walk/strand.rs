//! Columns in the order of the MIB, in strands: those below one subtree that a plain walk would read from end to end.
//! Within a strand an answer that shows where one column ends may be believed about what lies behind it; a plain walk
//! of the subtree would believe it too.

use std::cmp::Ordering;

use super::column::Progress;
use crate::Oid;

/// Which columns are in a strand, and in which order.
#[derive(Debug, Default)]
pub struct Strands {
    /// Numbers of the columns, by OID.
    order: Vec<usize>,
    /// Where each strand ends in `order`.
    ends: Vec<usize>,
    /// The subtree each strand is in, where it is in one.
    walks: Vec<Option<Oid>>,
    /// The place of each column in `order`, by its number; what is in no strand is at the end.
    places: Vec<usize>,
}

impl Strands {
    /// Strands of the columns from number `first` on; `walks` are the subtrees.
    pub fn new(columns: &[Progress], first: usize, walks: &[Oid]) -> Self {
        let mut order: Vec<usize> = (first..columns.len()).collect();
        order.sort_by(|a, b| columns[*a].oid.cmp(&columns[*b].oid));
        let mut walks: Vec<&Oid> = walks.iter().collect();
        walks.sort();
        // A subtree within another comes behind it, and ends before it does.
        walks.dedup_by(|inner, outer| outer.contains(inner));
        let walk_of = |column: usize| {
            let oid = &columns[column].oid;
            let behind = walks.partition_point(|walk| *walk <= oid);
            behind.checked_sub(1).map(|at| walks[at]).filter(|walk| walk.contains(oid))
        };
        let (mut ends, mut within) = (Vec::new(), Vec::new());
        for at in 1..=order.len() {
            let joined = at < order.len()
                && walk_of(order[at]).is_some_and(|walk| walk_of(order[at - 1]) == Some(walk));
            if !joined {
                ends.push(at);
                within.push(walk_of(order[at - 1]).cloned());
            }
        }
        let mut places = vec![order.len(); columns.len()];
        for (place, column) in order.iter().enumerate() {
            places[*column] = place;
        }
        Self { order, ends, walks: within, places }
    }

    /// Each strand's columns, in order, and the subtree they are in.
    pub fn all(&self) -> impl Iterator<Item = (&[usize], Option<&Oid>)> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let columns = starts.zip(&self.ends).map(|(start, end)| &self.order[start..*end]);
        columns.zip(self.walks.iter().map(Option::as_ref))
    }

    /// The columns behind this one in its strand.
    pub fn behind(&self, column: usize) -> &[usize] {
        let place = self.places[column];
        match self.ends.get(self.strand(column)) {
            Some(end) => &self.order[place + 1..*end],
            None => &[],
        }
    }

    /// Whether two columns are in the same strand.
    pub fn joins(&self, a: usize, b: usize) -> bool {
        self.strand(a) == self.strand(b)
    }

    fn strand(&self, column: usize) -> usize {
        self.ends.partition_point(|end| *end <= self.places[column])
    }
}

/// Where a name lies, seen from a column: before it, in it (with the index), or behind it.
#[derive(Debug, PartialEq, Eq)]
pub enum Place<'a> {
    Before,
    In(&'a [u32]),
    Behind,
}

impl<'a> Place<'a> {
    pub fn of(name: &'a [u32], column: &Oid) -> Self {
        match name.strip_prefix(column.arcs()) {
            Some(index) => Place::In(index),
            None if name.cmp(column.arcs()) == Ordering::Less => Place::Before,
            None => Place::Behind,
        }
    }
}
