//! What an interface did in the last 24 hours. Pure.

use serde::Serialize;

use crate::state::InterfaceId;
use crate::timestamp::Timestamp;

/// The last 24 hours of an interface. A figure that is not known is none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Summary {
    /// The interface.
    pub interface: InterfaceId,
    /// When its series were asked.
    pub computed: Timestamp,
    /// What it received.
    pub inbound: OneWay,
    /// What it sent.
    pub outbound: OneWay,
    /// The share of the day in which it was up and its device answered, from 0 to 1.
    pub measured: Option<f64>,
}

/// One direction of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct OneWay {
    /// The average, in bits a second.
    pub avg_bps: Option<f64>,
    /// The most of five minutes.
    pub max_bps: Option<f64>,
    /// What 95 % of all five minutes were below.
    pub p95_bps: Option<f64>,
    /// Octets.
    pub bytes: Option<f64>,
    /// Packets in error.
    pub errors: Option<f64>,
    /// Packets that were discarded.
    pub discards: Option<f64>,
    /// The average share of the speed, from 0 to 1.
    pub utilisation_avg: Option<f64>,
    /// The most of five minutes.
    pub utilisation_max: Option<f64>,
}

/// A figure of a summary: of both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// [`OneWay::avg_bps`]
    Average,
    /// [`OneWay::max_bps`]
    Peak,
    /// [`OneWay::p95_bps`]
    Busy,
    /// [`OneWay::bytes`]
    Bytes,
    /// [`OneWay::errors`]
    Errors,
    /// [`OneWay::discards`]
    Discards,
    /// [`OneWay::utilisation_avg`]
    Utilisation,
    /// [`OneWay::utilisation_max`]
    UtilisationPeak,
    /// [`Summary::measured`]
    Measured,
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Average,
        Self::Peak,
        Self::Busy,
        Self::Bytes,
        Self::Errors,
        Self::Discards,
        Self::Utilisation,
        Self::UtilisationPeak,
        Self::Measured,
    ];
}

impl Summary {
    /// One of its directions.
    pub fn direction_mut(&mut self, inbound: bool) -> &mut OneWay {
        if inbound { &mut self.inbound } else { &mut self.outbound }
    }
}
