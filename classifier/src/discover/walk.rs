//! One walk of a device: ask whether anything has changed, then as much as that needs.

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime};

use inventory::{Address, Device};
use snmp::{Client, Cost, Target};

use super::gates::Gates;
use super::wanted::{self, Depth};
use crate::decode::decode;
use crate::facts::DeviceFacts;
use crate::state::DeviceState;
use crate::store::Learned;
use crate::timestamp::Timestamp;
use crate::topology::surroundings::PortNumber;
use crate::walk::{Failure, Walk};

/// No walk takes longer.
const LONGEST: Duration = Duration::from_secs(300);

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Everything,
    /// What may have changed, and everything where that was last read so long ago.
    News(Duration),
}

impl Extent {
    /// As much as either asks for.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::News(one), Self::News(other)) => Self::News(one.min(other)),
            _ => Self::Everything,
        }
    }
}

/// What a walk brought, and what it took.
#[derive(Debug)]
pub struct Walked {
    /// What was learned.
    pub learned: Learned,
    /// How much was read; `None` where the device did not answer.
    pub depth: Option<Depth>,
    /// The word for why the device did not answer, where it did not.
    pub failure: Option<&'static str>,
    /// What was sent and received.
    pub costs: Vec<Cost>,
    /// Values that could not be made sense of, and were left out.
    pub bad_values: usize,
}

/// Walks a device, of which something may be known.
pub async fn walk(client: &Client, device: &Device, known: Option<&DeviceState>, extent: Extent) -> Walked {
    let began = Instant::now();
    let started = Timestamp::from(SystemTime::now());
    let deadline = Some(began + LONGEST);
    let mut costs = Vec::new();
    let failed = |failure: &snmp::Failure, costs: Vec<Cost>| {
        let reason = failure.to_string();
        let learned = Learned::Failed(Failure { started, took: began.elapsed(), reason });
        Walked { learned, depth: None, failure: Some(failure.reason()), costs, bad_values: 0 }
    };

    let target = match target(device).await {
        Ok(target) => target,
        Err(failure) => return failed(&failure, costs),
    };
    let probe = client.harvest(&target, &wanted::probe(), deadline).await;
    costs.push(probe.cost.clone());
    if let Some(failure) = &probe.failure {
        return failed(failure, costs);
    }

    let before = known.map(|state| Gates::parse(&state.head.gates)).unwrap_or_default();
    let gates = Gates::of(&probe, started);
    let mut depth = match extent {
        Extent::Everything => Depth::Full,
        Extent::News(full_every) => before.depth(&gates, full_every),
    };
    let mut unsaid = false;
    let (walked, bad_values) = loop {
        let harvest = client.harvest(&target, &wanted::wanted(depth), deadline).await;
        costs.push(harvest.cost.clone());
        let decoded = decode(listed(device), &[&probe, &harvest]);
        let bad_values = decoded.bad_value_count;
        if let Some(bad) = decoded.bad_values.first() {
            tracing::debug!(device = device.name, bad_values, first = %bad, "values that make no sense are left out");
        }
        let walk = decoded.walk;
        if depth == Depth::Cheap && walk.all_rows && !known.is_some_and(|known| same_rows(known, &walk)) {
            unsaid = gates.interfaces.is_some() && gates.table.is_some();
            depth = Depth::Full;
            continue;
        }
        if depth == Depth::Cheap && known.is_some_and(|known| has_new_port(known, &walk)) {
            depth = Depth::Full;
            continue;
        }
        if let Some(failure) = harvest.failure.as_ref().filter(|_| walk.interfaces.is_empty()) {
            return failed(failure, costs);
        }
        break (walk, bad_values);
    };
    // What was read in part is read again the next time.
    let gates = if walked.all_rows { gates.after(&before, depth, unsaid) } else { before };
    let walk = Walk { started, took: began.elapsed(), gates: gates.to_string(), ..walked };
    Walked { learned: Learned::Walked(walk.into()), depth: Some(depth), failure: None, costs, bad_values }
}

/// What a device is by the inventory.
pub fn listed(device: &Device) -> DeviceFacts {
    DeviceFacts {
        name: device.name.clone(),
        labels: device.labels.clone(),
        address: device.address.to_string(),
        ..DeviceFacts::default()
    }
}

/// Whether a walk saw the rows that are known, and no other.
fn same_rows(known: &DeviceState, walk: &Walk) -> bool {
    let before: HashSet<(u32, String)> = known
        .present()
        .filter(|interface| interface.missed == 0)
        .map(|interface| (interface.facts.if_index, interface.facts.key()))
        .collect();
    walk.interfaces.len() == before.len()
        && walk.interfaces.iter().all(|row| before.contains(&(row.if_index, row.key())))
}

/// Whether somebody is heard on a port that LLDP numbers as none was before: which one it is has to be read.
fn has_new_port(known: &DeviceState, walk: &Walk) -> bool {
    let heard = &known.heard;
    let is_known = |port: PortNumber| {
        let old = heard.neighbours.iter().any(|sighting| sighting.port == port);
        old || heard.local_ports.contains_key(&port.number())
    };
    let mut ports = walk.surroundings.neighbours.iter().map(|sighting| sighting.port);
    ports.any(|port| matches!(port, PortNumber::Lldp(_)) && !is_known(port))
}

async fn target(device: &Device) -> Result<Target, snmp::Failure> {
    let address = match &device.address {
        Address::Ip(ip) => (*ip, device.port).into(),
        Address::Host(host) => {
            let unknown = |why: String| {
                snmp::Failure::Unreachable(format!("host name {host:?} does not resolve: {why}"))
            };
            let mut found = tokio::net::lookup_host((host.as_str(), device.port))
                .await
                .map_err(|error| unknown(error.to_string()))?;
            found.next().ok_or_else(|| unknown("no address".into()))?
        }
    };
    Ok(Target::new(address, device.auth.credentials(), device.limits.clone()))
}
