//! One file for each thing the exporter answers.

pub mod config;
pub mod device;
pub mod landing;
pub mod params;
pub mod reload;
pub mod sd;
pub mod snmp;
