//! Alerts, from the rule files to Alertmanager. In one program, as most of it is waiting.

mod demo;
mod rules;
mod uplink;
