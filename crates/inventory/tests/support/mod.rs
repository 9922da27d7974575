//! Parsing with a small made-up environment.

// Every test program has its own copy of this and uses a part of it.
#![allow(dead_code)]

use std::io;
use std::path::Path;

use ward_inventory::{Inventory, LoadError};

/// Parses `conf/devices.yml`.
pub fn parse(text: &str) -> Result<Inventory, LoadError> {
    let env = |name: &str| match name {
        "COMMUNITY" => Some("from-the-environment".to_owned()),
        _ => None,
    };
    let read_file = |path: &Path| match path.to_str() {
        Some("conf/community") => Ok("from-a-file\n".to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    Inventory::parse(text, "conf/devices.yml", &env, &read_file)
}

/// The mistakes found, without the file's name.
pub fn mistakes(text: &str) -> Vec<String> {
    match parse(text) {
        Ok(inventory) => panic!("no mistake found in {text:?}: {inventory:?}"),
        Err(error) => error.problems().iter().map(ToString::to_string).collect(),
    }
}
