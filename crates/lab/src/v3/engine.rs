//! The agent's side: an authoritative engine (RFC 3414 §3.2). No IO, no clock: what the time is, is an argument.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::ber;
use crate::message::{BadRequest, pdu};
use crate::mib::Mib;
use crate::respond::write_varbind;
use crate::value::COUNTER32;

use super::message::{Message, Scoped, Seal};
use super::report::{ReportKind, UsmStats};
use super::user::{Keys, Level, User};
use super::{LEAST_MAX_SIZE, MAX_BOOTS, TIME_WINDOW};

/// An SNMP engine: who it is, what time it thinks it is, and whom it knows.
#[derive(Debug, Clone)]
pub struct Engine {
    id: Vec<u8>,
    boots: u32,
    /// The agent's uptime at which snmpEngineTime was 0, in seconds.
    zero: i64,
    max_size: u32,
    users: Vec<(User, Keys)>,
    contexts: BTreeMap<Vec<u8>, Arc<Mib>>,
    last_salt: u64,
    nobody: Keys,
    stats: UsmStats,
}

/// A request that was accepted.
#[derive(Debug)]
pub struct Opened<'a> {
    /// Its scoped PDU.
    pub scoped: Scoped<'a>,
    /// What goes around the answer.
    pub seal: Seal<'a>,
    /// The longest message that both sides take.
    pub max_message: usize,
    /// Whether its level is high enough for its user; otherwise it gets authorizationError.
    pub authorized: bool,
    /// What a context of its own shows; none for the default context.
    pub mib: Option<&'a Arc<Mib>>,
}

/// Why a request was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It gets no answer.
    Bad(BadRequest),
    /// It gets a Report.
    Report(ReportKind),
}

impl Default for Engine {
    fn default() -> Self {
        Self {
            id: Vec::new(),
            boots: 1,
            zero: 0,
            max_size: 65_507,
            users: Vec::new(),
            contexts: BTreeMap::new(),
            last_salt: 0,
            nobody: Keys::default(),
            stats: UsmStats::default(),
        }
    }
}

impl Engine {
    /// snmpEngineID.
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// snmpEngineBoots.
    pub fn boots(&self) -> u32 {
        self.boots
    }

    /// snmpEngineTime, this long after the agent's start.
    pub fn time(&self, uptime: Duration) -> u32 {
        (seconds(uptime) - self.zero).clamp(0, i64::from(MAX_BOOTS)) as u32
    }

    /// The longest message it takes, octets.
    pub fn max_size(&self) -> u32 {
        self.max_size
    }

    /// Becomes another engine; its users' keys are others then.
    pub fn set_id(&mut self, id: &[u8]) {
        self.id = id.to_vec();
        for (user, keys) in &mut self.users {
            *keys = user.keys(id);
        }
    }

    /// Has booted so often.
    pub fn set_boots(&mut self, boots: u32) {
        self.boots = boots;
    }

    /// The engine time is `time` seconds when the agent's uptime is `uptime`.
    pub fn set_time(&mut self, time: u32, uptime: Duration) {
        self.zero = seconds(uptime) - i64::from(time);
    }

    /// The engine time jumps by so many seconds.
    pub fn shift_time(&mut self, by: i64) {
        self.zero = self.zero.saturating_sub(by);
    }

    /// Says it takes messages of so many octets; no more are taken.
    pub fn set_max_size(&mut self, octets: u32) {
        self.max_size = octets;
    }

    /// Knows these users and no others.
    pub fn set_users(&mut self, users: impl IntoIterator<Item = User>) {
        self.users.clear();
        users.into_iter().for_each(|user| self.add_user(user));
    }

    /// Knows this user too.
    pub fn add_user(&mut self, user: User) {
        let keys = user.keys(&self.id);
        self.users.push((user, keys));
    }

    /// Shows these objects in the context of this name.
    pub fn add_context(&mut self, name: &[u8], mib: Arc<Mib>) {
        self.contexts.insert(name.to_vec(), mib);
    }

