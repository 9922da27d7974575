//! Modules and devices that nobody thought of: types, indexes, lookups, filters and values put together by chance, the
//! same for the same seed.

use std::fs;

use lab::dice::Dice;
use lab::{Agent, MibBuilder, Oid, Value};
use tempfile::TempDir;
use ward_e2e::agents;
use ward_e2e::compare::Pair;

use crate::matrix::values;
use crate::{Tally, all};

const TYPES: [&str; 19] = [
    "gauge",
    "counter",
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
    "DisplayString",
    "PhysAddress48",
    "InetAddressIPv4",
    "InetAddressIPv6",
    "InetAddress",
    "InetAddressMissingSize",
    "LldpPortId",
];

const LOOKUPS: [&str; 10] = [
    "gauge",
    "OctetString",
    "DisplayString",
    "DisplayString",
    "PhysAddress48",
    "InetAddressIPv4",
    "InetAddressIPv6",
    "InetAddress",
    "LldpPortId",
    "",
];

/// Types of indexes, and arcs that fit them.
const INDEXES: [(&str, &[u32]); 18] = [
    ("type: gauge", &[7]),
    ("type: gauge", &[4_294_967_295]),
    ("type: Integer", &[0]),
    ("type: counter", &[300]),
    ("type: OctetString", &[3, 0, 171, 255]),
    ("type: OctetString", &[0]),
    ("type: OctetString, fixed_size: 3", &[1, 2, 3]),
    ("type: OctetString, implied: true", &[9, 8]),
    ("type: DisplayString", &[3, 97, 34, 92]),
    ("type: DisplayString, fixed_size: 2", &[65, 66]),
    ("type: DisplayString, implied: true", &[120, 121, 122]),
    ("type: PhysAddress48, fixed_size: 6", &[0, 26, 43, 60, 77, 94]),
    ("type: InetAddressIPv4", &[192, 0, 2, 1]),
    ("type: InetAddressIPv6", &[32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    ("type: InetAddress", &[1, 4, 198, 51, 100, 7]),
    ("type: InetAddressMissingSize", &[1, 203, 0, 113, 9]),
    ("type: LldpPortId", &[3, 6, 1, 2, 3, 4, 5, 6]),
    ("type: EnumAsInfo, enum_values: {1: one, 2: 'tw\"o'}", &[2]),
];

/// Patterns and templates of numbers in texts.
const RULES: [&str; 8] = [
    "{regex: '(.*)'}",
    "{regex: '([0-9.]+).*'}",
    r"{regex: '.*?(\d+)$', value: '-$1'}",
    "{regex: '(?i)plain|apr.*', value: '3.5'}",
    "{regex: '(?s).*', value: '1e3'}",
    r"{regex: '0x(?P<hex>[0-9A-F]{2}).*', value: '0x${hex}p0'}",
    "{regex: '(a|b)*', value: '$2$9'}",
    "{regex: '', value: '0'}",
];

/// A module below its own place, as it stands in a file, and a device that holds some of what it reads.
struct Chance {
    module: String,
    device: MibBuilder,
}

/// Columns of metrics, and of lookups behind them.
const COLUMNS: u32 = 5;
const FOUND: u32 = 20;

fn one<'a, T>(dice: &mut Dice, choices: &'a [T]) -> &'a T {
    &choices[dice.below(choices.len() as u64) as usize]
}

