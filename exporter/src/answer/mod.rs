//! From what a scrape brought to what is answered: metrics and what is to be said about the scrape itself.
//!
//! | file | holds |
//! |---|---|
//! | [`device`] | a device of the inventory: whatever was read, whether it is up, and why not |
//! | [`snmp`] | a target, as snmp_exporter answers: all or nothing, unless a part is asked for |
//! | [`errors`] | the bodies of snmp_exporter's HTTP 500 |

pub mod device;
pub mod errors;
pub mod snmp;
