//! Random and damaged answers through the codec and the walk engine: nothing panics, nothing runs away.
//!
//! Runs for `WARD_FUZZ_SECONDS` (2 unless set; `make fuzz` gives it a minute). A coverage-guided target over the same
//! entry, for those who have cargo-fuzz and a nightly compiler, is in `fuzz/`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use ward_snmp::codec::message::{self, Header};
use ward_snmp::codec::{Answer, Codec, DecodeError, message_id};
use ward_snmp::device::Memory;
use ward_snmp::pdu::Operation;
use ward_snmp::usm::{
    Authentication, Context, EngineId, EngineTime, Keys, Privacy, Proof, Security, Sessions,
};
use ward_snmp::walk::{Manner, Walk};
use ward_snmp::{AuthProtocol, Credentials, Oid, PrivProtocol, Secret, Subtree, User, Wanted};

/// A well-formed answer's PDU with varbinds of many kinds, below the columns that are walked and beside them.
fn pdu(rng: &mut StdRng) -> Vec<u8> {
    let mut list = Vec::new();
    for _ in 0..rng.random_range(0..40) {
        let mut oid = vec![0x2b, 6, 1, 2, 1, 2, 2, 1, rng.random_range(0..6), rng.random_range(0..60)];
        if rng.random_ratio(1, 8) {
            oid.extend([0x8f, 0xff, 0xff, 0xff, 0x7f]);
        }
        let tags =
            [2, 4, 5, 6, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x80, 0x81, 0x82, rng.random()];
        let tag = tags[rng.random_range(0..tags.len())];
        let content: Vec<u8> = (0..rng.random_range(0..12)).map(|_| rng.random()).collect();
        let mut varbind = vec![6, oid.len() as u8];
        varbind.extend(oid);
        varbind.extend([tag, content.len() as u8]);
        varbind.extend(content);
        list.extend([0x30, varbind.len() as u8]);
        list.extend(varbind);
    }
    let status = if rng.random_ratio(1, 5) { rng.random_range(0..20) } else { 0 };
    let pdu = [&[2, 1, 7, 2, 1, status, 2, 1, rng.random_range(0..8)][..], &tlv(0x30, &list)].concat();
    tlv(0xa2, &pdu)
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x82, (content.len() >> 8) as u8, content.len() as u8][..], content].concat()
}

/// What an agent sends back.
trait Agent {
    /// Another device's codec begins to speak to it.
    fn meet(&mut self) -> Codec;
    /// A packet, which may be anything.
    fn packet(&mut self, rng: &mut StdRng) -> Vec<u8>;
    /// The codec has read the last packet so.
    fn read(&mut self, _codec: &mut Codec, _reading: &Result<Answer, DecodeError>) {}
}

/// SNMPv2c: what is damaged is the message.
struct Plain;

impl Agent for Plain {
    fn meet(&mut self) -> Codec {
        Codec::new(&Credentials::V2c { community: Secret::new("public") }, &Sessions::default())
    }

    fn packet(&mut self, rng: &mut StdRng) -> Vec<u8> {
        let mut packet = tlv(0x30, &[&[2, 1, 1, 4, 6][..], b"public", &pdu(rng)].concat());
        damage(&mut packet, rng);
        packet
    }
}

/// SNMPv3: what is damaged is the PDU before it is signed, so that what is behind the signature is reached, or the
/// message after that.
struct Signed {
    user: User,
    /// Two engines, and the user's keys there.
    engines: [([u8; 9], Keys); 2],
    /// Whether the last packet is not as it was signed.
    spoilt: bool,
}

impl Signed {
    fn new(auth: AuthProtocol, privacy: Option<PrivProtocol>) -> Self {
        let password = Secret::new("a password");
        let authentication = Authentication { protocol: auth, password: password.clone() };
        let security = match privacy {
            Some(protocol) => Security::AuthPriv(authentication, Privacy { protocol, password }),
            None => Security::AuthNoPriv(authentication),
        };
        let context = Context::default();
        let engines = [1, 2].map(|last| {
            let id = [0x80, 0, 0, 0, 5, b'w', b'a', b'r', last];
            (id, Keys::localised(&security, &EngineId::new(&id).expect("an engine id")))
        });
        let user = User { name: Secret::new("ward"), name_is_public: true, security, context };
        Self { user, engines, spoilt: false }
    }
}

impl Agent for Signed {
    fn meet(&mut self) -> Codec {
        let mut codec = Codec::new(&Credentials::V3(self.user.clone()), &Sessions::default());
        if let (Codec::Secured(secured), Some(engine)) = (&mut codec, EngineId::new(&self.engines[0].0)) {
            secured.trust.found(engine, EngineTime { boots: 3, time: 1000 }, Instant::now());
        }
        codec
    }

    fn packet(&mut self, rng: &mut StdRng) -> Vec<u8> {
        let (id, keys) = &self.engines[usize::from(rng.random_ratio(1, 8))];
        let nobody = Keys::default();
        let is_report = rng.random_ratio(1, 6);
        let keys = if rng.random_ratio(1, if is_report { 2 } else { 10 }) { &nobody } else { keys };
        let mut pdu = match is_report {
            true => report(rng),
            false => pdu(rng),
        };
        damage(&mut pdu, rng);
        let boots = if rng.random_ratio(1, 50) { rng.random_range(1..5) } else { 3 };
        let time = if rng.random_ratio(1, 200) { rng.random() } else { rng.random_range(1000..1160) };
        let header = Header {
            id: if rng.random_ratio(1, 20) { rng.random() } else { 7 },
            engine: if rng.random_ratio(1, 20) { b"" } else { id },
            shown: EngineTime { boots, time },
            user: if rng.random_ratio(1, 20) { b"wart" } else { b"ward" },
            context_engine: id,
            ..Header::default()
        };
        let packet = message::write(&header, keys, rng.random(), &pdu);
        let mut sent = packet.clone();
        if rng.random_ratio(1, 4) {
            damage(&mut sent, rng);
        }
        // What is behind a message is no part of it.
        self.spoilt = !sent.starts_with(&packet) || keys.auth.is_none();
        sent
    }

