//! Habits: what agents of different makes do otherwise than the MIBs say, or than others do, in LLDP and CDP.

/// One habit. Each is a fact about real devices; a [`super::Make`] is a set of them, and a device may have more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Habit {
    /// It sends and hears no LLDP.
    NoLldp,
    /// It sends and hears no CDP.
    NoCdp,

    /// LLDP counts ports as the bridge does: dot1dBasePortIfIndex explains the numbers (IOS, EOS, EXOS).
    BridgePorts,
    /// So it does, but dot1dBasePortIfIndex names other ports (EX3300).
    AstrayBridge,
    /// LLDP's port numbers are explained nowhere; only the ports' names tell (Comware).
    OwnNumbers,
    /// All neighbours are on port 0; a table of the vendor's knows the interfaces (RouterOS before 7.7).
    PortZero,

    /// A port's id is `local`: the ifIndex as a text (Junos, ProCurve, AOS).
    IfIndexIds,
    /// A port's id is its MAC address (Linux with lldpd).
    MacIds,
    /// A port's id is what somebody wrote on it, under the subtype of a name (FortiOS).
    AliasIds,
    /// A port's id says nothing, and its description is the name (Comware).
    NamesInDescr,
    /// A port is called as its logical unit, `ge-0/0/1.0` (Junos).
    UnitIds,
    /// A port's description is what somebody wrote on it (NX-OS).
    AliasDescr,
    /// A port has no description (RouterOS).
    NoDescr,
    /// In its own table of ports, id and description have changed places (NX-OS 6).
    SwappedLocal,

    /// Its chassis id is its management address, five octets with the family before (telephones).
    AddressChassis,
    /// MAC addresses are sent as texts, `00-1b-00-00-10-01`.
    TextMacs,
    /// Texts end with a NUL and what was in memory behind it.
    NulEnded,
    /// Chassis and port id have changed places: the port's name, and its MAC address (distributed switches of VMware).
    SwappedIds,
    /// It sends no name.
    NoName,
    /// The octets of its capabilities have changed places.
    SwappedCapabilities,

    /// Rows of lldpRemTable that were superseded stay, under an older timeMark.
    OldRows,
    /// lldpRemIndex counts from 0 (NX-OS).
    CountsFromZero,
    /// lldpRemIndex is 1 for everybody: unique on a port only.
    SameIndex,
    /// It hears CDP but sends none, and has who it hears there in its LLDP table too (ProCurve).
    CdpInLldp,
    /// The index of a management address lacks its length.
    ShortAddresses,
    /// Of a management address it has the columns that cannot be read (RouterOS).
    HiddenAddresses,
    /// Management addresses are under another lldpRemIndex than their neighbours (FortiSwitch).
    OtherAddressRows,
    /// It has LLDP-V2-MIB in place of LLDP-MIB.
    LldpV2,
    /// It has Nokia's own table in place of LLDP-MIB's (SR OS).
    Timetra,
    /// It has TP-Link's own table in place of LLDP-MIB's.
    TpLink,

    /// In CDP it is `name(SERIAL)` (NX-OS).
    NameAndSerial,
    /// In CDP it is `SERIAL(name)` (CatOS).
    SerialAndName,
    /// In CDP its address is 0.0.0.0.
    NoCdpAddress,
    /// Addresses it hears in CDP have LLDP's octet of the family before them.
    FiveOctetAddresses,
}

use Habit::*;

/// The habits by the names they have in files.
const NAMES: &[(&str, Habit)] = &[
    ("no_lldp", NoLldp),
    ("no_cdp", NoCdp),
    ("bridge_ports", BridgePorts),
    ("astray_bridge", AstrayBridge),
    ("own_numbers", OwnNumbers),
    ("port_zero", PortZero),
    ("if_index_ids", IfIndexIds),
    ("mac_ids", MacIds),
    ("alias_ids", AliasIds),
    ("names_in_descr", NamesInDescr),
    ("unit_ids", UnitIds),
    ("alias_descr", AliasDescr),
    ("no_descr", NoDescr),
    ("swapped_local", SwappedLocal),
    ("address_chassis", AddressChassis),
    ("text_macs", TextMacs),
    ("nul_ended", NulEnded),
    ("swapped_ids", SwappedIds),
    ("no_name", NoName),
    ("swapped_capabilities", SwappedCapabilities),
    ("old_rows", OldRows),
    ("counts_from_zero", CountsFromZero),
    ("same_index", SameIndex),
    ("cdp_in_lldp", CdpInLldp),
    ("short_addresses", ShortAddresses),
    ("hidden_addresses", HiddenAddresses),
    ("other_address_rows", OtherAddressRows),
    ("lldp_v2", LldpV2),
    ("timetra", Timetra),
    ("tplink", TpLink),
    ("name_and_serial", NameAndSerial),
    ("serial_and_name", SerialAndName),
    ("no_cdp_address", NoCdpAddress),
    ("five_octet_addresses", FiveOctetAddresses),
];

impl Habit {
    /// All habits.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(_, habit)| *habit)
    }

    /// The habit of this name.
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, habit)| *habit)
    }

    /// Its name in files.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, habit)| *habit == self).map_or("", |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mib::Object;
    use crate::oid::Oid;
    use crate::synth::Network;

    /// What a device says and what its neighbour hears of it, where the device has these habits.
    fn said(habits: &str) -> [Vec<(Oid, Object)>; 2] {
        let text = format!(
            "devices:\n  - {{name: one, ports: 4, aliases: {{1: to the other}}, habits: [{habits}]}}\n  - {{name: other, ports: 4}}\n\
             cables: [[one:1, other:1], [one:2, other:2]]\n"
        );
        let network = Network::read(&text, 1).unwrap();
        [0, 1].map(|place| {
            network.mib(place).iter().map(|(name, object)| (name.clone(), object.clone())).collect()
        })
    }

    #[test]
    fn every_habit_shows() {
        let plain = said("");
        for habit in Habit::all() {
            assert_eq!(Habit::named(habit.name()), Some(habit));
            // IOS counts as its bridge does, by its make.
            assert_eq!(said(habit.name()) == plain, habit == BridgePorts, "{habit:?}");
        }
        let readme = include_str!("../../README.md");
        for (name, _) in NAMES {
            assert!(readme.contains(&format!("`{name}`")), "crates/lab/README.md does not name {name}");
        }
    }
}
