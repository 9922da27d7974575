//! Whether the device behind a name is still the same piece of hardware, and whether it stands elsewhere too.

use std::collections::HashMap;

use crate::facts::DeviceFacts;

/// A device that has another sign of identity than it had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Which sign, such as `serial`.
    pub sign: &'static str,
    /// What it was.
    pub old: String,
    /// What it is.
    pub new: String,
}

/// Whether a device's hardware has been replaced, by the strongest sign that is known on both sides: its serial
/// number, its chassis' MAC address, its SNMP engine id, its sysObjectID.
pub fn replaced(known: &DeviceFacts, found: &DeviceFacts) -> Option<Replaced> {
    let signs = [
        ("serial", serial(known), serial(found)),
        ("chassis", chassis(known), chassis(found)),
        ("engine_id", known.engine_id.as_str(), found.engine_id.as_str()),
        ("sys_object_id", known.sys_object_id.as_str(), found.sys_object_id.as_str()),
    ];
    let (sign, old, new) = signs.into_iter().find(|(_, old, new)| !old.is_empty() && !new.is_empty())?;
    (old != new).then(|| Replaced { sign, old: old.into(), new: new.into() })
}

/// By which sign and where else a device was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting<'a> {
    /// The sign, such as `serial`.
    pub sign: &'static str,
    /// Its value.
    pub value: &'a str,
    /// The other device that has it.
    pub other: &'a DeviceFacts,
}

/// Other devices of the fleet that have this one's serial number or chassis: it was moved there or from there, or
/// stands in the inventory twice.
pub fn sightings<'a>(
    found: &'a DeviceFacts,
    fleet: impl Iterator<Item = &'a DeviceFacts>,
) -> Vec<Sighting<'a>> {
    let signs = [("serial", serial as fn(&DeviceFacts) -> &str), ("chassis", chassis)];
    let mut sightings: HashMap<&str, Sighting<'a>> = HashMap::new();
    for other in fleet.filter(|other| other.name != found.name) {
        for (sign, of) in signs {
            let value = of(found);
            if !value.is_empty() && value == of(other) {
                sightings.entry(&other.name).or_insert(Sighting { sign, value, other });
            }
        }
    }
    let mut sightings: Vec<_> = sightings.into_values().collect();
    sightings.sort_by(|a, b| a.other.name.cmp(&b.other.name));
    sightings
}

/// A device's serial number, unless it is one that vendors put where there is none: shorter than four characters, one
/// character over and over, or words.
fn serial(facts: &DeviceFacts) -> &str {
    let serial = facts.serial.trim();
    let filler = serial.chars().count() < 4
        || !serial.chars().any(|c| c.is_ascii_digit())
        || serial.chars().all(|c| serial.starts_with(c))
        || serial.starts_with("0123456789");
    if filler { "" } else { serial }
}

/// A chassis' MAC address, unless it is all zeros or ones.
fn chassis(facts: &DeviceFacts) -> &str {
    let digits = || facts.chassis.chars().filter(char::is_ascii_hexdigit);
    let filler = digits().all(|c| c == '0') || digits().all(|c| c.eq_ignore_ascii_case(&'f'));
    if filler { "" } else { &facts.chassis }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(serial: &str, chassis: &str, engine: &str, object: &str) -> DeviceFacts {
        DeviceFacts {
            serial: serial.into(),
            chassis: chassis.into(),
            engine_id: engine.into(),
            sys_object_id: object.into(),
            ..DeviceFacts::default()
        }
    }

    #[test]
    fn the_strongest_sign_that_both_have_decides() {
        for (known, found, expected) in [
            // serial, chassis, engine id, sysObjectID
            (("FOC1", "", "", ""), ("FOC1", "", "", ""), None),
            (("FOC1", "", "", ""), ("FOC2", "", "", ""), Some("serial")),
            (("FOC1", "aa:01", "80", "1.1"), ("FOC1", "aa:02", "81", "1.2"), None),
            (("FOC1", "aa:01", "", ""), ("", "aa:02", "", ""), Some("chassis")),
            (("", "aa:01", "80", "1.1"), ("FOC9", "aa:01", "81", "1.1"), None),
            (("", "", "80", "1.1"), ("", "", "81", "1.1"), Some("engine_id")),
            (("", "", "", "1.1"), ("", "", "81", "1.2"), Some("sys_object_id")),
            (("", "", "", ""), ("FOC1", "aa:01", "81", "1.2"), None),
            // What vendors write where there is no serial number is none.
            (("N/A", "", "", ""), ("FOC1", "", "", ""), None),
            (("0000000000", "", "", ""), ("FOC1", "", "", ""), None),
            (("", "00:00:00:00:00:00", "", ""), ("", "aa:01", "", ""), None),
        ] {
            let facts = |(serial, chassis, engine, object)| device(serial, chassis, engine, object);
            let found = replaced(&facts(known), &facts(found));
            assert_eq!(found.map(|replaced| replaced.sign), expected, "{known:?}");
        }
    }

    #[test]
    fn one_chassis_under_two_names() {
        let named = |name: &str, facts: DeviceFacts| DeviceFacts { name: name.into(), ..facts };
        let fleet = [
            named("a", device("FOC1", "", "", "")),
            named("b", device("Unknown", "aa:01", "", "")),
            named("c", device("FOC2", "", "", "")),
        ];
        let found = named("new", device("FOC1", "aa:01", "", ""));
        let seen: Vec<_> =
            sightings(&found, fleet.iter()).iter().map(|s| (s.sign, s.other.name.clone())).collect();
        assert_eq!(seen, [("serial", "a".to_string()), ("chassis", "b".to_string())]);
        assert_eq!(sightings(&fleet[1], fleet.iter()), []);
    }
}
