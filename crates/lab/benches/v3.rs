//! What SNMPv3's hashes and ciphers cost for one message that fills an Ethernet frame, and what a password's key costs.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use lab::v3::privacy::Start;
use lab::{AuthProtocol, PrivProtocol, User};
use ward_lab as lab;

/// Octets of a message.
const MESSAGE: usize = 1472;
/// Octets of the scoped PDU in it.
const PDU: usize = 1340;

fn messages(c: &mut Criterion) {
    let message = vec![0x5a; MESSAGE];
    for auth in AuthProtocol::ALL {
        let key = vec![0xa5; 64];
        c.bench_function(&format!("sign {auth}"), |bencher| {
            bencher.iter(|| auth.sign(&key, &[black_box(&message)]));
        });
    }
    for privacy in [PrivProtocol::Des, PrivProtocol::Aes128, PrivProtocol::Aes192, PrivProtocol::Aes256] {
        let key = vec![0xa5; privacy.key_len()];
        let start = Start { boots: 7, time: 1_000_000, salt: [3; 8] };
        let mut octets = vec![0x5a; privacy.cipher_len(PDU)];
        c.bench_function(&format!("encrypt {privacy}"), |bencher| {
            bencher.iter(|| privacy.encrypt(&key, start, black_box(&mut octets)));
        });
        c.bench_function(&format!("decrypt {privacy}"), |bencher| {
            bencher.iter(|| privacy.decrypt(&key, start, black_box(&mut octets)));
        });
    }
}

fn keys(c: &mut Criterion) {
    for auth in AuthProtocol::ALL {
        c.bench_function(&format!("password to key {auth}"), |bencher| {
            bencher.iter(|| User::auth_no_priv("ward", auth, black_box("auth-phrase")));
        });
    }
    let user =
        User::auth_priv("ward", AuthProtocol::Sha256, "auth-phrase", PrivProtocol::Aes256, "priv-phrase");
    c.bench_function("keys for an engine", |bencher| {
        bencher.iter(|| user.keys(black_box(b"\x80\0\x7e\xd9\x05engine")));
    });
}

criterion_group!(benches, messages, keys);
criterion_main!(benches);
