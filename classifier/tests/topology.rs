//! Recordings of whole networks: every link is as the truth file has it, and none is to a wrong device or port. The
//! recordings are not part of the repository: without them the test says so and passes.

mod support {
    pub mod documents;
    pub mod recordings;
    pub use documents::document;
}

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use support::recordings::{self, Recorded};
use ward_classifier::facts::InterfaceFacts;
use ward_classifier::topology::far::View;
use ward_classifier::topology::links::End;
use ward_classifier::topology::network::Network;
use ward_classifier::topology::surroundings::{Protocol, Sighting};

/// A link as names and ports, the end that sorts first before.
type Named = [(String, Option<u64>); 2];

#[tokio::test]
async fn networks_have_exactly_the_links_of_their_truth() {
    let Some(folder) = recordings::folder() else { return };
    let mut wrong = Vec::new();
    for network in recordings::networks(&folder) {
        let devices = recordings::walk_network(&folder.join("networks").join(&network)).await;
        let found = links(&devices);
        let truth = truth(&recordings::json(&folder.join("networks").join(&network).join("TRUTH.json")));
        println!("{network}: {} links", found.len());
        wrong.extend(truth.difference(&found).map(|link| format!("{network}: missing {}", show(link))));
        wrong.extend(
            found.difference(&truth).map(|link| format!("{network}: not in the truth {}", show(link))),
        );
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

fn links(devices: &[Recorded]) -> BTreeSet<Named> {
    let members: Vec<_> = devices.iter().map(Recorded::member).collect();
    let network = Network::new(&members);
    for (one, two) in &network.oddities.twins {
        println!("  twins: {} {}", devices[*one as usize].name, devices[*two as usize].name);
    }
    let name = |end: End| (devices[end.device as usize].name.clone(), end.port.map(u64::from));
    network.links.iter().map(|link| sorted([name(link.a), name(link.b)])).collect()
}

/// Links that were merged from both ends where the file has them, else all.
fn truth(truth: &Value) -> BTreeSet<Named> {
    let links = truth["merged_links"].as_array().or_else(|| truth["undirected_edges"].as_array());
    let end = |end: &Value| (end[0].as_str().unwrap_or_default().to_owned(), end[1].as_u64());
    links.into_iter().flatten().map(|link| sorted([end(&link["a"]), end(&link["b"])])).collect()
}

fn sorted(mut ends: Named) -> Named {
    ends.sort();
    ends
}

fn show([a, b]: &Named) -> String {
    let port = |port: Option<u64>| port.map_or("?".to_owned(), |port| port.to_string());
    format!("{}:{} - {}:{}", a.0, port(a.1), b.0, port(b.1))
}

#[tokio::test]
async fn local_ports_are_those_of_the_truth() {
    let Some(folder) = recordings::folder() else { return };
    let (mut right, mut none, mut wrong) = (0, Vec::new(), Vec::new());
    let mut methods: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, file) in recordings::with_truth(&folder) {
        let truth = recordings::json(&folder.join("truth").join(format!("{name}.json")));
        let device = Recorded { name: name.clone(), walk: recordings::walk(&file).await };
        let member = device.member();
        let view = View::new(&member);
        for row in truth["lldp_remote"].as_array().into_iter().flatten() {
            let Some(expected) = row["local_if"]["best_ifIndex"].as_u64() else { continue };
            let number = |field: &str| row[field].as_u64().and_then(|number| u32::try_from(number).ok());
            let (port, index) = (number("localPortNum"), number("remIndex"));
            let sighting = device.walk.surroundings.neighbours.iter().find(|sighting| {
                let of_port = sighting.port.number() == port.unwrap_or_default() || port == Some(0);
                sighting.protocol == Protocol::Lldp && of_port && Some(sighting.index) == index
            });
            let found = sighting.and_then(|sighting| view.local.resolve(sighting, &view.ports));
            let place = format!("{name} port {}: expected {expected}", row["index"]);
            match found {
                Some((index, method)) if u64::from(index) == expected => {
                    right += 1;
                    *methods.entry(method.as_str()).or_default() += 1;
                }
                Some((index, method)) => wrong.push(format!("{place}, found {index} by {}", method.as_str())),
                None if sighting.is_none() => none.push(format!("{place}, no such row")),
                None => none.push(place),
            }
        }
    }
    println!(
        "{right} right, {} wrong, {} not found: {methods:?}\n{}",
        wrong.len(),
        none.len(),
        none.join("\n")
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(right > 20 * none.len(), "{} not found:\n{}", none.len(), none.join("\n"));
}

/// Neighbours and ports that LibreNMS found on the same recordings. `WARD_WRITE_DOCS=1` writes the result into docs/TOPOLOGY.md.
#[tokio::test]
async fn neighbours_are_those_that_others_found() {
    let Some(folder) = recordings::folder() else { return };
    let (mut all, mut same) = (0, 0);
    let mut differences: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, file) in recordings::with_truth(&folder) {
        let truth = recordings::json(&folder.join("truth").join(format!("{name}.json")));
        let Some(expected) = truth["librenms"]["links"].as_array() else { continue };
        let device = Recorded { name: name.clone(), walk: recordings::walk(&file).await };
        let member = device.member();
        let view = View::new(&member);
        let resolved =
            |sighting| view.local.resolve(sighting, &view.ports).and_then(|(index, _)| view.ports.get(index));
        let neighbours = &device.walk.surroundings.neighbours;
        let heard: Vec<_> = neighbours.iter().map(|sighting| (resolved(sighting), sighting)).collect();
        for link in expected {
            all += 1;
            let port = link["ifName"].as_str().unwrap_or("?");
            match compare(link, &heard) {
                Found::Same => same += 1,
                Found::Otherwise(reason) => {
                    differences.entry((name.clone(), reason.to_owned())).or_default().push(port.to_owned());
                }
                Found::Not(why) => missing.push(format!("{name} {port}: {why}")),
            }
        }
    }
    let spelled: usize = differences.values().map(Vec::len).sum();
    let mut report =
        format!("{same} of {all} the same, {spelled} spelled otherwise, {} missing.\n\n", missing.len());
    report.push_str("| recording | ports | difference |\n|---|---|---|\n");
    for ((name, reason), ports) in &differences {
        report.push_str(&format!("| {name} | {} | {reason} |\n", ports.join(", ")));
    }
    println!("{report}");
    support::document("TOPOLOGY.md", "compared with LibreNMS", &report);
    assert!(missing.is_empty(), "{} missing:\n{}", missing.len(), missing.join("\n"));
}

/// How a link that others found is found by us.
enum Found {
    Same,
    Otherwise(&'static str),
    Not(String),
}

fn compare(link: &Value, heard: &[(Option<&InterfaceFacts>, &Sighting)]) -> Found {
    let text = |field: &str| link[field].as_str().unwrap_or_default().trim().to_lowercase();
    let (name, port, host) = (text("ifName"), text("remote_port"), text("remote_hostname"));
    let bare = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    let is_called =
        |facts: &InterfaceFacts| [&facts.name, &facts.descr].iter().any(|known| known.to_lowercase() == name);
    let on_port = heard.iter().filter(|(port, _)| port.is_some_and(is_called)).map(|(_, sighting)| *sighting);
    let on_port: Vec<&Sighting> = on_port.collect();
    let Some(first) = on_port.first() else {
        return Found::Not(format!("nobody of {} is heard there", heard.len()));
    };
    let by_name = |sighting: &&&Sighting| {
        let chassis = sighting.chassis.as_ref().map_or("", |chassis| &chassis.text);
        [sighting.name.as_str(), &sighting.device_id, chassis]
            .iter()
            .any(|own| !own.is_empty() && bare(own) == bare(&host))
    };
    let nameless = |sighting: &&&Sighting| {
        let chassis = sighting.chassis.as_ref().map(|chassis| bare(&chassis.text)).unwrap_or_default();
        sighting.name.is_empty()
            && (bare(&sighting.descr).starts_with(&bare(&host)) || bare(&port).ends_with(&chassis))
    };
    let Some(sighting) = on_port.iter().find(by_name).or_else(|| on_port.iter().find(nameless)) else {
        return Found::Not(format!("it is {}, not {host}", first.shown_name()));
    };
    let told = sighting.port_id.as_ref().map_or("", |port| &port.text);
    let texts = [told, &sighting.port_descr];
    if texts.iter().any(|own| !own.is_empty() && bare(&port).starts_with(&bare(own))) || port.is_empty() {
        return match by_name(&sighting) {
            true => Found::Same,
            false => Found::Otherwise("the neighbour sends no name; LibreNMS shows its description instead"),
        };
    }
    let in_hex: String = told.bytes().map(|octet| format!("{octet:02x}")).collect();
    if told.is_empty() && bare(&port).starts_with("000000000000") {
        return Found::Otherwise("the port id is zeros, which is none");
    }
    match bare(&port).starts_with(&in_hex) && !in_hex.is_empty() {
        true => Found::Otherwise("a port id that ends with a NUL; LibreNMS shows it in hexadecimal"),
        false => Found::Not(format!("its port is {told:?}, not {port}")),
    }
}

/// A bank's network out of nothing, with the habits of its makes: every cable is found that anyone hears, each with its ports.
#[tokio::test]
async fn a_banks_network_is_found_as_it_is_cabled() {
    let network = lab::synth::Bank { branches: 24, switch_interfaces: 28, seed: 7 }.build();
    let cables = found_as_cabled(&network).await;
    assert!(cables >= 30, "{cables} cables");
}

/// Devices of every make and with every habit, from a file as users write them; then cables of all of them are moved.
#[tokio::test]
async fn networks_of_every_habit_are_found_as_they_are_cabled_before_and_after_cables_move() {
    let network = lab::synth::Network::read(&every_habit(), 3).expect("a network");
    let devices = network.devices.len();
    let mut live = lab::synth::Live::new(network);
    let before = found_as_cabled(live.network()).await;
    assert!(before > 2 * devices, "{before} cables of {devices} devices");
    let names: Vec<String> = live.network().devices.iter().map(|device| device.name.clone()).collect();
    let moments = |_| lab::value::Moment::new(std::time::Duration::from_secs(600), std::time::Duration::ZERO);
    for name in names.iter().filter(|name| !name.starts_with("core-")) {
        // The end at the core stays where it is.
        let change = lab::synth::Change::Move { from: format!("{name}:1"), to: format!("{name}:6") };
        live.apply(&change, moments).expect("a free port");
    }
    assert_eq!(found_as_cabled(live.network()).await, before);
}

/// A star around two cores, of devices that are also chained to each other.
fn every_habit() -> String {
    use lab::synth::{Habit, Make};
    let mut devices: Vec<(String, String)> =
        Make::all().map(|make| (format!("make-{}", make.name()), format!("make: {}", make.name()))).collect();
    for habit in Habit::all() {
        use Habit::{
            CdpInLldp, FiveOctetAddresses, NameAndSerial, NoCdp, NoCdpAddress, NoLldp, SerialAndName,
        };
        // Each is alone with what it does: not beside another protocol that makes good for it.
        let other = match habit {
            NoLldp | NoCdp | CdpInLldp => None,
            NameAndSerial | SerialAndName | NoCdpAddress | FiveOctetAddresses => Some(NoLldp),
            _ => Some(NoCdp),
        };
        let habits: Vec<&str> = [Some(habit), other].into_iter().flatten().map(Habit::name).collect();
        devices.push((format!("habit-{}", habit.name()), format!("habits: [{}]", habits.join(", "))));
    }
    // Nothing names their ports: only what the numbers of all of them have in common tells.
    for (name, numbers) in [("nameless-bridge", "bridge_ports, "), ("nameless", "")] {
        let what = format!(
            "make: {}, habits: [{numbers}names_in_descr, no_descr, no_cdp]",
            if numbers.is_empty() { "fortios" } else { "ios" }
        );
        devices.push((name.to_owned(), what));
    }
    let (mut text, mut cables) = (String::from("devices:\n"), String::from("cables:\n"));
    for (core, make) in [("core-1", "nxos"), ("core-2", "ios")] {
        text += &format!("  - {{name: {core}, make: {make}, role: core, ports: {}}}\n", devices.len());
    }
    for (place, (name, what)) in devices.iter().enumerate() {
        text += &format!("  - {{name: {name}, ports: 8, {what}}}\n");
        cables += &format!("  - [{name}:1, core-1:{0}]\n  - [{name}:2, core-2:{0}]\n", place + 1);
        if let Some((next, _)) = devices.get(place + 1) {
            cables += &format!("  - [{name}:3, {next}:4]\n");
        }
    }
    text + &cables
}

/// Walks all devices of a network, and compares the links that are found with the cables that anybody hears; how many
/// these are.
async fn found_as_cabled(network: &lab::synth::Network) -> usize {
    let mut devices = Vec::new();
    for (place, device) in network.devices.iter().enumerate() {
        let walk = recordings::walk_objects(&device.name, network.mib(place)).await;
        devices.push(Recorded { name: device.name.clone(), walk });
    }
    let members: Vec<_> = devices.iter().map(Recorded::member).collect();
    let found = Network::new(&members);
    let name = |end: End| (devices[end.device as usize].name.clone(), end.port.map(u64::from));
    let links: BTreeSet<Named> =
        found.links.iter().map(|link| sorted([name(link.a), name(link.b)])).collect();
    let end = |end: &lab::synth::End| (end.device.clone(), Some(u64::from(end.if_index)));
    let heard = |end: &lab::synth::End| end.hears_lldp || end.hears_cdp;
    let cables = network.truth();
    let truth: BTreeSet<Named> = cables
        .iter()
        .filter(|cable| heard(&cable.a) || heard(&cable.b))
        .map(|cable| sorted([end(&cable.a), end(&cable.b)]))
        .collect();
    println!("{} cables, {} links, {:?}", truth.len(), links.len(), found.methods);
    let missing: Vec<_> = truth.difference(&links).map(show).collect();
    let wrong: Vec<_> = links.difference(&truth).map(show).collect();
    assert!(missing.is_empty() && wrong.is_empty(), "missing {missing:#?}\nnot there {wrong:#?}");
    assert_eq!(found.oddities.unresolved, []);
    assert!(found.endpoints.iter().all(|endpoint| endpoint.kind.is_leaf()), "{:?}", found.endpoints);
    truth.len()
}
