//! One device of a network's file.

use super::super::bank::PROVIDERS;
use super::super::port::{GIGABIT, LOOPBACK, PORT_CHANNEL, Port, PortUse, VLAN};
use super::super::yaml::{Map, Node};
use super::super::{Device, Habit, Make};
use super::FileError;
use crate::dice::Dice;

const KEYS: [&str; 8] = ["name", "make", "role", "site", "ports", "lags", "aliases", "habits"];
/// The parts that devices have in a network.
const ROLES: [&str; 3] = ["core", "branch", "access"];
/// MAC addresses have twelve bits for a port; the last ones are for virtual interfaces.
const MOST_PORTS: u32 = 4000;

pub(super) fn read(node: &Node, position: usize, seed: u64) -> Result<Device, FileError> {
    let mut map = Map::open(node, &format!("devices[{position}]"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let name = map.text("name", "a name")?.unwrap_or_default();
    if name.is_empty() || !name.chars().all(plain) {
        return Err(map.wrong("name", "expected letters, digits, '-', '_' and '.', like gori-sw1"));
    }
    map.path = format!("devices[{name}]");
    map.check_keys(&KEYS)?;
    let role = match map.text("role", "a role")? {
        None => "access",
        Some(text) => ROLES
            .into_iter()
            .find(|role| *role == text)
            .ok_or_else(|| unknown(&map, "role", text, ROLES.into_iter()))?,
    };
    let make = match map.text("make", "a make")? {
        None => Make::default(),
        Some(text) => {
            Make::named(text).ok_or_else(|| unknown(&map, "make", text, Make::all().map(Make::name)))?
        }
    };
    let habits = map.list("habits")?.iter().map(|node| {
        let text = node.text(&map.key("habits"), "the name of a habit")?;
        let wrong = |error: FileError| FileError { line: node.line, ..error };
        let known = Habit::all().map(Habit::name);
        Habit::named(text).ok_or_else(|| wrong(unknown(&map, "habits", text, known)))
    });
    let habits: Vec<Habit> = habits.collect::<Result<_, _>>()?;
    let site =
        map.text("site", "a site, like gori")?.unwrap_or_else(|| name.split('-').next().unwrap_or(name));
    let lags = match map.get("lags") {
        None => None,
        Some(node) => Some(Map::open(node, &map.key("lags"))?),
    };
    let ports = ports(map.number("ports", MOST_PORTS)?.unwrap_or(24), role, lags.as_ref())?;
    let dice = Dice::named(seed, name);
    let mut device = Device::assemble(name, site, role, ports, dice).of_make(make).with_habits(habits);
    bundle(&mut device, lags.as_ref())?;
    aliases(&mut device, &map)?;
    Ok(device)
}

fn unknown(map: &Map<'_>, key: &str, text: &str, known: impl Iterator<Item = &'static str>) -> FileError {
    let known: Vec<&str> = known.collect();
    map.wrong(key, format!("unknown: {text:?}, expected one of {}", known.join(", ")))
}

/// So many sockets, then the interface that has the management address, then the port channels.
fn ports(count: u32, role: &str, lags: Option<&Map<'_>>) -> Result<Vec<Port>, FileError> {
    let routes = role == "branch";
    let socket = |index: u32| {
        let place = if routes { format!("0/0/{}", index - 1) } else { format!("1/0/{index}") };
        Port::new(index, GIGABIT, &place, PortUse::Unused)
    };
    let own = match routes {
        true => Port::new(count + 1, LOOPBACK, "0", PortUse::Loopback).alias("router-id"),
        false => Port::new(count + 1, VLAN, "99", PortUse::Vlan).alias("MGMT"),
    };
    let mut ports: Vec<Port> = (1..=count).map(socket).chain([own]).collect();
    for ((number, line, _), index) in lags.iter().flat_map(|lags| lags.entries()).zip(count + 2..) {
        if !number.parse::<u16>().is_ok_and(|number| number > 0) {
            let key = lags.map_or_else(String::new, |lags| lags.key(number));
            return Err(FileError::new(line, &key, "expected the number of a port channel, like 1"));
        }
        ports.push(Port::new(index, PORT_CHANNEL, number, PortUse::PortChannel));
    }
    Ok(ports)
}

/// Bundles ports into the port channels, which are the last interfaces, in the order of the file.
fn bundle(device: &mut Device, lags: Option<&Map<'_>>) -> Result<(), FileError> {
    let Some(lags) = lags else { return Ok(()) };
    let first = device.ports.len() - lags.entries().count();
    for ((number, _, members), place) in lags.entries().zip(first..) {
        let channel = device.ports[place].index;
        let key = lags.key(number);
        for member in members.list(&key)? {
            let wrong = |message: String| FileError::new(member.line, &key, message);
            let index = device.find_socket(member.text(&key, "a port")?).map_err(wrong)?;
            let port = device.ports.iter_mut().find(|port| port.index == index);
            if let Some(port) = port
                && let Some(other) = port.bundle.replace(channel)
                && other != channel
            {
                return Err(wrong(format!("{} is in another port channel already", port.name)));
            }
        }
    }
    Ok(())
}

/// What is written on ports. A provider's name makes a line of it.
fn aliases(device: &mut Device, map: &Map<'_>) -> Result<(), FileError> {
    let Some(node) = map.get("aliases") else { return Ok(()) };
    let aliases = Map::open(node, &map.key("aliases"))?;
    for (name, line, text) in aliases.entries() {
        let key = aliases.key(name);
        let index = device.find_port(name).map_err(|message| FileError::new(line, &key, message))?;
        let text = text.text(&key, "a text")?;
        let words = text.to_lowercase();
        if let Some(port) = device.ports.iter_mut().find(|port| port.index == index) {
            port.alias = text.to_owned();
            port.provider = PROVIDERS.into_iter().find(|provider| words.contains(provider));
        }
    }
    Ok(())
}
