//! A conversation: a walk's requests sent, waited for and resent, for as long as the device and the caller allow.

use std::io;
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::timeout_at;

use super::Client;
use crate::codec::{Answer, Codec, DecodeError};
use crate::device::Device;
use crate::pacer::Pacer;
use crate::trace::{Asked, Trace};
use crate::transport::{Event, Port, Transport, failure};
use crate::usm::Salts;
use crate::walk::{Piece, Walk};
use crate::{Cost, Failure, Target};

/// A request that waits for its answer.
pub(super) struct Flight {
    id: i32,
    /// Counts up with every request of the conversation.
    number: u64,
    piece: Piece,
    pdu: Vec<u8>,
    /// How often it was sent, other than at the agent's own prompting.
    pub(super) sent: u32,
    /// How often the agent has prompted it by a Report.
    pub(super) prompted: u32,
    /// Whether a Report, maybe forged, says that it will not be served.
    pub(super) doubted: bool,
    sent_at: Instant,
    /// When to send it again, or to give it up.
    pub(super) due: Instant,
    /// Answers the conversation had when it was first sent.
    answers_before: u64,
    /// The length of the chain of requests that led to it.
    depth: u32,
    /// What is logged of it, where it is.
    asked: Option<Asked>,
    _permit: OwnedSemaphorePermit,
}

/// One harvest's requests at one device.
pub(super) struct Conversation<'a> {
    pub(super) transport: &'a Transport,
    pub(super) salts: &'a Salts,
    pub(super) port: Port,
    pub(super) target: &'a Target,
    pub(super) device: &'a Device,
    pub(super) codec: Codec,
    pub(super) trace: Option<Trace>,
    pub(super) cap: u32,
    pub(super) pacer: Pacer,
    pub(super) events: UnboundedReceiver<Event>,
    pub(super) flights: Vec<Flight>,
    /// Whether the window kept requests back when the last were sent.
    limited: bool,
    sent: u64,
    pub(super) answers: u64,
    depth: u32,
    /// Packets that came and were no SNMP messages.
    pub(super) garbage: u32,
    /// Connections that ended without an answer since the last one that came.
    closed: u32,
    /// What is wrong with the credentials, by a Report that may be forged.
    pub(super) doubt: Option<Failure>,
    /// Why what came last does not count as having come.
    pub(super) unproven: Option<DecodeError>,
    pub(super) cost: Cost,
}

impl<'a> Conversation<'a> {
    /// A conversation that has said nothing yet.
    ///
    /// # Errors
    /// This machine has no way to the target.
    pub fn begin(
        client: &'a Client,
        device: &'a Device,
        target: &'a Target,
        codec: Codec,
        pacer: Pacer,
    ) -> io::Result<Self> {
        let (mailbox, events) = mpsc::unbounded_channel();
        Ok(Self {
            transport: &client.transport,
            salts: &client.salts,
            port: client.transport.port(target, mailbox)?,
            target,
            device,
            codec,
            trace: Trace::of(target),
            cap: target.limits.max_in_flight.max(1),
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
        })
    }

    /// What it cost, how it ended, and what it has learned of the device's pace.
    pub fn end(mut self, failure: Option<Failure>) -> (Cost, Option<Failure>, Pacer) {
        if let (Codec::Secured(secured), Some(_)) = (&self.codec, &failure) {
            secured.trust.session().doubt();
        }
        (std::mem::take(&mut self.cost), failure, self.pacer.clone())
    }

    /// Sends, waits, takes answers, until the walk has no more to ask.
    pub async fn run(
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
                        return Err(self.doubt.take().filter(|_| self.answers == 0).unwrap_or_else(passed));
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
    pub(super) async fn permit(
        &self,
        deadline: Option<Instant>,
    ) -> Result<Option<OwnedSemaphorePermit>, Failure> {
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
    pub(super) async fn send(&mut self, nth: usize) -> Result<(), Failure> {
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
    pub(super) fn patience(&self, sent: u32) -> Duration {
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
                        self.on_answer(walk, nth, &answer, at);
                        Ok(())
                    }
                    Err(error) => {
                        if let Some(trace) = self.trace {
                            trace.no_answer(id, packet.len(), &error);
                        }
                        self.on_no_answer(nth, error, at).await
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

    fn on_answer(&mut self, walk: &mut Walk, nth: usize, answer: &Answer, at: Instant) {
        let flight = self.flights.swap_remove(nth);
        self.port.forget(flight.id);
        if let Some(trace) = self.trace {
            trace.received(flight.id, answer.size, answer);
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
        walk.on_answer(flight.piece, answer);
    }

    /// Something came instead of an answer.
    async fn on_no_answer(&mut self, nth: usize, error: DecodeError, at: Instant) -> Result<(), Failure> {
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

    /// Why a request got no answer.
    pub(super) fn unanswered(&mut self) -> Failure {
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
