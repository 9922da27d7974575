//! Tables as data: their columns, what a row is made of, and the statements both databases get from that.

use std::borrow::Cow;
use std::fmt::Write;

use crate::timestamp::Timestamp;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Int,
    Real,
    Bool,
    Text,
    /// Text that PostgreSQL keeps as jsonb.
    Json,
    Bytes,
    Time,
}

impl Kind {
    /// PostgreSQL's array type that carries a column's values to it.
    fn array(self) -> &'static str {
        match self {
            Self::Int => "bigint[]",
            Self::Real => "double precision[]",
            Self::Bool => "boolean[]",
            Self::Text | Self::Json => "text[]",
            Self::Bytes => "bytea[]",
            Self::Time => "timestamptz[]",
        }
    }
}

/// One value of a row to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Int(i64),
    Real(f64),
    Bool(bool),
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
    Time(Timestamp),
}

impl<'a> From<&'a str> for Cell<'a> {
    /// PostgreSQL has no place for NUL in a text.
    fn from(text: &'a str) -> Self {
        if text.contains('\0') {
            return Self::Text(text.replace('\0', "\u{fffd}").into());
        }
        Self::Text(text.into())
    }
}

impl<'a> From<&'a String> for Cell<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        if text.contains('\0') {
            Self::Text(text.replace('\0', "\u{fffd}").into())
        } else {
            Self::Text(text.into())
        }
    }
}

impl From<i64> for Cell<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Cell<'_> {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u64> for Cell<'_> {
    /// What is beyond a bigint is the greatest bigint.
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Cell<'_> {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<Timestamp> for Cell<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Time(at)
    }
}

impl<'a> From<&'a [u8]> for Cell<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A table: its key first, then its other columns.
#[derive(Debug)]
pub(super) struct Table {
    pub name: &'static str,
    pub key: &'static str,
    pub columns: &'static [(&'static str, Kind)],
}

/// A statement for many rows, in both dialects. A row's cells are its parameters, in the order of `kinds`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// For one row at a time: `?1`, `?2` ….
    pub sqlite: String,
    /// For all rows at once: `$1`, `$2` … are arrays.
    pub postgres: String,
    pub kinds: Vec<Kind>,
}

impl Table {
    /// All columns, the key first.
    fn all(&self) -> impl Iterator<Item = (&'static str, Kind)> + Clone {
        [(self.key, Kind::Int)].into_iter().chain(self.columns.iter().copied())
    }

    /// The columns for a SELECT, in the order rows are read; JSON as text.
    pub fn selected(&self, alias: &str, postgres: bool) -> String {
        let column = |(name, kind): (&str, Kind)| match kind {
            Kind::Json if postgres => format!("{alias}.{name}::text"),
            _ => format!("{alias}.{name}"),
        };
        list(self.all().map(column))
    }

    /// Inserts rows; those that are there already are overwritten where anything is different.
    pub fn upsert(&self) -> Statement {
        let assignments = list(self.columns.iter().map(|(name, _)| format!("{name} = excluded.{name}")));
        let old = list(self.columns.iter().map(|(name, _)| format!("{}.{name}", self.name)));
        let new = list(self.columns.iter().map(|(name, _)| format!("excluded.{name}")));
        let conflict = format!("ON CONFLICT ({}) DO UPDATE SET {assignments} WHERE ({old})", self.key);
        let Statement { sqlite, postgres, kinds } = self.insert();
        Statement {
            sqlite: format!("{sqlite} {conflict} IS NOT ({new})"),
            postgres: format!("{postgres} {conflict} IS DISTINCT FROM ({new})"),
            kinds,
        }
    }

    /// Inserts rows.
    pub fn insert(&self) -> Statement {
        insert(self.name, self.all())
    }

