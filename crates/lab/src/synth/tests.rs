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

mod topology {
    use super::*;

    const LLDP_REM: [u32; 10] = [1, 0, 8802, 1, 1, 2, 1, 4, 1, 1];
    const CDP_CACHE: [u32; 13] = [1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 2, 1, 1];

    fn bank() -> Network {
        Bank { branches: 35, ..Bank::default() }.build()
    }

    /// The rows of a column: what follows its OID, and the value.
    fn rows(mib: &MibBuilder, table: &[u32], column: u32) -> Vec<(Vec<u32>, Value)> {
        let column = Oid::from(table).child(&[column]);
        let below = mib.iter().filter(|(name, _)| name.arcs().starts_with(column.arcs()));
        below
            .map(|(name, object)| {
                let Object::Still(value) = object else { panic!("{name} moves") };
                (name.arcs()[column.arcs().len()..].to_vec(), value.clone())
            })
            .collect()
    }

    fn text(value: &Value) -> String {
        let Value::OctetString(octets) = value else { panic!("no text: {value:?}") };
        String::from_utf8(octets.clone()).unwrap()
    }

    #[test]
    fn every_cable_is_heard_by_who_speaks_the_language() {
        let network = bank();
        let truth = network.truth();
        assert_eq!(truth.len(), network.links.len());
        let (mut lldp, mut cdp, mut silent) = (0, 0, 0);
        for Connection { a, b } in &truth {
            for (near, far) in [(a, b), (b, a)] {
                let mib = network.mib(near.place);
                let far_device = &network.devices[far.place];
                let far_port = far_device.port(far.if_index).unwrap();
                let chassis = Value::OctetString(far_device.base_mac().to_vec());
                let id = Value::OctetString(far_device.port_id(far_port).octets);
                let heard = rows(&mib, &LLDP_REM, 5).into_iter().filter(|(_, value)| *value == chassis);
                let ports = rows(&mib, &LLDP_REM, 7);
                let heard = heard.filter(|(row, _)| ports.contains(&(row.clone(), id.clone()))).count();
                assert_eq!(heard > 0, near.hears_lldp, "{near:?} {far:?}");
                let ids = rows(&mib, &CDP_CACHE, 6);
                let named = |(row, value): &(Vec<u32>, Value)| {
                    row[0] == near.if_index && text(value).starts_with(&far.device)
                };
                assert_eq!(ids.iter().any(named), near.hears_cdp, "{near:?}");
                lldp += u32::from(near.hears_lldp);
                cdp += u32::from(near.hears_cdp);
                silent += u32::from(!near.hears_lldp && !near.hears_cdp);
            }
        }
        assert!(lldp > 40 && cdp > 20 && silent >= 4, "{lldp} {cdp} {silent}");
    }

