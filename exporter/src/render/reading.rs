//! A harvest as the plan sees it: the values of each slot, and the rows of each shape.

use snmp::{Harvest, Value};

use super::number::Number;
use crate::module::spec::{TextKind, When};
use crate::plan::Plan;
use crate::plan::family::{Member, Output};
use crate::plan::shape::Shape;
use crate::plan::slot::View;

/// What a harvest holds for a plan.
pub(super) struct Reading<'a> {
    pub plan: &'a Plan,
    views: Vec<View<'a>>,
}

impl<'a> Reading<'a> {
    pub fn new(plan: &'a Plan, first: &'a Harvest, second: Option<&'a Harvest>) -> Self {
        Self { plan, views: plan.slots.iter().map(|slot| View::new(slot, first, second)).collect() }
    }

    /// The values of a slot.
    pub fn view(&self, slot: usize) -> &View<'a> {
        &self.views[slot]
    }

    /// The values of a slot, one for each row.
    pub fn column(&self, slot: usize, rows: &Rows) -> Column<'a> {
        let view = &self.views[slot];
        if view.len() == rows.len()
            && let Some(cells) = view.plain()
            && cells.iter().enumerate().all(|(i, cell)| cell.index.as_slice() == rows.row(i))
        {
            return Column::Whole(cells);
        }
        if view.len() == 0 {
            return Column::Empty;
        }
        let mut values = vec![None; rows.len()];
        let mut row = 0;
        for (key, value) in view.iter() {
            // Both are in SNMP order.
            while row < rows.len() && key.compare(rows.row(row)).is_gt() {
                row += 1;
            }
            if row < rows.len() && key.is(rows.row(row)) {
                values[row] = Some(value);
            }
        }
        Column::Sparse(values)
    }

    /// The rows of a shape: every index that one of its columns has, in SNMP order.
    pub fn rows(&self, shape: &Shape) -> Rows {
        let views = || shape.slots.iter().map(|slot| &self.views[*slot]);
        let mut rows = Rows::default();
        let Some(longest) = views().max_by_key(|view| view.len()) else { return rows };
        for (key, _) in longest.iter() {
            key.write(&mut rows.arcs);
            rows.ends.push(rows.arcs.len());
        }
        let known = |view: &View<'_>, rows: &Rows| {
            let mut row = 0;
            view.iter().all(|(key, _)| {
                while row < rows.len() && key.compare(rows.row(row)).is_gt() {
                    row += 1;
                }
                row < rows.len() && key.is(rows.row(row))
            })
        };
        if !views().all(|view| known(view, &rows)) {
            let mut all: Vec<Vec<u32>> = Vec::new();
            for (key, _) in views().flat_map(View::iter) {
                let mut arcs = Vec::new();
                key.write(&mut arcs);
                all.push(arcs);
            }
            all.sort_unstable();
            all.dedup();
            rows = Rows::default();
            for arcs in all {
                rows.arcs.extend(arcs);
                rows.ends.push(rows.arcs.len());
            }
        }
        rows
    }
}

/// The rows of a table.
#[derive(Debug, Default)]
pub(super) struct Rows {
    arcs: Vec<u32>,
    ends: Vec<usize>,
}

impl Rows {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn row(&self, i: usize) -> &[u32] {
        let start = i.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.arcs[start..self.ends[i]]
    }
}

/// The values of a column, by row.
pub(super) enum Column<'h> {
    /// Every row has one.
    Whole(&'h [snmp::Cell]),
    /// Some rows have one.
    Sparse(Vec<Option<&'h Value>>),
    /// No row has one.
    Empty,
}

impl<'h> Column<'h> {
    pub fn get(&self, row: usize) -> Option<&'h Value> {
        match self {
            Column::Whole(cells) => cells.get(row).map(|cell| &cell.value),
            Column::Sparse(values) => values.get(row).copied().flatten(),
            Column::Empty => None,
        }
    }
}

/// A metric's column and those that stand in for it.
pub(super) struct Columns<'h> {
    own: Column<'h>,
    fallback: Vec<Column<'h>>,
}

impl<'h> Columns<'h> {
    pub fn new(reading: &Reading<'h>, member: &Member, rows: &Rows) -> Self {
        Self {
            own: reading.column(member.slot, rows),
            fallback: member.fallback.iter().map(|slot| reading.column(*slot, rows)).collect(),
        }
    }

    /// Whether no row has a value.
    pub fn is_empty(&self) -> bool {
        self.fallback.iter().chain([&self.own]).all(|column| matches!(column, Column::Empty))
    }

    /// The value of a row and which column it is from: 0 is the metric's own. `looked_at` is told of each
    /// fallback column that was needed.
    pub fn pick(
        &self,
        member: &Member,
        row: usize,
        mut looked_at: impl FnMut(usize),
    ) -> Option<(&'h Value, usize)> {
        let own = self.own.get(row);
        if self.fallback.is_empty() {
            return own.map(|value| (value, 0));
        }
        let usable = |value: &&Value| !is_nothing(value, &member.output);
        let mut picked = own.filter(usable).map(|value| (value, 0));
        for (i, column) in self.fallback.iter().enumerate() {
            let needed = match (picked, member.adjust[i + 1].when) {
                (None, _) => true,
                (Some(_), When::Missing) => false,
                (Some((value, _)), When::MissingOrZero) => Number::of(value, false).is_zero(),
            };
            if !needed {
                continue;
            }
            looked_at(member.fallback[i]);
            let Some(value) = column.get(row).filter(usable) else { continue };
            // A Gauge32 at its highest only says "too much" (RFC 2578 §7.1.7): any value before it says more.
            let latched = *value == Value::Gauge32(u32::MAX.into());
            if picked.is_none() || !latched {
                picked = Some((value, i + 1));
            }
        }
        // Even an empty text is better than none.
        picked.or_else(|| own.map(|value| (value, 0)))
    }
}

/// Whether a value is as good as none.
fn is_nothing(value: &Value, output: &Output) -> bool {
    match value {
        Value::Null => true,
        Value::OctetString(octets) => {
            octets.is_empty() && matches!(output, Output::Text(_) | Output::Extract(..))
        }
        _ => false,
    }
}

/// The type of a combined value (InetAddress, LldpPortId), by the column that says which it is.
pub(super) fn subtype(kind: TextKind, sibling: Option<&Value>) -> Option<TextKind> {
    super::octets::subtype(kind, Number::of(sibling?, true).whole())
}
