//! The plan of a scrape: what to ask a device for a list of modules, and where each metric finds its values
//! in the answer.
//!
//! - A column that no metric and no lookup needs is not asked for, wherever a `walk` begins; one that lies
//!   outside of the module's `walk` and `get` never is.
//! - What several modules need is asked for once. Still each module sees only what it reads itself, as in
//!   snmp_exporter.
//! - Of two metrics on the way from the root to a value the shorter OID has it; of two with the same OID, the
//!   last.
//! - Fallback columns are asked for afterwards, and only where something is missing ([`Plan::fallback`]); so
//!   are columns that filters limit.
//!
//! A plan is made once for each list of modules and kept; it knows no device.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use snmp::{Oid, Wanted};

pub(crate) mod family;
pub(crate) mod limit;
pub(crate) mod need;
pub mod part;
pub(crate) mod shape;
pub(crate) mod slot;

use family::Family;
use limit::Limit;
use need::{Need, Needs, Part, Reach};
use shape::{LabelColumn, Shape};
use slot::{Slot, Source, previous_column};

use crate::module::Module;
use crate::module::spec::{Index, Lookup, Metric, Text, TextKind};
use crate::render::escaping::Escaping;

/// What a scrape of some modules asks, and how its answer becomes metrics.
#[derive(Debug)]
pub struct Plan {
    modules: Vec<Arc<Module>>,
    wanted: Wanted,
    pub(crate) slots: Vec<Slot>,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) limits: Vec<Limit>,
    /// By name.
    pub(crate) families: Vec<Family>,
}

impl Plan {
    /// The plan of a scrape of these modules.
    pub fn new(modules: &[Arc<Module>]) -> Self {
        Self::escaped(modules, Escaping::default())
    }

    /// The plan of a scrape of these modules, with names in a certain form.
    pub fn escaped(modules: &[Arc<Module>], escaping: Escaping) -> Self {
        let mut builder = Builder { escaping, ..Builder::default() };
        for module in modules {
            builder.module(module);
        }
        builder.finish(modules)
    }

    /// The modules, in the order they were asked for.
    pub fn modules(&self) -> &[Arc<Module>] {
        &self.modules
    }

    /// What to ask first.
    pub fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    /// What to ask for these slots in a second harvest; `None` where the first has all that can be had.
    /// `rows` says which rows filters leave, by limit; `None` where they can't be used.
    pub(crate) fn want_later(
        &self,
        asked: impl Fn(usize) -> bool,
        mut rows: impl FnMut(&Limit) -> Option<Vec<u32>>,
    ) -> Option<Wanted> {
        let mut needs = Needs::default();
        for (_, slot) in self.slots.iter().enumerate().filter(|(i, _)| asked(*i)) {
            for need in &slot.later {
                let Part::Rows(limit) = need.part else {
                    needs.add(need, false);
                    continue;
                };
                let limit = &self.limits[limit];
                match rows(limit) {
                    Some(rows) => rows.into_iter().for_each(|row| needs.get(limit.target.child(&[row]))),
                    None if limit.walked => needs.walk(&need.root, false),
                    None => limit.gets.iter().for_each(|instance| needs.get(instance.clone())),
                }
            }
        }
        Some(needs.wanted()).filter(|wanted| *wanted != Wanted::default())
    }
}

/// Which column a slot is for: a module's number and an OID.
type SlotKey = (usize, Oid);

#[derive(Default)]
struct Builder {
    /// What is needed from the start.
    needs: Needs,
    slots: Vec<Slot>,
    /// What each slot needs.
    slot_needs: Vec<Vec<Need>>,
    by_oid: HashMap<SlotKey, usize>,
    shapes: Vec<Shape>,
    limits: Vec<Limit>,
    families: BTreeMap<String, Family>,
    modules: usize,
    escaping: Escaping,
}

