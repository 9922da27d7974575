//! What to ask after the first harvest. Which rows lack a value, and which a filter leaves, is known only
//! once the harvest is read as a plan sees it, so this stands here and not with the plan.

use std::collections::HashSet;

use snmp::{Harvest, Wanted};

use super::labels::Registers;
use super::reading::{Columns, Reading};
use super::value_text;
use crate::module::spec::{Text, TextKind};
use crate::plan::Plan;
use crate::plan::family::Member;
use crate::plan::limit::{Decider, Limit};
use crate::plan::need::Part;
use crate::plan::shape::Shape;

impl Plan {
    /// What to ask after the first harvest: fallback columns of which at least one row needs a value, and the
    /// rows of columns that filters limit. Where a table shows no row at all, fallback columns may be all
    /// that a device has, and are asked for too.
    pub fn fallback(&self, harvest: &Harvest) -> Option<Wanted> {
        if self.slots.iter().all(|slot| slot.later.is_empty()) {
            return None;
        }
        let limited = |need: &crate::plan::need::Need| matches!(need.part, Part::Rows(_));
        let mut asked: Vec<_> =
            self.slots.iter().map(|slot| slot.first && slot.later.iter().any(limited)).collect();
        let reading = Reading::new(self, harvest, None);
        let mut registers = Registers::default();
        for (number, shape) in self.shapes.iter().enumerate() {
            let members = self.families.iter().flat_map(|family| &family.members);
            let members: Vec<_> = members.filter(|m| m.shape == number && !m.fallback.is_empty()).collect();
            look_at(shape, &members, &reading, &mut registers, |slot| asked[slot] = true);
        }
        self.want_later(|slot| asked[slot], |limit| rows(limit, harvest, &reading))
    }
}

/// Tells which fallback columns a table needs.
fn look_at(
    shape: &Shape,
    members: &[&Member],
    reading: &Reading<'_>,
    registers: &mut Registers,
    mut ask: impl FnMut(usize),
) {
    let labels = shape.fallback_columns();
    if members.is_empty() && labels.is_empty() {
        return;
    }
    let rows = reading.rows(shape);
    if rows.len() == 0 {
        labels.into_iter().for_each(&mut ask);
        members.iter().flat_map(|member| &member.fallback).for_each(|slot| ask(*slot));
        return;
    }
    for member in members {
        let columns = Columns::new(reading, member, &rows);
        for row in 0..rows.len() {
            columns.pick(member, row, &mut ask);
        }
    }
    if !labels.is_empty() {
        for row in 0..rows.len() {
            registers.fill(shape, rows.row(row), row, reading, &mut ask);
        }
    }
}

/// The rows that all filters leave, by their last arc; `None` where no filter's column could be read.
fn rows(limit: &Limit, harvest: &Harvest, reading: &Reading<'_>) -> Option<Vec<u32>> {
    let usable = limit.filters.iter().filter(|filter| reading.plan.slots[filter.slot].is_complete(harvest));
    usable.map(|filter| matching(filter, reading)).reduce(|left, also| {
        let also: HashSet<u32> = also.into_iter().collect();
        left.into_iter().filter(|row| also.contains(row)).collect()
    })
}

/// The rows in which a filter's column matches.
fn matching(filter: &Decider, reading: &Reading<'_>) -> Vec<u32> {
    let as_text = Text { kind: TextKind::DisplayString, hint: None };
    let mut rows = Vec::new();
    let (mut text, mut arcs) = (Vec::new(), Vec::new());
    for (key, value) in reading.view(filter.slot).iter() {
        text.clear();
        value_text::write(value, &as_text, None, &mut text);
        // Always valid: that is what it is made to be.
        let text = std::str::from_utf8(&text).unwrap_or_default();
        arcs.clear();
        key.write(&mut arcs);
        if let Some(last) = arcs.last().or(filter.oid.arcs().last())
            && filter.values.iter().any(|regex| regex.is_match(text))
        {
            rows.push(*last);
        }
    }
    rows
}
