//! Any arcs and octets as indexes and ids of the tables of neighbours: `cargo +nightly fuzz run neighbours -- -max_total_time=60`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ward_classifier::topology::id::Id;
use ward_classifier::topology::index::{Layout, address, management_address, row};
use ward_classifier::topology::names::{canonical, parent};

fuzz_target!(|bytes: &[u8]| {
    let arcs: Vec<u32> = bytes.chunks(4).map(|four| four.iter().fold(0, |arc, octet| arc << 8 | u32::from(*octet))).collect();
    let octets: Vec<u32> = bytes.iter().map(|octet| u32::from(*octet)).collect();
    for arcs in [&arcs, &octets] {
        for layout in [Layout::V1, Layout::V2] {
            let _ = (row(layout, arcs), address(layout, arcs));
        }
        let _ = management_address(arcs);
    }
    for subtype in 0..9 {
        let _ = (Id::chassis(Some(subtype), bytes), Id::port(Some(subtype), bytes));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = (canonical(text), parent(text));
    }
});
