//! Random and damaged answers through the codec and the walk engine: nothing panics, nothing runs away.
//!
//! Runs for `WARD_FUZZ_SECONDS` (2 unless set; `make fuzz` gives it a minute). A coverage-guided target over the same
//! entry, for those who have cargo-fuzz and a nightly compiler, is in `fuzz/`.

use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use ward_snmp::codec::{Codec, message_id};
use ward_snmp::device::Memory;
use ward_snmp::pdu::Operation;
use ward_snmp::usm::Sessions;
use ward_snmp::walk::{Manner, Walk};
use ward_snmp::{Credentials, Oid, Secret, Subtree, Wanted};

fn codec() -> Codec {
    Codec::new(&Credentials::V2c { community: Secret::new("public") }, &Sessions::default())
}

/// A well-formed answer with varbinds of many kinds, below the columns that are walked and beside them.
fn answer(rng: &mut StdRng) -> Vec<u8> {
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
    let tlv = |tag: u8, content: &[u8]| {
        [&[tag, 0x82, (content.len() >> 8) as u8, content.len() as u8][..], content].concat()
    };
    let status = if rng.random_ratio(1, 5) { rng.random_range(0..20) } else { 0 };
    let pdu = [&[2, 1, 7, 2, 1, status, 2, 1, rng.random_range(0..8)][..], &tlv(0x30, &list)].concat();
    let message = [&[2, 1, 1, 4, 6][..], b"public", &tlv(0xa2, &pdu)].concat();
    tlv(0x30, &message)
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
    let seconds = std::env::var("WARD_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(2);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut codec = codec();
    let subtrees =
        (1..5).map(|c| Subtree { oid: Oid::from([1, 3, 6, 1, 2, 1, 2, 2, 1, c]), scalar: c == 4 }).collect();
    let wanted = Wanted {
        get: vec![Oid::from([1, 3, 6, 1, 2, 1, 2, 2, 1, 5, 0]), Oid::from([1, 3, 6, 1, 9, 9])],
        subtrees,
    };
    let (mut seed, mut packets) = (0, 0u64);
    while Instant::now() < until {
        let mut rng = StdRng::seed_from_u64(seed);
        let manner = Manner {
            has_bulk: rng.random(),
            overhead: 40,
            max_repetitions: rng.random_bool(0.3).then(|| rng.random_range(0..30)),
            allow_nonincreasing: rng.random(),
        };
        let mut memory = Memory::default();
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
                let mut packet = answer(&mut rng);
                damage(&mut packet, &mut rng);
                packets += 1;
                let packet = Bytes::from(packet);
                let _ = message_id(&packet);
                match codec.decode(7, &packet, Instant::now()) {
                    Ok(answer) => walk.on_answer(piece, &answer),
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
    println!("{packets} packets in {seconds} s");
}
