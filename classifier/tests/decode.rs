//! Recordings of real devices, served by the lab, read by the SNMP client and decoded: every interface is as the truth file
//! has it. The recordings are not part of the repository: without them the test says so and passes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lab::snmprec::Recording;
use lab::{Agent, RunningAgent};
use serde_json::Value;
use snmp::{Client, Credentials, Limits, Oid, Secret, Subtree, Target, Wanted};
use ward_classifier::decode::text::{clean, label};
use ward_classifier::decode::{decode, oids};
use ward_classifier::facts::{DeviceFacts, InterfaceFacts};
use ward_classifier::walk::{Column, Walk};

/// What the truth files have, and what else is decoded.
const COLUMNS: &[&[u32]] = &[
    oids::IF_INDEX,
    oids::IF_DESCR,
    oids::IF_TYPE,
    oids::IF_MTU,
    oids::IF_SPEED,
    oids::IF_PHYS_ADDRESS,
    oids::IF_ADMIN_STATUS,
    oids::IF_OPER_STATUS,
    oids::IF_LAST_CHANGE,
    oids::IF_NAME,
    oids::IF_HIGH_SPEED,
    oids::IF_CONNECTOR_PRESENT,
    oids::IF_ALIAS,
    oids::IF_STACK_STATUS,
    oids::DUPLEX_STATUS,
    oids::IP_AD_ENT_IF_INDEX,
    oids::IP_AD_ENT_NET_MASK,
    oids::IP_ADDRESS_IF_INDEX,
    oids::IP_ADDRESS_PREFIX,
    oids::ENT_CLASS,
    oids::ENT_SERIAL,
    oids::ENT_MODEL,
];
const SCALARS: &[&[u32]] = &[oids::SYS_DESCR, oids::SYS_OBJECT_ID, oids::SYS_NAME, oids::BRIDGE_ADDRESS];

#[tokio::test]
async fn recordings_are_decoded_as_their_truth_files_say() {
    let Some(recordings) = recordings() else { return };
    let files = files(&recordings);
    assert!(files.len() > 50, "only {} recordings", files.len());
    let client = Client::new(1);
    let (mut wrong, mut counts) = (Vec::new(), BTreeMap::new());
    for (name, file) in &files {
        let truth =
            fs::read_to_string(recordings.join("truth").join(format!("{name}.json"))).expect("a truth file");
        let truth: Value = serde_json::from_str(&truth).expect("JSON");
        let agent = agent(file).await;
        let walk = walk(&client, &agent).await;
        agent.stop().await;
        if !walk.all_rows || !walk.read.has(Column::Alias) {
            wrong.push(format!("{name}: not read to its end: {:?}", walk.trouble));
        }
        wrong
            .extend(differences(&walk, &truth).into_iter().map(|difference| format!("{name}: {difference}")));
        count(&walk, &mut counts);
    }
    println!("{} recordings: {counts:?}", files.len());
    assert!(wrong.is_empty(), "{} differences:\n{:.5000}", wrong.len(), wrong.join("\n"));
}

/// What an agent may send in the place of anything.
fn odd_values() -> Vec<lab::Value> {
    use lab::Value as V;
    vec![
        V::Null,
        V::Integer(-1),
        V::Integer(i64::MAX),
        V::OctetString(Vec::new()),
        V::OctetString(b"a\xff\xfe\0b".to_vec()),
        V::OctetString(vec![0; 300]),
        V::ObjectIdentifier(lab::Oid::from([1, 3, 6, 1, 4, 1, 9])),
        V::IpAddress([192, 0, 2, 1]),
        V::Counter64(u64::MAX),
        V::Opaque(vec![0x9f, 0x78, 4, 0x7f, 0xc0, 0, 0]),
        V::Raw { tag: 0x40, content: vec![1, 2, 3] },
        V::Raw { tag: 0x02, content: Vec::new() },
        V::Raw { tag: 0x41, content: vec![1; 9] },
    ]
}

/// Interfaces without what comes of a column; `number` is its last arc, `high` whether it is of ifXTable.
fn forget(facts: &mut InterfaceFacts, high: bool, number: u32) {
    let empty = InterfaceFacts::default();
    match (high, number) {
        (true, 1) => facts.name = empty.name,
        (true, 15) | (false, 5) => facts.speed_bps = None,
        (true, 17) => facts.connector = None,
        (true, 18) => facts.alias = empty.alias,
        (false, 2) => facts.descr = empty.descr,
        (false, 3) => facts.if_type = None,
        (false, 4) => facts.mtu = None,
        (false, 6) => facts.mac = None,
        (false, 7) => facts.admin = None,
        (false, 8) => facts.oper = None,
        (false, 9) => facts.last_change = None,
        _ => {}
    }
    // Told anew below where it is about a text, and a matter of all interfaces where it is about aggregates.
    (facts.raw, facts.is_lag, facts.lag) = (None, false, None);
}

