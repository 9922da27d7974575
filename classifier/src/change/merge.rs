//! What was read, over what was known.

use std::sync::Arc;

use crate::facts::{DeviceFacts, InterfaceFacts};
use crate::walk::{Column, Columns};

/// A device's facts: what it did not say this time stays. The inventory's part is always known.
pub(super) fn device(known: &Arc<DeviceFacts>, found: &DeviceFacts) -> Arc<DeviceFacts> {
    let or = |found: &String, known: &String| if found.is_empty() { known.clone() } else { found.clone() };
    let merged = DeviceFacts {
        name: found.name.clone(),
        labels: found.labels.clone(),
        address: found.address.clone(),
        sys_object_id: or(&found.sys_object_id, &known.sys_object_id),
        sys_name: or(&found.sys_name, &known.sys_name),
        sys_descr: or(&found.sys_descr, &known.sys_descr),
        location: or(&found.location, &known.location),
        model: or(&found.model, &known.model),
        serial: or(&found.serial, &known.serial),
        chassis: or(&found.chassis, &known.chassis),
        engine_id: or(&found.engine_id, &known.engine_id),
    };
    if merged == **known { Arc::clone(known) } else { Arc::new(merged) }
}

/// An interface's facts: columns that were not read to their end keep what was known, unless this row brought a value.
pub(super) fn interface(known: &InterfaceFacts, found: &InterfaceFacts, read: Columns) -> InterfaceFacts {
    let mut merged = found.clone();
    let unread = |column: Column, empty: bool| empty && !read.has(column);
    macro_rules! keep {
        ($column:ident, $field:ident, $empty:ident) => {
            if unread(Column::$column, found.$field.$empty()) {
                merged.$field = known.$field.clone();
            }
        };
    }
    keep!(Name, name, is_empty);
    keep!(Descr, descr, is_empty);
    keep!(Alias, alias, is_empty);
    keep!(Type, if_type, is_none);
    keep!(Speed, speed_bps, is_none);
    keep!(Mtu, mtu, is_none);
    keep!(Admin, admin, is_none);
    keep!(Oper, oper, is_none);
    keep!(Duplex, duplex, is_none);
    keep!(Mac, mac, is_none);
    keep!(Connector, connector, is_none);
    keep!(LastChange, last_change, is_none);
    keep!(Addresses, addresses, is_empty);
    keep!(Neighbours, neighbours, is_empty);
    keep!(Stack, lag, is_none);
    if unread(Column::Stack, !found.is_lag) {
        merged.is_lag = known.is_lag;
    }
    merged.raw = raw(known, found, &merged);
    merged
}

/// The octets that belong to the texts that were taken.
fn raw(
    known: &InterfaceFacts,
    found: &InterfaceFacts,
    merged: &InterfaceFacts,
) -> Option<Box<crate::facts::RawTexts>> {
    if known.raw.is_none() {
        return found.raw.clone();
    }
    let of = |facts: &InterfaceFacts| facts.raw.as_deref().cloned().unwrap_or_default();
    let (mut raw, old) = (of(found), of(known));
    if found.name.is_empty() && merged.name == known.name {
        raw.name = old.name;
    }
    if found.descr.is_empty() && merged.descr == known.descr {
        raw.descr = old.descr;
    }
    if found.alias.is_empty() && merged.alias == known.alias {
        raw.alias = old.alias;
    }
    (raw != crate::facts::RawTexts::default()).then(|| Box::new(raw))
}

/// Whether what is stored of two states of an interface's facts is the same. Neighbours are kept elsewhere, and the
/// device has a row of its own.
pub(super) fn same(old: &InterfaceFacts, new: &InterfaceFacts) -> bool {
    // Taken apart, so that a new field is not forgotten here.
    let InterfaceFacts {
        device: _,
        neighbours: _,
        if_index,
        name,
        descr,
        alias,
        if_type,
        speed_bps,
        mtu,
        admin,
        oper,
        duplex,
        mac,
        connector,
        last_change,
        addresses,
        is_lag,
        lag,
        raw,
    } = old;
    *if_index == new.if_index
        && *name == new.name
        && *descr == new.descr
        && *alias == new.alias
        && *if_type == new.if_type
        && *speed_bps == new.speed_bps
        && *mtu == new.mtu
        && *admin == new.admin
        && *oper == new.oper
        && *duplex == new.duplex
        && *mac == new.mac
        && *connector == new.connector
        && *last_change == new.last_change
        && *addresses == new.addresses
        && *is_lag == new.is_lag
        && *lag == new.lag
        && *raw == new.raw
}
