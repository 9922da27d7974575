//! Filters: a module may limit columns to the rows where another column matches. That column is read first;
//! then the rows that are left are asked for one by one.
//!
//! As in snmp_exporter, a row is known by its last arc alone, and a filter whose column could not be read is none. Of
//! several filters of a column all must match, as in snmp_exporter after 0.30; in 0.30 only the last one counted.

use regex::Regex;
use snmp::Oid;

use crate::module::Module;

/// A column that filters limit.
#[derive(Debug)]
pub(crate) struct Limit {
    /// The column.
    pub target: Oid,
    /// Whether the module walks it, and the instances of it that the module gets: what is read when no filter
    /// can be used.
    pub walked: bool,
    pub gets: Vec<Oid>,
    /// The filters, in the order of the file.
    pub filters: Vec<Decider>,
}

/// A column that decides about rows.
#[derive(Debug)]
pub(crate) struct Decider {
    /// The column.
    pub oid: Oid,
    /// Where its values stand.
    pub slot: usize,
    /// One of these must match somewhere in a value.
    pub values: Vec<Regex>,
}

/// The limits of a module; `slot` makes a slot of a deciding column.
pub(super) fn of(module: &Module, mut slot: impl FnMut(&Oid) -> usize) -> Vec<Limit> {
    let mut limits: Vec<Limit> = Vec::new();
    for filter in &module.filters {
        let decider = slot(&filter.oid);
        for target in &filter.targets {
            let decider = Decider { oid: filter.oid.clone(), slot: decider, values: filter.values.clone() };
            match limits.iter_mut().find(|limit| limit.target == *target) {
                Some(limit) => limit.filters.push(decider),
                None => limits.push(Limit {
                    target: target.clone(),
                    walked: module.walk.contains(target),
                    gets: module.get.iter().filter(|instance| target.contains(instance)).cloned().collect(),
                    filters: vec![decider],
                }),
            }
        }
    }
    limits
}
