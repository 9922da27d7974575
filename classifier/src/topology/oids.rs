//! The objects that tell of neighbours, by the names of their MIBs. Scalars are named by their instance.

/// lldpRemEntry (LLDP-MIB), by timeMark, local port number and remote index.
pub const LLDP_REM: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 4, 1, 1];
/// lldpRemManAddrIfSubtype (LLDP-MIB), by the row of lldpRemTable, the kind of address, its length and octets.
pub const LLDP_REM_MAN_ADDR: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 4, 2, 1];
/// lldpLocPortEntry (LLDP-MIB), by local port number.
pub const LLDP_LOC_PORT: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 3, 7, 1];
/// lldpLocManAddrLen (LLDP-MIB), by kind of address, length, octets.
pub const LLDP_LOC_MAN_ADDR: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 3, 8, 1, 3];
/// lldpLocSysName (LLDP-MIB).
pub const LLDP_LOC_SYS_NAME: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 3, 3, 0];
/// lldpStatsRemTablesLastChangeTime (LLDP-MIB): sysUpTime when a neighbour last came, went or changed.
pub const LLDP_LAST_CHANGE: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 2, 1, 0];
/// lldpXMedRemDeviceClass (LLDP-EXT-MED-MIB), by the row of lldpRemTable.
pub const MED_CLASS: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 5, 4795, 1, 3, 1, 1, 3];
/// lldpXMedRemSerialNum (LLDP-EXT-MED-MIB).
pub const MED_SERIAL: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 5, 4795, 1, 3, 3, 1, 4];
/// lldpXMedRemMfgName (LLDP-EXT-MED-MIB).
pub const MED_MAKER: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 5, 4795, 1, 3, 3, 1, 5];
/// lldpXMedRemModelName (LLDP-EXT-MED-MIB).
pub const MED_MODEL: &[u32] = &[1, 0, 8802, 1, 1, 2, 1, 5, 4795, 1, 3, 3, 1, 6];
/// lldpV2RemEntry (LLDP-V2-MIB), by timeMark, ifIndex, destination address and remote index.
pub const LLDP_V2_REM: &[u32] = &[1, 3, 111, 2, 802, 1, 1, 13, 1, 4, 1, 1];
/// lldpV2RemManAddrEntry (LLDP-V2-MIB).
pub const LLDP_V2_REM_MAN_ADDR: &[u32] = &[1, 3, 111, 2, 802, 1, 1, 13, 1, 4, 2, 1];
/// lldpV2LocPortEntry (LLDP-V2-MIB), by ifIndex.
pub const LLDP_V2_LOC_PORT: &[u32] = &[1, 3, 111, 2, 802, 1, 1, 13, 1, 3, 7, 1];
/// lldpV2LocChassisIdSubtype (LLDP-V2-MIB).
pub const LLDP_V2_CHASSIS_ID_SUBTYPE: &[u32] = &[1, 3, 111, 2, 802, 1, 1, 13, 1, 3, 1, 0];
/// lldpV2LocChassisId (LLDP-V2-MIB).
pub const LLDP_V2_CHASSIS_ID: &[u32] = &[1, 3, 111, 2, 802, 1, 1, 13, 1, 3, 2, 0];
/// cdpCacheEntry (CISCO-CDP-MIB), by ifIndex and device index.
pub const CDP_CACHE: &[u32] = &[1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 2, 1, 1];
/// cdpGlobalRun (CISCO-CDP-MIB).
pub const CDP_RUN: &[u32] = &[1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 3, 1, 0];
/// cdpGlobalDeviceId (CISCO-CDP-MIB): what the device calls itself in CDP.
pub const CDP_DEVICE_ID: &[u32] = &[1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 3, 4, 0];
/// cdpGlobalLastChange (CISCO-CDP-MIB): sysUpTime when the table of neighbours last changed.
pub const CDP_LAST_CHANGE: &[u32] = &[1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 3, 5, 0];
/// dot3adAggPortAttachedAggID (IEEE8023-LAG-MIB), by the part's ifIndex: the aggregate's ifIndex.
pub const LAG_ATTACHED: &[u32] = &[1, 2, 840, 10006, 300, 43, 1, 2, 1, 1, 13];
/// dot1dBasePortIfIndex (BRIDGE-MIB), by bridge port.
pub const BRIDGE_PORT: &[u32] = &[1, 3, 6, 1, 2, 1, 17, 1, 4, 1, 2];
/// mtxrNeighborInterfaceID (MIKROTIK-MIB), by the remote index of lldpRemTable: ifIndex.
pub const MIKROTIK_PORT: &[u32] = &[1, 3, 6, 1, 4, 1, 14988, 1, 1, 11, 1, 1, 8];
/// tmnxLldpRemEntry (TIMETRA-LLDP-MIB), by timeMark, ifIndex, destination address and remote index.
pub const TIMETRA_REM: &[u32] = &[1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 59, 4, 1, 1];
/// lldpNeighborInfoEntry (TPLINK-LLDPINFO-MIB), by ifIndex and number.
pub const TPLINK_NEIGHBOUR: &[u32] = &[1, 3, 6, 1, 4, 1, 11863, 6, 35, 1, 2, 2, 1];

