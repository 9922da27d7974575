//! Whether a device has to be read whole: what it says about its own changes, remembered from walk to walk. Pure.

use std::fmt;
use std::time::Duration;

use snmp::Harvest;

use super::wanted::{
    Depth, ENGINE_BOOTS, ENT_LAST_CHANGE_TIME, IF_NUMBER, IF_STACK_LAST_CHANGE, IF_TABLE_LAST_CHANGE,
};
use crate::decode::oids::SYS_UP_TIME;
use crate::timestamp::Timestamp;
use crate::topology::oids::{CDP_LAST_CHANGE, LLDP_LAST_CHANGE};

/// What a device says of its changes, and when that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gates {
    /// When it was asked.
    pub at: Timestamp,
    /// When all of it was last read.
    pub full_at: Option<Timestamp>,
    /// sysUpTime, in hundredths of a second.
    pub up_time: Option<i64>,
    /// snmpEngineBoots.
    pub boots: Option<i64>,
    /// ifNumber.
    pub interfaces: Option<i64>,
    /// ifTableLastChange.
    pub table: Option<i64>,
    /// ifStackLastChange.
    pub stack: Option<i64>,
    /// entLastChangeTime.
    pub hardware: Option<i64>,
    /// lldpStatsRemTablesLastChangeTime.
    pub lldp: Option<i64>,
    /// cdpGlobalLastChange.
    pub cdp: Option<i64>,
    /// Whether it has changed without saying so: then what it says counts for nothing.
    pub distrusted: bool,
}

/// By so much a device's clock and ours may differ between two walks.
const UP_TIME_SLACK: Duration = Duration::from_secs(60);

impl Gates {
    /// What the first request brought.
    pub fn of(probe: &Harvest, at: Timestamp) -> Self {
        let number = |arcs: &[u32]| {
            let column = probe.gets.iter().find(|column| column.oid.arcs() == arcs)?;
            column.cells.first()?.value.as_i64()
        };
        Self {
            at,
            full_at: None,
            up_time: number(SYS_UP_TIME),
            boots: number(ENGINE_BOOTS),
            interfaces: number(IF_NUMBER),
            table: number(IF_TABLE_LAST_CHANGE),
            stack: number(IF_STACK_LAST_CHANGE),
            hardware: number(ENT_LAST_CHANGE_TIME),
            lldp: number(LLDP_LAST_CHANGE),
            cdp: number(CDP_LAST_CHANGE),
            distrusted: false,
        }
    }

    /// Reads what [`fmt::Display`] wrote; what is not understood is not known.
    pub fn parse(text: &str) -> Self {
        let mut gates = Self::default();
        for (key, value) in text.split(' ').filter_map(|word| word.split_once('=')) {
            let value = value.parse().ok();
            match key {
                "at" => gates.at = Timestamp::from_millis(value.unwrap_or_default()),
                "full" => gates.full_at = value.map(Timestamp::from_millis),
                "up" => gates.up_time = value,
                "boots" => gates.boots = value,
                "interfaces" => gates.interfaces = value,
                "table" => gates.table = value,
                "stack" => gates.stack = value,
                "hardware" => gates.hardware = value,
                "lldp" => gates.lldp = value,
                "cdp" => gates.cdp = value,
                "distrusted" => gates.distrusted = value == Some(1),
                _ => {}
            }
        }
        gates
    }

    /// How much to read now, where `self` is what the device said last time.
    pub fn depth(&self, now: &Gates, full_every: Duration) -> Depth {
        let recently = self.full_at.is_some_and(|full| full <= now.at && now.at.since(full) < full_every);
        let said = |gates: &Gates| {
            (gates.interfaces, gates.table, gates.stack, gates.hardware, gates.lldp, gates.cdp)
        };
        let same = said(self) == said(now);
        if recently && same && !self.distrusted && !self.rebooted(now) { Depth::Cheap } else { Depth::Full }
    }

