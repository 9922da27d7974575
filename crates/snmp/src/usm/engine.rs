//! An engine that is spoken to: its name, a user's keys there, and its clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{Clock, EngineId, EngineTime, Keys, Security, Stale};

/// An authoritative engine (RFC 3411 §3.1.1) as one user knows it.
#[derive(Debug)]
pub struct Engine {
    id: EngineId,
    keys: Arc<Keys>,
    clock: Mutex<Clock>,
    proven: AtomicBool,
}

impl Engine {
    /// The engine of this name, with the user's keys there.
    pub fn new(id: EngineId, security: &Security, clock: Clock) -> Self {
        let keys = Arc::new(Keys::localised(security, &id));
        Self { id, keys, clock: Mutex::new(clock), proven: AtomicBool::new(false) }
    }

    /// The same engine with another clock, still to be proven.
    pub fn with_clock(&self, clock: Clock) -> Self {
        let (id, keys) = (self.id.clone(), self.keys.clone());
        Self { id, keys, clock: Mutex::new(clock), proven: AtomicBool::new(false) }
    }

    /// Its name.
    pub fn id(&self) -> &EngineId {
        &self.id
    }

    /// The user's keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What its clock shows now.
    pub fn time(&self, now: Instant) -> EngineTime {
        self.clock().now(now)
    }

    /// Takes the time of a message that was proven to come from it.
    ///
    /// # Errors
    /// The message is from the past.
    pub fn receive(&self, shown: EngineTime, now: Instant) -> Result<(), Stale> {
        self.clock().receive(shown, now)
    }

    /// Whether it has answered as only it can, or, where the user has no keys, at all.
    pub fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Relaxed)
    }

    /// It has.
    pub fn prove(&self) {
        self.proven.store(true, Ordering::Relaxed);
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
