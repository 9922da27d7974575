//! Any bytes as an answer: `cargo +nightly fuzz run codec -- -max_total_time=60`.
#![no_main]

use std::time::Instant;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use ward_snmp::codec::{Codec, message_id};
use ward_snmp::usm::Sessions;
use ward_snmp::{Credentials, Secret};

fuzz_target!(|packet: &[u8]| {
    let mut codec = Codec::new(&Credentials::V2c { community: Secret::new("public") }, &Sessions::default());
    let packet = Bytes::copy_from_slice(packet);
    if let Some(id) = message_id(&packet)
        && let Ok(answer) = codec.decode(id, &packet, Instant::now())
    {
        answer.each(|_, _| ());
    }
});