    /// Overwrites rows that are there.
    pub fn update(&self) -> Statement {
        let names = list(self.all().map(|(name, _)| name.to_owned()));
        let (table, key) = (self.name, self.key);
        let numbered = self.columns.iter().enumerate();
        let by_row = list(numbered.map(|(at, (name, _))| format!("{name} = ?{}", at + 2)));
        let at_once = list(self.columns.iter().map(|(name, kind)| match kind {
            Kind::Json => format!("{name} = new.{name}::jsonb"),
            _ => format!("{name} = new.{name}"),
        }));
        let kinds: Vec<Kind> = self.all().map(|(_, kind)| kind).collect();
        Statement {
            sqlite: format!("UPDATE {table} SET {by_row} WHERE {key} = ?1"),
            postgres: format!(
                "UPDATE {table} SET {at_once} FROM {} AS new({names}) WHERE {table}.{key} = new.{key}",
                unnest(&kinds)
            ),
            kinds,
        }
    }
}

/// Inserts rows of these columns.
pub(super) fn insert(table: &str, columns: impl Iterator<Item = (&'static str, Kind)> + Clone) -> Statement {
    let names = list(columns.clone().map(|(name, _)| name.to_owned()));
    let kinds: Vec<Kind> = columns.clone().map(|(_, kind)| kind).collect();
    let values = list((1..=kinds.len()).map(|at| format!("?{at}")));
    let selected = list(columns.map(|(name, kind)| match kind {
        Kind::Json => format!("new.{name}::jsonb"),
        _ => format!("new.{name}"),
    }));
    Statement {
        sqlite: format!("INSERT INTO {table} ({names}) VALUES ({values})"),
        postgres: format!(
            "INSERT INTO {table} ({names}) SELECT {selected} FROM {} AS new({names})",
            unnest(&kinds)
        ),
        kinds,
    }
}

/// PostgreSQL's rows out of arrays.
pub(super) fn unnest(kinds: &[Kind]) -> String {
    format!("unnest({})", list((1..).zip(kinds).map(|(at, kind)| format!("${at}::{}", kind.array()))))
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.fold(String::new(), |mut list, item| {
        let comma = if list.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(list, "{comma}{item}");
        list
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table =
        Table { name: "t", key: "id", columns: &[("a", Kind::Text), ("b", Kind::Json), ("c", Kind::Time)] };

    #[test]
    fn statements_in_both_dialects() {
        let insert = TABLE.insert();
        assert_eq!(insert.sqlite, "INSERT INTO t (id, a, b, c) VALUES (?1, ?2, ?3, ?4)");
        let rows = "unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[]) AS new(id, a, b, c)";
        assert_eq!(
            insert.postgres,
            format!("INSERT INTO t (id, a, b, c) SELECT new.id, new.a, new.b::jsonb, new.c FROM {rows}")
        );
        let upsert = TABLE.upsert();
        let conflict = " ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = excluded.b, c = excluded.c \
                        WHERE (t.a, t.b, t.c)";
        let new = "(excluded.a, excluded.b, excluded.c)";
        assert_eq!(upsert.sqlite, format!("{}{conflict} IS NOT {new}", insert.sqlite));
        assert_eq!(upsert.postgres, format!("{}{conflict} IS DISTINCT FROM {new}", insert.postgres));
        let update = TABLE.update();
        assert_eq!(update.sqlite, "UPDATE t SET a = ?2, b = ?3, c = ?4 WHERE id = ?1");
        assert_eq!(
            update.postgres,
            format!("UPDATE t SET a = new.a, b = new.b::jsonb, c = new.c FROM {rows} WHERE t.id = new.id")
        );
        assert_eq!(TABLE.selected("x", true), "x.id, x.a, x.b::text, x.c");
        assert_eq!(TABLE.selected("x", false), "x.id, x.a, x.b, x.c");
    }

    #[test]
    fn what_a_database_has_no_place_for() {
        assert_eq!(Cell::from("a\0b"), Cell::Text("a\u{fffd}b".into()));
        assert_eq!(Cell::from(u64::MAX), Cell::Int(i64::MAX));
        assert_eq!(Cell::from(None::<i64>), Cell::Null);
    }
}
