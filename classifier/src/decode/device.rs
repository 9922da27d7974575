//! The device itself: system group (SNMPv2-MIB, RFC 3418), ENTITY-MIB (RFC 6933), and what it is known by elsewhere.

use std::collections::BTreeMap;

use snmp::Value;

use super::octets::mac;
use super::oids;
use super::reading::Reading;
use crate::facts::DeviceFacts;

/// chassis(3) of PhysicalClass.
const CHASSIS: i64 = 3;
/// macAddress(4) of LldpChassisIdSubtype.
const MAC_ADDRESS: i64 = 4;

/// What a device says of itself, beside what the inventory says of it. What it does not say is empty.
pub(super) fn device(reading: &Reading<'_>, listed: DeviceFacts) -> DeviceFacts {
    let text = |object| {
        let text = reading.scalar(object).and_then(|value| reading.text(object, &[], value));
        text.unwrap_or_default()
    };
    let chassis_part = chassis(reading);
    let part =
        |object| chassis_part.and_then(|index| texts(reading, object).remove(&index)).unwrap_or_default();
    DeviceFacts {
        sys_object_id: object_id(reading),
        sys_name: text(oids::SYS_NAME),
        sys_descr: text(oids::SYS_DESCR),
        location: text(oids::SYS_LOCATION),
        model: part(oids::ENT_MODEL),
        serial: part(oids::ENT_SERIAL),
        chassis: own_mac(reading).map(|mac| hex(&mac, ":")).unwrap_or_default(),
        engine_id: engine_id(reading),
        ..listed
    }
}

fn object_id(reading: &Reading<'_>) -> String {
    match reading.scalar(oids::SYS_OBJECT_ID) {
        Some(Value::ObjectIdentifier(oid)) => oid.to_string(),
        Some(value) => reading.wrong(oids::SYS_OBJECT_ID, &[], value, "an OID").unwrap_or_default(),
        None => String::new(),
    }
}

/// The first chassis with a serial number or a model: of a stack that is its first member. Without a chassis, the first
/// part with a serial number.
fn chassis(reading: &Reading<'_>) -> Option<u32> {
    let (serials, models) = (texts(reading, oids::ENT_SERIAL), texts(reading, oids::ENT_MODEL));
    let known =
        |texts: &BTreeMap<u32, String>, index: &u32| texts.get(index).is_some_and(|text| !text.is_empty());
    let classes = reading.rows(oids::ENT_CLASS);
    let mut chassis: Vec<u32> = classes
        .filter(|(index, value)| reading.number(oids::ENT_CLASS, &[*index], value) == Some(CHASSIS))
        .map(|(index, _)| index)
        .collect();
    chassis.sort_unstable();
    let told = chassis.iter().find(|index| known(&serials, index) || known(&models, index));
    told.or(chassis.first()).copied().or_else(|| serials.keys().find(|index| known(&serials, index)).copied())
}

fn texts(reading: &Reading<'_>, object: &'static [u32]) -> BTreeMap<u32, String> {
    let rows = reading.rows(object);
    rows.filter_map(|(index, value)| Some((index, reading.text(object, &[index], value)?))).collect()
}

/// The MAC address the device calls its own: LLDP's chassis id, where it is one, else the bridge's.
fn own_mac(reading: &Reading<'_>) -> Option<[u8; 6]> {
    let subtype = reading.scalar(oids::CHASSIS_ID_SUBTYPE).and_then(Value::as_i64);
    let objects = [
        (oids::CHASSIS_ID, subtype.is_none_or(|subtype| subtype == MAC_ADDRESS)),
        (oids::BRIDGE_ADDRESS, true),
    ];
    let mut addresses = objects.into_iter().filter(|(_, is_mac)| *is_mac).filter_map(|(object, _)| {
        let octets = reading.scalar(object)?.as_bytes()?;
        mac(octets).ok().flatten()
    });
    addresses.next()
}

fn engine_id(reading: &Reading<'_>) -> String {
    let value = reading.scalar(oids::ENGINE_ID);
    value.and_then(Value::as_bytes).map(|octets| hex(octets, "")).unwrap_or_default()
}

/// Octets in hexadecimal, with something between them.
fn hex(octets: &[u8], between: &str) -> String {
    let octets: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    octets.join(between)
}