#[tokio::test]
async fn a_bad_value_costs_itself() {
    let Some(recordings) = recordings() else { return };
    let client = Client::new(1);
    let (mut wrong, mut cells) = (Vec::new(), 0);
    // A third of them shows it.
    for (name, file) in files(&recordings).into_iter().step_by(3) {
        let mut dice = lab::dice::Dice::named(1, &name);
        let recording = Recording::load(&file).expect("a recording");
        let mut broken = recording.objects.clone();
        let mut touched: Vec<(u32, bool, u32)> = Vec::new();
        let mut rows: BTreeMap<u32, usize> = BTreeMap::new();
        for (oid, _) in recording.objects.iter() {
            let (high, rest) = match oid.arcs() {
                [1, 3, 6, 1, 2, 1, 2, 2, 1, rest @ ..] => (false, rest),
                [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, rest @ ..] => (true, rest),
                _ => continue,
            };
            let [column, row] = *rest else { continue };
            // The first one stays: of an interface that nothing is left of nobody knows.
            let seen = rows.entry(row).or_default();
            *seen += 1;
            if *seen > 1 && dice.happens(0.05) {
                let values = odd_values();
                let value = values[dice.below(values.len() as u64) as usize].clone();
                broken.set(oid.clone(), value);
                touched.push((row, high, column));
            }
        }
        cells += touched.len();
        let mut walks = Vec::new();
        for objects in [&recording.objects, &broken] {
            let agent = Agent::new(objects.build().expect("names that fit")).spawn().await.expect("an agent");
            let mut walk = walk(&client, &agent).await;
            agent.stop().await;
            for facts in &mut walk.interfaces {
                forget(facts, false, 0);
                let index = facts.if_index;
                for (_, high, column) in touched.iter().filter(|(row, ..)| *row == index) {
                    forget(facts, *high, *column);
                }
            }
            walks.push(walk);
        }
        let [whole, broken] = walks.as_slice() else { unreachable!("two walks") };
        if whole.interfaces.len() != broken.interfaces.len() {
            let indexes =
                |walk: &Walk| walk.interfaces.iter().map(|facts| facts.if_index).collect::<Vec<_>>();
            wrong.push(format!("{name}: {:?} became {:?}", indexes(whole), indexes(broken)));
            continue;
        }
        for (whole, broken) in whole.interfaces.iter().zip(&broken.interfaces) {
            if whole != broken {
                let of: Vec<_> = touched.iter().filter(|(row, ..)| *row == whole.if_index).collect();
                wrong.push(format!("{name}, {of:?}: {whole:?}\nbecame {broken:?}"));
            }
        }
    }
    println!("{cells} values");
    assert!(cells > 1000 && wrong.is_empty(), "{} differences:\n{:.8000}", wrong.len(), wrong.join("\n"));
}

/// The recordings. `None`, said aloud, where there are none.
fn recordings() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let shared = std::env::var_os("WARD_SHARED").map_or_else(beside, PathBuf::from);
    let recordings = shared.join("recordings");
    if recordings.is_dir() {
        return Some(recordings);
    }
    println!("skipped: no {}", recordings.display());
    None
}

async fn agent(file: &Path) -> RunningAgent {
    let recording = Recording::load(file).expect("a recording");
    Agent::new(recording.objects.build().expect("names that fit")).spawn().await.expect("an agent")
}

async fn walk(client: &Client, agent: &RunningAgent) -> Walk {
    let credentials = Credentials::V2c { community: Secret::new("public") };
    let target = Target::new(agent.addr(), credentials, Limits::default());
    let subtree = |arcs: &&[u32]| Subtree { oid: Oid::new(*arcs), scalar: false };
    let wanted = Wanted {
        get: SCALARS.iter().map(|arcs| Oid::new(*arcs)).collect(),
        subtrees: COLUMNS.iter().map(subtree).collect(),
        ..Wanted::default()
    };
    let harvest = client.harvest(&target, &wanted, None).await;
    decode(DeviceFacts::default(), &[&harvest]).walk
}

/// All recordings that have a truth file, by its name.
fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = |folder: PathBuf| {
        let entries = fs::read_dir(folder).expect("a folder").flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut files: Vec<(String, PathBuf)> =
        entries(folder.join("devices")).into_iter().map(|file| (stem(&file), file)).collect();
    for network in entries(folder.join("networks")).into_iter().filter(|path| path.is_dir()) {
        let name = |file: &Path| format!("{}__{}", stem(&network), stem(file));
        files.extend(entries(network.clone()).into_iter().map(|file| (name(&file), file)));
    }
    files.retain(|(name, file)| {
        let truth = folder.join("truth").join(format!("{name}.json"));
        file.extension().is_some_and(|extension| extension == "snmprec") && truth.is_file()
    });
    files.sort();
    files
}

