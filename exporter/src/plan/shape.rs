//! The labels of a table's rows: every metric of a module with the same indexes and lookups has the same, so
//! they are made once a row and shared.

use crate::module::spec::{EnumValues, Index, Lookup, LookupFallback, Text};
use crate::render::escaping::Escaping;

/// How the labels of a row are made. Labels are kept in registers, one for each name.
#[derive(Debug)]
pub(crate) struct Shape {
    /// The indexes and the register each goes to.
    pub indexes: Vec<(usize, Index)>,
    /// The lookups, in order.
    pub lookups: Vec<Finder>,
    /// How many registers there are.
    pub registers: usize,
    /// The labels that are exported, in the order of their names.
    pub shown: Vec<Shown>,
    /// The slots whose rows are the rows: those of all metrics of this shape, fallbacks included.
    pub slots: Vec<usize>,
}

/// A label that is exported.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Where its text is.
    pub register: usize,
    /// Its name.
    pub name: String,
    /// Its name as it is written.
    pub written: String,
}

/// A lookup that finds a value.
#[derive(Debug)]
pub(crate) struct Finder {
    /// The register it goes to.
    pub register: usize,
    /// The registers whose arcs make up the index.
    pub sources: Vec<usize>,
    /// The column.
    pub column: LabelColumn,
    /// Names of its values.
    pub values: EnumValues,
    /// What stands in for it.
    pub fallback: Vec<Stand>,
}

/// A column whose values become labels.
#[derive(Debug)]
pub(crate) struct LabelColumn {
    /// Where its values stand.
    pub slot: usize,
    /// How they are shown.
    pub text: Text,
    /// The column that says which of its types a combined type is.
    pub sibling: Option<usize>,
}

/// What stands in for a lookup's column.
#[derive(Debug)]
pub(crate) enum Stand {
    /// The same row of another column.
    Column(LabelColumn),
    /// The source labels' texts.
    Index,
}

impl Shape {
    /// The shape of these indexes and lookups; `column` makes a slot of a column.
    pub fn new(
        indexes: &[Index],
        lookups: &[Lookup],
        escaping: Escaping,
        mut column: impl FnMut(&snmp::Oid, &Text, bool) -> LabelColumn,
    ) -> Self {
        let mut names: Vec<String> = Vec::new();
        let mut shown: Vec<usize> = Vec::new();
        let indexes: Vec<_> = indexes
            .iter()
            .map(|index| {
                let register = register(&mut names, &index.label);
                show(&mut shown, register);
                (register, index.clone())
            })
            .collect();
        let mut finders = Vec::new();
        for lookup in lookups {
            let register_of = register(&mut names, lookup.label());
            match lookup {
                Lookup::Drop { .. } => shown.retain(|register| *register != register_of),
                Lookup::Find { sources, oid, text, values, fallback, .. } => {
                    show(&mut shown, register_of);
                    let stands = fallback.iter().map(|stand| match stand {
                        LookupFallback::Column { oid, text } => Stand::Column(column(oid, text, true)),
                        LookupFallback::Index => Stand::Index,
                    });
                    let fallback = stands.collect();
                    finders.push(Finder {
                        register: register_of,
                        sources: sources.iter().map(|source| register(&mut names, source)).collect(),
                        column: column(oid, text, false),
                        values: values.clone(),
                        fallback,
                    });
                }
            }
        }
        let shown = shown.into_iter().map(|register| {
            let name = names[register].clone();
            Shown { register, written: escaping.write(&name).text, name }
        });
        let mut shown: Vec<_> = shown.collect();
        shown.sort_by(|a, b| a.name.cmp(&b.name));
        Self { indexes, lookups: finders, registers: names.len(), shown, slots: Vec::new() }
    }

    /// The slots of lookups' fallback columns.
    pub fn fallback_columns(&self) -> Vec<usize> {
        let stands = self.lookups.iter().flat_map(|finder| &finder.fallback);
        stands
            .flat_map(|stand| match stand {
                Stand::Column(column) => [Some(column.slot), column.sibling],
                Stand::Index => [None, None],
            })
            .flatten()
            .collect()
    }

    /// Whether a label of this name is exported, or at which place it would stand.
    pub fn place(&self, label: &str) -> Result<usize, usize> {
        self.shown.binary_search_by(|shown| shown.name.as_str().cmp(label))
    }
}

fn register(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

fn show(shown: &mut Vec<usize>, register: usize) {
    if !shown.contains(&register) {
        shown.push(register);
    }
}
