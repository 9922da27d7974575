//! The wire: TCP, source addresses, answers from elsewhere, and packets in the log.

mod log;
mod server;
mod source;
mod tcp;

use std::time::Duration;

use lab::{Agent, Mib, RunningAgent, Value};
use ward_snmp::{Credentials, Harvest, Limits, Oid, Protocol, Secret, Subtree, Target, Wanted};

const ENTRY: [u32; 9] = [1, 3, 6, 1, 2, 1, 2, 2, 1];
const COLUMNS: u32 = 6;
const ROWS: u32 = 60;

/// An agent with a table of [`COLUMNS`] columns and [`ROWS`] rows.
async fn agent() -> RunningAgent {
    let rows = (1..=COLUMNS).flat_map(|column| (1..=ROWS).map(move |row| (column, row)));
    let cells = rows.map(|(column, row)| {
        let name: [u32; 11] = [1, 3, 6, 1, 2, 1, 2, 2, 1, column, row];
        (name, Value::Counter64(u64::from(column * 1000 + row)))
    });
    Agent::new(Mib::of(cells).expect("the names are fit for packets")).spawn().await.expect("a free port")
}

fn wanted() -> Wanted {
    let subtree = |column| Subtree { oid: Oid::from(ENTRY).child(&[column]), scalar: false };
    Wanted { subtrees: (1..=COLUMNS).map(subtree).collect(), ..Wanted::default() }
}

fn target(address: std::net::SocketAddr, protocol: Protocol) -> Target {
    let limits = Limits { timeout: Duration::from_secs(5), retries: 2, ..Limits::default() };
    let credentials = Credentials::V2c { community: Secret::new("public") };
    Target { protocol, ..Target::new(address, credentials, limits) }
}

/// All of it, each value where it belongs.
fn assert_complete(harvest: &Harvest, what: &str) {
    assert_eq!(harvest.failure, None, "{what}");
    for (column, number) in harvest.columns.iter().zip(1..) {
        assert_eq!(column.trouble, None, "{what}: {}", column.oid);
        let values: Vec<_> = column.cells.iter().filter_map(|cell| cell.value.as_i64()).collect();
        let expected: Vec<_> = (1..=ROWS).map(|row| i64::from(number * 1000 + row)).collect();
        assert_eq!(values, expected, "{what}: {}", column.oid);
    }
}
