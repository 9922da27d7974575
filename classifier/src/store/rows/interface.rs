//! What is known of interfaces, as rows.

use ipnet::IpNet;

use super::{Read, Reader, Result, json, status};
use crate::facts::{Duplex, InterfaceFacts, RawTexts, Status};
use crate::rules::parse_mac;
use crate::state::{Interface, InterfaceId};
use crate::store::table::Kind::{Bool, Bytes, Int, Json, Text, Time};
use crate::store::table::{Cell, Table};

pub(in crate::store) const INTERFACES: Table = Table {
    name: "interfaces",
    key: "id",
    columns: &[
        ("device_id", Int),
        ("if_key", Text),
        ("if_index", Int),
        ("if_name", Text),
        ("if_descr", Text),
        ("if_alias", Text),
        ("raw_name", Bytes),
        ("raw_descr", Bytes),
        ("raw_alias", Bytes),
        ("if_type", Int),
        ("speed_bps", Int),
        ("mtu", Int),
        ("admin_status", Int),
        ("oper_status", Int),
        ("duplex", Text),
        ("mac", Text),
        ("connector_present", Bool),
        ("last_change", Int),
        ("addresses", Json),
        ("is_lag", Bool),
        ("lag", Text),
        ("first_seen", Time),
        ("last_seen", Time),
        ("status_since", Time),
        ("missed", Int),
        ("retired_at", Time),
    ],
};

pub(in crate::store) fn interface(interface: &Interface) -> Vec<Cell<'_>> {
    let facts = &interface.facts;
    let raw = facts.raw.as_deref();
    let raw = |of: fn(&RawTexts) -> &Option<Vec<u8>>| raw.and_then(|raw| of(raw).as_deref());
    vec![
        interface.id.0.into(),
        interface.id.device().0.into(),
        (&interface.key).into(),
        facts.if_index.into(),
        (&facts.name).into(),
        (&facts.descr).into(),
        (&facts.alias).into(),
        raw(|raw| &raw.name).into(),
        raw(|raw| &raw.descr).into(),
        raw(|raw| &raw.alias).into(),
        facts.if_type.into(),
        facts.speed_bps.into(),
        facts.mtu.into(),
        facts.admin.map(status).into(),
        facts.oper.map(status).into(),
        facts.duplex.map(duplex).into(),
        facts.mac.map(mac).into(),
        facts.connector.into(),
        facts.last_change.into(),
        json(&facts.addresses).into(),
        facts.is_lag.into(),
        facts.lag.as_deref().into(),
        interface.first_seen.into(),
        interface.last_seen.into(),
        interface.status_since.into(),
        interface.missed.into(),
        interface.retired_at.into(),
    ]
}

pub(super) fn read_interface(row: &mut Reader<'_, impl Read>) -> Result<Interface> {
    let id = InterfaceId(row.int()?);
    let _device = row.int()?;
    let key = row.text()?;
    let mut facts = InterfaceFacts {
        if_index: row.unsigned()?.unwrap_or_default(),
        name: row.text()?,
        descr: row.text()?,
        alias: row.text()?,
        ..InterfaceFacts::default()
    };
    let raw = RawTexts { name: row.bytes()?, descr: row.bytes()?, alias: row.bytes()? };
    facts.raw = (raw != RawTexts::default()).then(|| Box::new(raw));
    facts.if_type = row.unsigned()?;
    facts.speed_bps = row.unsigned()?;
    facts.mtu = row.unsigned()?;
    facts.admin = row.maybe_int()?.and_then(Status::from_number);
    facts.oper = row.maybe_int()?.and_then(Status::from_number);
    facts.duplex = row.maybe_text()?.and_then(|word| read_duplex(&word));
    facts.mac = row.maybe_text()?.and_then(|text| parse_mac(&text));
    facts.connector = row.maybe_bool()?;
    facts.last_change = row.unsigned()?;
    facts.addresses = row.json::<Vec<IpNet>>("interfaces.addresses")?;
    facts.is_lag = row.bool()?;
    facts.lag = row.maybe_text()?;
    Ok(Interface {
        id,
        key,
        facts,
        first_seen: row.time()?,
        last_seen: row.maybe_time()?,
        status_since: row.maybe_time()?,
        missed: row.int()?,
        retired_at: row.maybe_time()?,
        ..Interface::default()
    })
}

fn duplex(duplex: Duplex) -> &'static str {
    match duplex {
        Duplex::Half => "half",
        Duplex::Full => "full",
    }
}

fn read_duplex(word: &str) -> Option<Duplex> {
    [Duplex::Half, Duplex::Full].into_iter().find(|known| duplex(*known) == word)
}

fn mac(mac: [u8; 6]) -> String {
    let [a, b, c, d, e, f] = mac;
    format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
}
