//! What is known about a device between two conversations. All of it is soft: losing it costs time, never results.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::pacer::Pacer;
use crate::target::Protocol;
use crate::usm::Sessions;
use crate::{Failure, Index, Oid, Target};

/// An answer of this many octets of UDP payload crosses an Ethernet path unfragmented.
pub const FIRST_ANSWER_BYTES: usize = 1472;
/// What every agent must be able to send (RFC 3417 §3.2.1).
pub const LEAST_ANSWER_BYTES: usize = 484;
/// Tables with more rows are not remembered.
const MOST_ROWS: usize = 20_000;
/// Devices are forgotten when they have not been spoken to for so long.
const FORGET_AFTER: Duration = Duration::from_secs(2 * 3600);

/// What a device has shown.
#[derive(Debug, Clone)]
pub struct Memory {
    /// Round trip and window.
    pub pacer: Pacer,
    /// Octets its answers may have.
    pub answer_bytes: usize,
    /// Varbinds its answers may have.
    pub answer_varbinds: usize,
    /// The rows each table (by the OID above its columns) had last time, in order.
    pub rows: HashMap<Oid, Arc<Vec<Index>>>,
    /// Octets a column's values have on average, 0 where it has none, by a hash of its OID: there are many devices with many columns, and
    /// two that fall together cost a badly filled answer.
    value_bytes: HashMap<u32, u16>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            pacer: Pacer::default(),
            answer_bytes: FIRST_ANSWER_BYTES,
            answer_varbinds: usize::MAX,
            rows: HashMap::new(),
            value_bytes: HashMap::new(),
        }
    }
}

impl Memory {
    /// Octets a column's values have on average, where it had any.
    pub fn value_bytes(&self, column: &Oid) -> Option<u16> {
        self.value_bytes.get(&hash(column)).copied().filter(|octets| *octets > 0)
    }

    /// Whether the device was asked for the column and has nothing there.
    pub fn is_absent(&self, column: &Oid) -> bool {
        self.value_bytes.get(&hash(column)) == Some(&0)
    }

    /// Keeps the average for the next walk.
    pub fn remember_value_bytes(&mut self, column: &Oid, octets: usize) {
        self.value_bytes.insert(hash(column), u16::try_from(octets.max(1)).unwrap_or(u16::MAX));
    }

    /// Keeps that the device has nothing there.
    pub fn remember_absent(&mut self, column: &Oid) {
        self.value_bytes.insert(hash(column), 0);
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
    hasher.finish() as u32
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
