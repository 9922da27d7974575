//! What one walk of a device brought.

use std::time::Duration;

use crate::facts::{DeviceFacts, InterfaceFacts};
use crate::timestamp::Timestamp;
use crate::topology::surroundings::Surroundings;

/// A walk of a device that answered.
///
/// A walk that failed is a [`Failure`]: it says nothing about the device's interfaces.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Walk {
    /// What the inventory and the device say about it; what is empty was not read.
    pub device: DeviceFacts,
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// The interfaces it found.
    pub interfaces: Vec<InterfaceFacts>,
    /// Whether these are all interfaces the device has. Only then is an interface missing that is not among them.
    pub all_rows: bool,
    /// The columns that were read to their end. What is empty in another is not known, and stays as it was.
    pub read: Columns,
    /// Who the device hears, and what it calls itself.
    pub surroundings: Surroundings,
    /// What discovery wants to remember until the next walk, such as ifTableLastChange; its own words.
    pub gates: String,
    /// What went wrong although the device answered, in one line.
    pub trouble: Option<String>,
}

/// A walk that brought nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// Why, in one line.
    pub reason: String,
}

/// A column of [`InterfaceFacts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// ifName
    Name,
    /// ifDescr
    Descr,
    /// ifAlias
    Alias,
    /// ifType
    Type,
    /// ifSpeed and ifHighSpeed
    Speed,
    /// ifMtu
    Mtu,
    /// ifAdminStatus
    Admin,
    /// ifOperStatus
    Oper,
    /// dot3StatsDuplexStatus
    Duplex,
    /// ifPhysAddress
    Mac,
    /// ifConnectorPresent
    Connector,
    /// ifLastChange
    LastChange,
    /// ipAddressTable, ipAddrTable
    Addresses,
    /// ifStackTable
    Stack,
    /// LLDP and CDP
    Neighbours,
}

/// A set of [`Column`]s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Columns(u32);

impl Columns {
    /// All of them.
    pub const ALL: Self = Self(u32::MAX);

    /// This set and that column.
    #[must_use]
    pub fn with(self, column: Column) -> Self {
        Self(self.0 | 1 << column as u32)
    }

    /// This set without that column.
    #[must_use]
    pub fn without(self, column: Column) -> Self {
        Self(self.0 & !(1 << column as u32))
    }

    /// Whether the column is among them.
    pub fn has(self, column: Column) -> bool {
        self.0 & 1 << column as u32 != 0
    }
}

impl FromIterator<Column> for Columns {
    fn from_iter<I: IntoIterator<Item = Column>>(columns: I) -> Self {
        columns.into_iter().fold(Self::default(), Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_columns() {
        let columns = Columns::from_iter([Column::Name, Column::Neighbours]);
        assert!(columns.has(Column::Name) && columns.has(Column::Neighbours) && !columns.has(Column::Alias));
        assert!(!columns.without(Column::Name).has(Column::Name));
        assert!(Columns::ALL.has(Column::Stack));
    }
}
