//! What is known about a device between two conversations. All of it is soft: losing it costs time, never results.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::pacer::Pacer;
use crate::room::Room;
use crate::target::Protocol;
use crate::usm::Sessions;
use crate::{Failure, Index, Oid, Target};

/// Tables with more rows are not remembered.
const MOST_ROWS: usize = 20_000;
/// Devices are forgotten when they have not been spoken to for so long.
const FORGET_AFTER: Duration = Duration::from_secs(2 * 3600);

/// What a device has shown.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Round trip and window.
    pub pacer: Pacer,
    /// What its answers may hold.
    pub room: Room,
    /// The rows each table (by the OID above its columns) had last time, in order.
    pub rows: HashMap<Oid, Arc<Vec<Index>>>,
    /// What was seen of each column, by a hash of its OID: there are many devices with many columns, and two that fall
    /// together cost a request or two.
    columns: HashMap<u32, Seen>,
}

/// What was seen of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen {
    /// Octets its values have on average, 0 where it has none.
    pub octets: u16,
    /// A hash of the column whose end showed where this one begins, or that it is not there; 0 for none.
    pub behind: u32,
}

impl Seen {
    /// Whether the column was there.
    pub fn is_present(self) -> bool {
        self.octets > 0
    }

    /// Whether the end of `column` shows this one's beginning.
    pub fn follows(self, column: &Oid) -> bool {
        self.behind == hash(column)
    }
}

impl Memory {
    /// What was seen of a column, where the device was asked for it.
    pub fn seen(&self, column: &Oid) -> Option<Seen> {
        self.columns.get(&hash(column)).copied()
    }

    /// Keeps what was seen of a column for the next walk: the octets of its values on average, 0 where it has none, and
    /// the column whose end showed its beginning.
    pub fn remember(&mut self, column: &Oid, octets: usize, behind: Option<&Oid>) {
        let octets = u16::try_from(octets).unwrap_or(u16::MAX);
        self.columns.insert(hash(column), Seen { octets, behind: behind.map_or(0, hash) });
    }

    /// Keeps a table's rows for the next walk.
    pub fn remember_rows(&mut self, table: &Oid, rows: Vec<Index>) {
        if rows.len() > MOST_ROWS {
            self.rows.remove(table);
        } else if self.rows.get(table).is_none_or(|known| **known != rows) {
            self.rows.insert(table.clone(), Arc::new(rows));
        }
    }
}

fn hash(oid: &Oid) -> u32 {
    let mut hasher = std::hash::DefaultHasher::new();
    oid.hash(&mut hasher);
    // 0 stands for no column.
    (hasher.finish() as u32).max(1)
}

/// One device: what it has shown, and the requests it may have in flight, all conversations together.
#[derive(Debug)]
pub struct Device {
    /// Without and with GETBULK: SNMPv1 shows less of the same device, and answers to it are of another kind.
    memories: [Mutex<Memory>; 2],
    /// Permits for requests in flight.
    pub permits: Arc<Semaphore>,
    most_in_flight: u32,
    /// What SNMPv3 users know of its engine.
    pub engines: Arc<Engines>,
}

/// What SNMPv3 users know of a device's engine.
#[derive(Debug, Default)]
pub struct Engines {
    /// By user.
    pub sessions: Sessions,
    /// Held by the conversation that asks the device who it is; how that failed last, where it did.
    pub discovery: tokio::sync::Mutex<Option<(Instant, Failure)>>,
}

impl Device {
    fn new(most_in_flight: u32, memories: [Memory; 2], engines: Arc<Engines>) -> Self {
        let permits = Arc::new(Semaphore::new(most_in_flight.max(1) as usize));
        Self { memories: memories.map(Mutex::new), permits, most_in_flight, engines }
    }

    /// What the device has shown so far, to those who ask with GETBULK or to those who do not.
    pub fn memory(&self, has_bulk: bool) -> MutexGuard<'_, Memory> {
        self.memories[usize::from(has_bulk)].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What devices are told apart by: an answer that is too long for UDP may not be for TCP.
type Way = (Protocol, SocketAddr);

/// All devices spoken to lately, and when.
#[derive(Debug, Default)]
pub struct Devices {
    known: Mutex<HashMap<Way, (Arc<Device>, Instant)>>,
}

impl Devices {
    /// The device at this address, with this limit on requests in flight.
    pub fn get(&self, target: &Target, most_in_flight: u32, now: Instant) -> Arc<Device> {
        let way = (target.protocol, target.address);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((device, used)) = known.get_mut(&way) {
            *used = now;
            if device.most_in_flight != most_in_flight {
                let memories = [false, true].map(|has_bulk| device.memory(has_bulk).clone());
                *device = Arc::new(Device::new(most_in_flight, memories, device.engines.clone()));
            }
            return device.clone();
        }
        // Looked through at doublings, so that the cost of each new device stays constant.
        if known.len() == known.capacity() {
            known.retain(|_, (_, used)| now.saturating_duration_since(*used) < FORGET_AFTER);
        }
        let device = Arc::new(Device::new(most_in_flight, Default::default(), Arc::default()));
        known.insert(way, (device.clone(), now));
        device
    }

    /// How many devices are remembered.
    pub fn len(&self) -> usize {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
