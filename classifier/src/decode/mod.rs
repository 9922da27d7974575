//! From what a device answered to facts. Pure: columns of octets in, facts out; a bad value costs that value only.
//!
//! | room | holds |
//! |---|---|
//! | [`oids`] | the objects that are decoded |
//! | [`reading`] | harvests, column by column, and what is wrong with values of them |
//! | [`text`], [`octets`] | texts, MAC addresses, masks from octets |
//! | [`interfaces`] | IF-MIB, EtherLike-MIB: rows become interfaces |
//! | [`stack`] | ifStackTable: which interfaces are aggregates, and of what |
//! | [`addresses`] | IP-MIB: addresses by interface |
//! | [`device`] | the device itself: system group, ENTITY-MIB, its own addresses |
//!
//! What was not read is told apart from what is not there: [`Walk::read`] has only columns that were read to their end, and
//! nothing known may be forgotten because of another.

use std::sync::Arc;

use snmp::{Harvest, Trouble};

use crate::facts::DeviceFacts;
use crate::walk::{Column, Columns, Walk};

pub mod addresses;
pub mod device;
pub mod interfaces;
pub mod octets;
pub mod oids;
pub mod reading;
pub mod stack;
pub mod text;

#[cfg(test)]
mod tests;

pub use reading::BadValue;

use reading::Reading;

/// What was decoded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoded {
    /// The walk, but for its times and gates, which are not the device's words.
    pub walk: Walk,
    /// Values that could not be made sense of, and were left out; at most [`reading::MOST_TOLD`] of them.
    pub bad_values: Vec<BadValue>,
    /// How many such values there were.
    pub bad_value_count: usize,
}

/// Which objects make a column of facts: all of them must have been read.
const OBJECTS: &[(Column, &[&[u32]])] = &[
    (Column::Name, &[oids::IF_NAME]),
    (Column::Descr, &[oids::IF_DESCR]),
    (Column::Alias, &[oids::IF_ALIAS]),
    (Column::Type, &[oids::IF_TYPE]),
    (Column::Speed, &[oids::IF_SPEED, oids::IF_HIGH_SPEED]),
    (Column::Mtu, &[oids::IF_MTU]),
    (Column::Admin, &[oids::IF_ADMIN_STATUS]),
    (Column::Oper, &[oids::IF_OPER_STATUS]),
    (Column::Duplex, &[oids::DUPLEX_STATUS]),
    (Column::Mac, &[oids::IF_PHYS_ADDRESS]),
    (Column::Connector, &[oids::IF_CONNECTOR_PRESENT]),
    (Column::LastChange, &[oids::IF_LAST_CHANGE]),
    (
        Column::Addresses,
        &[
            oids::IP_AD_ENT_IF_INDEX,
            oids::IP_AD_ENT_NET_MASK,
            oids::IP_ADDRESS_IF_INDEX,
            oids::IP_ADDRESS_PREFIX,
        ],
    ),
    (Column::Stack, &[oids::IF_STACK_STATUS, oids::IF_TYPE]),
];

/// The objects that have a value in every row: where these were read to their end, all interfaces were seen.
const KEYS: &[&[u32]] = &[oids::IF_DESCR, oids::IF_NAME];

/// Decodes what was read of a device, in one harvest or in several. `device` is what the inventory says of it.
pub fn decode(device: DeviceFacts, harvests: &[&Harvest]) -> Decoded {
    let reading = Reading::new(harvests);
    let device = Arc::new(device::device(&reading, device));
    let mut interfaces = interfaces::interfaces(&reading, &device);
    stack::mark(&reading, &mut interfaces);
    addresses::assign(&reading, &mut interfaces);

    let complete = |arcs: &&[u32]| reading.column(arcs).is_some_and(|column| column.trouble.is_none());
    let read = OBJECTS.iter().filter(|(_, objects)| objects.iter().all(complete)).map(|(column, _)| *column);
    let walk = Walk {
        surroundings: crate::topology::decode::surroundings(&reading),
        interfaces: interfaces.into_values().collect(),
        all_rows: KEYS.iter().all(complete),
        read: Columns::from_iter(read),
        trouble: trouble(harvests),
        device: DeviceFacts::clone(&device),
        ..Walk::default()
    };
    let (bad_values, bad_value_count) = reading.bad_values();
    Decoded { walk, bad_values, bad_value_count }
}

/// What went wrong first, in one line: why a harvest ended early, else what kept a column from being read.
fn trouble(harvests: &[&Harvest]) -> Option<String> {
    let failure = harvests.iter().find_map(|harvest| harvest.failure.as_ref());
    let columns = || harvests.iter().flat_map(|harvest| harvest.gets.iter().chain(&harvest.columns));
    let column = || {
        columns().find_map(|column| {
            let trouble: &Trouble = column.trouble.as_ref()?;
            let name = oids::name(column.oid.arcs());
            Some(if name.is_empty() {
                format!("{}: {trouble}", column.oid)
            } else {
                format!("{name}: {trouble}")
            })
        })
    };
    failure.map(ToString::to_string).or_else(column)
}
