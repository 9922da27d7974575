//! Interfaces from a file with columns: tabs between them, their names in the first line.
//!
//! The names are those of IF-MIB (`ifName`, `ifAlias`, …) or of our labels (`if_name`, `if_alias`, …), and `device`. Columns
//! nobody knows are left alone.

use std::collections::HashMap;
use std::sync::Arc;

use crate::facts::{DeviceFacts, InterfaceFacts, Status};
use crate::text::speed::parse_speed;

/// A file's rows.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows, each with as many texts as there are columns.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// Reads a file. Texts may stand in quotes, as spreadsheets write them.
    ///
    /// # Errors
    /// There is no first line with names, or none of them is of an interface.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        let columns: Vec<String> = cells(lines.next().unwrap_or_default());
        let table = Self { columns, rows: Vec::new() };
        if table.column("alias").or(table.column("name")).or(table.column("descr")).is_none() {
            return Err("line 1: expected the names of the columns, with tabs between them, and ifName, ifDescr or ifAlias among \
                        them"
                .into());
        }
        let rows = lines.map(|line| {
            let mut row = cells(line);
            row.resize(table.columns.len(), String::new());
            row
        });
        Ok(Self { rows: rows.collect(), ..table })
    }

    /// The place of a column by its plain name, such as `alias`, `speed_bps`, `label`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| plain(column) == name)
    }

    /// The interfaces of all rows. Rows of one device share what is known of it.
    pub fn interfaces(&self) -> Vec<InterfaceFacts> {
        let names: Vec<String> = self.columns.iter().map(|column| plain(column)).collect();
        let mut devices: HashMap<&str, Arc<DeviceFacts>> = HashMap::new();
        let rows = self.rows.iter().zip(1_u32..);
        rows.map(|(row, number)| interface(&names, row, number, &mut devices)).collect()
    }
}

/// The interface of a row; `names` are the plain names of its columns.
fn interface<'a>(
    names: &[String],
    row: &'a [String],
    number: u32,
    devices: &mut HashMap<&'a str, Arc<DeviceFacts>>,
) -> InterfaceFacts {
    let cell = |name: &str| {
        let place = names.iter().position(|known| known == name);
        place.and_then(|place| row.get(place)).map_or("", String::as_str)
    };
    let device_name = cell("device");
    let device = devices.entry(device_name).or_insert_with(|| {
        let labels = ["site", "role"].into_iter().filter(|label| !cell(label).is_empty());
        Arc::new(DeviceFacts {
            name: device_name.to_owned(),
            labels: labels.map(|label| (label.to_owned(), cell(label).to_owned())).collect(),
            ..DeviceFacts::default()
        })
    });
    let status = |name: &str| {
        let word = cell(name);
        let known = Status::ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(word));
        known.or_else(|| word.parse().ok().and_then(Status::from_number))
    };
    let if_type = cell("type").parse().ok();
    InterfaceFacts {
        device: device.clone(),
        if_index: cell("index").parse().unwrap_or(number),
        name: cell("name").to_owned(),
        descr: cell("descr").to_owned(),
        alias: cell("alias").to_owned(),
        if_type,
        speed_bps: parse_speed(cell("speed_bps")),
        mtu: cell("mtu").parse().ok(),
        admin: status("admin_status"),
        oper: status("oper_status"),
        is_lag: if_type == Some(161),
        ..InterfaceFacts::default()
    }
}

/// A column's name without its prefix: `ifAlias` and `if_alias` are `alias`, `ifAdminStatus` is `admin_status`.
fn plain(column: &str) -> String {
    let mut name = String::new();
    for c in column.trim().chars() {
        if c.is_uppercase() && !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    let name = name.strip_prefix("if_").unwrap_or(&name);
    match name {
        "speed" => "speed_bps".to_owned(),
        name => name.to_owned(),
    }
}

/// The texts of a line.
fn cells(line: &str) -> Vec<String> {
    let unquote = |cell: &str| match cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => cell.to_owned(),
    };
    line.trim_end_matches('\r').split('\t').map(unquote).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_interfaces() {
        let text = "device\tsite\tifIndex\tifName\tif_alias\tifType\tifAdminStatus\tnote\n\
                    r1\ttbilisi\t3\tFa3\tMagti_Internet\t6\tup\tx\r\n\n\
                    r1\t\t4\tPo1\t\"said \"\"core\"\"\"\t161\t2\n";
        let table = Table::parse(text).expect("a table");
        let [first, second] = &table.interfaces()[..] else { panic!("two rows") };
        assert_eq!((first.name.as_str(), first.alias.as_str()), ("Fa3", "Magti_Internet"));
        assert_eq!((first.if_index, first.if_type, first.admin), (3, Some(6), Some(Status::Up)));
        assert_eq!(first.device.labels["site"], "tbilisi");
        assert_eq!(
            (second.alias.as_str(), second.is_lag, second.admin),
            ("said \"core\"", true, Some(Status::Down))
        );
        assert_eq!(first.device, second.device);
    }

    #[test]
    fn a_file_without_names_is_refused() {
        for text in ["", "a\tb\nc\td\n"] {
            assert!(Table::parse(text).is_err(), "{text:?}");
        }
    }
}
