//! What any daemon of ours needs and nothing of the SNMP domain.
//!
//! | room | holds |
//! |---|---|
//! | [`http`] | the HTTP server: requests and responses as plain values, limits, draining |
//! | [`ready`] | `/-/ready` and `/-/healthy` |
//! | [`reload`] | reading configuration again: files, SIGHUP, on demand |
//! | [`shutdown`] | SIGTERM and SIGINT |

pub mod http;
pub mod ready;
pub mod reload;
pub mod shutdown;
mod watch;
