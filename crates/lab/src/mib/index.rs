//! From a whole name to its place without searching: clients ask mostly for names they were told before.

/// A hash table of places, with open addressing; the names themselves stay with the MIB.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// A place, or [`FREE`]. The length is a power of two, at least twice the number of names.
    slots: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Index {
    /// An index of names that are all different, by their places.
    pub(super) fn new<'a>(names: impl ExactSizeIterator<Item = &'a [u32]>) -> Self {
        let mut index = Self { slots: vec![FREE; (names.len() * 2).next_power_of_two()] };
        for (place, name) in names.enumerate() {
            let mut slot = index.first_slot(name);
            while index.slots[slot] != FREE {
                slot = (slot + 1) % index.slots.len();
            }
            index.slots[slot] = place as u32;
        }
        index
    }

    /// The place of `name`, where `is_at` tells whether a place is that of this name.
    pub(super) fn find(&self, name: &[u32], is_at: impl Fn(usize) -> bool) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let from = self.first_slot(name);
        let slots = self.slots[from..].iter().chain(&self.slots[..from]);
        slots.take_while(|place| **place != FREE).map(|place| *place as usize).find(|place| is_at(*place))
    }

    fn first_slot(&self, name: &[u32]) -> usize {
        let hash = name.iter().fold(0u64, |hash, arc| {
            (hash.rotate_left(5) ^ u64::from(*arc)).wrapping_mul(0x517c_c1b7_2722_0a95)
        });
        // The high half is the well mixed one.
        (hash >> 32) as usize & (self.slots.len() - 1)
    }
}
