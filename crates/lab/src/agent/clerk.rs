//! The agent's clerk: works out what the answer to a packet is, and when it is due.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::stats::{Ledger, Receipt};
use super::{Agent, Behaviour};
use crate::dice::Dice;
use crate::fault::{Fault, Prank};
use crate::message::{BadRequest, Envelope, Names, Oddity, Request, Version};
use crate::mib::Mib;
use crate::respond::{Answer, View};
use crate::v3::engine::{Opened, Refusal};
use crate::v3::{Engine, LEAST_MAX_SIZE, Message, ReportKind, message};
use crate::value::Moment;

/// Buffers that are used again for the next packet.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) names: Names,
    pub(super) plain: Vec<u8>,
    pub(super) answer: Answer,
    /// The answer's octets.
    pub(super) reply: Vec<u8>,
}

/// When a packet came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival {
    pub(super) client: IpAddr,
    pub(super) now: Instant,
    /// How long ago the agent started.
    pub(super) uptime: Duration,
    pub(super) time_of_day: Duration,
}

/// How an answer leaves; its octets are in [`Scratch`].
#[derive(Debug)]
pub(super) struct Departure {
    pub(super) receipt: Receipt,
    pub(super) due: Instant,
    pub(super) copies: u64,
    pub(super) varbinds: usize,
    /// Whether it leaves from another port.
    pub(super) other_port: bool,
    /// What somebody else sends before it.
    pub(super) before: Vec<Vec<u8>>,
}

/// What an agent knows, how it behaves, and what has happened to it.
#[derive(Debug)]
pub(super) struct Clerk {
    pub(super) mib: Arc<Mib>,
    pub(super) behaviour: Arc<Behaviour>,
    pub(super) engine: Option<Engine>,
    pub(super) ledger: Ledger,
    dice: Dice,
    misses_given: usize,
    /// When the work on all requests so far will be done, for agents that do one at a time.
    busy_until: Instant,
    /// The last answer over SNMPv3, for those who replay it.
    last_sealed: Vec<u8>,
}

/// A packet that is a message.
enum Incoming<'a> {
    Open(Request<'a>),
    Sealed(Message<'a>),
}

impl Clerk {
    pub(super) fn new(agent: Agent, started: Instant) -> Self {
        Self {
            mib: agent.mib,
            behaviour: Arc::new(agent.behaviour),
            engine: agent.engine,
            ledger: Ledger::default(),
            dice: Dice::new(agent.seed),
            misses_given: 0,
            busy_until: started,
            last_sealed: Vec::new(),
        }
    }

    /// Works out the answer, into `scratch`. None for silence.
    pub(super) fn answer(
        &mut self,
        packet: &[u8],
        arrival: Arrival,
        scratch: &mut Scratch,
    ) -> Option<Departure> {
        let Scratch { names, plain, answer, reply } = scratch;
        self.ledger.received(packet.len());
        let incoming = match self.read(packet, names) {
            Ok(incoming) => incoming,
            Err(reason) => {
                self.ledger.bad(&reason);
                return None;
            }
        };
        let behaviour = Arc::clone(&self.behaviour);
        if let (Incoming::Open(Request { envelope: Envelope::Community(theirs), .. }), Some(ours)) =
            (&incoming, &behaviour.community)
            && ours != theirs
        {
            self.ledger.stats.wrong_community += 1;
            return None;
        }
        if behaviour.loss > 0.0 && self.dice.happens(behaviour.loss) {
            self.ledger.stats.lost += 1;
            return None;
        }
        let prank = Prank::on(&behaviour.faults, self.ledger.stats.requests);
        let receipt = self.ledger.open(arrival.client);
        if let Some(engine) = &mut self.engine {
            prank.disturb_engine(engine, arrival.uptime);
        }
        if prank.has(&Fault::Drop) {
            self.ledger.close(receipt, 0, 0, 0);
            return None;
        }

        let opened;
        let (mut limits, mut authorized) = (behaviour.limits, true);
        let (request, mib) = match (incoming, &mut self.engine) {
            (Incoming::Sealed(message), Some(engine)) => match engine.open(&message, arrival.uptime, plain) {
                Ok(accepted) => {
                    opened = accepted;
                    limits.max_message = limits.max_message.min(opened.max_message);
                    authorized = opened.authorized;
                    match request_in(&message, &opened, names) {
                        Ok(request) => (request, opened.mib.unwrap_or(&self.mib)),
                        Err(reason) => {
                            self.ledger.bad(&reason);
                            self.ledger.close(receipt, 0, 0, 0);
                            return None;
                        }
                    }
                }
                Err(refusal) => return self.refuse(refusal, &message, &prank, receipt, arrival, reply),
            },
            (Incoming::Open(request), _) => (request, &self.mib),
            // Refused when it was read.
            (Incoming::Sealed(_), None) => return None,
        };
        if let Some(oddity) = &request.oddity {
            self.ledger.odd(oddity);
        }

        let (misses, misses_given) = (&behaviour.misses[..], self.misses_given);
        let mut view = View { limits, misses, misses_given, ..View::default() };
        prank.disturb_view(&mut view);
        let moment = Moment::new(arrival.uptime, arrival.time_of_day);
        if authorized {
            answer.respond(&request, names, mib, &view, &moment);
        } else {
            answer.forbid(&request);
        }
        self.misses_given += answer.misses;
        prank.disturb_answer(&request, names, answer);
        let before = encode(&request, answer, &prank, &mut self.last_sealed, reply);
        prank.disturb_packet(reply);

        let ready = self.work(&behaviour, arrival.now, answer.len());
        Some(departure(&prank, receipt, ready + behaviour.delay, answer.len(), before))
    }

    fn read<'p>(&self, packet: &'p [u8], names: &mut Names) -> Result<Incoming<'p>, BadRequest> {
        if !message::is_v3(packet) {
            let request = Request::decode(packet, names)?;
            return match self.behaviour.v3_only {
                true => Err(BadRequest::Version(request.version.number() as i32)),
                false => Ok(Incoming::Open(request)),
            };
        }
        let Some(engine) = &self.engine else { return Err(BadRequest::Version(3)) };
        let (length, max_size) = (packet.len(), engine.max_size());
        if length > max_size as usize {
            return Err(BadRequest::TooLong { length, max_size });
        }
        Message::decode(packet).map(Incoming::Sealed)
    }

    /// Answers a message that the engine does not accept: with a Report, or not at all.
    fn refuse(
        &mut self,
        refusal: Refusal,
        message: &Message<'_>,
        prank: &Prank<'_>,
        receipt: Receipt,
        arrival: Arrival,
        reply: &mut Vec<u8>,
    ) -> Option<Departure> {
        let (kind, engine) = match (refusal, &mut self.engine) {
            (Refusal::Report(kind), Some(engine)) if message.reportable => (kind, engine),
            (refusal, _) => {
                let reason = match refusal {
                    Refusal::Bad(reason) => reason,
                    Refusal::Report(_) => BadRequest::NotReportable,
                };
                self.ledger.bad(&reason);
                self.ledger.close(receipt, 0, 0, 0);
                return None;
            }
        };
        self.ledger.stats.usm.count(kind);
        let (mut seal, pdu) = engine.report(kind, message, arrival.uptime);
        if prank.withholds(kind) {
            self.ledger.close(receipt, 0, 0, 0);
            return None;
        }
        let mut due = arrival.now + self.behaviour.delay;
        if kind == ReportKind::UnknownEngineIds {
            prank.disturb_discovery(&mut seal);
            due += prank.discovery_lateness();
        }
        prank.disturb_seal(&mut seal);
        reply.clear();
        seal.encode(&pdu, reply);
        prank.disturb_packet(reply);
        Some(departure(prank, receipt, due, 1, Vec::new()))
    }

    /// When the work on an answer is done.
    fn work(&mut self, behaviour: &Behaviour, now: Instant, varbinds: usize) -> Instant {
        let Some(service) = behaviour.service else { return now };
        let work = service.per_pdu + service.per_varbind * varbinds as u32;
        self.busy_until = self.busy_until.max(now) + work;
        self.busy_until
    }
}