fn chance(number: u32, dice: &mut Dice) -> Chance {
    let base = [1, 3, 6, 1, 4, 1, 50_000, 7, number];
    let oid = |below: &[u32]| Oid::new([&base[..], below].concat());
    let dotted = |below: &[u32]| oid(below).to_string();
    // What is encoded oddly fails a whole scrape of snmp_exporter, so there is little of it.
    let all_values = values();
    let odd = |value: &Value| matches!(value, Value::Raw { .. } | Value::Opaque(_) | Value::Integer(_));
    let sound: Vec<_> = all_values.iter().filter(|(_, value)| !odd(value)).collect();
    let mut device = MibBuilder::default();
    device.set([1, 3, 6, 1, 4, 1, 60_000, 1, 0], Value::Integer(0));

    let indexes: Vec<_> = (0..dice.below(4)).map(|_| *one(dice, &INDEXES)).collect();
    let listed = |of: &[(&str, &[u32])]| -> String {
        let each = of.iter().enumerate().map(|(nth, (kind, _))| format!("{{labelname: i{nth}, {kind}}}"));
        each.collect::<Vec<_>>().join(", ")
    };

    // Rows: mostly as the indexes have it, now and then something else.
    let mut rows: Vec<Vec<u32>> = Vec::new();
    for _ in 0..1 + dice.below(4) {
        let mut row: Vec<u32> = indexes.iter().flat_map(|(_, arcs)| arcs.iter().copied()).collect();
        if row.is_empty() {
            row.push(0);
        }
        for _ in 0..dice.below(3) {
            let at = dice.below(row.len() as u64) as usize;
            row[at] = *one(dice, &[0, 1, 2, 3, 4, 5, 16, 65, 200, 255, 256, 300]);
        }
        if dice.happens(0.15) {
            row.pop();
        }
        if dice.happens(0.15) || row.is_empty() {
            row.push(dice.below(5) as u32);
        }
        rows.push(row);
    }

    let value = |dice: &mut Dice| match dice.below(5) {
        0 => Value::Integer(dice.below(7) as i64),
        1 => Value::OctetString(b"Apr 01 2025".to_vec()),
        _ if dice.happens(0.004) => one(dice, &all_values).1.clone(),
        _ => one(dice, &sound).1.clone(),
    };
    for column in 1..=COLUMNS {
        for row in &rows {
            if dice.happens(0.8) {
                device.set(oid(&[&[1, column][..], row].concat()), value(dice));
            }
        }
    }
    // What lookups find: by the whole row, by each index, by two of them, and by what other lookups may find.
    let mut keys: Vec<Vec<u32>> = indexes.iter().map(|(_, arcs)| arcs.to_vec()).collect();
    keys.extend(indexes.windows(2).map(|pair| [pair[0].1, pair[1].1].concat()));
    keys.extend((0..7).map(|arc| vec![arc]));
    keys.extend(rows.iter().cloned());
    for column in FOUND..FOUND + 4 {
        for key in &keys {
            if dice.happens(0.7) {
                device.set(oid(&[&[1, column][..], key].concat()), value(dice));
            }
        }
    }

    let mut metrics = String::new();
    for column in 1..=COLUMNS {
        // Seldom what fails a whole scrape: BITS that are none, and series that are there twice.
        let kind = if dice.happens(0.01) { "Bits" } else { *one(dice, &TYPES) };
        let name = if dice.happens(0.02) { "same".into() } else { format!("m{column}") };
        let help = if dice.happens(0.9) { "of one" } else { "" };
        let mut metric = format!(
            "name: {name}, oid: {}, type: {kind}, help: '{help}', indexes: [{}]",
            dotted(&[1, column]),
            listed(&indexes)
        );
        if kind == "ParseDateAndTime" {
            metric += ", datetime_pattern: '%b %d %Y'";
        }
        if dice.happens(0.3) {
            metric += &format!(", scale: {}", one(dice, &["0.1", "-2", "1e-3", "0", "1e300"]));
        }
        if dice.happens(0.3) {
            metric += &format!(", offset: {}", one(dice, &["0.5", "-273.15", "1e16"]));
        }
        if kind == "Bits" {
            metric += ", enum_values: {0: none, 1: up, 2: 'do\"wn', 9: nine, 70: far}";
        } else if dice.happens(0.4) || kind.starts_with("Enum") {
            metric += ", enum_values: {0: none, 1: up, 2: 'do\"wn', 4: four, 9: nine, -5: minus}";
        }
        if dice.happens(0.25) {
            let rules = [*one(dice, &RULES), *one(dice, &RULES)].join(", ");
            metric += &format!(", regex_extracts: {{_x: [{rules}], '': [{}]}}", one(dice, &RULES));
        }
        let mut lookups = Vec::new();
        let mut labels: Vec<String> = (0..indexes.len()).map(|nth| format!("i{nth}")).collect();
        labels.push("nobody".into());
        for nth in 0..dice.below(5) {
            if dice.happens(0.15) {
                lookups.push(format!("{{labels: [], labelname: {}}}", one(dice, &labels)));
                continue;
            }
            let mut sources = vec![one(dice, &labels).clone()];
            if dice.happens(0.3) {
                sources.push(one(dice, &labels).clone());
            }
            let label = if dice.happens(0.2) { one(dice, &labels).clone() } else { format!("l{nth}") };
            lookups.push(format!(
                "{{labels: [{}], labelname: {label}, oid: {}, type: '{}'}}",
                sources.join(", "),
                dotted(&[1, FOUND + dice.below(4) as u32]),
                one(dice, &LOOKUPS)
            ));
            labels.push(label);
        }
        metrics += &format!("    - {{{metric}, lookups: [{}]}}\n", lookups.join(", "));
    }
    let mut module = String::new();
    let columns: Vec<String> =
        (1..=COLUMNS).chain([FOUND, FOUND + 1]).map(|column| dotted(&[1, column])).collect();
    let walk = if dice.happens(0.6) { vec![dotted(&[1])] } else { columns };
    module += &format!("    walk: [{}]\n", walk.join(", "));
    if dice.happens(0.3) {
        let row = one(dice, &rows).clone();
        module += &format!("    get: [{}]\n", dotted(&[&[1, 1][..], &row].concat()));
    }
    if dice.happens(0.3) {
        module += &format!("    max_repetitions: {}\n", one(dice, &[1, 2, 7, 50]));
    }
    if dice.happens(0.25) {
        module += &format!(
            "    filters: [{{oid: {}, targets: [{}], values: ['{}']}}]\n",
            dotted(&[1, *one(dice, &[1, 2, FOUND, FOUND + 3])]),
            dotted(&[1, 1 + dice.below(COLUMNS.into()) as u32]),
            one(dice, &["1", "^[0-3]$", "plain", ".*", "no such"])
        );
    }
    module += &format!("    metrics:\n{metrics}");
    Chance { module, device }
}

#[test]
fn modules_and_devices_put_together_by_chance() {
    let seed = std::env::var("WARD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let made: Vec<Chance> = (0..if all() { 3000 } else { 200 })
        .map(|number| chance(number, &mut Dice::named(seed, &number.to_string())))
        .collect();
    let mut config = String::from("auths: {public_v1: {version: 1}, public_v2: {version: 2}}\nmodules:\n");
    for (number, made) in made.iter().enumerate() {
        config += &format!("  chance_{number}:\n{}", made.module);
    }
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("snmp.yml");
    fs::write(&file, config).expect("the modules are written");
    let Some(mut pair) = Pair::start(&file, &[]) else { return };
    let mut tally = Tally::default();
    for (number, made) in made.iter().enumerate() {
        let agent = agents::start(Agent::new(made.device.build().expect("names fit packets")));
        let auth = if number % 7 == 0 { "public_v1" } else { "public_v2" };
        let query = format!("module=chance_{number}&auth={auth}");
        let outcome = pair.scrape(agent.addr(), agent.addr(), &query);
        tally.add(&format!("seed {seed}, {number}\n{}", made.module), outcome);
    }
    tally.conclude("chance", 80);
}
