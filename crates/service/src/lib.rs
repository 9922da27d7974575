//! What any daemon of ours needs and nothing of the SNMP domain.
//!
//! | room | holds |
//! |---|---|
//! | [`http`] | the HTTP server: requests and responses as plain values, limits, draining |
//! | [`shutdown`] | SIGTERM and SIGINT |

pub mod http;
pub mod shutdown;
