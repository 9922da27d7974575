//! Harvests, column by column, and what is wrong with values of them.

use std::cell::RefCell;
use std::fmt;

use snmp::{Cell, Column, Harvest, Value};

use super::oids;
use super::text::clean;

/// As many bad values of one device are told.
pub const MOST_TOLD: usize = 50;

/// A value that could not be made sense of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValue {
    /// The name of its object in its MIB, such as `ifType`.
    pub object: &'static str,
    /// The arcs behind the object, with dots.
    pub index: String,
    /// What is wrong with it, and what would be right.
    pub message: String,
}

impl fmt::Display for BadValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}: {}", self.object, self.index, self.message)
    }
}

/// Harvests while they are decoded.
pub(crate) struct Reading<'h> {
    harvests: &'h [&'h Harvest],
    bad: RefCell<(Vec<BadValue>, usize)>,
}

impl<'h> Reading<'h> {
    pub fn new(harvests: &'h [&'h Harvest]) -> Self {
        Self { harvests, bad: RefCell::default() }
    }

    /// What was read of an object, where it was asked for.
    pub fn column(&self, object: &[u32]) -> Option<&'h Column> {
        let columns = self.harvests.iter().flat_map(|harvest| harvest.gets.iter().chain(&harvest.columns));
        columns.into_iter().find(|column| column.oid.arcs() == object)
    }

    /// What was read of a table, as a whole or column by column.
    pub fn below(&self, table: &[u32]) -> impl Iterator<Item = &'h Column> + use<'h> {
        let length = table.len();
        let table: Vec<u32> = table.to_vec();
        let columns = self.harvests.iter().flat_map(|harvest| &harvest.columns);
        columns.filter(move |column| {
            let arcs = column.oid.arcs();
            (length..=length + 1).contains(&arcs.len()) && arcs.starts_with(&table)
        })
    }

    /// The cells of a column.
    pub fn cells(&self, object: &[u32]) -> &'h [Cell] {
        self.column(object).map_or(&[], |column| &column.cells)
    }

    /// The cells of a column whose index is one number, with that number.
    pub fn rows(&self, object: &'static [u32]) -> impl Iterator<Item = (u32, &'h Value)> {
        self.cells(object).iter().filter_map(move |cell| match cell.index.as_slice() {
            [index] => Some((*index, &cell.value)),
            other => {
                self.bad(object, other, "expected an index of one number");
                None
            }
        })
    }

    /// The value of a scalar.
    pub fn scalar(&self, object: &[u32]) -> Option<&'h Value> {
        self.cells(object).first().map(|cell| &cell.value)
    }

    /// A text without what cannot be seen.
    pub fn text(&self, object: &[u32], index: &[u32], value: &Value) -> Option<String> {
        match value {
            Value::OctetString(octets) => Some(clean(octets)),
            // Some agents send an OID or a number where a text should be.
            Value::ObjectIdentifier(oid) => Some(oid.to_string()),
            value => match value.as_i64() {
                Some(number) => Some(number.to_string()),
                None => self.wrong(object, index, value, "a text"),
            },
        }
    }

    /// A number in a range.
    pub fn number<T: TryFrom<i64>>(&self, object: &[u32], index: &[u32], value: &Value) -> Option<T> {
        let Some(number) = value.as_i64() else {
            return self.wrong(object, index, value, "a number");
        };
        let fitting = T::try_from(number).ok();
        if fitting.is_none() {
            self.bad(object, index, format!("{number} is out of range"));
        }
        fitting
    }

    /// Notes that a value is of a wrong kind.
    pub fn wrong<T>(&self, object: &[u32], index: &[u32], value: &Value, expected: &str) -> Option<T> {
        let found = match value {
            Value::OctetString(octets) => format!("{} octets", octets.len()),
            Value::Null => "nothing".to_owned(),
            Value::ObjectIdentifier(_) => "an OID".to_owned(),
            Value::IpAddress(_) => "an address".to_owned(),
            value if value.as_i64().is_some() => "a number".to_owned(),
            _ => "a value of another kind".to_owned(),
        };
        self.bad(object, index, format!("expected {expected}, found {found}"));
        None
    }

    /// Notes what is wrong with a value.
    pub fn bad(&self, object: &[u32], index: &[u32], message: impl Into<String>) {
        let mut bad = self.bad.borrow_mut();
        bad.1 += 1;
        if bad.0.len() < MOST_TOLD {
            let index: Vec<String> = index.iter().map(u32::to_string).collect();
            bad.0.push(BadValue {
                object: oids::name(object),
                index: index.join("."),
                message: message.into(),
            });
        }
    }

    /// What was wrong, and how often.
    pub fn bad_values(&self) -> (Vec<BadValue>, usize) {
        self.bad.take()
    }
}
