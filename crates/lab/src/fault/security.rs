//! What an agent does wrong in SNMPv3, and forgers beside it.

use std::time::Duration;

use super::parse::parse_duration;
use super::{Fault, Prank};
use crate::v3::engine::report_pdu;
use crate::v3::user::Keys;
use crate::v3::{Engine, Level, MAX_BOOTS, ReportKind, Seal};

/// A way to misbehave in SNMPv3. The texts are what [`super::FaultRule`] reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecurityFault {
    /// `reboot`, `reboot:engine`, `reboot:forgetful`: the agent has just booted when the request comes.
    Reboot(Reboot),
    /// `clock:-200`: the engine time jumps by so many seconds when the request comes.
    Clock(i64),
    /// `blank_discovery`: a discovery's Report says boots 0, time 0.
    BlankDiscovery,
    /// `slow_discovery:3s`: a discovery's Report comes so much later than it would.
    SlowDiscovery(Duration),
    /// `no_report`, `no_report:decryption`: no Report, or none of this kind.
    NoReport(Option<ReportKind>),
    /// `forge:digest` …: a forged packet comes before the answer.
    Forge(Forgery),
    /// `replay`: the answer before comes again, before the answer.
    Replay,
    /// `lower_level:none`, `lower_level:auth`: the answer is less protected than the request.
    LowerLevel(Level),
    /// `wrong_msg_id`: the answer bears the msgID of another request.
    WrongMsgId,
    /// `wrong_context`: the answer is from another context.
    WrongContext,
    /// `wrong_user`: the answer bears another user's name.
    WrongUser,
    /// `wrong_digest`: the answer's HMAC is wrong.
    WrongDigest,
}

/// How an agent boots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reboot {
    /// As it should: one more in snmpEngineBoots, snmpEngineTime begins at 0.
    Counted,
    /// As another engine: another snmpEngineID, boots 1.
    NewEngine,
    /// It has forgotten how often it has booted: boots 1.
    Forgetful,
}

/// What somebody sends who sees the requests and has no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// The answer, with another value.
    Digest,
    /// An answer from long after: boots 2147483646.
    Boots,
    /// An answer from a day later.
    Time,
    /// An answer from another engine.
    Engine,
    /// An answer that is not signed, with another value.
    Response,
    /// A Report that is not signed.
    Report(ReportKind),
}

impl SecurityFault {
    /// The fault of this name (lower case, without `_` and `-`); the error says what it takes behind its colon, and is
    /// None where there is no such fault.
    pub(super) fn parse(key: &str, argument: &str) -> Result<Self, Option<&'static str>> {
        const KINDS: &str = "one of level, time, user, engine, digest, decryption, context, pdu_handler";
        let kind = || argument.parse().map_err(|()| Some(KINDS));
        let fault = match key {
            "reboot" => Self::Reboot(match argument {
                "" => Reboot::Counted,
                "engine" => Reboot::NewEngine,
                "forgetful" => Reboot::Forgetful,
                _ => return Err(Some("nothing, engine or forgetful")),
            }),
            "clock" => Self::Clock(argument.parse().map_err(|_| Some("seconds like 200 or -200"))?),
            "blankdiscovery" => Self::BlankDiscovery,
            "slowdiscovery" => Self::SlowDiscovery(parse_duration(argument).ok_or(Some("a time like 3s"))?),
            "noreport" if argument.is_empty() => Self::NoReport(None),
            "noreport" => Self::NoReport(Some(kind()?)),
            "forge" => Self::Forge(match argument {
                "digest" => Forgery::Digest,
                "boots" => Forgery::Boots,
                "time" => Forgery::Time,
                "engine" => Forgery::Engine,
                "response" => Forgery::Response,
                _ => return Err(Some("digest, boots, time, engine or response")),
            }),
            "forgereport" => Self::Forge(Forgery::Report(kind()?)),
            "replay" => Self::Replay,
            "lowerlevel" => Self::LowerLevel(match argument {
                "none" => Level::NoAuthNoPriv,
                "auth" => Level::AuthNoPriv,
                _ => return Err(Some("none or auth")),
            }),
            "wrongmsgid" => Self::WrongMsgId,
            "wrongcontext" => Self::WrongContext,
            "wronguser" => Self::WrongUser,
            "wrongdigest" => Self::WrongDigest,
            _ => return Err(None),
        };
        let takes_nothing = matches!(
            fault,
            Self::BlankDiscovery
                | Self::Replay
                | Self::WrongMsgId
                | Self::WrongContext
                | Self::WrongUser
                | Self::WrongDigest
        );
        if takes_nothing && !argument.is_empty() { Err(Some("nothing")) } else { Ok(fault) }
    }
}

