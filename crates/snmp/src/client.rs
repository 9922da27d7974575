//! The client: one for all devices, and all conversations with them.

mod conversation;
mod discovery;
mod reports;

use std::time::Instant;

use crate::codec::Codec;
use crate::device::Devices;
use crate::transport::Transport;
use crate::usm::Salts;
use crate::walk::{Manner, Walk};
use crate::{Cost, Failure, Harvest, Source, Target, Wanted};
use conversation::Conversation;

/// Speaks SNMP with any number of devices at once. One for the whole process: it shares sockets among conversations
/// and remembers what devices have shown. Needs a tokio runtime.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    devices: Devices,
    salts: Salts,
}

impl Default for Client {
    fn default() -> Self {
        Self::from_source(Source::default())
    }
}

impl Client {
    /// A client whose request-ids start at a place drawn from `seed`.
    pub fn new(seed: u32) -> Self {
        Self::sending_from(Source::default(), seed)
    }

    /// A client that sends from a certain address or port; its request-ids start anywhere.
    pub fn from_source(source: Source) -> Self {
        Self::sending_from(source, rand::random())
    }

    /// A client that sends from a certain address or port.
    pub fn sending_from(source: Source, seed: u32) -> Self {
        let (transport, devices) = (Transport::new(source, seed), Devices::default());
        Self { transport, devices, salts: Salts::new(rand::random()) }
    }

    /// How many devices it remembers.
    pub fn devices_remembered(&self) -> usize {
        self.devices.len()
    }

    /// Reads what is wanted from a device, until it is read, the device fails, or the deadline passes; whatever was
    /// read is in the harvest, and [`Harvest::failure`] says why it is not all.
    pub async fn harvest(&self, target: &Target, wanted: &Wanted, deadline: Option<Instant>) -> Harvest {
        let started = Instant::now();
        let cap = target.limits.max_in_flight.max(1);
        let device = self.devices.get(target, cap, started);
        let codec = Codec::new(&target.credentials, &device.engines.sessions);
        let manner = Manner {
            has_bulk: codec.has_bulk(),
            overhead: codec.overhead(),
            max_repetitions: target.limits.max_repetitions,
            allow_nonincreasing: target.limits.allow_nonincreasing_oids,
        };
        let (mut walk, pacer) = {
            let memory = device.memory(manner.has_bulk);
            (Walk::new(wanted, &memory, manner), memory.pacer.resumed())
        };
        let conversation = Conversation::begin(self, &device, target, codec, pacer.clone());
        let (cost, mut failure, pacer) = match conversation {
            Ok(mut conversation) => {
                let failure = conversation.run(&mut walk, started, deadline).await.err();
                conversation.end(failure)
            }
            Err(error) => (Cost::default(), Some(Failure::Local(error.to_string())), pacer),
        };
        failure = failure.or_else(|| walk.failure().cloned());
        if failure.is_some() {
            walk.give_up();
        }
        let mut cost = Cost { round_trip: pacer.round_trip(), elapsed: started.elapsed(), ..cost };
        (cost.varbinds, cost.undecodable) = (walk.varbinds, walk.undecodable);
        let mut memory = device.memory(manner.has_bulk);
        memory.pacer = pacer;
        if failure.is_some() && cost.packets_received == 0 {
            memory.pacer.on_silence();
        }
        let (gets, columns) = walk.finish(&mut memory);
        Harvest { gets, columns, cost, failure }
    }
}
