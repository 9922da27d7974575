//! What a walk asks for: pure.

use snmp::{Oid, Subtree, Wanted};

use crate::decode::oids::{
    BRIDGE_ADDRESS, CHASSIS_ID, CHASSIS_ID_SUBTYPE, DUPLEX_STATUS, ENGINE_ID, ENT_CLASS, ENT_MODEL,
    ENT_SERIAL, IF_ADMIN_STATUS, IF_ALIAS, IF_CONNECTOR_PRESENT, IF_DESCR, IF_HIGH_SPEED, IF_LAST_CHANGE,
    IF_MTU, IF_NAME, IF_OPER_STATUS, IF_PHYS_ADDRESS, IF_SPEED, IF_STACK_STATUS, IF_TYPE, IP_AD_ENT_IF_INDEX,
    IP_AD_ENT_NET_MASK, IP_ADDRESS_IF_INDEX, IP_ADDRESS_PREFIX, SYS_DESCR, SYS_LOCATION, SYS_NAME,
    SYS_OBJECT_ID, SYS_UP_TIME,
};
use crate::topology::oids as topology;

/// ifNumber (IF-MIB).
pub const IF_NUMBER: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 1, 0];
/// ifTableLastChange (IF-MIB): sysUpTime when a row last came or went.
pub const IF_TABLE_LAST_CHANGE: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 5, 0];
/// ifStackLastChange (IF-MIB): sysUpTime when the stack of interfaces last changed.
pub const IF_STACK_LAST_CHANGE: &[u32] = &[1, 3, 6, 1, 2, 1, 31, 1, 6, 0];
/// entLastChangeTime (ENTITY-MIB): sysUpTime when a part last came or went.
pub const ENT_LAST_CHANGE_TIME: &[u32] = &[1, 3, 6, 1, 2, 1, 47, 1, 4, 1, 0];
/// snmpEngineBoots (SNMP-FRAMEWORK-MIB).
pub const ENGINE_BOOTS: &[u32] = &[1, 3, 6, 1, 6, 3, 10, 2, 1, 2, 0];

/// How much of a device is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What changes without the device saying so: names, descriptions, statuses, speeds, and who is heard.
    Cheap,
    /// Beside it all that is known of interfaces, addresses, the stack and the hardware.
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
    topology::LLDP_LAST_CHANGE,
    topology::CDP_LAST_CHANGE,
    ENGINE_ID,
    ENGINE_BOOTS,
];

/// Of each interface, on every walk. ifDescr is among them, as it is the name where there is no ifName; ifPhysAddress, as
/// neighbours know a port by it, and a module that is exchanged has another.
const CHEAP: &[&[u32]] = &[
    IF_DESCR,
    IF_SPEED,
    IF_PHYS_ADDRESS,
    IF_ADMIN_STATUS,
    IF_OPER_STATUS,
    IF_LAST_CHANGE,
    IF_NAME,
    IF_HIGH_SPEED,
    IF_ALIAS,
];

/// Beside them, on full walks.
const FULL: &[&[u32]] = &[
    IF_TYPE,
    IF_MTU,
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

/// Columns of the tables of neighbours, on every walk: devices do not say reliably when a neighbour came or went, and nearly all
/// have LLDP or CDP.
const NEIGHBOURS: &[(&[u32], &[u32])] = &[
    (topology::LLDP_REM, &[4, 5, 6, 7, 8, 9, 10, 11, 12]),
    // MikroTiks answer with the columns that the MIB says cannot be read.
    (topology::LLDP_REM_MAN_ADDR, &[2, 3]),
    (topology::CDP_CACHE, &[3, 4, 5, 6, 7, 8, 9, 17, 19, 20, 21, 22]),
];

/// What else is said of neighbours: single columns, and tables that few devices have, as a whole.
const HEARD: &[&[u32]] = &[
    topology::MED_CLASS,
    topology::MED_SERIAL,
    topology::MED_MAKER,
    topology::MED_MODEL,
    topology::LLDP_V2_REM,
    topology::LLDP_V2_REM_MAN_ADDR,
    topology::TIMETRA_REM,
    topology::TPLINK_NEIGHBOUR,
    topology::MIKROTIK_PORT,
];

/// By which the local ports of neighbours are found, and aggregates: these change with the interfaces.
const OWN_PORTS: &[&[u32]] =
    &[topology::LLDP_LOC_MAN_ADDR, topology::LLDP_V2_LOC_PORT, topology::LAG_ATTACHED, topology::BRIDGE_PORT];

/// The same, column by column.
const OWN_COLUMNS: &[(&[u32], &[u32])] = &[(topology::LLDP_LOC_PORT, &[2, 3, 4])];

/// What a device calls itself.
const OWN_IDS: &[&[u32]] = &[
    BRIDGE_ADDRESS,
    CHASSIS_ID_SUBTYPE,
    CHASSIS_ID,
    topology::LLDP_LOC_SYS_NAME,
    topology::LLDP_V2_CHASSIS_ID_SUBTYPE,
    topology::LLDP_V2_CHASSIS_ID,
    topology::CDP_RUN,
    topology::CDP_DEVICE_ID,
];

/// What the first request asks.
pub fn probe() -> Wanted {
    Wanted { get: PROBE.iter().map(|arcs| Oid::new(*arcs)).collect(), ..Wanted::default() }
}

/// What is asked once the device has answered.
pub fn wanted(depth: Depth) -> Wanted {
    let column = |arcs: &&[u32]| Subtree { oid: Oid::new(*arcs), scalar: false };
    let heard = CHEAP.iter().chain(HEARD).map(column).chain(columns(NEIGHBOURS));
    match depth {
        Depth::Cheap => Wanted { subtrees: heard.collect(), ..Wanted::default() },
        Depth::Full => Wanted {
            get: OWN_IDS.iter().map(|arcs| Oid::new(*arcs)).collect(),
            subtrees: heard
                .chain(FULL.iter().chain(OWN_PORTS).map(column))
                .chain(columns(OWN_COLUMNS))
                .collect(),
            ..Wanted::default()
        },
    }
}

fn columns(tables: &'static [(&[u32], &[u32])]) -> impl Iterator<Item = Subtree> {
    tables.iter().flat_map(|(table, columns)| {
        columns
            .iter()
            .map(|column| Subtree { oid: Oid::new(&[*table, &[*column]].concat()[..]), scalar: false })
    })
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
