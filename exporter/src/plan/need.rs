//! Where a module reads what lies at or below an OID, and how the needs of several modules become one
//! [`Wanted`].

use std::collections::BTreeMap;

use snmp::{Oid, Subtree, Wanted};

use crate::module::Module;

/// Something to be read for one OID, at or below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// What is read.
    pub root: Oid,
    /// How much of it.
    pub part: Part,
    /// The arcs between the OID it is read for and `root`; mostly none.
    pub head: Vec<u32>,
}

/// How much of a root is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// The subtree.
    Subtree,
    /// The root is an instance.
    Instance,
    /// The rows that filters leave, by the number of the [`Limit`](super::limit::Limit); known after the
    /// first harvest.
    Rows(usize),
}

/// What a module may read, with what lies within something else left out.
pub(super) struct Reach {
    walk: Vec<Oid>,
    get: Vec<Oid>,
    /// Columns that filters limit, and the numbers of their limits.
    limited: Vec<(Oid, usize)>,
}

impl Reach {
    /// What a module reads, where these of its columns are limited.
    pub fn of(module: &Module, limited: Vec<(Oid, usize)>) -> Self {
        let mut walk = module.walk.clone();
        walk.retain(|root| limited.iter().all(|(target, _)| root != target));
        let walk = outermost(walk);
        let mut get = module.get.clone();
        get.retain(|instance| !within(&walk, instance));
        get.retain(|instance| limited.iter().all(|(target, _)| !target.contains(instance)));
        get.sort();
        get.dedup();
        Self { walk, get, limited }
    }

    /// What to read to know all that lies at or below `oid`, in SNMP order. Nothing where the module does not
    /// read it.
    pub fn needs(&self, oid: &Oid) -> Vec<Need> {
        let need = |root: &Oid, part| {
            let head = oid.index_of(root).unwrap_or_default().to_vec();
            Need { root: root.clone(), part, head }
        };
        // An empty OID stands for a column that nobody has.
        if oid.arcs().is_empty() {
            return Vec::new();
        }
        if within(&self.walk, oid) {
            return vec![need(oid, Part::Subtree)];
        }
        let walks = self.walk.iter().filter(|root| oid.contains(root)).map(|root| need(root, Part::Subtree));
        let gets = self.get.iter().filter(|get| oid.contains(get)).map(|get| need(get, Part::Instance));
        let rows = self.limited.iter().filter_map(|(target, limit)| {
            let deeper = if oid.contains(target) { target } else { oid };
            target.contains(deeper).then(|| need(deeper, Part::Rows(*limit)))
        });
        let mut needs: Vec<Need> = walks.chain(gets).chain(rows).collect();
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
    /// What modules walk.
    walks: Vec<Oid>,
}

impl Needs {
    /// Adds one. Limited rows are not known yet: see [`Needs::get`].
    pub fn add(&mut self, need: &Need, scalar: bool) {
        match need.part {
            // A root below the metric's own OID is most likely an instance, as where a walk names a single row.
            Part::Subtree => self.walk(&need.root, scalar || !need.head.is_empty()),
            Part::Instance => self.get(need.root.clone()),
            Part::Rows(_) => {}
        }
    }

    /// Adds a subtree.
    pub fn walk(&mut self, root: &Oid, scalar: bool) {
        *self.subtrees.entry(root.clone()).or_insert(true) &= scalar;
    }

    /// Adds what a module walks, whether all of it is needed or not.
    pub fn reach(&mut self, reach: &Reach) {
        self.walks.extend_from_slice(&reach.walk);
    }

    /// Adds an instance.
    pub fn get(&mut self, instance: Oid) {
        self.gets.push(instance);
    }

    /// One request for all, in SNMP order: nested subtrees are merged to the outermost, and an instance
    /// within a subtree comes with it.
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
        Wanted { get: self.gets, subtrees, walks: outermost(self.walks) }
    }
}

/// These OIDs in SNMP order, without those that lie within others.
pub(super) fn outermost(mut oids: Vec<Oid>) -> Vec<Oid> {
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
