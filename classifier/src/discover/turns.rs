//! How many walks are at once: in all, and at each site. Pure.

use std::collections::HashMap;

/// The walks that are under way, counted.
#[derive(Debug, Clone)]
pub struct Turns {
    most: usize,
    most_per_site: usize,
    all: usize,
    sites: HashMap<String, usize>,
}

impl Turns {
    /// At most so many in all, and so many at one site.
    pub fn new(most: usize, most_per_site: usize) -> Self {
        Self { most: most.max(1), most_per_site: most_per_site.max(1), all: 0, sites: HashMap::new() }
    }

    /// How many more there may be.
    pub fn free(&self) -> usize {
        self.most.saturating_sub(self.all)
    }

    /// How many there are.
    pub fn taken(&self) -> usize {
        self.all
    }

    /// Whether there may be one more at a site. Devices without a site are each at one of their own.
    pub fn admits(&self, site: Option<&str>) -> bool {
        let here = site.and_then(|site| self.sites.get(site)).copied().unwrap_or(0);
        self.all < self.most && here < self.most_per_site
    }

    /// Takes a turn.
    pub fn begin(&mut self, site: Option<&str>) {
        self.all += 1;
        if let Some(site) = site {
            *self.sites.entry(site.to_owned()).or_default() += 1;
        }
    }

    /// Gives a turn back.
    pub fn end(&mut self, site: Option<&str>) {
        self.all = self.all.saturating_sub(1);
        if let Some(site) = site
            && let Some(here) = self.sites.get_mut(site)
        {
            *here = here.saturating_sub(1);
            if *here == 0 {
                self.sites.remove(site);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_bounded_in_all_and_at_each_site() {
        let mut turns = Turns::new(4, 2);
        turns.begin(Some("rustavi"));
        turns.begin(Some("rustavi"));
        assert!(!turns.admits(Some("rustavi")) && turns.admits(Some("gori")) && turns.admits(None));
        turns.begin(None);
        turns.begin(None);
        assert!(!turns.admits(Some("gori")) && !turns.admits(None));
        assert_eq!((turns.free(), turns.taken()), (0, 4));
        turns.end(None);
        turns.end(Some("rustavi"));
        assert!(turns.admits(Some("rustavi")) && turns.free() == 2);
    }
}