impl Builder {
    fn module(&mut self, module: &Module) {
        let number = self.modules;
        self.modules += 1;
        let limits = limit::of(module, |oid| self.decider(number, oid));
        let limited =
            limits.iter().enumerate().map(|(i, limit)| (limit.target.clone(), self.limits.len() + i));
        let reach = Reach::of(module, limited.collect());
        self.needs.reach(&reach);
        self.limits.extend(limits);
        let mut shapes: HashMap<(&[Index], &[Lookup]), usize> = HashMap::new();
        for metric in effective(&module.metrics) {
            let shape = *shapes.entry((&metric.indexes, &metric.lookups)).or_insert_with(|| {
                let shape =
                    Shape::new(&metric.indexes, &metric.lookups, self.escaping, |oid, text, fallback| {
                        self.label_column(number, &reach, oid, text, fallback)
                    });
                self.shapes.push(shape);
                self.shapes.len() - 1
            });
            let scalar = metric.indexes.is_empty();
            let slot = self.slot(number, &reach, &metric.oid, scalar, false);
            let fallback: Vec<_> =
                metric.fallback.iter().map(|f| self.slot(number, &reach, &f.oid, scalar, true)).collect();
            let sibling = previous_column(&metric.oid)
                .filter(|_| family::is_combined(metric))
                .map(|oid| self.slot(number, &reach, &oid, scalar, false));
            let shape_slots = &mut self.shapes[shape].slots;
            for slot in fallback.iter().chain([&slot]) {
                if !shape_slots.contains(slot) {
                    shape_slots.push(*slot);
                }
            }
            for (name, member) in family::members(metric, &self.shapes[shape], self.escaping) {
                let family = self.families.entry(name).or_default();
                family.members.push(family::Member {
                    shape,
                    slot,
                    fallback: fallback.clone(),
                    sibling,
                    ..member
                });
            }
        }
    }

    fn label_column(
        &mut self,
        module: usize,
        reach: &Reach,
        oid: &Oid,
        text: &Text,
        fallback: bool,
    ) -> LabelColumn {
        let slot = self.slot(module, reach, oid, false, fallback);
        let combined = matches!(
            text.kind,
            TextKind::InetAddress | TextKind::InetAddressMissingSize | TextKind::LldpPortId
        );
        let sibling = previous_column(oid)
            .filter(|_| combined)
            .map(|oid| self.slot(module, reach, &oid, false, fallback));
        LabelColumn { slot, text: text.clone(), sibling }
    }

    /// The slot of a column that decides about rows. It is read wherever it lies, and no metric sees it.
    fn decider(&mut self, module: usize, oid: &Oid) -> usize {
        let need = Need { root: oid.clone(), part: Part::Subtree, head: Vec::new() };
        self.needs.add(&need, false);
        self.slots.push(Slot { module, oid: oid.clone(), decides: true, ..Slot::default() });
        self.slot_needs.push(vec![need]);
        self.slots.len() - 1
    }

    /// The slot of a column; a fallback's is asked for later, unless something else needs it from the start.
    fn slot(&mut self, module: usize, reach: &Reach, oid: &Oid, scalar: bool, fallback: bool) -> usize {
        let slot = *self.by_oid.entry((module, oid.clone())).or_insert_with(|| {
            self.slots.push(Slot { module, oid: oid.clone(), ..Slot::default() });
            self.slot_needs.push(reach.needs(oid));
            self.slots.len() - 1
        });
        if !fallback {
            self.slots[slot].first = true;
            self.slot_needs[slot].iter().for_each(|need| self.needs.add(need, scalar));
        }
        slot
    }

    fn finish(self, modules: &[Arc<Module>]) -> Plan {
        let Self { needs, mut slots, slot_needs, shapes, limits, families, .. } = self;
        let wanted = needs.wanted();
        for (slot, needs) in slots.iter_mut().zip(slot_needs) {
            for need in needs {
                match Source::find(&wanted, &need) {
                    Some(source) => slot.sources.push(source),
                    None => slot.later.push(need),
                }
            }
        }
        let families = families.into_values().collect();
        Plan { modules: modules.to_vec(), wanted, slots, shapes, limits, families }
    }
}

/// The metrics that can have values, in the order of the file.
fn effective(metrics: &[Metric]) -> Vec<&Metric> {
    let by_oid: BTreeMap<&Oid, usize> =
        metrics.iter().enumerate().map(|(i, metric)| (&metric.oid, i)).collect();
    let mut kept: Vec<usize> = Vec::with_capacity(by_oid.len());
    let mut last: Option<&Oid> = None;
    for (oid, i) in by_oid {
        if last.is_none_or(|last| !last.contains(oid)) {
            last = Some(oid);
            kept.push(i);
        }
    }
    kept.sort_unstable();
    kept.into_iter().map(|i| &metrics[i]).collect()
}

#[cfg(test)]
mod tests;