/// The request in a message that was accepted.
fn request_in<'a>(
    message: &Message<'_>,
    opened: &'a Opened<'a>,
    names: &mut Names,
) -> Result<Request<'a>, BadRequest> {
    let Opened { scoped, seal, .. } = opened;
    let mut request =
        Request::decode_pdu(Version::V3, Envelope::Sealed(seal), scoped.tag, scoped.pdu, names)?;
    let odd = if !message.reportable {
        Some(Oddity::NotReportable)
    } else if message.max_size < LEAST_MAX_SIZE as i32 {
        Some(Oddity::MaxSize)
    } else if message.trailing || scoped.trailing {
        Some(Oddity::Trailing)
    } else {
        None
    };
    request.oddity = request.oddity.or(odd);
    Ok(request)
}

/// Encodes an answer, and gives what others send before it.
fn encode(
    request: &Request<'_>,
    answer: &Answer,
    prank: &Prank<'_>,
    last_sealed: &mut Vec<u8>,
    reply: &mut Vec<u8>,
) -> Vec<Vec<u8>> {
    let mut head = answer.head(request);
    if prank.has(&Fault::WrongRequestId) {
        head.request_id = head.request_id.wrapping_add(1);
    }
    reply.clear();
    let seal = match request.envelope {
        Envelope::Sealed(seal) => seal,
        Envelope::Community(_) => {
            if prank.has(&Fault::WrongCommunity) {
                head.envelope = Envelope::Community(b"not the one you asked with");
            }
            head.encode(&answer.varbinds, reply);
            return Vec::new();
        }
    };
    let (mut seal, mut pdu) = (*seal, Vec::with_capacity(answer.varbinds.len() + 32));
    prank.disturb_seal(&mut seal);
    head.encode_pdu(&answer.varbinds, &mut pdu);
    seal.encode(&pdu, reply);
    let mut before = prank.forgeries(&seal, &pdu, request.request_id, reply);
    if prank.replays() && !last_sealed.is_empty() {
        before.push(last_sealed.clone());
    }
    last_sealed.clone_from(reply);
    before
}

fn departure(
    prank: &Prank<'_>,
    receipt: Receipt,
    due: Instant,
    varbinds: usize,
    before: Vec<Vec<u8>>,
) -> Departure {
    Departure {
        receipt,
        due: due + prank.lateness(),
        copies: if prank.has(&Fault::Duplicate) { 2 } else { 1 },
        varbinds,
        other_port: prank.has(&Fault::OtherPort),
        before,
    }
}
