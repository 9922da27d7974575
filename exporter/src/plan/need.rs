//! Where a module reads what lies at or below an OID, and how the needs of several modules become one [`Wanted`].

use std::collections::BTreeMap;

use snmp::{Oid, Subtree, Wanted};

use crate::module::Module;

/// Something to be read for one OID: a subtree at or below it, or an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// What is read.
    pub root: Oid,
    /// Whether it is one instance.
    pub get: bool,
    /// The arcs between the OID it is read for and `root`; mostly none.
    pub head: Vec<u32>,
}

/// What a module may read, with what lies within something else left out.
pub(super) struct Reach {
    walk: Vec<Oid>,
    get: Vec<Oid>,
}

impl Reach {
    pub fn of(module: &Module) -> Self {
        let walk = outermost(module.walk.clone());
        let mut get = module.get.clone();
        get.retain(|instance| !within(&walk, instance));
        get.sort();
        get.dedup();
        Self { walk, get }
    }

    /// What to read to know all that lies at or below `oid`, in SNMP order. Nothing where the module does not read it.
    pub fn needs(&self, oid: &Oid) -> Vec<Need> {
        let need = |root: &Oid, get| {
            let head = oid.index_of(root).unwrap_or_default().to_vec();
            Need { root: root.clone(), get, head }
        };
        // An empty OID stands for a column that nobody has.
        if oid.arcs().is_empty() {
            return Vec::new();
        }
        if within(&self.walk, oid) {
            return vec![need(oid, false)];
        }
        let walks = self.walk.iter().filter(|root| oid.contains(root)).map(|root| need(root, false));
        let gets =
            self.get.iter().filter(|instance| oid.contains(instance)).map(|instance| need(instance, true));
        let mut needs: Vec<Need> = walks.chain(gets).collect();
        needs.sort_by(|a, b| a.root.cmp(&b.root));
        needs
    }
}

/// The needs of a whole scrape.
#[derive(Default)]
pub(super) struct Needs {
    /// Subtrees, and whether all that want one expect a scalar.
    subtrees: BTreeMap<Oid, bool>,
    gets: Vec<Oid>,
}

impl Needs {
    /// Adds one.
    pub fn add(&mut self, need: &Need, scalar: bool) {
        if need.get {
            self.gets.push(need.root.clone());
        } else {
            let all_scalar = self.subtrees.entry(need.root.clone()).or_insert(true);
            *all_scalar &= scalar && need.head.is_empty();
        }
    }

    /// One request for all, in SNMP order: nested subtrees are merged to the outermost, and an instance within a subtree
    /// comes with it.
    pub fn wanted(mut self) -> Wanted {
        let roots = outermost(self.subtrees.keys().cloned().collect());
        self.gets.retain(|instance| !within(&roots, instance));
        self.gets.sort();
        self.gets.dedup();
        let subtrees = roots
            .into_iter()
            .map(|oid| {
                let scalar = self.subtrees.get(&oid).copied().unwrap_or_default();
                Subtree { oid, scalar }
            })
            .collect();
        Wanted { get: self.gets, subtrees }
    }
}

/// These OIDs in SNMP order, without those that lie within others.
fn outermost(mut oids: Vec<Oid>) -> Vec<Oid> {
    oids.sort();
    let mut kept: Vec<Oid> = Vec::with_capacity(oids.len());
    for oid in oids {
        if kept.last().is_none_or(|last| !last.contains(&oid)) {
            kept.push(oid);
        }
    }
    kept
}

/// Whether `oid` lies at or below one of `roots`, which are in SNMP order and apart from each other.
fn within(roots: &[Oid], oid: &Oid) -> bool {
    containing(roots, oid, |root| root).is_some()
}

/// Which of `items`, in SNMP order and apart from each other, `oid` lies at or below.
pub(super) fn containing<T>(items: &[T], oid: &Oid, root: impl Fn(&T) -> &Oid) -> Option<usize> {
    let before = items.partition_point(|item| root(item) <= oid);
    let last = before.checked_sub(1)?;
    root(&items[last]).contains(oid).then_some(last)
}
