//! IF-MIB (RFC 2863) and EtherLike-MIB (RFC 3635): rows become interfaces.

use std::collections::BTreeMap;
use std::sync::Arc;

use snmp::Value;

use super::octets::mac;
use super::oids;
use super::reading::Reading;
use crate::facts::{DeviceFacts, Duplex, InterfaceFacts, RawTexts, Status};

/// Interfaces by ifIndex.
pub type Interfaces = BTreeMap<u32, InterfaceFacts>;

/// What both speed columns say: ifSpeed in bit/s, ifHighSpeed in Mbit/s.
#[derive(Default, Clone, Copy)]
struct Speeds {
    low: Option<u64>,
    high: Option<u64>,
}

/// All interfaces: every row of ifTable and of ifXTable is one.
pub(super) fn interfaces(reading: &Reading<'_>, device: &Arc<DeviceFacts>) -> Interfaces {
    let mut rows = Rows { reading, device: device.clone(), interfaces: Interfaces::new() };
    rows.read(oids::IF_INDEX, |_, _| Some(()), |_, ()| {});
    rows.read(oids::IF_DESCR, text, |facts, (shown, octets)| {
        facts.descr = shown;
        keep(facts, octets, |raw| &mut raw.descr);
    });
    rows.read(oids::IF_NAME, text, |facts, (shown, octets)| {
        facts.name = shown;
        keep(facts, octets, |raw| &mut raw.name);
    });
    rows.read(oids::IF_ALIAS, text, |facts, (shown, octets)| {
        facts.alias = shown;
        keep(facts, octets, |raw| &mut raw.alias);
    });
    rows.read(oids::IF_TYPE, |cell, _| cell.number(), |facts, number| facts.if_type = Some(number));
    rows.read(
        oids::IF_MTU,
        |cell, _| cell.number(),
        |facts, mtu| facts.mtu = Some(mtu).filter(|mtu| *mtu > 0),
    );
    rows.read(oids::IF_ADMIN_STATUS, status, |facts, status| facts.admin = Some(status));
    rows.read(oids::IF_OPER_STATUS, status, |facts, status| facts.oper = Some(status));
    rows.read(oids::IF_PHYS_ADDRESS, mac_address, |facts, mac| facts.mac = Some(mac));
    rows.read(oids::IF_LAST_CHANGE, |cell, _| cell.number(), |facts, ticks| facts.last_change = Some(ticks));
    rows.read(oids::IF_CONNECTOR_PRESENT, truth, |facts, present| facts.connector = Some(present));
    rows.speeds();
    rows.duplex();
    let Rows { mut interfaces, .. } = rows;
    for facts in interfaces.values_mut() {
        facts.is_lag = facts.if_type == Some(161);
    }
    interfaces
}

/// One value and its place.
struct At<'a, 'h> {
    reading: &'a Reading<'h>,
    column: &'static [u32],
    index: u32,
    value: &'h Value,
}

impl At<'_, '_> {
    fn number<T: TryFrom<i64>>(&self) -> Option<T> {
        self.reading.number(self.column, &[self.index], self.value)
    }
}

struct Rows<'a, 'h> {
    reading: &'a Reading<'h>,
    device: Arc<DeviceFacts>,
    interfaces: Interfaces,
}

impl<'h> Rows<'_, 'h> {
    /// The interface of that index.
    fn row(&mut self, index: u32) -> &mut InterfaceFacts {
        let device = &self.device;
        self.interfaces.entry(index).or_insert_with(|| InterfaceFacts {
            device: device.clone(),
            if_index: index,
            ..InterfaceFacts::default()
        })
    }

    /// Reads a column; a value that `decode` can make nothing of is left out, its row is not.
    fn read<T>(
        &mut self,
        column: &'static [u32],
        decode: impl Fn(&At<'_, 'h>, &'h Value) -> Option<T>,
        set: impl Fn(&mut InterfaceFacts, T),
    ) {
        for (index, value) in self.reading.rows(column) {
            let decoded = decode(&At { reading: self.reading, column, index, value }, value);
            let facts = self.row(index);
            if let Some(decoded) = decoded {
                set(facts, decoded);
            }
        }
    }

    fn speeds(&mut self) {
        let mut speeds: BTreeMap<u32, Speeds> = BTreeMap::new();
        for (index, value) in self.reading.rows(oids::IF_SPEED) {
            let speed = self.reading.number(oids::IF_SPEED, &[index], value);
            speeds.entry(index).or_default().low = speed;
        }
        for (index, value) in self.reading.rows(oids::IF_HIGH_SPEED) {
            let speed = self.reading.number(oids::IF_HIGH_SPEED, &[index], value);
            speeds.entry(index).or_default().high = speed;
        }
        for (index, Speeds { low, high }) in speeds {
            self.row(index).speed_bps = speed(low, high);
        }
    }

    /// Duplex of the interfaces there are: rows of other tables make none.
    fn duplex(&mut self) {
        for (index, value) in self.reading.rows(oids::DUPLEX_STATUS) {
            let number: Option<i64> = self.reading.number(oids::DUPLEX_STATUS, &[index], value);
            if let Some(facts) = self.interfaces.get_mut(&index) {
                facts.duplex = match number {
                    Some(2) => Some(Duplex::Half),
                    Some(3) => Some(Duplex::Full),
                    _ => None,
                };
            }
        }
    }
}

