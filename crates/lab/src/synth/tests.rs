use std::collections::{BTreeMap, HashSet};

use super::*;
use crate::mib::{MibBuilder, Object};
use crate::oid::Oid;
use crate::value::Value;

fn below(mib: &MibBuilder, root: &[u32]) -> usize {
    mib.iter().filter(|(name, _)| name.arcs().starts_with(root)).count()
}

fn value<'a>(mib: &'a MibBuilder, column: &[u32], index: u32) -> &'a Object {
    let name = Oid::from(column).child(&[index]);
    mib.iter().find(|(known, _)| **known == name).map(|(_, object)| object).unwrap()
}

#[test]
fn n_interfaces_make_41_n_plus_1_varbinds() {
    for interfaces in [0, 1, 4, 19, 24, 48, 52, 53, 100, 500] {
        let device = Device::switch("rustavi-sw1", "rustavi", interfaces, 1);
        let mib = device.mib();
        assert_eq!(device.ports.len(), interfaces);
        assert_eq!(below(&mib, &[1, 3, 6, 1, 2, 1, 2]), 22 * interfaces + 1, "{interfaces}");
        assert_eq!(below(&mib, &[1, 3, 6, 1, 2, 1, 31, 1, 1]), 19 * interfaces, "{interfaces}");
        let names: HashSet<&str> = device.ports.iter().map(|port| port.name.as_str()).collect();
        assert_eq!(names.len(), interfaces, "names are unique");
        assert!(mib.build().is_ok());
    }
}

#[test]
fn a_seed_gives_always_the_same_network_and_another_seed_another() {
    let bank = |seed| Bank { branches: 3, seed, ..Bank::default() }.build().devices;
    assert_eq!(bank(5), bank(5));
    assert_ne!(bank(5), bank(6));
    let few = Bank { branches: 2, ..Bank::default() }.build().devices;
    let many = Bank { branches: 9, ..Bank::default() }.build().devices;
    assert_eq!(few[..], many[..few.len()], "a branch is what it is, however many there are");
}

#[test]
fn speeds_and_statuses_are_what_rfc_2863_says() {
    const IF_SPEED: [u32; 10] = [1, 3, 6, 1, 2, 1, 2, 2, 1, 5];
    const IF_HIGH_SPEED: [u32; 11] = [1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 15];
    let core = Device::core_switch("tbilisi-core-1", "tbilisi", "tbilisi-core-2", "batumi-core-1", 1);
    let mib = core.mib();
    assert_eq!(value(&mib, &IF_SPEED, 49), &Value::Gauge32(u32::MAX).into());
    assert_eq!(value(&mib, &IF_HIGH_SPEED, 49), &Value::Gauge32(100_000).into());
    assert_eq!(value(&mib, &IF_SPEED, 55), &Value::Gauge32(1_000_000_000).into());
    let unused = core.ports.iter().find(|port| port.used_for == PortUse::Unused).unwrap();
    assert!(!unused.oper_up && unused.traffic == Traffic::default());
    assert!(core.ports.iter().all(|port| port.last_change < core.uptime && (port.admin_up || !port.oper_up)));
}

#[test]
fn the_narrow_counters_are_the_low_half_of_the_wide_ones() {
    let device = Device::switch("gori-sw1", "gori", 24, 1);
    let mib = device.mib();
    for port in device.ports.iter().filter(|port| port.traffic.in_bps > 0.0) {
        let narrow = value(&mib, &[1, 3, 6, 1, 2, 1, 2, 2, 1, 10], port.index);
        let wide = value(&mib, &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 6], port.index);
        let (Object::Moving(narrow), Object::Moving(wide)) = (narrow, wide) else { panic!("both move") };
        let moment = crate::value::Moment::new(std::time::Duration::from_secs(5000), Default::default());
        assert_eq!(narrow.at(&moment), wide.at(&moment) & 0xffff_ffff);
        assert!(wide.at(&moment) > wide.start);
    }
}

#[test]
fn a_bank_has_two_core_sites_and_a_router_and_a_switch_at_each_branch() {
    let network = Bank { branches: 45, ..Bank::default() }.build();
    assert_eq!(network.devices.len(), 4 + 2 * 45);
    let mut roles = BTreeMap::new();
    for device in &network.devices {
        *roles.entry(device.role).or_insert(0) += 1;
    }
    assert_eq!(roles, BTreeMap::from([("access", 45), ("branch", 45), ("core", 4)]));
    let names: HashSet<&str> = network.devices.iter().map(|device| device.name.as_str()).collect();
    assert_eq!(names.len(), network.devices.len());
    assert!(names.contains("rustavi-r1") && names.contains("rustavi2-sw1"));
    for device in network.devices.iter().filter(|device| device.role == "branch") {
        let lines: Vec<&Port> = device.ports.iter().filter(|port| port.used_for == PortUse::Isp).collect();
        let [first, second] = lines.as_slice() else { panic!("{} has two providers", device.name) };
        assert_ne!(first.provider, second.provider);
        for line in lines {
            assert!(line.alias.to_lowercase().contains(line.provider.unwrap()), "{}", line.alias);
        }
    }
    assert_eq!(network.links.len(), 8 + 2 + 45);
    for link in &network.links {
        for (device, index) in [link.a, link.b] {
            let port = network.devices[device].ports.iter().find(|port| port.index == index).unwrap();
            assert_eq!(port.used_for, PortUse::Trunk, "{} {}", network.devices[device].name, port.name);
        }
    }
}
