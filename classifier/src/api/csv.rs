//! Lists as CSV (RFC 4180). Pure.

use std::borrow::Cow;

use super::shape::{DeviceRow, EventRow, InterfaceRow};

/// A column: its name, and what stands in it.
pub type Column<R> = (&'static str, fn(&R) -> Cow<'_, str>);

/// Rows under the names of their columns; lines end with CR LF.
pub fn table<R>(columns: &[Column<R>], rows: impl IntoIterator<Item = R>) -> String {
    let mut text = String::new();
    line(&mut text, columns.iter().map(|(name, _)| Cow::Borrowed(*name)));
    for row in rows {
        line(&mut text, columns.iter().map(|(_, cell)| cell(&row)));
    }
    text
}

fn line<'a>(text: &mut String, cells: impl Iterator<Item = Cow<'a, str>>) {
    for (place, value) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        cell(text, &value);
    }
    text.push_str("\r\n");
}

/// Adds a cell, quoted where it has to be. What a spreadsheet would take for a formula gets an apostrophe before it, as
/// anyone who can name an interface could have spreadsheets run it.
fn cell(text: &mut String, value: &str) {
    let formula = value.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r']);
    let quoted = value.contains([',', '"', '\r', '\n']) || value.starts_with(' ') || value.ends_with(' ');
    if quoted {
        text.push('"');
    }
    if formula {
        text.push('\'');
    }
    match quoted {
        true => text.push_str(&value.replace('"', "\"\"")),
        false => text.push_str(value),
    }
    if quoted {
        text.push('"');
    }
}

/// What is there, as text; nothing where it is not.
fn shown<T: ToString>(value: Option<T>) -> Cow<'static, str> {
    value.map_or(Cow::Borrowed(""), |value| value.to_string().into())
}

fn flag(flag: bool) -> Cow<'static, str> {
    if flag { "true".into() } else { "false".into() }
}

/// The columns of interfaces.
pub fn interfaces<'a>() -> [Column<InterfaceRow<'a>>; 32] {
    [
        ("id", |row| row.id.to_string().into()),
        ("device_id", |row| row.device_id.to_string().into()),
        ("device_name", |row| row.device_name.into()),
        ("device_ip", |row| row.device_ip.into()),
        ("site", |row| row.site.unwrap_or_default().into()),
        ("if_index", |row| row.if_index.to_string().into()),
        ("if_name", |row| Cow::Borrowed(&*row.if_name)),
        ("if_descr", |row| row.if_descr.into()),
        ("if_alias", |row| row.if_alias.into()),
        ("if_type", |row| Cow::Borrowed(row.if_type.as_deref().unwrap_or_default())),
        ("if_type_number", |row| shown(row.if_type_number)),
        ("interface_type", |row| row.interface_type.as_str().into()),
        ("isp_provider", |row| row.isp_provider.unwrap_or_default().into()),
        ("is_critical", |row| flag(row.is_critical)),
        ("critical_reason", |row| row.critical_reason.unwrap_or_default().into()),
        ("parser_confidence", |row| row.parser_confidence.to_string().into()),
        ("review", |row| flag(row.review)),
        ("overridden", |row| flag(row.overridden)),
        ("extra_labels", |row| match row.extra_labels.is_empty() {
            true => "".into(),
            false => serde_json::to_string(row.extra_labels).unwrap_or_default().into(),
        }),
        ("admin_status", |row| row.admin_status.unwrap_or_default().into()),
        ("oper_status", |row| row.oper_status.unwrap_or_default().into()),
        ("speed", |row| shown(row.speed)),
        ("mtu", |row| shown(row.mtu)),
        ("duplex", |row| row.duplex.unwrap_or_default().into()),
        ("phys_address", |row| Cow::Borrowed(row.phys_address.as_deref().unwrap_or_default())),
        ("addresses", |row| row.addresses.join(" ").into()),
        ("lag", |row| row.lag.unwrap_or_default().into()),
        ("physical", |row| flag(row.physical)),
        ("discovered_at", |row| row.discovered_at.to_string().into()),
        ("last_seen", |row| shown(row.last_seen)),
        ("last_status_change", |row| shown(row.last_status_change)),
        ("gone_at", |row| shown(row.gone_at)),
    ]
}

/// The columns of devices.
pub fn devices<'a>() -> [Column<DeviceRow<'a>>; 18] {
    [
        ("id", |row| row.id.to_string().into()),
        ("name", |row| row.name.into()),
        ("address", |row| row.address.into()),
        ("labels", |row| serde_json::to_string(row.labels).unwrap_or_default().into()),
        ("sys_name", |row| row.sys_name.into()),
        ("model", |row| row.model.into()),
        ("serial", |row| row.serial.into()),
        ("interfaces", |row| row.interfaces.to_string().into()),
        ("critical_interfaces", |row| row.critical_interfaces.to_string().into()),
        ("interfaces_up", |row| row.interfaces_up.to_string().into()),
        ("first_seen", |row| shown(row.first_seen)),
        ("last_walk", |row| shown(row.last_walk)),
        ("last_walk_seconds", |row| shown(row.last_walk_seconds)),
        ("last_success", |row| shown(row.last_success)),
        ("last_error", |row| row.last_error.unwrap_or_default().into()),
        ("failures", |row| row.failures.to_string().into()),
        ("next_walk", |row| shown(row.next_walk)),
        ("walking_since", |row| shown(row.walking_since)),
    ]
}

/// The columns of events.
pub fn events() -> [Column<EventRow>; 9] {
    [
        ("id", |row| row.id.to_string().into()),
        ("at", |row| row.at.to_string().into()),
        ("kind", |row| row.kind.into()),
        ("device_id", |row| row.device_id.to_string().into()),
        ("device_name", |row| Cow::Borrowed(row.device_name.as_deref().unwrap_or_default())),
        ("interface_id", |row| shown(row.interface_id)),
        ("if_name", |row| Cow::Borrowed(row.if_name.as_str())),
        ("old_value", |row| Cow::Borrowed(row.old_value.as_str())),
        ("new_value", |row| Cow::Borrowed(row.new_value.as_str())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_none() {
        for (value, expected) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            (" space", "\" space\""),
            ("=1+1", "'=1+1"),
            ("-> core", "'-> core"),
            ("+995", "'+995"),
            ("@sum", "'@sum"),
            ("\tx", "'\tx"),
            ("=cmd|' /C calc'!A0,\"x\"", "\"'=cmd|' /C calc'!A0,\"\"x\"\"\""),
            ("მაგთი", "მაგთი"),
        ] {
            let mut text = String::new();
            cell(&mut text, value);
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn a_table_has_its_names_first() {
        let columns: [Column<(&str, u8)>; 2] =
            [("name", |row| row.0.into()), ("number", |row| row.1.to_string().into())];
        assert_eq!(table(&columns, [("a", 1), ("b", 2)]), "name,number\r\na,1\r\nb,2\r\n");
    }
}