impl Prank<'_> {
    fn security(&self) -> impl Iterator<Item = SecurityFault> {
        self.faults.iter().filter_map(|fault| match fault {
            Fault::Security(fault) => Some(*fault),
            _ => None,
        })
    }

    /// What happens to the agent before it looks at the request.
    pub fn disturb_engine(&self, engine: &mut Engine, uptime: Duration) {
        for fault in self.security() {
            match fault {
                SecurityFault::Reboot(how) => how.happen(engine, uptime),
                SecurityFault::Clock(by) => engine.shift_time(by),
                _ => {}
            }
        }
    }

    /// Whether a Report of this kind is not sent.
    pub fn withholds(&self, kind: ReportKind) -> bool {
        self.security().any(|fault| {
            matches!(fault, SecurityFault::NoReport(which) if which.is_none_or(|which| which == kind))
        })
    }

    /// How much later than due a discovery's Report comes.
    pub fn discovery_lateness(&self) -> Duration {
        let times = self.security().map(|fault| match fault {
            SecurityFault::SlowDiscovery(time) => time,
            _ => Duration::ZERO,
        });
        times.sum()
    }

    /// Changes what a discovery's Report says.
    pub fn disturb_discovery(&self, seal: &mut Seal<'_>) {
        if self.has(&Fault::Security(SecurityFault::BlankDiscovery)) {
            (seal.boots, seal.time) = (0, 0);
        }
    }

    /// Changes what goes around an answer.
    pub fn disturb_seal(&self, seal: &mut Seal<'_>) {
        for fault in self.security() {
            match fault {
                SecurityFault::LowerLevel(level) => seal.level = seal.level.min(level),
                SecurityFault::WrongMsgId => seal.msg_id = seal.msg_id.wrapping_add(1) & 0x7fff_ffff,
                SecurityFault::WrongContext => seal.context = b"not the one you asked in",
                SecurityFault::WrongUser => seal.user = b"not the one you are",
                _ => {}
            }
        }
    }

    /// Whether the answer comes after the answer before.
    pub fn replays(&self) -> bool {
        self.has(&Fault::Security(SecurityFault::Replay))
    }

    /// What forgers send before the answer: `pdu` is its PDU, `packet` all of it. Only what is signed can be forged.
    pub fn forgeries(&self, seal: &Seal<'_>, pdu: &[u8], request_id: i32, packet: &[u8]) -> Vec<Vec<u8>> {
        let forged = self.security().filter_map(|fault| match fault {
            SecurityFault::Forge(how) if seal.level >= Level::AuthNoPriv => Some(how),
            _ => None,
        });
        forged.map(|how| how.packet(seal, pdu, request_id, packet)).collect()
    }
}

impl Reboot {
    fn happen(self, engine: &mut Engine, uptime: Duration) {
        engine.set_time(0, uptime);
        match self {
            Reboot::Counted => engine.set_boots(engine.boots().saturating_add(1).min(MAX_BOOTS)),
            Reboot::Forgetful => engine.set_boots(1),
            Reboot::NewEngine => {
                engine.set_boots(1);
                engine.set_id(&another(engine.id()));
            }
        }
    }
}

impl Forgery {
    fn packet(self, seal: &Seal<'_>, pdu: &[u8], request_id: i32, packet: &[u8]) -> Vec<u8> {
        let keys = Keys {
            auth: seal.keys.auth.as_ref().map(|(protocol, key)| (*protocol, vec![0; key.len()])),
            privacy: seal.keys.privacy.as_ref().map(|(protocol, key)| (*protocol, vec![0; key.len()])),
        };
        let other_engine = another(seal.engine_id);
        let mut forged = Seal { keys: &keys, ..*seal };
        let mut pdu = pdu.to_vec();
        match self {
            Forgery::Digest => return spoilt(packet),
            Forgery::Boots => (forged.boots, forged.time) = (MAX_BOOTS - 1, 1),
            Forgery::Time => forged.time = forged.time.saturating_add(86_400),
            Forgery::Engine => forged.engine_id = &other_engine,
            Forgery::Response => {
                forged.level = Level::NoAuthNoPriv;
                pdu = spoilt(&pdu);
            }
            Forgery::Report(kind) => {
                forged.level = Level::NoAuthNoPriv;
                (forged.boots, forged.time) = (MAX_BOOTS - 1, 1);
                if kind == ReportKind::UnknownEngineIds {
                    forged.engine_id = &other_engine;
                }
                pdu = report_pdu(kind, request_id, 1);
            }
        }
        let mut out = Vec::new();
        forged.encode(&pdu, &mut out);
        out
    }
}

/// The same octets but for the last.
pub(super) fn spoilt(octets: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    if let Some(last) = octets.last_mut() {
        *last ^= 1;
    }
    octets
}

/// Another engine's id, of the same length.
fn another(engine_id: &[u8]) -> Vec<u8> {
    let mut id = engine_id.to_vec();
    if let Some(last) = id.last_mut() {
        *last = last.wrapping_add(1);
    }
    id
}