    #[test]
    fn a_local_port_is_found_the_way_its_make_needs() {
        let network = bank();
        for connection in network.truth() {
            for near in [&connection.a, &connection.b] {
                if !near.hears_lldp {
                    continue;
                }
                let (device, mib) = (&network.devices[near.place], network.mib(near.place));
                let port = device.port(near.if_index).unwrap();
                let locals: Vec<u32> = rows(&mib, &LLDP_REM, 5).iter().map(|(row, _)| row[1]).collect();
                let loc_ids = rows(&mib, &[1, 0, 8802, 1, 1, 2, 1, 3, 7, 1], 3);
                let bridge = rows(&mib, &[1, 3, 6, 1, 2, 1, 17, 1, 4, 1], 2);
                let bridge = |number: u32| {
                    bridge.iter().find(|(row, _)| row[..] == [number]).map(|(_, value)| value.clone())
                };
                let own = Value::Integer(i64::from(port.index));
                match device.make {
                    Make::Ios if device.role == "access" => {
                        assert_eq!(bridge(64 + port.index), Some(own));
                        assert!(locals.contains(&(64 + port.index)) && !locals.contains(&port.index));
                    }
                    Make::Junos => {
                        assert_ne!(bridge(500 + port.index), Some(own), "the bridge leads astray");
                        let id = loc_ids.iter().find(|(row, _)| row[..] == [500 + port.index]).unwrap();
                        assert_eq!(text(&id.1), port.index.to_string());
                    }
                    Make::RouterOs => {
                        assert!(loc_ids.is_empty() && locals.iter().all(|local| *local == 0));
                        let interfaces = rows(&mib, &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 11, 1, 1], 8);
                        assert!(interfaces.iter().any(|(_, value)| *value == own));
                    }
                    _ => assert!(locals.contains(&port.index), "{device:?}"),
                }
            }
        }
    }

    #[test]
    fn a_procurve_has_its_cdp_neighbours_twice() {
        let network = bank();
        let mut found = 0;
        for (place, device) in network.devices.iter().enumerate() {
            if device.make != Make::ProCurve {
                continue;
            }
            let mib = network.mib(place);
            let ids: Vec<Value> = rows(&mib, &LLDP_REM, 4).into_iter().map(|(_, value)| value).collect();
            let twice = ids.contains(&Value::Integer(4)) && ids.contains(&Value::Integer(7));
            found += usize::from(twice);
            assert!(rows(&mib, &CDP_CACHE, 6).len() <= ids.len());
        }
        assert!(found > 0);
    }

    #[test]
    fn telephones_and_access_points_say_who_they_are() {
        let network = bank();
        let endpoints = network.endpoints();
        assert!(endpoints.iter().any(|one| one.kind == EndpointKind::Telephone));
        assert!(endpoints.iter().any(|one| one.kind == EndpointKind::AccessPoint));
        for endpoint in endpoints {
            let place = network.devices.iter().position(|device| device.name == endpoint.device).unwrap();
            let (device, mib) = (&network.devices[place], network.mib(place));
            assert!(device.port(endpoint.if_index).unwrap().oper_up);
            if device.make == Make::Ios {
                let ids = rows(&mib, &CDP_CACHE, 6);
                let (_, id) = ids.iter().find(|(row, _)| row[0] == endpoint.if_index).unwrap();
                let prefix = if endpoint.kind == EndpointKind::Telephone { "SEP70DB" } else { "AP70db." };
                assert!(text(id).starts_with(prefix), "{id:?}");
            }
        }
    }

    #[test]
    fn nobody_shares_a_mac_or_an_address_but_on_purpose() {
        let network = Bank { branches: 600, ..Bank::default() }.build();
        let (mut macs, mut addresses) = (BTreeMap::new(), BTreeMap::new());
        for device in &network.devices {
            *macs.entry(device.base_mac()).or_insert(0) += 1;
            for port in &device.ports {
                port.mac.into_iter().for_each(|mac| *macs.entry(mac).or_insert(0) += 1);
                for (address, _) in &port.addresses {
                    *addresses.entry(*address).or_insert(0) += 1;
                }
            }
            assert!(device.address.is_some_and(|address| !matches!(address.octets()[3], 0 | 255)));
        }
        assert!(macs.values().all(|count| *count == 1));
        let shared: Vec<_> = addresses.iter().filter(|(_, count)| **count > 1).collect();
        assert_eq!(shared.len(), 2, "the gateways of the two core sites: {shared:?}");
        assert!(shared.iter().all(|(_, count)| **count == 2));
    }

    #[test]
    fn interfaces_lie_on_each_other_as_rfc_2863_says() {
        const STACK: [u32; 10] = [1, 3, 6, 1, 2, 1, 31, 1, 2, 1];
        let network = bank();
        let core = rows(&network.mib(0), &STACK, 3);
        let has = |rows: &[(Vec<u32>, Value)], above: u32, below: u32| {
            rows.iter().any(|(row, _)| row[..] == [above, below])
        };
        for member in 49..=52 {
            assert!(has(&core, 53, member) && has(&core, member, 0) && !has(&core, 0, member));
        }
        assert!(has(&core, 0, 53) && !has(&core, 53, 0) && has(&core, 0, 54) && has(&core, 54, 0));
        let router = rows(&network.mib(4), &STACK, 3);
        assert!(has(&router, 5, 3) && has(&router, 0, 5) && has(&router, 3, 0));
        let bundles = rows(&network.mib(0), &[1, 2, 840, 10006, 300, 43, 1, 2, 1, 1], 13);
        assert_eq!(bundles.len(), 4);
    }
}
