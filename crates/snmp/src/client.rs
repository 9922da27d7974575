//! Conversations: a walk's requests sent, waited for and resent, for as long as the device and the caller allow.

mod discovery;
mod reports;

use std::io;
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::timeout_at;

use crate::codec::{Codec, DecodeError};
use crate::device::{Device, Devices};
use crate::pacer::Pacer;
use crate::trace::{Asked, Trace};
use crate::transport::{Event, Port, Transport, failure};
use crate::usm::Salts;
use crate::walk::{Manner, Piece, Walk};
use crate::{Cost, Failure, Harvest, Source, Target, Wanted};

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
        let (mailbox, events) = mpsc::unbounded_channel();
        let (cost, mut failure, pacer) = match self.transport.port(target, mailbox) {
            Ok(port) => {
                let mut conversation = Conversation {
                    transport: &self.transport,
                    salts: &self.salts,
                    port,
                    target,
                    device: &device,
                    codec,
                    trace: Trace::of(target),
                    cap,
                    pacer,
                    events,
                    flights: Vec::new(),
                    limited: false,
                    sent: 0,
                    answers: 0,
                    depth: 0,
                    garbage: 0,
                    closed: 0,
                    doubt: None,
                    unproven: None,
                    cost: Cost::default(),
                };
                let failure = conversation.run(&mut walk, started, deadline).await.err();
                if let (Codec::Secured(secured), Some(_)) = (&conversation.codec, &failure) {
                    secured.trust.session().doubt();
                }
                (std::mem::take(&mut conversation.cost), failure, conversation.pacer.clone())
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

/// A request that waits for its answer.
struct Flight {
    id: i32,
    /// Counts up with every request of the conversation.
    number: u64,
    piece: Piece,
    pdu: Vec<u8>,
    /// How often it was sent, other than at the agent's own prompting.
    sent: u32,
    /// How often the agent has prompted it by a Report.
    prompted: u32,
    /// Whether a Report, maybe forged, says that it will not be served.
    doubted: bool,
    sent_at: Instant,
    /// When to send it again, or to give it up.
    due: Instant,
    /// Answers the conversation had when it was first sent.
    answers_before: u64,
    /// The length of the chain of requests that led to it.
    depth: u32,
    /// What is logged of it, where it is.
    asked: Option<Asked>,
    _permit: OwnedSemaphorePermit,
}

struct Conversation<'a> {
    transport: &'a Transport,
    salts: &'a Salts,
    port: Port,
    target: &'a Target,
    device: &'a Device,
    codec: Codec,
    trace: Option<Trace>,
    cap: u32,
    pacer: Pacer,
    events: UnboundedReceiver<Event>,
    flights: Vec<Flight>,
    /// Whether the window kept requests back when the last were sent.
    limited: bool,
    sent: u64,
    answers: u64,
    depth: u32,
    /// Packets that came and were no SNMP messages.
    garbage: u32,
    /// Connections that ended without an answer since the last one that came.
    closed: u32,
    /// What is wrong with the credentials, by a Report that may be forged.
    doubt: Option<Failure>,
    /// Why what came last does not count as having come.
    unproven: Option<DecodeError>,
    cost: Cost,
}

impl Conversation<'_> {
    /// Sends, waits, takes answers, until the walk has no more to ask.
    async fn run(
        &mut self,
        walk: &mut Walk,
        started: Instant,
        deadline: Option<Instant>,
    ) -> Result<(), Failure> {
        let passed = || Failure::Deadline { after: started.elapsed() };
        self.meet(deadline).await?;
        loop {
            while (self.flights.len() as u32) < self.pacer.window(self.cap) {
                let Some(permit) = self.permit(deadline).await? else { break };
                let Some(piece) = walk.next_piece() else { break };
                self.launch(walk, piece, permit).await?;
            }
            self.limited = self.flights.len() as u32 >= self.pacer.window(self.cap);
            let Some(due) = self.flights.iter().map(|flight| flight.due).min() else { return Ok(()) };
            let until = deadline.map_or(due, |deadline| deadline.min(due));
            match timeout_at(until.into(), self.events.recv()).await {
                Ok(Some(event)) => {
                    self.on_event(walk, event).await?;
                    // What else has arrived meanwhile is taken before anything new is sent.
                    while let Ok(event) = self.events.try_recv() {
                        self.on_event(walk, event).await?;
                    }
                }
                Ok(None) | Err(_) => {
                    let now = Instant::now();
                    if deadline.is_some_and(|deadline| deadline <= now) {
                        return Err(passed());
                    }
                    self.on_due(walk, now).await?;
                }
            }
            if let Some(failure) = walk.failure() {
                return Err(failure.clone());
            }
        }
    }

    /// Leave to have one more request in flight at the device. `None` where its own answers have to come first.
    async fn permit(&self, deadline: Option<Instant>) -> Result<Option<OwnedSemaphorePermit>, Failure> {
        let permits = self.device.permits.clone();
        match permits.clone().try_acquire_owned() {
            Ok(permit) => Ok(Some(permit)),
            Err(_) if !self.flights.is_empty() => Ok(None),
            // Others use all there is: nothing but their answers will wake this conversation.
            Err(_) => {
                let waited = Instant::now();
                let permit = permits.acquire_owned();
                let permit = match deadline {
                    Some(deadline) => timeout_at(deadline.into(), permit).await.ok().and_then(Result::ok),
                    None => permit.await.ok(),
                };
                permit.map(Some).ok_or_else(|| Failure::Deadline { after: waited.elapsed() })
            }
        }
    }

    /// Sends a piece for the first time.
    async fn launch(
        &mut self,
        walk: &Walk,
        piece: Piece,
        permit: OwnedSemaphorePermit,
    ) -> Result<(), Failure> {
        let id = self.transport.next_id();
        let pdu = self.codec.encode(id, walk.operation(&piece), walk.names(&piece));
        let asked = self.trace.map(|trace| trace.asked(walk.operation(&piece), walk.names(&piece)));
        self.sent += 1;
        let now = Instant::now();
        self.flights.push(Flight {
            id,
            number: self.sent,
            piece,
            pdu,
            sent: 0,
            prompted: 0,
            doubted: false,
            sent_at: now,
            due: now,
            answers_before: self.answers,
            depth: self.depth + 1,
            asked,
            _permit: permit,
        });
        self.cost.most_in_flight = self.cost.most_in_flight.max(self.flights.len() as u32);
        self.send(self.flights.len() - 1).await
    }

    /// Sends a request, for the first time or again.
    async fn send(&mut self, nth: usize) -> Result<(), Failure> {
        let patience = self.patience(self.flights[nth].sent + 1);
        let flight = &mut self.flights[nth];
        flight.sent += 1;
        flight.sent_at = Instant::now();
        flight.due = flight.sent_at + patience;
        let packet = self.codec.seal(flight.id, &flight.pdu, flight.sent_at, self.salts.next());
        self.cost.packets_sent += 1;
        self.cost.packets_retried += u64::from(flight.sent > 1);
        self.cost.bytes_sent += packet.len() as u64;
        if let Some((trace, asked)) = self.trace.zip(flight.asked.as_ref()) {
            trace.sent(flight.id, packet.len(), flight.sent, asked);
        }
        let sent = self.port.send(flight.id, &packet).await;
        sent.map_err(|error| failure::unreachable(self.target, &error))
    }

    /// How long to wait for an answer after the `sent`-th sending.
    fn patience(&self, sent: u32) -> Duration {
        let limits = &self.target.limits;
        match self.port.is_reliable() {
            // What is lost the network sends again, and much sooner.
            true => limits.timeout,
            false => self.pacer.wait(sent, limits.timeout, limits.retries, self.cap),
        }
    }

    async fn on_event(&mut self, walk: &mut Walk, event: Event) -> Result<(), Failure> {
        match event {
            Event::Packet { id, packet, at } => {
                let Some(nth) = self.flights.iter().position(|flight| flight.id == id) else { return Ok(()) };
                self.cost.bytes_received += packet.len() as u64;
                match self.codec.decode(id, &packet, at) {
                    Ok(answer) => {
                        let flight = self.flights.swap_remove(nth);
                        self.port.forget(id);
                        if let Some(trace) = self.trace {
                            trace.received(id, packet.len(), &answer);
                        }
                        self.cost.packets_received += 1;
                        self.answers += 1;
                        self.closed = 0;
                        self.depth = self.depth.max(flight.depth);
                        self.cost.rounds = self.depth;
                        let took = at.saturating_duration_since(flight.sent_at);
                        self.cost.answer_times.push(took);
                        // An answer to a request sent twice does not say which of them it took so long for.
                        if flight.sent == 1 {
                            self.pacer.on_answer(took, self.limited, self.cap);
                        }
                        walk.on_answer(flight.piece, &answer);
                        Ok(())
                    }
                    Err(error) => {
                        if let Some(trace) = self.trace {
                            trace.no_answer(id, packet.len(), &error);
                        }
                        match error {
                            DecodeError::Report(report) => self.on_report(nth, &report, at).await,
                            // Nobody knows who sent it: the answer may still be on its way.
                            error if matches!(self.codec, Codec::Secured(_)) => {
                                self.unproven = Some(error);
                                Ok(())
                            }
                            error if self.flights[nth].sent > self.target.limits.retries => {
                                Err(Failure::Decode(error.to_string()))
                            }
                            _ => self.send(nth).await,
                        }
                    }
                }
            }
            Event::Garbage => {
                self.garbage += 1;
                if let Some(trace) = self.trace {
                    trace.trouble(None, None, "no SNMP message");
                }
                Ok(())
            }
            Event::Unreachable { id, error } => {
                if let Some(trace) = self.trace {
                    trace.trouble(Some(id), None, &error);
                }
                match self.answers {
                    0 => Err(failure::unreachable(self.target, &error)),
                    // A device that did answer may be restarting: resending will tell.
                    _ => Ok(()),
                }
            }
            Event::Closed { ids, error } => self.on_closed(&ids, &error).await,
        }
    }

    /// Sends again what a connection ended with, over the next one.
    async fn on_closed(&mut self, ids: &[i32], error: &io::Error) -> Result<(), Failure> {
        if let Some(trace) = self.trace {
            trace.trouble(None, None, error);
        }
        // It may have ended with what was answered.
        if !self.flights.iter().any(|flight| ids.contains(&flight.id)) {
            return Ok(());
        }
        self.closed += 1;
        if self.closed > self.target.limits.retries.max(1) {
            return Err(failure::closed(self.target, error));
        }
        // Some take only one request at a time, or one a connection.
        self.pacer.on_loss(self.sent, self.sent);
        for nth in 0..self.flights.len() {
            if ids.contains(&self.flights[nth].id) {
                self.send(nth).await?;
            }
        }
        Ok(())
    }

    /// Resends what is due, or gives it up.
    async fn on_due(&mut self, walk: &mut Walk, now: Instant) -> Result<(), Failure> {
        let mut nth = 0;
        while nth < self.flights.len() {
            let flight = &self.flights[nth];
            if flight.due > now {
                nth += 1;
                continue;
            }
            self.pacer.on_loss(flight.number, self.sent);
            let others_answered = self.answers > flight.answers_before + 2;
            let exhausted = flight.sent > self.target.limits.retries;
            if flight.doubted
                && self.answers == 0
                && let Some(doubt) = self.doubt.take()
            {
                return Err(doubt);
            }
            if exhausted && !others_answered {
                return Err(self.unanswered());
            }
            // Unanswered twice, while others were answered: what it asks for, or the size of its answer, may be at
            // fault. In parts it gets through, or the part that does not is known.
            let divides = flight.sent >= 2 && flight.piece.varbinds() > 1;
            if others_answered && (exhausted || divides) {
                let flight = self.flights.swap_remove(nth);
                self.port.forget(flight.id);
                let what = format!("no answer to {} requests, although others were answered", flight.sent);
                walk.on_unanswered(flight.piece, &what);
                continue;
            }
            self.send(nth).await?;
            nth += 1;
        }
        Ok(())
    }
}

impl Conversation<'_> {
    /// Why a request got no answer.
    fn unanswered(&mut self) -> Failure {
        let retries = self.target.limits.retries;
        if let Some(doubt) = self.doubt.take() {
            return doubt;
        }
        if self.garbage > 0 {
            return Failure::Decode(format!("{} packets came that are no SNMP messages", self.garbage));
        }
        if let Some(error) = &self.unproven {
            return Failure::Decode(format!("what came does not count as an answer: {error}"));
        }
        match &self.codec {
            Codec::Secured(secured) => secured.trust.unanswered(retries),
            Codec::Community(_) => Failure::Timeout { retries },
        }
    }
}

impl Drop for Conversation<'_> {
    fn drop(&mut self) {
        for flight in &self.flights {
            self.port.forget(flight.id);
        }
    }
}
