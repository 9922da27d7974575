//! Every type of metric, lookup and index over every value that an agent can send, one by one.

use std::collections::BTreeMap;

use lab::{MibBuilder, Oid, Value};

use crate::group::{Group, Question};

/// Where the objects are.
const BASE: [u32; 8] = [1, 3, 6, 1, 4, 1, 50_000, 1];

/// Types of metrics that take whatever comes.
const TYPES: [&str; 18] = [
    "gauge",
    "counter",
    "Float",
    "Double",
    "DateAndTime",
    "ParseDateAndTime",
    "EnumAsInfo",
    "EnumAsStateSet",
    "OctetString",
    "DisplayString",
    "PhysAddress48",
    "InetAddressIPv4",
    "InetAddressIPv6",
    "InetAddress",
    "InetAddressMissingSize",
    "LldpPortId",
    "Integer",
    "",
];

/// Types of lookups.
const LOOKUPS: [&str; 10] = [
    "gauge",
    "OctetString",
    "DisplayString",
    "PhysAddress48",
    "InetAddressIPv4",
    "InetAddressIPv6",
    "InetAddress",
    "InetAddressMissingSize",
    "LldpPortId",
    "",
];

/// Types of indexes, with what else is said of them.
const INDEXES: [&str; 20] = [
    "{type: gauge}",
    "{type: Integer}",
    "{type: OctetString}",
    "{type: OctetString, fixed_size: 3}",
    "{type: OctetString, implied: true}",
    "{type: OctetString, fixed_size: 3, implied: true}",
    "{type: DisplayString}",
    "{type: DisplayString, fixed_size: 3}",
    "{type: DisplayString, implied: true}",
    "{type: PhysAddress48}",
    "{type: PhysAddress48, fixed_size: 6}",
    "{type: InetAddressIPv4}",
    "{type: InetAddressIPv4, fixed_size: 4}",
    "{type: InetAddressIPv6}",
    "{type: InetAddress}",
    "{type: InetAddressMissingSize}",
    "{type: LldpPortId}",
    "{type: EnumAsInfo, enum_values: {1: one, 2: two, 4: 'f\"our'}}",
    "{type: gauge, fixed_size: 1}",
    "{type: counter}",
];

