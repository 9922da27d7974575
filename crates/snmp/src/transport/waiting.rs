//! Who waits for which packet.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use tokio::sync::mpsc::UnboundedSender;

use super::Event;
use crate::codec;

/// A conversation, as those see it who have a packet for it.
#[derive(Debug, Clone)]
pub(super) struct Waiter {
    /// Whom it asked.
    pub peer: SocketAddr,
    /// Whether anybody may answer.
    pub anywhere: bool,
    /// Where its events go.
    pub mailbox: UnboundedSender<Event>,
}

impl Waiter {
    /// Scope and flow of an IPv6 address are this machine's business.
    fn asked(&self, from: SocketAddr) -> bool {
        self.peer.ip() == from.ip() && self.peer.port() == from.port()
    }

    /// A conversation that has ended meanwhile is no error.
    pub fn tell(&self, event: Event) {
        let _ = self.mailbox.send(event);
    }
}

/// Those who wait for packets on one socket, by request-id.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<HashMap<i32, Waiter>>);

impl Waiting {
    fn all(&self) -> MutexGuard<'_, HashMap<i32, Waiter>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This conversation waits for the answer with this id.
    pub fn insert(&self, id: i32, waiter: &Waiter) {
        self.all().insert(id, waiter.clone());
    }

    /// Nobody waits for this id any more.
    pub fn forget(&self, id: i32) {
        self.all().remove(&id);
    }

    /// Gives a packet to the conversation that waits for it.
    pub fn deliver(&self, packet: &[u8], from: SocketAddr) {
        let waiting = self.all();
        let Some(id) = codec::message_id(packet) else {
            if let Some(waiter) = waiting.values().find(|waiter| waiter.asked(from)) {
                waiter.tell(Event::Garbage);
            }
            return;
        };
        if waiting.get(&id).is_none_or(|waiter| !waiter.anywhere && !waiter.asked(from)) {
            return;
        }
        // Waited for until the conversation says otherwise: what came may be forged, and the answer still on its way.
        if let Some(waiter) = waiting.get(&id) {
            waiter.tell(Event::Packet { id, packet: Bytes::copy_from_slice(packet), at: Instant::now() });
        }
    }

    /// Tells the conversation that waits for this id that its request did not get there.
    pub fn unreachable(&self, id: i32, error: io::Error) {
        if let Some(waiter) = self.all().get(&id) {
            waiter.tell(Event::Unreachable { id, error });
        }
    }

    /// Takes all who wait, each conversation once, with its ids.
    pub fn take(&self) -> Vec<(Waiter, Vec<i32>)> {
        let mut taken: Vec<(Waiter, Vec<i32>)> = Vec::new();
        for (id, waiter) in self.all().drain() {
            match taken.iter_mut().find(|(other, _)| other.mailbox.same_channel(&waiter.mailbox)) {
                Some((_, ids)) => ids.push(id),
                None => taken.push((waiter, vec![id])),
            }
        }
        taken
    }
}
