//! Runs a command beside a real agent: snmpd with as many interfaces as wished, alone with the command in a network
//! namespace of their own. It listens on 127.0.0.1:161 and [::1]:161, community public. Needs root.
//!
//! ```sh
//! cargo run -p ward-e2e --example with_snmpd -- 500 snmpbulkwalk -v2c -c public 127.0.0.1 ifName
//! ```

use std::process::exit;

use ward_e2e::netns::Namespace;
use ward_e2e::programs::available;
use ward_e2e::snmpd::{self, Snmpd};

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let interfaces = arguments.next().and_then(|number| number.to_str()?.parse::<usize>().ok());
    let (Some(interfaces), Some(program)) = (interfaces, arguments.next()) else {
        eprintln!("usage: with_snmpd INTERFACES COMMAND [ARGUMENT]...");
        exit(2);
    };
    if !available(&snmpd::PROGRAMS, true) {
        exit(2);
    }
    let status = {
        let namespace = Namespace::new();
        namespace.add_cables(interfaces / 2);
        let _agent = Snmpd::start(&namespace);
        namespace.command(program).args(arguments).status()
    };
    exit(status.ok().and_then(|status| status.code()).unwrap_or(1));
}
