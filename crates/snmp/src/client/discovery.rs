//! Before the first request of an SNMPv3 user: who is there? (RFC 3414 §4)

use std::time::Instant;

use tokio::time::timeout_at;

use super::conversation::Conversation;
use crate::Failure;
use crate::codec::{Codec, DecodeError};
use crate::pdu::Operation;
use crate::transport::{Event, failure};

impl Conversation<'_> {
    /// Sees to it that the engine is known, where the protocol needs it. One conversation asks; those that begin
    /// meanwhile wait for what it learns.
    pub(super) async fn meet(&mut self, deadline: Option<Instant>) -> Result<(), Failure> {
        let began = Instant::now();
        let Codec::Secured(secured) = &self.codec else { return Ok(()) };
        if let Some(problem) = secured.trust.user().problem() {
            return Err(Failure::Auth(problem.into()));
        }
        if secured.trust.engine().is_some() {
            return Ok(());
        }
        let engines = self.device.engines.clone();
        let turn = engines.discovery.lock();
        let turn = match deadline {
            Some(deadline) => timeout_at(deadline.into(), turn).await.ok(),
            None => Some(turn.await),
        };
        let Some(mut failed) = turn else { return Err(Failure::Deadline { after: began.elapsed() }) };
        if self.engine_is_known() {
            return Ok(());
        }
        if let Some((at, failure)) = &*failed
            && *at >= began
        {
            return Err(failure.clone());
        }
        let result = self.discover(deadline).await;
        // One conversation's deadline is no other's.
        if let Err(failure) = &result
            && !matches!(failure, Failure::Deadline { .. })
        {
            *failed = Some((Instant::now(), failure.clone()));
        }
        result
    }

    fn engine_is_known(&self) -> bool {
        matches!(&self.codec, Codec::Secured(secured) if secured.trust.engine().is_some())
    }

    /// Asks until an engine says who it is, as often and as patiently as for anything else.
    async fn discover(&mut self, deadline: Option<Instant>) -> Result<(), Failure> {
        let began = Instant::now();
        let _permit = self.permit(deadline).await?;
        let id = self.transport.next_id();
        for sent in 1..=self.target.limits.retries.saturating_add(1) {
            if self.ask_who(id, sent, began, deadline).await? {
                self.port.forget(id);
                return Ok(());
            }
        }
        self.port.forget(id);
        Err(self.unanswered())
    }

    /// Asks once, and returns whether it was told.
    async fn ask_who(
        &mut self,
        id: i32,
        sent: u32,
        began: Instant,
        deadline: Option<Instant>,
    ) -> Result<bool, Failure> {
        let now = Instant::now();
        let packet = self.codec.seal(id, &[], now, self.salts.next());
        self.cost.packets_sent += 1;
        self.cost.packets_retried += u64::from(sent > 1);
        self.cost.bytes_sent += packet.len() as u64;
        if let Some(trace) = self.trace {
            trace.sent(id, packet.len(), sent, &trace.asked(Operation::Get, std::iter::empty()));
        }
        let sending = self.port.send(id, &packet).await;
        sending.map_err(|error| failure::unreachable(self.target, &error))?;
        let due = now + self.patience(sent);
        let until = deadline.map_or(due, |deadline| deadline.min(due));
        while let Ok(Some(event)) = timeout_at(until.into(), self.events.recv()).await {
            match event {
                Event::Packet { packet, at, .. } => {
                    self.cost.bytes_received += packet.len() as u64;
                    let reading = self.codec.decode(id, &packet, at);
                    if let (Some(trace), Err(error)) = (self.trace, &reading) {
                        trace.no_answer(id, packet.len(), error);
                    }
                    let Codec::Secured(secured) = &mut self.codec else { return Ok(false) };
                    match reading {
                        // Whatever it is about: it names the engine.
                        Err(DecodeError::Report(report)) => {
                            secured.trust.found(report.engine, report.shown, at);
                            self.cost.packets_received += 1;
                            if sent == 1 {
                                self.pacer.on_answer(at.saturating_duration_since(now), false, self.cap);
                            }
                            return Ok(true);
                        }
                        Err(error) => self.unproven = Some(error),
                        Ok(_) => (),
                    }
                }
                Event::Garbage => self.garbage += 1,
                Event::Unreachable { error, .. } => return Err(failure::unreachable(self.target, &error)),
                Event::Closed { error, .. } if sent > self.target.limits.retries => {
                    return Err(failure::closed(self.target, &error));
                }
                Event::Closed { .. } => return Ok(false),
            }
        }
        if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
            return Err(Failure::Deadline { after: began.elapsed() });
        }
        self.pacer.on_loss(u64::from(sent), u64::from(sent));
        Ok(false)
    }
}
