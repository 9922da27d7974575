//! What any daemon of ours needs and nothing of the SNMP domain.
//!
//! | room | holds |
//! |---|---|
//! | [`args`] | command line flags that all daemons have |
//! | [`build`] | version, revision and compiler |
//! | [`logging`] | one line for each message, logfmt or JSON |
//! | [`http`] | the HTTP server: requests and responses as plain values, limits, draining |
//! | [`web`] | the web config: TLS, clients' certificates, passwords, headers, rate |
//! | [`ready`] | `/-/ready` and `/-/healthy` |
//! | [`reload`] | reading configuration again: on change, on SIGHUP, on demand |
//! | [`metrics`] | the daemon's own metrics, in both text formats |
//! | [`shutdown`] | SIGTERM and SIGINT |
//! | [`descriptors`] | the limit on open files |

pub mod args;
pub mod build;
pub mod descriptors;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod ready;
pub mod reload;
pub mod shutdown;
mod watch;
pub mod web;
