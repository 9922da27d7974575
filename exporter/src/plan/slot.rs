//! Where the values of one OID stand in a harvest.

use snmp::{Cell, Column, Harvest, Oid, Value, Wanted};

use super::need::{self, Need, containing};

/// The values of one OID as one module sees them.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// The number of the module that sees them.
    pub module: usize,
    /// The OID.
    pub oid: Oid,
    /// Whether they only decide about rows, and are no part of the module's answer.
    pub decides: bool,
    /// Where they stand in the first harvest.
    pub sources: Vec<Source>,
    /// What is read only in a second harvest: when something is missing, or when filters have told which
    /// rows.
    pub later: Vec<Need>,
    /// Whether it is more than a fallback.
    pub first: bool,
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
        let exact = match need.part {
            need::Part::Subtree => false,
            need::Part::Instance => true,
            // Even where all rows are there, only some are to be seen.
            need::Part::Rows(_) => return None,
        };
        if let Some(i) = containing(&wanted.subtrees, &need.root, |subtree| &subtree.oid) {
            let skip = wanted.subtrees[i].oid.index_of(&need.root).unwrap_or_default().to_vec();
            return Some(Self { place: Place::Subtree(i), skip, exact, head });
        }
        let i = wanted.get.binary_search(&need.root).ok().filter(|_| exact)?;
        Some(Self { place: Place::Get(i), skip: Vec::new(), exact: true, head })
    }
}

impl Place {
    fn column<'h>(&self, harvest: &'h Harvest) -> Option<&'h Column> {
        match *self {
            Place::Get(i) => harvest.gets.get(i),
            Place::Subtree(i) => harvest.columns.get(i),
        }
    }
}

/// The values of one slot in a harvest, in SNMP order.
#[derive(Debug, Default)]
pub(crate) struct View<'h> {
    /// Nearly always there is only one; where there are more, they are apart and in SNMP order.
    pieces: Vec<Piece<'h>>,
    len: usize,
}

#[derive(Debug, Clone, Copy)]
struct Piece<'h> {
    head: &'h [u32],
    skip: usize,
    cells: &'h [Cell],
}

impl<'h> View<'h> {
    /// What the harvests hold of a slot.
    pub fn new(slot: &'h Slot, first: &'h Harvest, second: Option<&'h Harvest>) -> Self {
        let mut view = Self::default();
        slot.each_extract(first, second, |extract| view.add(extract));
        view
    }

    fn add(&mut self, extract: Extract<'h>) {
        let Extract { column, head, skip, exact } = extract;
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
        self.pieces.push(Piece { head, skip: skip.len(), cells });
    }

    /// The number of values.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The cells, where their indexes are the rows' as they are.
    pub fn plain(&self) -> Option<&'h [Cell]> {
        match self.pieces.as_slice() {
            [Piece { head: [], skip: 0, cells }] => Some(cells),
            _ => None,
        }
    }

    /// All values with their rows.
    pub fn iter(&self) -> impl Iterator<Item = (Key<'h>, &'h Value)> + '_ {
        self.pieces.iter().copied().flat_map(|part| {
            part.cells.iter().map(move |cell| (Key { head: part.head, tail: part.tail(cell) }, &cell.value))
        })
    }

    /// The value of a row, which is likely the `hint`th.
    pub fn get(&self, row: &[u32], hint: usize) -> Option<&'h Value> {
        let part = self.pieces[..self.pieces.partition_point(|part| part.head <= row)].last()?;
        let tail = row.strip_prefix(part.head)?;
        let found = match part.cells.get(hint) {
            Some(cell) if part.tail(cell) == tail => hint,
            _ => part.cells.binary_search_by(|cell| part.tail(cell).cmp(tail)).ok()?,
        };
        Some(&part.cells[found].value)
    }
}

impl<'h> Piece<'h> {
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

/// What a slot has of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extract<'h> {
    pub column: &'h Column,
    /// See [`Source`].
    head: &'h [u32],
    skip: &'h [u32],
    exact: bool,
}

impl Slot {
    /// What it has of the columns of both harvests.
    pub fn each_extract<'h>(
        &'h self,
        first: &'h Harvest,
        second: Option<&'h Harvest>,
        mut take: impl FnMut(Extract<'h>),
    ) {
        for Source { place, head, skip, exact } in &self.sources {
            if let Some(column) = place.column(first) {
                take(Extract { column, head, skip, exact: *exact });
            }
        }
        let Some(second) = second else { return };
        for need in &self.later {
            let subtree = second.columns.iter().find(|column| column.oid.contains(&need.root));
            let whole = |column| Extract { column, head: &need.head, skip: &[], exact: true };
            match (subtree, need.part) {
                (Some(column), part) => {
                    let skip = column.oid.index_of(&need.root).unwrap_or_default();
                    take(Extract { skip, exact: part == need::Part::Instance, ..whole(column) });
                }
                (None, need::Part::Subtree) => {}
                (None, need::Part::Instance) => {
                    second
                        .gets
                        .iter()
                        .find(|get| get.oid == need.root)
                        .map(whole)
                        .into_iter()
                        .for_each(&mut take);
                }
                (None, need::Part::Rows(_)) => {
                    let depth = need.root.arcs().len() - need.head.len();
                    for get in second.gets.iter().filter(|get| need.root.contains(&get.oid)) {
                        take(Extract { head: &get.oid.arcs()[depth..], ..whole(get) });
                    }
                }
            }
        }
    }

    /// Whether all of it was read, as far as can be told.
    pub fn is_complete(&self, first: &Harvest) -> bool {
        self.sources
            .iter()
            .all(|source| source.place.column(first).is_some_and(|column| column.trouble.is_none()))
    }
}

/// The sibling a combined type (InetAddress, LldpPortId) reads its subtype from: the column before.
pub(super) fn previous_column(oid: &Oid) -> Option<Oid> {
    let (last, parent) = oid.arcs().split_last()?;
    let previous = last.checked_sub(1)?;
    Some(Oid::new(parent).child(&[previous]))
}