/// Everything that comes over a wire.
pub fn values() -> Vec<(&'static str, Value)> {
    let raw = |tag, content: &[u8]| Value::Raw { tag, content: content.to_vec() };
    let float = |number: f32| Value::Opaque([&[0x9f, 0x78, 4][..], &number.to_be_bytes()].concat());
    let double = |number: f64| Value::Opaque([&[0x9f, 0x79, 8][..], &number.to_be_bytes()].concat());
    let octets = |octets: &[u8]| Value::OctetString(octets.to_vec());
    vec![
        ("integer", Value::Integer(4)),
        ("integer, negative", Value::Integer(-5)),
        ("integer, highest", Value::Integer(i64::MAX)),
        ("integer, lowest", Value::Integer(i64::MIN)),
        ("integer, beyond 2^53", Value::Integer((1 << 53) + 1)),
        ("integer, 32 bits as unsigned", raw(2, &[0, 0xff, 0xff, 0xff, 0xff])),
        ("integer, not the shortest", raw(2, &[0, 0, 0, 4])),
        ("integer, negative, not the shortest", raw(2, &[0xff, 0xff, 0xfe])),
        ("integer, nine octets", raw(2, &[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        ("integer, no octets", raw(2, &[])),
        ("text", octets(b"plain")),
        ("text, empty", octets(b"")),
        ("text, a number", octets(b"42")),
        ("text, a date", octets(b"Apr 01 2025")),
        ("text, one octet", octets(b"\x02")),
        ("text, quotes and more", octets(b"say \"hi\"\\\n\r\t\0 end")),
        ("text, UTF-8", octets("ქსელი 🦀".as_bytes())),
        ("text, no UTF-8", octets(b"a\xff\xfeb\xc3(c\xe2\x82")),
        ("octets, 4", octets(&[192, 0, 2, 1])),
        ("octets, 6", octets(&[0, 0x1a, 0x2b, 0x3c, 0x4d, 0x5e])),
        ("octets, a date", octets(&[7, 0xe9, 4, 30, 23, 59, 60, 9])),
        ("octets, a date with a zone", octets(&[7, 0xe9, 2, 31, 0, 0, 0, 0, b'-', 14, 30])),
        ("octets, a date with a bad zone", octets(&[7, 0xe9, 2, 28, 0, 0, 0, 0, b'*', 1, 0])),
        ("octets, a date all over", octets(&[0xff, 0xff, 255, 255, 255, 255, 255, 255])),
        ("octets, 16", octets(&[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ("octets, 20", octets(&[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9])),
        ("octets, address with type and length", octets(&[1, 4, 192, 0, 2, 1])),
        ("octets, port with subtype and length", octets(&[5, 3, 3, 65, 66, 67])),
        ("octets, an unknown address", octets(&[3, 5, 1, 2, 3, 4, 5])),
        ("null", Value::Null),
        ("null, with content", raw(5, &[1])),
        ("oid", Value::ObjectIdentifier(Oid::from([1, 3, 6, 1, 4, 1, 9, 4_294_967_295]))),
        ("oid, none", Value::ObjectIdentifier(Oid::from([0, 0]))),
        ("oid, below 2", Value::ObjectIdentifier(Oid::from([2, 5, 4, 3]))),
        ("oid, an arc beyond 32 bits", raw(6, &[0x2b, 0x90, 0x80, 0x80, 0x80, 0x00])),
        ("oid, no octets", raw(6, &[])),
        ("oid, cut", raw(6, &[0x2b, 0x86])),
        ("address", Value::IpAddress([192, 0, 2, 255])),
        ("address, 16 octets", raw(0x40, &[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])),
        ("address, IPv4 in IPv6", raw(0x40, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1])),
        ("address, no octets", raw(0x40, &[])),
        ("address, 3 octets", raw(0x40, &[1, 2, 3])),
        ("counter", Value::Counter32(4_294_967_295)),
        ("counter, with a leading zero", raw(0x41, &[0, 0xff, 0xff, 0xff, 0xff])),
        ("counter, negative", raw(0x41, &[0xff])),
        ("counter, five octets", raw(0x41, &[1, 0, 0, 0, 5])),
        ("counter, nine octets", raw(0x41, &[1, 0, 0, 0, 0, 0, 0, 0, 5])),
        ("counter, no octets", raw(0x41, &[])),
        ("gauge", Value::Gauge32(2_147_483_648)),
        ("gauge, negative", raw(0x42, &[0xff, 0xff, 0xff, 0xff])),
        ("gauge, nine octets", raw(0x42, &[0, 0, 0, 0, 0, 0, 0, 0, 7])),
        ("ticks", Value::TimeTicks(4_294_967_295)),
        ("ticks, negative", raw(0x43, &[0xff, 0xff, 0xff, 0xfe])),
        ("ticks, five octets", raw(0x43, &[1, 0, 0, 0, 7])),
        ("ticks, no octets", raw(0x43, &[])),
        ("counter64", Value::Counter64((1 << 53) + 7)),
        ("counter64, highest", Value::Counter64(u64::MAX)),
        ("counter64, negative", raw(0x46, &[0xff])),
        ("counter64, nine octets", raw(0x46, &[1, 0, 0, 0, 0, 0, 0, 0, 5])),
        ("counter64, no octets", raw(0x46, &[])),
        ("uinteger32", raw(0x47, &[0, 0x80, 0, 0, 1])),
        ("uinteger32, negative", raw(0x47, &[0xff])),
        ("uinteger32, five octets", raw(0x47, &[1, 0, 0, 0, 7])),
        ("float", float(0.1)),
        ("float, NaN", float(f32::NAN)),
        ("float, endless", float(f32::NEG_INFINITY)),
        ("float, huge", float(f32::MAX)),
        ("float, -0", float(-0.0)),
        ("double", double(-1_234_567.891)),
        ("double, NaN", double(f64::NAN)),
        ("double, endless", double(f64::INFINITY)),
        ("double, tiny", double(5e-324)),
        ("double, 1e21", double(1e21)),
        ("opaque, octets", Value::Opaque(vec![4, 3, 65, 66, 67])),
        ("opaque, one octet", Value::Opaque(vec![0x9f])),
        ("opaque, no octets", Value::Opaque(Vec::new())),
        ("opaque, a short float", Value::Opaque(vec![0x9f, 0x78, 4, 1, 2])),
        ("opaque, a float of 3 octets", Value::Opaque(vec![0x9f, 0x78, 3, 1, 2, 3])),
        ("opaque, a counter64", Value::Opaque(vec![0x9f, 0x76, 1, 5])),
        ("boolean", raw(1, &[1])),
        ("bit string", raw(3, &[0, 0xa0])),
        ("nsap address", raw(0x45, &[1, 2, 3])),
        ("sequence", raw(0x30, &[2, 1, 5])),
        ("unknown", raw(0x48, &[1, 2])),
    ]
}

fn dotted(arcs: &[u32]) -> String {
    arcs.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

fn below(arcs: &[u32]) -> Vec<u32> {
    [&BASE[..], arcs].concat()
}

/// A MIB with an object behind whatever is walked.
fn objects(objects: Vec<(Vec<u32>, Value)>) -> MibBuilder {
    let mut mib = MibBuilder::default();
    mib.set([1, 3, 6, 1, 4, 1, 60_000, 1, 0], Value::Integer(0));
    for (name, value) in objects {
        mib.set(name.as_slice(), value);
    }
    mib
}

const AUTHS: &str = "auths: {public_v1: {version: 1}, public_v2: {version: 2}}\n";

#[test]
fn metrics_of_every_type() {
    let mut config = format!("{AUTHS}modules:\n  types:\n    walk: [{}]\n    metrics:\n", dotted(&BASE));
    let extra = "enum_values: {0: nought, 1: one, 4: four}, datetime_pattern: '%b %d %Y', indexes: [{labelname: i, type: gauge}]";
    for (nth, kind) in TYPES.iter().enumerate() {
        // Odd columns have none before them, which would be a subtype.
        let oid = dotted(&below(&[1, 2 * nth as u32 + 1]));
        config += &format!("    - {{name: m{nth}, oid: {oid}, type: '{kind}', {extra}}}\n");
    }
    for (name, kind) in [("bits", "Bits"), ("ntp", "NTPTimeStamp")] {
        let oid = dotted(&below(&[1, 1]));
        config += &format!(
            "  {name}: {{walk: [{oid}], metrics: [{{name: {name}, oid: {oid}, type: {kind}, {extra}}}]}}\n"
        );
    }
    let mut group = Group::start("types", &config, &[]);
    for (name, value) in values() {
        let cell = |nth: usize| (below(&[1, 2 * nth as u32 + 1, 7]), value.clone());
        let mib = objects((0..TYPES.len()).map(cell).collect());
        group.scrape(name, &mib, "module=types");
        for module in ["bits", "ntp"] {
            group.scrape(&format!("{module}: {name}"), &mib, &format!("module={module}"));
        }
    }
    let far = objects(vec![(below(&[1, 17, 7]), Value::ObjectIdentifier(Oid::from([2, 999, 1])))]);
    let why = "2.999.1 is 2.999.1; snmp_exporter reads it as 3.16.55.1";
    let what = "oid, far below 2";
    group.put(&Question { what, query: "module=types", otherwise: Some(why), ..Question::default() }, &far);
    group.conclude(100);
}

#[test]
fn lookups_of_every_type() {
    let columns: Vec<String> =
        (0..LOOKUPS.len()).map(|nth| dotted(&below(&[2, 2 * nth as u32 + 2]))).collect();
    let lookups: Vec<String> = LOOKUPS
        .iter()
        .zip(&columns)
        .enumerate()
        .map(|(nth, (kind, oid))| format!("{{labels: [i], labelname: l{nth}, oid: {oid}, type: '{kind}'}}"))
        .collect();
    // What one lookup finds is the next one's index.
    let chained: Vec<String> = (0..LOOKUPS.len())
        .map(|nth| {
            format!("{{labels: [l{nth}], labelname: c{nth}, oid: {}, type: gauge}}", dotted(&below(&[3, 1])))
        })
        .collect();
    let config = format!(
        "{AUTHS}modules:\n  lookups:\n    walk: [{}]\n    metrics:\n    - {{name: m, oid: {}, type: gauge, indexes: [{{labelname: i, type: gauge}}], lookups: [{}, {}]}}\n",
        dotted(&BASE),
        dotted(&below(&[1, 1])),
        lookups.join(", "),
        chained.join(", "),
    );
    let mut group = Group::start("lookups", &config, &[]);
    for (name, value) in values() {
        let mut cells: Vec<_> =
            (0..LOOKUPS.len()).map(|nth| (below(&[2, 2 * nth as u32 + 2, 7]), value.clone())).collect();
        // The subtypes of what is one of several, for one row of two.
        for nth in 0..LOOKUPS.len() as u32 {
            cells.push((below(&[2, 2 * nth + 2, 8]), value.clone()));
            cells.push((below(&[2, 2 * nth + 1, 8]), Value::Integer(1)));
        }
        for row in [7, 8] {
            cells.push((below(&[1, 1, row]), Value::Integer(i64::from(row))));
        }
        for found in [0, 1, 4, 5, 112, 4_294_967_295] {
            cells.push((below(&[3, 1, found]), Value::Gauge32(found)));
        }
        group.scrape(name, &objects(cells), "module=lookups");
    }
    group.conclude(60);
}

#[test]
fn indexes_of_every_type() {
    let rows: [&[u32]; 28] = [
        &[4],
        &[0],
        &[4_294_967_295],
        &[0, 0],
        &[1, 2],
        &[3, 65, 66, 67],
        &[3, 65, 66, 67, 9],
        &[3, 65, 66],
        &[0, 65, 66],
        &[65, 66, 67, 68, 69, 70],
        &[300, 511, 256, 255, 1000, 70_000],
        &[4, 0xc3, 0xa9, 0xff, 0xfe],
        &[5, 34, 92, 10, 0, 9],
        &[1, 4, 192, 0, 2, 1],
        &[1, 4, 192, 0, 2, 1, 5],
        &[1, 4, 192, 0],
        &[1, 192, 0, 2, 1],
        &[1, 5, 192, 0, 2, 1, 7],
        &[2, 16, 32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        &[2, 32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 77],
        &[4, 20, 254, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9],
        &[16, 3, 97, 46, 98, 5],
        &[3, 6, 0, 26, 43, 60, 77, 94, 2],
        &[5, 4, 3, 65, 66, 67, 2],
        &[7, 3, 65, 66, 67],
        &[6, 2, 1, 2, 3],
        &[0, 26, 43, 60, 77, 94],
        &[256, 4_294_967_295, 0, 0, 0, 0, 1],
    ];
    // What may be no UTF-8 is apart, as snmp_exporter fails for it; and so is what has a length, as it takes all
    // memory where that is 4294967295.
    let module = |index: &str| match index {
        _ if ["DisplayString", "LldpPortId"].iter().any(|kind| index.contains(kind)) => "texts",
        _ if ["OctetString", "type: InetAddress}", "MissingSize"].iter().any(|kind| index.contains(kind)) => {
            "lengths"
        }
        _ => "numbers",
    };
    let mut modules: BTreeMap<&str, String> = BTreeMap::new();
    for (nth, index) in INDEXES.iter().enumerate() {
        let metrics = modules.entry(module(index)).or_default();
        let index = index.replace("{type", "{labelname: x, type");
        for (table, suffix, then) in [(1, "", ""), (2, "_then", ", {labelname: z, type: gauge}")] {
            let oid = dotted(&below(&[table, nth as u32 + 1]));
            let lookup =
                format!("{{labels: [x], labelname: found, oid: {}, type: gauge}}", dotted(&below(&[9])));
            let indexes = format!("indexes: [{index}{then}], lookups: [{lookup}]");
            *metrics += &format!("    - {{name: m{nth}{suffix}, oid: {oid}, type: gauge, {indexes}}}\n");
        }
    }
    let walk = dotted(&BASE);
    let mut config = format!("{AUTHS}modules:\n");
    for (name, metrics) in &modules {
        config += &format!("  {name}:\n    walk: [{walk}]\n    metrics:\n{metrics}");
    }
    let mut group = Group::start("indexes", &config, &[]);
    for row in rows {
        let mut cells: Vec<_> = (1..=2)
            .flat_map(|table| (1..=INDEXES.len() as u32).map(move |nth| (below(&[table, nth]), nth)))
            .map(|(column, nth)| ([&column, row].concat(), Value::Gauge32(nth)))
            .collect();
        // The arcs of the label are an index of another column: some of them find something.
        for length in 1..=row.len() {
            cells.push(([&below(&[9]), &row[..length]].concat(), Value::Gauge32(length as u32)));
        }
        let huge = row.iter().any(|arc| *arc > 1 << 20);
        for module in modules.keys().filter(|module| **module == "numbers" || !huge) {
            let what = format!("{module}: {}", dotted(row));
            group.scrape(&what, &objects(cells.clone()), &format!("module={module}"));
        }
    }
    group.conclude(40);
}