/// Where a walk is not what a truth file says.
fn differences(walk: &Walk, truth: &Value) -> Vec<String> {
    let rows = truth["interfaces"].as_array().expect("interfaces");
    let index = |row: &Value| {
        row["ifIndex"].as_u64().and_then(|index| u32::try_from(index).ok()).expect("an ifIndex")
    };
    let mut expected: Vec<u32> = rows.iter().map(index).collect();
    expected.sort_unstable();
    let found: Vec<u32> = walk.interfaces.iter().map(|facts| facts.if_index).collect();
    let mut differences = Vec::new();
    if found != expected {
        let missing: Vec<_> = expected.iter().filter(|index| !found.contains(index)).collect();
        let extra: Vec<_> = found.iter().filter(|index| !expected.contains(index)).collect();
        differences.push(format!("interfaces missing {missing:?}, extra {extra:?}"));
    }
    for row in rows {
        let Some(facts) = walk.interfaces.iter().find(|facts| facts.if_index == index(row)) else { continue };
        let mut differ = |what: &str, found: String, expected: String| {
            if found != expected {
                differences.push(format!("{} {what}: found {found}, expected {expected}", facts.if_index));
            }
        };
        let octets = |column: &str| octets(&row[column]);
        for (column, found) in [("ifName", &facts.name), ("ifDescr", &facts.descr), ("ifAlias", &facts.alias)]
        {
            differ(column, found.clone(), clean(&octets(column)));
        }
        let if_name = match (octets("ifName"), octets("ifDescr")) {
            (name, descr) if name.is_empty() && descr.is_empty() => facts.if_index.to_string(),
            (name, descr) if name.is_empty() => label(&descr),
            (name, _) => label(&name),
        };
        differ("if_name", facts.if_name(), if_name);
        let number = |column: &str| row[column].as_u64();
        differ("ifType", format!("{:?}", facts.if_type.map(u64::from)), format!("{:?}", number("ifType")));
        let mtu = number("ifMtu").filter(|mtu| (1..=u32::MAX.into()).contains(mtu));
        differ("ifMtu", format!("{:?}", facts.mtu.map(u64::from)), format!("{mtu:?}"));
        for (column, status) in [("ifAdminStatus", facts.admin), ("ifOperStatus", facts.oper)] {
            let number = number(column).filter(|number| (1..=7).contains(number));
            differ(column, format!("{:?}", status.map(|status| status as u64 + 1)), format!("{number:?}"));
        }
        differ("speed", format!("{:?}", speed_is_right(facts, row)), "true".to_owned());
        let mac = row["ifPhysAddress"].as_str().filter(|mac| mac.len() == 12 && *mac != "000000000000");
        if let Some(mac) = mac {
            let found: String = facts.mac.iter().flatten().map(|octet| format!("{octet:02x}")).collect();
            differ("ifPhysAddress", found, mac.to_owned());
        }
    }
    differences
}

/// The octets of a text of a truth file.
fn octets(value: &Value) -> Vec<u8> {
    let hex = value["hex"].as_str().unwrap_or_default();
    let pairs = (0..hex.len() / 2).filter_map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok());
    value.as_str().map_or_else(|| pairs.collect(), |text| text.as_bytes().to_vec())
}

/// Whether the speed agrees with what both columns say.
fn speed_is_right(facts: &InterfaceFacts, row: &Value) -> bool {
    let (low, high) = (row["ifSpeed"].as_u64(), row["ifHighSpeed"].as_u64());
    let saturated = low.is_none_or(|low| low == u64::from(u32::MAX));
    match (facts.speed_bps, high.filter(|high| *high > 0)) {
        (None, None) => low.is_none() && high.is_none(),
        (None, Some(_)) => false,
        (Some(speed), None) => low.or(high) == Some(speed),
        (Some(speed), Some(high)) => {
            speed.abs_diff(high * 1_000_000) <= 500_000 || !saturated && low == Some(speed)
        }
    }
}

/// How many values were found, so that a column nobody has is noticed.
fn count(walk: &Walk, counts: &mut BTreeMap<&'static str, usize>) {
    let mut add = |what, number| *counts.entry(what).or_default() += number;
    add("interfaces", walk.interfaces.len());
    add("devices with a serial number", usize::from(!walk.device.serial.is_empty()));
    add("devices with a model", usize::from(!walk.device.model.is_empty()));
    add("devices with a MAC address", usize::from(!walk.device.chassis.is_empty()));
    for facts in &walk.interfaces {
        add("aliases", usize::from(!facts.alias.is_empty()));
        add("MAC addresses", usize::from(facts.mac.is_some()));
        add("duplex", usize::from(facts.duplex.is_some()));
        add("connectors", usize::from(facts.connector.is_some()));
        add("addresses", facts.addresses.len());
        add("aggregates", usize::from(facts.is_lag));
        add("parts of aggregates", usize::from(facts.lag.is_some()));
    }
}