    fn read(&mut self, codec: &mut Codec, reading: &Result<Answer, DecodeError>) {
        assert!(!self.spoilt || reading.is_err(), "what nobody signed was believed");
        if let (Codec::Secured(secured), Err(DecodeError::Report(report))) = (codec, reading) {
            assert!(!self.spoilt || report.proof == Proof::None, "a Report that nobody signed was believed");
            let now = Instant::now();
            match secured.trust.engine() {
                None => secured.trust.found(report.engine.clone(), report.shown, now),
                Some(_) => drop(secured.trust.on_report(report, now)),
            }
        }
    }
}

/// A Report's PDU, about anything.
fn report(rng: &mut StdRng) -> Vec<u8> {
    let name = [6, 10, 0x2b, 6, 1, 6, 3, 15, 1, 1, rng.random_range(0..8), 0];
    let varbind = [&name[..], &[0x41, 1, 9]].concat();
    let list = tlv(0x30, &tlv(0x30, &varbind));
    tlv(0xa8, &[&[2, 1, 7, 2, 1, 0, 2, 1, 0][..], &list].concat())
}

/// A few octets changed, inserted, removed, or the end cut off.
fn damage(packet: &mut Vec<u8>, rng: &mut StdRng) {
    for _ in 0..rng.random_range(0..4) {
        let at = rng.random_range(0..packet.len().max(1)).min(packet.len().saturating_sub(1));
        match rng.random_range(0..4) {
            _ if packet.is_empty() => return,
            0 => packet[at] = rng.random(),
            1 => packet.insert(at, rng.random()),
            2 => drop(packet.remove(at)),
            _ => packet.truncate(at),
        }
    }
}

#[test]
fn no_answer_makes_it_panic_or_run_away() {
    try_answers(Plain);
}

#[test]
fn no_signed_answer_makes_it_panic_or_run_away() {
    try_answers(Signed::new(AuthProtocol::Sha, None));
}

#[test]
fn no_encrypted_answer_makes_it_panic_or_run_away() {
    try_answers(Signed::new(AuthProtocol::Sha256, Some(PrivProtocol::Aes)));
}

#[test]
fn no_answer_in_whole_blocks_makes_it_panic_or_run_away() {
    try_answers(Signed::new(AuthProtocol::Md5, Some(PrivProtocol::Des)));
}

/// Columns, a scalar among them, and instances; the columns in one walk or each in its own.
fn wanted(in_one_walk: bool) -> Wanted {
    let subtree =
        |column| Subtree { oid: Oid::from([1, 3, 6, 1, 2, 1, 2, 2, 1, column]), scalar: column == 4 };
    Wanted {
        get: vec![Oid::from([1, 3, 6, 1, 2, 1, 2, 2, 1, 5, 0]), Oid::from([1, 3, 6, 1, 9, 9])],
        subtrees: (1..5).map(subtree).collect(),
        walks: if in_one_walk { vec![Oid::from([1, 3, 6, 1, 2, 1, 2])] } else { Vec::new() },
    }
}

fn try_answers(mut agent: impl Agent) {
    let seconds = std::env::var("WARD_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(2);
    let until = Instant::now() + Duration::from_secs(seconds);
    let (mut seed, mut packets, mut answers) = (0, 0u64, 0u64);
    while Instant::now() < until {
        let mut rng = StdRng::seed_from_u64(seed);
        let wanted = wanted(rng.random());
        let manner = Manner {
            has_bulk: rng.random(),
            overhead: 40,
            max_repetitions: rng.random_bool(0.3).then(|| rng.random_range(0..30)),
            allow_nonincreasing: rng.random(),
        };
        let mut memory = Memory::default();
        let mut codec = agent.meet();
        // Twice, so that what the first walk has learned is nonsense for the second.
        for _ in 0..2 {
            let mut walk = Walk::new(&wanted, &memory, manner);
            for asked in 0.. {
                // Rows are 32-bit numbers: an agent may invent them for ever, but an honest limit is the deadline's.
                let Some(piece) = walk.next_piece().filter(|_| asked < 300) else { break };
                let operation = walk.operation(&piece);
                if let Operation::GetBulk { max_repetitions, .. } = operation {
                    assert!((1..=1000).contains(&max_repetitions), "seed {seed}");
                }
                let pdu = codec.encode(7, operation, walk.names(&piece));
                let request = codec.seal(7, &pdu, Instant::now(), 0);
                assert_eq!(message_id(&request), Some(7), "seed {seed}");
                assert!(request.len() < 4000, "seed {seed}: {} octets", request.len());
                packets += 1;
                let packet = Bytes::from(agent.packet(&mut rng));
                let _ = message_id(&packet);
                let reading = codec.decode(7, &packet, Instant::now());
                agent.read(&mut codec, &reading);
                match reading {
                    Ok(answer) => {
                        answers += 1;
                        walk.on_answer(piece, &answer);
                    }
                    Err(_) => walk.on_unanswered(piece, "on purpose"),
                }
            }
            let (gets, columns) = walk.finish(&mut memory);
            for column in gets.iter().chain(&columns) {
                assert!(column.cells.is_sorted_by(|a, b| a.index < b.index), "seed {seed}: {}", column.oid);
            }
        }
        seed += 1;
    }
    println!("{packets} packets in {seconds} s, {answers} of them answers");
    assert!(answers * 20 > packets, "too few of {packets} packets are answers: {answers}");
}
