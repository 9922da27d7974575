use super::*;
use crate::synth::{Connection, Device, Habit, Make};

const SMALL: &str = "
devices:
  - {name: tbilisi-core-1, make: nxos, role: core, ports: 8, aliases: {1: ISP Magti 200M, 8: 'PC: 3'}}
  - {name: gori-r1, role: branch, ports: 4, site: gori-office}
  - name: gori-sw1
    make: junos
    ports: 12
    habits: [no_name, text_macs]
    lags: {1: [11, ge-0/0/11]}
cables:
  - [tbilisi-core-1:2, gori-r1:Gi0/0/0]
  - [gori-sw1:11, tbilisi-core-1:Ethernet1/4]
  - [gori-sw1:ge-0/0/11, tbilisi-core-1:5]
endpoints: {telephone: [gori-sw1:1], camera: [gori-sw1:ge-0/0/1]}
";

fn read(text: &str) -> Network {
    Network::read(text, 1).unwrap()
}

#[test]
fn a_file_is_devices_cables_and_endpoints() {
    let network = read(SMALL);
    let about = |device: &Device| (device.name.clone(), device.make, device.role, device.site.clone());
    let devices: Vec<_> = network.devices.iter().map(about).collect();
    let device = |name: &str, make, role, site: &str| (name.to_owned(), make, role, site.to_owned());
    assert_eq!(
        devices,
        [
            device("tbilisi-core-1", Make::NxOs, "core", "tbilisi"),
            device("gori-r1", Make::Ios, "branch", "gori-office"),
            device("gori-sw1", Make::Junos, "access", "gori"),
        ]
    );
    let cables: Vec<_> = network
        .truth()
        .iter()
        .map(|Connection { a, b }| format!("{}:{} {}:{}", a.device, a.if_name, b.device, b.if_name))
        .collect();
    assert_eq!(
        cables,
        [
            "tbilisi-core-1:Ethernet1/2 gori-r1:Gi0/0/0",
            "gori-sw1:ge-0/0/10 tbilisi-core-1:Ethernet1/4",
            "gori-sw1:ge-0/0/11 tbilisi-core-1:Ethernet1/5",
        ]
    );
    let [core, router, switch] = &network.devices[..] else { panic!("three devices") };
    assert!(switch.has(Habit::NoName) && switch.has(Habit::IfIndexIds) && !router.has(Habit::NoName));
    let channel = switch.ports.last().unwrap();
    assert_eq!((channel.name.as_str(), channel.oper_up), ("ae1", true));
    let bundled: Vec<u32> = switch
        .ports
        .iter()
        .filter(|port| port.bundle == Some(channel.index))
        .map(|port| port.index)
        .collect();
    assert_eq!(bundled, [11, 12]);
    let up = |device: &Device| -> Vec<u32> {
        device.ports.iter().filter(|port| port.oper_up && port.mac.is_some()).map(|port| port.index).collect()
    };
    assert_eq!((up(core), up(router), up(switch)), (vec![1, 2, 4, 5, 8], vec![1], vec![1, 2, 11, 12]));
    let line = core.port(1).unwrap();
    assert_eq!((line.alias.as_str(), line.provider), ("ISP Magti 200M", Some("magti")));
    assert_eq!(router.port(1).unwrap().alias, "TRUNK to tbilisi-core-1 Ethernet1/2");
    let kinds: Vec<_> = network.endpoints().iter().map(|one| (one.if_index, one.kind)).collect();
    assert_eq!(kinds, [(1, EndpointKind::Telephone), (2, EndpointKind::Camera)]);
}

#[test]
fn a_mistake_is_named_with_line_and_key() {
    let with = |from: &str, to: &str| SMALL.replace(from, to);
    for (text, expected) in [
        (
            with("make: junos", "make: jnos"),
            "line 6: devices[gori-sw1].make: unknown: \"jnos\", expected one of ios, ",
        ),
        (
            with("[no_name, text_macs]", "[no_name, text]"),
            "line 8: devices[gori-sw1].habits: unknown: \"text\", ",
        ),
        (
            with("role: core", "role: kore"),
            "line 3: devices[tbilisi-core-1].role: unknown: \"kore\", expected one of core, branch, access",
        ),
        (
            with("ports: 12", "ports: many"),
            "line 7: devices[gori-sw1].ports: expected a number up to 4000, found \"many\"",
        ),
        (
            with("    ports: 12", "    port: 12"),
            "line 7: devices[gori-sw1].port: unknown key, expected one of name, make, ",
        ),
        (
            with("name: gori-r1", "name: gori-sw1"),
            "line 5: devices[gori-sw1].name: another device has this name",
        ),
        (with("gori-sw1\n", "gori:1\n"), "line 5: devices[2].name: expected letters, digits"),
        (
            with("gori-r1:Gi0/0/0", "gori-r2:1"),
            "line 11: cables[0]: no device \"gori-r2\", only tbilisi-core-1, gori-r1, gori-sw1",
        ),
        (
            with("gori-r1:Gi0/0/0", "gori-r1:9"),
            "line 11: cables[0]: gori-r1 has no port \"9\", only Gi0/0/0, Gi0/0/1, ",
        ),
        (with("gori-r1:Gi0/0/0", "gori-r1:Lo0"), "line 11: cables[0]: Lo0 of gori-r1 is a virtual interface"),
        (
            with("gori-r1:Gi0/0/0", "gori-r1"),
            "line 11: cables[0]: expected a device and its port, like gori-sw1:3",
        ),
        (with(", gori-r1:Gi0/0/0", ""), "line 11: cables[0]: expected two ends, like "),
        (
            with("tbilisi-core-1:5", "tbilisi-core-1:4"),
            "line 13: cables[2]: tbilisi-core-1:Ethernet1/4 is taken already, on line 12",
        ),
        (
            with("telephone", "phone"),
            "line 14: endpoints.phone: unknown key, expected one of telephone, access_point, ",
        ),
        (
            with("{1: [11,", "{x: [11,"),
            "line 9: devices[gori-sw1].lags.x: expected the number of a port channel",
        ),
        (
            with("[11, ge-0/0/11]", "[11, 40]"),
            "line 9: devices[gori-sw1].lags.1: gori-sw1 has no port \"40\", ",
        ),
        (
            with("aliases: {1:", "aliases: {77:"),
            "line 3: devices[tbilisi-core-1].aliases.77: tbilisi-core-1 has no port",
        ),
        (
            with("[tbilisi-core-1:2, gori-r1:Gi0/0/0]", "5"),
            "line 11: cables[0]: expected a list, found a text",
        ),
        (with("endpoints:", "devices:"), "line 14: devices: written twice, first on line 2"),
        ("cables: []".to_owned(), "line 1: devices: missing, expected a list like "),
        (String::new(), "line 1: devices: missing"),
        ("devices: [".to_owned(), "line 1: not valid YAML: "),
    ] {
        let error = Network::read(&text, 1).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}\nexpected {expected}");
    }
}
