//! From columns to facts. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use snmp::{Column as Read, Harvest, Value};

use super::wanted::*;
use crate::facts::{DeviceFacts, InterfaceFacts, Status};
use crate::walk::{Column, Columns, Walk};

/// What was read of a device, as facts.
pub fn read(device: DeviceFacts, probe: &Harvest, harvest: &Harvest) -> Walk {
    let text = |arcs: &[u32]| {
        let column = probe.gets.iter().find(|column| column.oid.arcs() == arcs)?;
        Some(column.cells.first()?.value.clone())
    };
    let words = |arcs| text(arcs).and_then(|value| value.as_bytes().map(lossy)).unwrap_or_default();
    let device = Arc::new(DeviceFacts {
        sys_name: words(SYS_NAME),
        sys_descr: words(SYS_DESCR),
        location: words(SYS_LOCATION),
        sys_object_id: match text(SYS_OBJECT_ID) {
            Some(Value::ObjectIdentifier(oid)) => oid.to_string(),
            _ => String::new(),
        },
        ..device
    });
    let mut rows: BTreeMap<u32, InterfaceFacts> = BTreeMap::new();
    let mut columns = Columns::default();
    let mut trouble = harvest.failure.as_ref().map(ToString::to_string);
    let mut all_rows = harvest.failure.is_none();
    let mut each = |arcs: &[u32], column: Column, put: &dyn Fn(&mut InterfaceFacts, &Value)| {
        let Some(read) = harvest.columns.iter().find(|read| read.oid.arcs() == arcs) else { return };
        match &read.trouble {
            None => columns = columns.with(column),
            Some(why) => {
                all_rows = false;
                trouble.get_or_insert_with(|| format!("{}: {why}", read.oid));
            }
        }
        for (index, value) in by_index(read) {
            put(rows.entry(index).or_default(), value);
        }
    };
    each(IF_DESCR, Column::Descr, &|row, value| row.descr = value.as_bytes().map(lossy).unwrap_or_default());
    each(IF_NAME, Column::Name, &|row, value| row.name = value.as_bytes().map(lossy).unwrap_or_default());
    each(IF_ALIAS, Column::Alias, &|row, value| row.alias = value.as_bytes().map(lossy).unwrap_or_default());
    each(IF_TYPE, Column::Type, &|row, value| row.if_type = number(value));
    each(IF_SPEED, Column::Speed, &|row, value| row.speed_bps = number(value));
    each(IF_HIGH_SPEED, Column::Speed, &|row, value| {
        if let Some(millions) = number::<u64>(value).filter(|millions| *millions > 4_294) {
            row.speed_bps = millions.checked_mul(1_000_000);
        }
    });
    each(IF_MTU, Column::Mtu, &|row, value| row.mtu = number(value));
    each(IF_ADMIN_STATUS, Column::Admin, &|row, value| {
        row.admin = value.as_i64().and_then(Status::from_number);
    });
    each(IF_OPER_STATUS, Column::Oper, &|row, value| {
        row.oper = value.as_i64().and_then(Status::from_number);
    });
    each(IF_LAST_CHANGE, Column::LastChange, &|row, value| row.last_change = number(value));
    each(IF_PHYS_ADDRESS, Column::Mac, &|row, value| {
        row.mac = value.as_bytes().and_then(|bytes| bytes.try_into().ok());
    });
    let interfaces = rows
        .into_iter()
        .map(|(if_index, row)| InterfaceFacts {
            device: Arc::clone(&device),
            is_lag: row.if_type == Some(161),
            if_index,
            ..row
        })
        .collect();
    Walk {
        device: DeviceFacts::clone(&device),
        interfaces,
        all_rows,
        read: columns,
        trouble,
        ..Walk::default()
    }
}

fn by_index(column: &Read) -> impl Iterator<Item = (u32, &Value)> {
    column.cells.iter().filter_map(|cell| match cell.index.as_slice() {
        [index] => Some((*index, &cell.value)),
        _ => None,
    })
}

fn number<T: TryFrom<i64>>(value: &Value) -> Option<T> {
    value.as_i64().and_then(|number| T::try_from(number).ok())
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim_matches(['\0', ' ', '\t', '\r', '\n']).to_owned()
}
