//! The objects that are decoded, by the names of their MIBs. Scalars are named by their instance.

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
/// snmpEngineID (SNMP-FRAMEWORK-MIB).
pub const ENGINE_ID: &[u32] = &[1, 3, 6, 1, 6, 3, 10, 2, 1, 1, 0];
/// dot1dBaseBridgeAddress (BRIDGE-MIB): the chassis' own MAC address.
pub const BRIDGE_ADDRESS: &[u32] = &[1, 3, 6, 1, 2, 1, 17, 1, 1, 0];
/// lldpLocChassisId (LLDP-MIB).
pub const CHASSIS_ID: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 3, 2, 0];
/// lldpLocChassisIdSubtype (LLDP-MIB).
pub const CHASSIS_ID_SUBTYPE: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 3, 1, 0];
/// ifIndex (IF-MIB).
pub const IF_INDEX: &[u32] = &[1, 3, 6, 1, 2, 1, 2, 2, 1, 1];
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

/// The name of each in its MIB.
const NAMES: &[(&[u32], &str)] = &[
    (SYS_DESCR, "sysDescr"),
    (SYS_OBJECT_ID, "sysObjectID"),
    (SYS_UP_TIME, "sysUpTime"),
    (SYS_NAME, "sysName"),
    (SYS_LOCATION, "sysLocation"),
    (ENGINE_ID, "snmpEngineID"),
    (BRIDGE_ADDRESS, "dot1dBaseBridgeAddress"),
    (CHASSIS_ID, "lldpLocChassisId"),
    (CHASSIS_ID_SUBTYPE, "lldpLocChassisIdSubtype"),
    (IF_INDEX, "ifIndex"),
    (IF_DESCR, "ifDescr"),
    (IF_TYPE, "ifType"),
    (IF_MTU, "ifMtu"),
    (IF_SPEED, "ifSpeed"),
    (IF_PHYS_ADDRESS, "ifPhysAddress"),
    (IF_ADMIN_STATUS, "ifAdminStatus"),
    (IF_OPER_STATUS, "ifOperStatus"),
    (IF_LAST_CHANGE, "ifLastChange"),
    (IF_NAME, "ifName"),
    (IF_HIGH_SPEED, "ifHighSpeed"),
    (IF_CONNECTOR_PRESENT, "ifConnectorPresent"),
    (IF_ALIAS, "ifAlias"),
    (IF_STACK_STATUS, "ifStackStatus"),
    (DUPLEX_STATUS, "dot3StatsDuplexStatus"),
    (IP_AD_ENT_IF_INDEX, "ipAdEntIfIndex"),
    (IP_AD_ENT_NET_MASK, "ipAdEntNetMask"),
    (IP_ADDRESS_IF_INDEX, "ipAddressIfIndex"),
    (IP_ADDRESS_PREFIX, "ipAddressPrefix"),
    (ENT_CLASS, "entPhysicalClass"),
    (ENT_SERIAL, "entPhysicalSerialNum"),
    (ENT_MODEL, "entPhysicalModelName"),
];

/// The name of an object in its MIB, such as `ifAlias`; empty where it is none of these.
pub fn name(arcs: &[u32]) -> &'static str {
    let known = NAMES.iter().find(|(known, _)| *known == arcs).map(|(_, name)| *name);
    known.unwrap_or_else(|| crate::topology::oids::name(arcs))
}
