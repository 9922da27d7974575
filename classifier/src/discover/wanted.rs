//! What a walk asks for: pure.

use snmp::{Oid, Subtree, Wanted};

/// sysDescr (SNMPv2-MIB).
pub const SYS_DESCR: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 1, 0];
/// sysObjectID (SNMPv2-MIB).
pub const SYS_OBJECT_ID: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 2, 0];
/// sysUpTime (SNMPv2-MIB), in hundredths of a second.
pub const SYS_UP_TIME: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 3, 0];
/// sysName (SNMPv2-MIB).
pub const SYS_NAME: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 5, 0];
/// sysLocation (SNMPv2-MIB).
pub const SYS_LOCATION: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 6, 0];
/// ifNumber (IF-MIB).
pub const IF_NUMBER: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 1, 0];
/// ifTableLastChange (IF-MIB): sysUpTime when a row last came or went.
pub const IF_TABLE_LAST_CHANGE: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 5, 0];
/// ifStackLastChange (IF-MIB): sysUpTime when the stack of interfaces last changed.
pub const IF_STACK_LAST_CHANGE: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 6, 0];
/// entLastChangeTime (ENTITY-MIB): sysUpTime when a part last came or went.
pub const ENT_LAST_CHANGE_TIME: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 4, 1, 0];
/// snmpEngineID (SNMP-FRAMEWORK-MIB).
pub const ENGINE_ID: &[u32] = &[1, 3, 6, 1, 6, 3, 10, 2, 1, 1, 0];
/// snmpEngineBoots (SNMP-FRAMEWORK-MIB).
pub const ENGINE_BOOTS: &[u32] = &[1, 3, 6, 1, 6, 3, 10, 2, 1, 2, 0];
/// dot1dBaseBridgeAddress (BRIDGE-MIB): the chassis' own MAC address.
pub const BRIDGE_ADDRESS: &[u32] = &[1, 3, 6, 1, 2, 1, 17, 1, 1, 0];

/// ifDescr (IF-MIB).
pub const IF_DESCR: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 2];
/// ifType (IF-MIB).
pub const IF_TYPE: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 3];
/// ifMtu (IF-MIB).
pub const IF_MTU: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 4];
/// ifSpeed (IF-MIB), in bits a second; saturates at 2^32 - 1.
pub const IF_SPEED: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 5];
/// ifPhysAddress (IF-MIB).
pub const IF_PHYS_ADDRESS: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 6];
/// ifAdminStatus (IF-MIB).
pub const IF_ADMIN_STATUS: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 7];
/// ifOperStatus (IF-MIB).
pub const IF_OPER_STATUS: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 8];
/// ifLastChange (IF-MIB): sysUpTime when the status last changed.
pub const IF_LAST_CHANGE: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 9];
/// ifName (IF-MIB).
pub const IF_NAME: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1];
/// ifHighSpeed (IF-MIB), in millions of bits a second.
pub const IF_HIGH_SPEED: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 15];
/// ifConnectorPresent (IF-MIB).
pub const IF_CONNECTOR_PRESENT: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 17];
/// ifAlias (IF-MIB).
pub const IF_ALIAS: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 18];
/// ifStackStatus (IF-MIB), by the interface above and the one below.
pub const IF_STACK_STATUS: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 2, 1, 3];
/// dot3StatsDuplexStatus (EtherLike-MIB).
pub const DUPLEX_STATUS: &[u32] = &[1, 3, 6, 1, 2, 1, 10, 7, 2, 1, 19];
/// ipAdEntIfIndex (RFC1213-MIB).
pub const IP_AD_ENT_IF_INDEX: &[u32] = &[1, 3, 6, 1, 2, 1, 4, 20, 1, 2];
/// ipAdEntNetMask (RFC1213-MIB).
pub const IP_AD_ENT_NET_MASK: &[u32] = &[1, 3, 6, 1, 2, 1, 4, 20, 1, 3];
/// ipAddressIfIndex (IP-MIB).
pub const IP_ADDRESS_IF_INDEX: &[u32] = &[1, 3, 6, 1, 2, 1, 4, 34, 1, 3];
/// ipAddressPrefix (IP-MIB).
pub const IP_ADDRESS_PREFIX: &[u32] = &[1, 3, 6, 1, 2, 1, 4, 34, 1, 5];
/// entPhysicalClass (ENTITY-MIB).
pub const ENT_CLASS: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 5];
/// entPhysicalSerialNum (ENTITY-MIB).
pub const ENT_SERIAL: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 11];
/// entPhysicalModelName (ENTITY-MIB).
pub const ENT_MODEL: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1, 13];

/// How much of a device is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What changes without the device saying so: names, descriptions, statuses, speeds.
    Cheap,
    /// All that is known of interfaces, addresses, the stack and the hardware. Neighbours will belong here.
    Full,
}

/// The first request: whether the device answers, who it is, and whether anything has changed.
const PROBE: &[&[u32]] = &[
    SYS_DESCR,
    SYS_OBJECT_ID,
    SYS_UP_TIME,
    SYS_NAME,
    SYS_LOCATION,
    IF_NUMBER,
    IF_TABLE_LAST_CHANGE,
    IF_STACK_LAST_CHANGE,
    ENT_LAST_CHANGE_TIME,
    ENGINE_ID,
    ENGINE_BOOTS,
];

/// Of each interface, on every walk. ifDescr is among them, as it is the name where there is no ifName.
const CHEAP: &[&[u32]] =
    &[IF_DESCR, IF_SPEED, IF_ADMIN_STATUS, IF_OPER_STATUS, IF_LAST_CHANGE, IF_NAME, IF_HIGH_SPEED, IF_ALIAS];

/// Beside them, on full walks.
const FULL: &[&[u32]] = &[
    IF_TYPE,
    IF_MTU,
    IF_PHYS_ADDRESS,
    IF_CONNECTOR_PRESENT,
    IF_STACK_STATUS,
    DUPLEX_STATUS,
    IP_AD_ENT_IF_INDEX,
    IP_AD_ENT_NET_MASK,
    IP_ADDRESS_IF_INDEX,
    IP_ADDRESS_PREFIX,
    ENT_CLASS,
    ENT_SERIAL,
    ENT_MODEL,
];

/// What the first request asks.
pub fn probe() -> Wanted {
    Wanted { get: PROBE.iter().map(|arcs| Oid::new(*arcs)).collect(), subtrees: Vec::new() }
}

/// What is asked once the device has answered.
pub fn wanted(depth: Depth) -> Wanted {
    let column = |arcs: &&[u32]| Subtree { oid: Oid::new(*arcs), scalar: false };
    match depth {
        Depth::Cheap => Wanted { get: Vec::new(), subtrees: CHEAP.iter().map(column).collect() },
        Depth::Full => Wanted {
            get: vec![Oid::new(BRIDGE_ADDRESS)],
            subtrees: CHEAP.iter().chain(FULL).map(column).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_walk_reads_what_a_cheap_one_does_and_no_column_twice() {
        let (cheap, full) = (wanted(Depth::Cheap).subtrees, wanted(Depth::Full).subtrees);
        assert!(cheap.iter().all(|column| full.contains(column)));
        for (nth, column) in full.iter().enumerate() {
            assert!(full[nth + 1..].iter().all(|other| !other.oid.contains(&column.oid)), "{}", column.oid);
        }
        assert!(probe().get.iter().all(|oid| oid.arcs().last() == Some(&0)));
    }
}