/// Columns of lldpRemEntry.
pub mod rem {
    /// lldpRemChassisIdSubtype
    pub const CHASSIS_SUBTYPE: u32 = 4;
    /// lldpRemChassisId
    pub const CHASSIS: u32 = 5;
    /// lldpRemPortIdSubtype
    pub const PORT_SUBTYPE: u32 = 6;
    /// lldpRemPortId
    pub const PORT: u32 = 7;
    /// lldpRemPortDesc
    pub const PORT_DESCR: u32 = 8;
    /// lldpRemSysName
    pub const SYS_NAME: u32 = 9;
    /// lldpRemSysDesc
    pub const SYS_DESCR: u32 = 10;
    /// lldpRemSysCapSupported
    pub const CAP_SUPPORTED: u32 = 11;
    /// lldpRemSysCapEnabled
    pub const CAP_ENABLED: u32 = 12;
}

/// Columns of cdpCacheEntry.
pub mod cdp {
    /// cdpCacheAddressType
    pub const ADDRESS_TYPE: u32 = 3;
    /// cdpCacheAddress
    pub const ADDRESS: u32 = 4;
    /// cdpCacheVersion
    pub const VERSION: u32 = 5;
    /// cdpCacheDeviceId
    pub const DEVICE_ID: u32 = 6;
    /// cdpCacheDevicePort
    pub const DEVICE_PORT: u32 = 7;
    /// cdpCachePlatform
    pub const PLATFORM: u32 = 8;
    /// cdpCacheCapabilities
    pub const CAPABILITIES: u32 = 9;
    /// cdpCacheSysName
    pub const SYS_NAME: u32 = 17;
    /// cdpCachePrimaryMgmtAddrType
    pub const PRIMARY_TYPE: u32 = 19;
    /// cdpCachePrimaryMgmtAddr
    pub const PRIMARY: u32 = 20;
    /// cdpCacheSecondaryMgmtAddrType
    pub const SECONDARY_TYPE: u32 = 21;
    /// cdpCacheSecondaryMgmtAddr
    pub const SECONDARY: u32 = 22;
}

/// The name of each table or object in its MIB.
const NAMES: &[(&[u32], &str)] = &[
    (LLDP_REM, "lldpRemTable"),
    (LLDP_REM_MAN_ADDR, "lldpRemManAddrTable"),
    (LLDP_LOC_PORT, "lldpLocPortTable"),
    (LLDP_LOC_MAN_ADDR, "lldpLocManAddrLen"),
    (LLDP_LOC_SYS_NAME, "lldpLocSysName"),
    (LLDP_LAST_CHANGE, "lldpStatsRemTablesLastChangeTime"),
    (MED_CLASS, "lldpXMedRemDeviceClass"),
    (MED_SERIAL, "lldpXMedRemSerialNum"),
    (MED_MAKER, "lldpXMedRemMfgName"),
    (MED_MODEL, "lldpXMedRemModelName"),
    (LLDP_V2_REM, "lldpV2RemTable"),
    (LLDP_V2_REM_MAN_ADDR, "lldpV2RemManAddrTable"),
    (LLDP_V2_LOC_PORT, "lldpV2LocPortTable"),
    (LLDP_V2_CHASSIS_ID_SUBTYPE, "lldpV2LocChassisIdSubtype"),
    (LLDP_V2_CHASSIS_ID, "lldpV2LocChassisId"),
    (CDP_CACHE, "cdpCacheTable"),
    (CDP_RUN, "cdpGlobalRun"),
    (CDP_DEVICE_ID, "cdpGlobalDeviceId"),
    (CDP_LAST_CHANGE, "cdpGlobalLastChange"),
    (LAG_ATTACHED, "dot3adAggPortAttachedAggID"),
    (BRIDGE_PORT, "dot1dBasePortIfIndex"),
    (MIKROTIK_PORT, "mtxrNeighborInterfaceID"),
    (TIMETRA_REM, "tmnxLldpRemTable"),
    (TPLINK_NEIGHBOUR, "lldpNeighborInfoTable"),
];

/// The name of an object, or of the table a column belongs to; empty where it is none of these.
pub fn name(arcs: &[u32]) -> &'static str {
    let known = NAMES.iter().find(|(known, _)| arcs.starts_with(known));
    known.map_or("", |(_, name)| name)
}
