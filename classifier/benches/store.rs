//! How long the stores take: a whole fleet found for the first time, found again with nothing new, found with every
//! interface changed, and read back at start. `cargo bench -p ward-classifier --bench store [-- DEVICES…]`

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use support::database::{Database, PostgresDatabase, SqliteFile};
use support::fleet::{rules, switch};
use support::until;
use ward_classifier::change::Policy;
use ward_classifier::facts::Status;
use ward_classifier::store::{self, Fleet, Keeper, Learned, Options};

const PORTS: u32 = 24;

fn main() {
    let sizes: Vec<usize> = std::env::args().skip(1).filter_map(|size| size.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![876, 10_000] } else { sizes };
    println!(
        "{PORTS} interfaces a device; seconds until all is written, of which judging, and until all is read"
    );
    println!(
        "{:10} {:>8} {:>14} {:>14} {:>14} {:>8} {:>9}",
        "database", "devices", "first", "nothing new", "all changed", "load", "memory"
    );
    for size in sizes {
        for database in [
            SqliteFile::new().map(|file| ("SQLite", Box::new(file) as Box<dyn Database>)),
            PostgresDatabase::new().map(|database| ("PostgreSQL", Box::new(database) as Box<dyn Database>)),
        ]
        .into_iter()
        .flatten()
        {
            measure(database.0, &*database.1, size);
        }
    }
}

fn measure(name: &str, database: &dyn Database, size: usize) {
    let devices: Vec<String> = (0..size).map(|n| format!("device-{n}")).collect();
    let location = database.location();
    let fleet = Arc::new(Fleet::new(Arc::new(rules().clone()), Policy::default()));
    let open = Box::new(move || store::open(&location, "bench"));
    let (keeper, ending) = Keeper::start(fleet, open, Options::default()).expect("a thread");
    keeper.list(devices.iter().map(String::as_str));
    until("the devices", || keeper.status().loaded);
    let before = memory();
    let mut times = Vec::new();
    for at in 1..=3 {
        let walks: Vec<_> = devices
            .iter()
            .map(|device| {
                let mut walk = switch(device, at, PORTS);
                if at == 3 {
                    walk.interfaces.iter_mut().for_each(|row| row.oper = Some(Status::Down));
                }
                Arc::new(walk)
            })
            .collect();
        let start = Instant::now();
        for (device, walk) in devices.iter().zip(walks) {
            keeper.learn(device, Learned::Walked(walk));
        }
        let judged = start.elapsed();
        until("all to be written", || keeper.status().waiting.devices == 0);
        times.push(format!("{:.2} ({:.2})", start.elapsed().as_secs_f64(), judged.as_secs_f64()));
    }
    let memory = memory().saturating_sub(before);
    ending.end();
    let mut store = database.open();
    let start = Instant::now();
    let count: usize = store.load(None).expect("the fleet").iter().map(|state| state.interfaces.len()).sum();
    let load: Duration = start.elapsed();
    assert_eq!(count, size * PORTS as usize);
    println!(
        "{name:10} {size:>8} {:>14} {:>14} {:>14} {:>8.2} {:>6} MB",
        times[0],
        times[1],
        times[2],
        load.as_secs_f64(),
        memory / 1024
    );
}

/// What this process holds in memory, in kB.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0)
}