    /// Whether the device has started anew since; sysUpTime itself does so every 497 days.
    fn rebooted(&self, now: &Gates) -> bool {
        let (Some(before), Some(after)) = (self.up_time, now.up_time) else { return true };
        let hundredths = |time: Duration| i64::try_from(time.as_millis() / 10).unwrap_or(i64::MAX);
        let wrap = 1_i64 << 32;
        let expected = before.saturating_add(hundredths(now.at.since(self.at)));
        let off = after.saturating_sub(expected).rem_euclid(wrap);
        self.boots != now.boots || off.min(wrap - off) > hundredths(UP_TIME_SLACK)
    }

    /// What is to be remembered after a walk of that depth, where `self` is what the device says now. `unsaid`: it had
    /// changed although the gates were the same.
    #[must_use]
    pub fn after(self, before: &Gates, depth: Depth, unsaid: bool) -> Self {
        let full_at = match depth {
            Depth::Full => Some(self.at),
            Depth::Cheap => before.full_at,
        };
        Self { full_at, distrusted: before.distrusted || unsaid, ..self }
    }
}

impl fmt::Display for Gates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at={}", self.at.as_millis())?;
        for (key, value) in [
            ("full", self.full_at.map(Timestamp::as_millis)),
            ("up", self.up_time),
            ("boots", self.boots),
            ("interfaces", self.interfaces),
            ("table", self.table),
            ("stack", self.stack),
            ("hardware", self.hardware),
            ("lldp", self.lldp),
            ("cdp", self.cdp),
            ("distrusted", self.distrusted.then_some(1)),
        ] {
            if let Some(value) = value {
                write!(f, " {key}={value}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// What a device says that has been up for so many hours, at that hour.
    fn said(hour: i64, up_hours: i64) -> Gates {
        Gates {
            at: Timestamp::from_millis(hour * HOUR),
            up_time: Some((up_hours * 360_000).rem_euclid(1 << 32)),
            boots: Some(3),
            interfaces: Some(24),
            table: Some(100),
            ..Gates::default()
        }
    }

    #[test]
    fn what_has_not_changed_is_read_cheaply() {
        let full_every = Duration::from_secs(6 * 3600);
        let last = said(100, 50).after(&Gates::default(), Depth::Full, false);
        let now = said(101, 51);
        for (what, last, now, expected) in [
            ("never read", Gates::default(), now, Depth::Full),
            ("nothing new", last, now, Depth::Cheap),
            ("within the sixth hour", last, said(105, 55), Depth::Cheap),
            ("six hours", last, said(106, 56), Depth::Full),
            ("our clock has gone back", last, said(99, 49), Depth::Full),
            ("restarted", last, said(101, 0), Depth::Full),
            ("boots", last, Gates { boots: Some(4), ..now }, Depth::Full),
            ("a row more", last, Gates { interfaces: Some(25), ..now }, Depth::Full),
            ("a row exchanged", last, Gates { table: Some(360_000), ..now }, Depth::Full),
            ("the stack", last, Gates { stack: Some(7), ..now }, Depth::Full),
            ("a module", last, Gates { hardware: Some(7), ..now }, Depth::Full),
            ("not to be trusted", Gates { distrusted: true, ..last }, now, Depth::Full),
            ("no sysUpTime", last, Gates { up_time: None, ..now }, Depth::Full),
        ] {
            assert_eq!(last.depth(&now, full_every), expected, "{what}");
        }
        // 2^32 hundredths of a second are 11930 hours and a little.
        let last = said(100, 11_930).after(&Gates::default(), Depth::Full, false);
        assert_eq!(last.depth(&said(101, 11_931), full_every), Depth::Cheap);
    }

    #[test]
    fn what_is_remembered() {
        let first = said(100, 50).after(&Gates::default(), Depth::Full, false);
        let second = said(101, 51).after(&first, Depth::Cheap, false);
        assert_eq!((second.full_at, second.at), (first.full_at, Timestamp::from_millis(101 * HOUR)));
        let third = said(102, 52).after(&second, Depth::Full, true);
        assert!(third.distrusted && third.full_at == Some(third.at));
        assert!(said(103, 53).after(&third, Depth::Full, false).distrusted);
        for gates in [Gates::default(), first, second, third] {
            assert_eq!(Gates::parse(&gates.to_string()), gates);
        }
        assert_eq!(Gates::parse("at=x up== boots=3 new=1"), Gates { boots: Some(3), ..Gates::default() });
    }
}
