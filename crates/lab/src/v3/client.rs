//! The asking side (RFC 3414 §3.1, §3.2 for answers, §4 discovery). No IO, no clock. It trusts nothing that is not
//! signed, where its user signs.

use std::time::Duration;

use crate::ask::{self, Response};
use crate::ber::BerError;
use crate::message::{BadRequest, Operation, pdu};
use crate::oid::Oid;

use super::TIME_WINDOW;
use super::message::{Message, Scoped, Seal};
use super::report::ReportKind;
use super::user::{Keys, Level, User};

/// One client's talk with one agent.
#[derive(Debug, Clone)]
pub struct Session {
    user: User,
    level: Level,
    context: Vec<u8>,
    engine: Option<Remote>,
    nobody: Keys,
    last_id: i32,
    last_salt: u64,
}

/// What is known of the agent's engine.
#[derive(Debug, Clone)]
struct Remote {
    id: Vec<u8>,
    keys: Keys,
    boots: u32,
    /// Its time, when our own clock said `at`.
    time: u32,
    at: Duration,
}

/// What a packet turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// The answer to the last request.
    Answer(Response),
    /// Something was learned of the engine: ask again.
    Learned,
    /// The agent reports; whether that can be believed is seen from `signed`.
    Report {
        /// What it reports.
        kind: Option<ReportKind>,
        /// Whether the Report's HMAC is right.
        signed: bool,
    },
    /// Not for us, or not to be believed, for this reason.
    Ignored(&'static str),
}

/// msgMaxSize of requests.
const MAX_SIZE: u32 = 65_507;

impl Session {
    /// A talk as this user, at the highest level there are passwords for, in the context of this name.
    pub fn new(user: User, context: &[u8]) -> Self {
        let level = user.level();
        let nobody = Keys::default();
        Self { user, level, context: context.to_vec(), engine: None, nobody, last_id: 0, last_salt: 0 }
    }

    /// Talks at this level.
    pub fn at_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The engine's id, boots and time, if it was discovered.
    pub fn engine(&self, now: Duration) -> Option<(&[u8], u32, u32)> {
        self.engine.as_ref().map(|engine| (engine.id.as_slice(), engine.boots, engine.time(now)))
    }

    /// Knows nothing of the engine any more, and will discover it again.
    pub fn forget(&mut self) {
        self.engine = None;
    }

    /// A request for these names, or as long as the engine is unknown one that makes it show itself.
    pub fn request(&mut self, operation: Operation, names: &[Oid], now: Duration) -> Vec<u8> {
        self.last_id = self.last_id.wrapping_add(1) & 0x7fff_ffff;
        self.last_salt = self.last_salt.wrapping_add(1);
        let known = self.engine.as_ref();
        let seal = Seal {
            msg_id: self.last_id,
            max_size: MAX_SIZE,
            level: if known.is_some() { self.level } else { Level::NoAuthNoPriv },
            reportable: true,
            engine_id: known.map_or(&[], |engine| &engine.id),
            boots: known.map_or(0, |engine| engine.boots),
            time: known.map_or(0, |engine| engine.time(now)),
            user: if known.is_some() { self.user.name() } else { &[] },
            keys: known.map_or(&self.nobody, |engine| &engine.keys),
            salt: self.last_salt.to_be_bytes(),
            context_engine_id: known.map_or(&[], |engine| &engine.id),
            context: &self.context,
        };
        let names = if known.is_some() { names } else { &[] };
        let mut packet = Vec::new();
        seal.encode(&ask::pdu(self.last_id, operation, names), &mut packet);
        packet
    }

    /// Takes in a packet from the agent.
    pub fn receive(&mut self, packet: &[u8], now: Duration) -> Result<Received, BadRequest> {
        let message = Message::decode(packet)?;
        if message.msg_id != self.last_id {
            return Ok(Received::Ignored("the answer to another request"));
        }
        let Some(engine) = &mut self.engine else { return self.discover(&message, now) };
        if message.engine_id != engine.id {
            return Ok(Received::Ignored("another engine"));
        }
        let signed = message.level >= Level::AuthNoPriv;
        if signed {
            if message.user != self.user.name() || !message.is_signed_with(&engine.keys) {
                return Ok(Received::Ignored("a wrong signature"));
            }
            if !engine.is_timely(&message, now) {
                return Ok(Received::Ignored("from another time"));
            }
        }
        let mut plain = Vec::new();
        let Some(content) = message.open(&engine.keys, &mut plain) else {
            return Ok(Received::Ignored("what cannot be decrypted"));
        };
        let scoped = Scoped::decode(content)?;
        if scoped.tag == pdu::REPORT {
            let kind = kind_of(&scoped)?;
            if signed && kind == Some(ReportKind::NotInTimeWindows) {
                return Ok(Received::Learned);
            }
            return Ok(Received::Report { kind, signed });
        }
        if message.level < self.level {
            return Ok(Received::Ignored("an answer less protected than the request"));
        }
        if scoped.context != self.context {
            return Ok(Received::Ignored("another context"));
        }
        if scoped.tag != pdu::RESPONSE {
            return Err(BadRequest::Pdu(scoped.tag));
        }
        let response = Response::decode_pdu(scoped.pdu)?;
        if response.request_id != self.last_id {
            return Ok(Received::Ignored("the answer to another request"));
        }
        Ok(Received::Answer(response))
    }

    fn discover(&mut self, message: &Message<'_>, now: Duration) -> Result<Received, BadRequest> {
        if message.level != Level::NoAuthNoPriv || message.engine_id.is_empty() {
            return Ok(Received::Ignored("no answer to a discovery"));
        }
        let kind = kind_of(&Scoped::decode(message.data)?)?;
        if kind != Some(ReportKind::UnknownEngineIds) {
            return Ok(Received::Report { kind, signed: false });
        }
        self.engine = Some(Remote {
            id: message.engine_id.to_vec(),
            keys: self.user.keys(message.engine_id),
            boots: message.boots,
            time: message.time,
            at: now,
        });
        Ok(Received::Learned)
    }
}

impl Remote {
    fn time(&self, now: Duration) -> u32 {
        let passed = now.saturating_sub(self.at).as_secs();
        self.time.saturating_add(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    /// RFC 3414 §3.2 step 7b: learns the time from a signed message, and tells whether the message is not too old.
    fn is_timely(&mut self, message: &Message<'_>, now: Duration) -> bool {
        if (message.boots, message.time) > (self.boots, self.time(now)) {
            (self.boots, self.time, self.at) = (message.boots, message.time, now);
        }
        message.boots == self.boots && message.time.saturating_add(TIME_WINDOW) >= self.time(now)
    }
}

fn kind_of(scoped: &Scoped<'_>) -> Result<Option<ReportKind>, BerError> {
    if scoped.tag != pdu::REPORT {
        return Ok(None);
    }
    let report = Response::decode_pdu(scoped.pdu)?;
    Ok(report.varbinds.first().and_then(|(name, _)| ReportKind::of(name)))
}

#[cfg(test)]
mod tests;