    /// Takes a message in, as RFC 3414 §3.2 and RFC 3412 §7.2 say.
    pub fn open<'a>(
        &'a mut self,
        message: &Message<'a>,
        uptime: Duration,
        plain: &'a mut Vec<u8>,
    ) -> Result<Opened<'a>, Refusal> {
        let report = |kind| Err(Refusal::Report(kind));
        if message.engine_id != self.id {
            return report(ReportKind::UnknownEngineIds);
        }
        let time = self.time(uptime);
        let salt = self.next_salt();
        let Some((user, keys)) = self.users.iter().find(|(user, _)| user.name() == message.user) else {
            return report(ReportKind::UnknownUserNames);
        };
        if message.level > user.level() {
            return report(ReportKind::UnsupportedSecLevels);
        }
        if message.level >= Level::AuthNoPriv {
            if !message.is_signed_with(keys) {
                return report(ReportKind::WrongDigests);
            }
            let is_late = message.time.abs_diff(time) > TIME_WINDOW;
            if self.boots >= MAX_BOOTS || message.boots != self.boots || is_late {
                return report(ReportKind::NotInTimeWindows);
            }
        }
        let Some(content) = message.open(keys, plain) else { return report(ReportKind::DecryptionErrors) };
        // A wrong key gives octets that are no scoped PDU.
        let scoped = match Scoped::decode(content) {
            Ok(scoped) => scoped,
            Err(_) if message.level == Level::AuthPriv => return report(ReportKind::DecryptionErrors),
            Err(error) => return Err(Refusal::Bad(error.into())),
        };
        if scoped.engine_id != self.id {
            return report(ReportKind::UnknownPduHandlers);
        }
        let mib = self.contexts.get(scoped.context);
        if mib.is_none() && !scoped.context.is_empty() {
            return report(ReportKind::UnknownContexts);
        }
        let theirs = u32::try_from(message.max_size).unwrap_or(0).max(LEAST_MAX_SIZE);
        Ok(Opened {
            scoped,
            seal: Seal {
                msg_id: message.msg_id,
                max_size: self.max_size,
                level: message.level,
                reportable: false,
                engine_id: &self.id,
                boots: self.boots,
                time,
                user: message.user,
                keys,
                salt,
                context_engine_id: scoped.engine_id,
                context: scoped.context,
            },
            max_message: theirs.min(self.max_size) as usize,
            authorized: message.level >= user.least(),
            mib,
        })
    }

    /// The Report about a message that was not accepted: what goes around it, and its PDU.
    pub fn report<'a>(
        &'a mut self,
        kind: ReportKind,
        message: &Message<'a>,
        uptime: Duration,
    ) -> (Seal<'a>, Vec<u8>) {
        let count = self.stats.count(kind);
        let salt = self.next_salt();
        let keys = self.users.iter().find(|(user, _)| user.name() == message.user).map(|(_, keys)| keys);
        // RFC 3414 §3.2: only where the HMAC was right, and step 7 wants it, is a Report signed.
        let level = match kind {
            ReportKind::NotInTimeWindows => Level::AuthNoPriv,
            ReportKind::UnknownContexts | ReportKind::UnknownPduHandlers => message.level,
            _ => Level::NoAuthNoPriv,
        };
        let seal = Seal {
            msg_id: message.msg_id,
            max_size: self.max_size,
            level,
            reportable: false,
            engine_id: &self.id,
            boots: self.boots,
            time: self.time(uptime),
            user: message.user,
            keys: keys.unwrap_or(&self.nobody),
            salt,
            context_engine_id: &self.id,
            context: &[],
        };
        (seal, report_pdu(kind, request_id(message), count))
    }

    fn next_salt(&mut self) -> [u8; 8] {
        self.last_salt = self.last_salt.wrapping_add(1);
        let mut salt = self.last_salt.to_be_bytes();
        // As for DES (RFC 3414 §8.1.1.1); AES takes anything that does not come again.
        salt[..4].copy_from_slice(&self.boots.to_be_bytes());
        salt
    }
}

/// A Report's PDU (RFC 3412 §7.2 step 6): the counter, and the request's number where that could be read, else 0.
pub fn report_pdu(kind: ReportKind, request_id: i32, count: u32) -> Vec<u8> {
    let mut out = Vec::new();
    ber::write_nested(pdu::REPORT, &mut out, |out| {
        for number in [i64::from(request_id), 0, 0] {
            ber::write_signed(ber::INTEGER, number, out);
        }
        ber::write_nested(ber::SEQUENCE, out, |out| {
            let count = |out: &mut Vec<u8>| ber::write_unsigned(COUNTER32, u64::from(count), out);
            write_varbind(kind.oid().arcs(), count, out);
        });
    });
    out
}

fn request_id(message: &Message<'_>) -> i32 {
    if message.level == Level::AuthPriv {
        return 0;
    }
    let scoped = Scoped::decode(message.data);
    scoped.and_then(|scoped| ber::Reader::new(scoped.pdu).integer()).unwrap_or(0)
}

fn seconds(uptime: Duration) -> i64 {
    i64::try_from(uptime.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
