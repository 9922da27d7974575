//! Interface names as they are compared: `GigabitEthernet1/0/1`, `Gi1/0/1` and `gigabitethernet 1/0/1` are one port. For
//! comparison on one device only; what is shown is the device's own name.

/// Heads of names, and the family each belongs to. Heads that are not here are families of their own: Junos' `ge-`, `xe-`
/// are no Cisco names, and a `PO` is none either, but Packet over SONET.
const FAMILIES: &[(&str, &[&str])] = &[
    ("fa", &["fa", "fas", "fastethernet", "fe"]),
    ("gi", &["gi", "gig", "gige", "gigabitethernet", "gigaethernet", "ge"]),
    (
        "te",
        &[
            "te",
            "ten",
            "tengige",
            "tengigabitethernet",
            "ten-gigabitethernet",
            "xge",
            "xgigabitethernet",
            "xgigaethernet",
        ],
    ),
    ("twe", &["twe", "twentyfivegige", "twentyfivegigabitethernet", "twenty-fivegige", "25ge", "wge"]),
    ("tw", &["tw", "twogigabitethernet"]),
    ("fi", &["fi", "fivegigabitethernet"]),
    ("fo", &["fo", "fortygige", "fortygigabitethernet", "fge", "40ge"]),
    ("fif", &["fif", "fiftygige", "fiftygigabitethernet"]),
    ("hu", &["hu", "hundredgige", "hundredgigabitethernet", "hge", "100ge"]),
    ("th", &["th", "twohundredgige", "twohundredgigabitethernet"]),
    ("fh", &["fh", "fourhundredgige", "fourhundredgigabitethernet"]),
    ("et", &["eth", "ethernet", "et"]),
    ("po", &["po", "port-channel", "portchannel"]),
    ("bagg", &["bagg", "bridge-aggregation"]),
    ("ragg", &["ragg", "route-aggregation"]),
    ("be", &["be", "bundle-ether"]),
    ("eth-trunk", &["eth-trunk"]),
    ("vl", &["vl", "vlan", "vlan-interface", "vlanif"]),
    ("lo", &["lo", "loopback"]),
    ("tu", &["tu", "tunnel"]),
    ("se", &["se", "serial"]),
    ("mg", &["mg", "mgmt", "ma", "management", "managementethernet", "mgmteth"]),
];

/// What a name is compared by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Canonical {
    family: String,
    numbers: String,
}

/// What a name is compared by; `None` where it has no number: such a text is no interface's name in this sense.
pub fn canonical(name: &str) -> Option<Canonical> {
    let name = name.trim();
    // IOS-XR writes MgmtEth0/RP0, TenGigE0/0; a family never begins with a digit but for the speeds of Huawei (40GE1/0/1).
    let speed = ["100GE", "25GE", "40GE", "10GE"].into_iter().find(|speed| name.starts_with(speed));
    let start = match speed {
        Some(speed) => speed.len(),
        None => name.find(|c: char| c.is_ascii_digit() || c == '/')?,
    };
    let (head, numbers) = (name.get(..start)?, name.get(start..)?);
    let numbers: String =
        numbers.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    if numbers.is_empty() {
        return None;
    }
    let head = head.trim();
    if head == "PO" {
        return Some(Canonical { family: "pos".into(), numbers });
    }
    let head = match head.to_ascii_lowercase() {
        head if head == "10ge" => "te".to_owned(),
        head => head,
    };
    let family = FAMILIES.iter().find(|(_, heads)| heads.contains(&head.as_str())).map(|(family, _)| *family);
    Some(Canonical { family: family.map_or(head, str::to_owned), numbers })
}

/// The name of the port that a unit or sub-interface lies on: `ge-0/0/1.0` → `ge-0/0/1`, `Gi0/1.100` → `Gi0/1`.
pub fn parent(name: &str) -> Option<&str> {
    let (port, unit) = name.rsplit_once('.')?;
    let numbered = !unit.is_empty() && unit.bytes().all(|b| b.is_ascii_digit());
    (numbered && port.ends_with(|c: char| c.is_ascii_digit())).then_some(port)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_port() {
        for same in [
            &["GigabitEthernet1/0/1", "Gi1/0/1", "gigabitEthernet 1/0/1", "GE1/0/1", "gige1/0/1"][..],
            &["TenGigabitEthernet1/1/4", "Te1/1/4", "Ten-GigabitEthernet1/1/4", "XGE1/1/4", "10GE1/1/4"],
            &["Ethernet1/1", "Eth1/1", "eth1/1"],
            &["Port-channel12", "port-channel 12", "Po12", "po12"],
            &["FortyGigE 1/49", "Fo1/49", "fortyGigE1/49"],
            &["Vlan10", "vlan-interface10", "Vlanif10", "vl10"],
        ] {
            let keys: Vec<_> = same.iter().map(|name| canonical(name).expect("a name")).collect();
            assert!(keys.iter().all(|key| *key == keys[0]), "{same:?}: {keys:?}");
        }
    }

    #[test]
    fn names_that_differ() {
        for (one, two) in [
            ("Gi1/0/1", "Gi1/0/10"),
            ("PO1/0", "Po1/0"),
            ("xe-0/0/1", "Te0/0/1"),
            ("ge-0/0/1", "Gi0/0/1"),
            ("FiberEthernet1/0/18", "gigabitEthernet 1/0/18"),
            ("Fa0/1", "Gi0/1"),
            ("ge-0/0/1", "ge-0/0/1.0"),
            ("Eth-Trunk1", "Eth1"),
        ] {
            assert_ne!(canonical(one), canonical(two), "{one} {two}");
        }
        assert_eq!(canonical("uplink"), None);
        assert_eq!(canonical(""), None);
    }

    #[test]
    fn units_lie_on_ports() {
        assert_eq!(parent("ge-0/0/1.0"), Some("ge-0/0/1"));
        assert_eq!(parent("Gi0/1.100"), Some("Gi0/1"));
        assert_eq!(parent("Gi0/1"), None);
        assert_eq!(parent("lo.a"), None);
    }

    proptest! {
        #[test]
        fn no_name_breaks_it(name in ".*") {
            let _ = (canonical(&name), parent(&name));
        }
    }
}
