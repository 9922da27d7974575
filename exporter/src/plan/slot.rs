//! Where the values of one OID stand in a harvest.

use snmp::{Cell, Column, Harvest, Oid, Value, Wanted};

use super::need::{Need, containing};

/// The values of one OID as one module sees them.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// Where they stand in the first harvest.
    pub sources: Vec<Source>,
    /// What is read only in a second harvest, when something is missing.
    pub later: Vec<Need>,
}

/// A part of a harvest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    place: Place,
    /// The arcs a cell's index begins with, where the harvest holds more than was asked for; mostly none.
    skip: Vec<u32>,
    /// Whether nothing may follow them.
    exact: bool,
    /// The arcs to be put before what is left of a cell's index; mostly none.
    head: Vec<u32>,
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Get(usize),
    Subtree(usize),
}

impl Source {
    /// Where `wanted` (in SNMP order) has what is needed; `None` where it is not asked for.
    pub fn find(wanted: &Wanted, need: &Need) -> Option<Self> {
        let head = need.head.clone();
        if let Some(i) = containing(&wanted.subtrees, &need.root, |subtree| &subtree.oid) {
            let skip = wanted.subtrees[i].oid.index_of(&need.root).unwrap_or_default().to_vec();
            return Some(Self { place: Place::Subtree(i), skip, exact: need.get, head });
        }
        let i = wanted.get.binary_search(&need.root).ok().filter(|_| need.get)?;
        Some(Self { place: Place::Get(i), skip: Vec::new(), exact: true, head })
    }
}

/// The values of one slot in a harvest, in SNMP order.
#[derive(Debug, Default)]
pub(crate) struct View<'h> {
    /// Nearly always there is only one part.
    part: Option<Part<'h>>,
    more: Vec<Part<'h>>,
    len: usize,
}

#[derive(Debug, Clone, Copy)]
struct Part<'h> {
    head: &'h [u32],
    skip: usize,
    cells: &'h [Cell],
}

impl<'h> View<'h> {
    /// What the harvests hold of a slot.
    pub fn new(slot: &'h Slot, first: &'h Harvest, second: Option<&'h Harvest>) -> Self {
        let mut view = Self::default();
        for source in &slot.sources {
            let column = match source.place {
                Place::Get(i) => first.gets.get(i),
                Place::Subtree(i) => first.columns.get(i),
            };
            if let Some(column) = column {
                view.add(&source.head, &source.skip, source.exact, column);
            }
        }
        for need in &slot.later {
            let Some(second) = second else { break };
            let mut columns = if need.get { &second.gets } else { &second.columns }.iter();
            if let Some(column) = columns.find(|column| column.oid.contains(&need.root)) {
                let skip = column.oid.index_of(&need.root).unwrap_or_default();
                view.add(&need.head, skip, need.get, column);
            }
        }
        view
    }

    fn add(&mut self, head: &'h [u32], skip: &[u32], exact: bool, column: &'h Column) {
        let mut cells = column.cells.as_slice();
        if !skip.is_empty() {
            let start = cells.partition_point(|cell| cell.index.as_slice() < skip);
            let len = cells[start..].iter().take_while(|cell| cell.index.starts_with(skip)).count();
            cells = &cells[start..start + len];
        }
        if exact && cells.first().is_some_and(|cell| cell.index.len() == skip.len()) {
            cells = &cells[..1];
        }
        self.len += cells.len();
        let part = Part { head, skip: skip.len(), cells };
        match self.part {
            None => self.part = Some(part),
            Some(_) => self.more.push(part),
        }
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The cells, where their indexes are the rows' as they are.
    pub fn plain(&self) -> Option<&'h [Cell]> {
        match self.part {
            Some(Part { head: [], skip: 0, cells }) if self.more.is_empty() => Some(cells),
            _ => None,
        }
    }

    fn parts(&self) -> impl Iterator<Item = Part<'h>> + '_ {
        self.part.iter().chain(&self.more).copied()
    }

    /// All values with their rows.
    pub fn iter(&self) -> impl Iterator<Item = (Key<'h>, &'h Value)> + '_ {
        self.parts().flat_map(|part| {
            part.cells.iter().map(move |cell| (Key { head: part.head, tail: part.tail(cell) }, &cell.value))
        })
    }

    /// The value of a row, which is likely the `hint`th.
    pub fn get(&self, row: &[u32], hint: usize) -> Option<&'h Value> {
        for part in self.parts() {
            let Some(tail) = row.strip_prefix(part.head) else { continue };
            if let Some(cell) = part.cells.get(hint)
                && part.tail(cell) == tail
            {
                return Some(&cell.value);
            }
            if let Ok(found) = part.cells.binary_search_by(|cell| part.tail(cell).cmp(tail)) {
                return Some(&part.cells[found].value);
            }
        }
        None
    }
}

impl<'h> Part<'h> {
    fn tail(&self, cell: &'h Cell) -> &'h [u32] {
        cell.index.get(self.skip..).unwrap_or_default()
    }
}

/// A row: the arcs behind a column's OID, in two pieces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'h> {
    head: &'h [u32],
    tail: &'h [u32],
}

impl Key<'_> {
    /// Whether these are its arcs.
    pub fn is(&self, arcs: &[u32]) -> bool {
        match self.head {
            [] => self.tail == arcs,
            head => arcs.strip_prefix(head) == Some(self.tail),
        }
    }

    /// How it stands to these arcs in SNMP order.
    pub fn compare(&self, arcs: &[u32]) -> std::cmp::Ordering {
        self.head.iter().chain(self.tail).cmp(arcs.iter())
    }

    /// Puts its arcs behind others.
    pub fn write(&self, arcs: &mut Vec<u32>) {
        arcs.extend_from_slice(self.head);
        arcs.extend_from_slice(self.tail);
    }
}

/// The sibling a combined type (InetAddress, LldpPortId) reads its subtype from: the column before.
pub(super) fn previous_column(oid: &Oid) -> Option<Oid> {
    let (last, parent) = oid.arcs().split_last()?;
    let previous = last.checked_sub(1)?;
    Some(Oid::new(parent).child(&[previous]))
}