/// A text: as it is shown, and its octets where that is not what the device sent.
fn text(at: &At<'_, '_>, value: &Value) -> Option<(String, Option<Vec<u8>>)> {
    let shown = at.reading.text(at.column, &[at.index], value)?;
    let octets = value.as_bytes().filter(|octets| *octets != shown.as_bytes()).map(<[u8]>::to_vec);
    Some((shown, octets))
}

/// Keeps the octets of a text beside it.
fn keep(
    facts: &mut InterfaceFacts,
    octets: Option<Vec<u8>>,
    place: impl Fn(&mut RawTexts) -> &mut Option<Vec<u8>>,
) {
    if octets.is_some() {
        *place(facts.raw.get_or_insert_default()) = octets;
    }
}

fn status(at: &At<'_, '_>, _: &Value) -> Option<Status> {
    let number: i64 = at.number()?;
    let status = Status::from_number(number);
    if status.is_none() {
        at.reading.bad(at.column, &[at.index], format!("expected a status from 1 to 7, found {number}"));
    }
    status
}

/// TruthValue (RFC 2579).
fn truth(at: &At<'_, '_>, _: &Value) -> Option<bool> {
    match at.number::<i64>()? {
        1 => Some(true),
        2 => Some(false),
        other => {
            at.reading.bad(at.column, &[at.index], format!("expected true(1) or false(2), found {other}"));
            None
        }
    }
}

fn mac_address(at: &At<'_, '_>, value: &Value) -> Option<[u8; 6]> {
    let Some(octets) = value.as_bytes() else {
        return at.reading.wrong(at.column, &[at.index], value, "a MAC address");
    };
    mac(octets).unwrap_or_else(|message| {
        at.reading.bad(at.column, &[at.index], message);
        None
    })
}

/// ifSpeed ends at 2³² − 1; from 20 Mbit/s on ifHighSpeed says the same in Mbit/s, rounded. ifSpeed is exact, so it is
/// preferred where the two agree.
fn speed(low: Option<u64>, high: Option<u64>) -> Option<u64> {
    const SATURATED: u64 = u32::MAX as u64;
    /// No port has 10 Tbit/s: such an agent gives ifHighSpeed in bit/s.
    const UNLIKELY: u64 = 10_000_000;
    let rounded = high.filter(|high| *high > 0).map(|high| high.saturating_mul(1_000_000));
    match (low, rounded) {
        (None | Some(0), rounded) => rounded.or(low).or(high),
        (Some(low), None) => Some(low),
        (Some(low), Some(_)) if low < SATURATED && high.is_some_and(|high| high >= UNLIKELY) => Some(low),
        (Some(low), Some(rounded)) if low < SATURATED && low.abs_diff(rounded) <= 500_000 => Some(low),
        // The largest ifSpeed, or one that wrapped round.
        (Some(_), Some(rounded)) => Some(rounded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_are_exact_where_they_can_be() {
        for (low, high, bits) in [
            (Some(1_000_000_000), Some(1000), Some(1_000_000_000)),
            (Some(4_294_967_295), Some(10_000), Some(10_000_000_000)),
            (Some(1_410_065_408), Some(10_000), Some(10_000_000_000)),
            (Some(1_544_000), Some(2), Some(1_544_000)),
            (Some(64_000), Some(0), Some(64_000)),
            (Some(4_294_967_295), None, Some(4_294_967_295)),
            (Some(0), Some(40_000), Some(40_000_000_000)),
            (Some(1_000_000_000), Some(1_000_000_000), Some(1_000_000_000)),
            (Some(0), Some(0), Some(0)),
            (Some(0), None, Some(0)),
            (None, Some(0), Some(0)),
            (None, Some(100), Some(100_000_000)),
            (None, Some(u64::MAX), Some(u64::MAX)),
            (None, None, None),
        ] {
            assert_eq!(speed(low, high), bits, "{low:?} {high:?}");
        }
    }
}
