//! kill -9, many times: of the classifier's side, and of PostgreSQL under it. What was said to be written is there, and
//! of every device all or nothing.
//!
//! The classifier's side is this very test program, started again as a child that writes walk after walk through a
//! [`Keeper`] and prints a line for each that is written. `WARD_SEED` repeats a run, `WARD_KILLS` makes it longer.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use snmp::Secret;
use ward_classifier::change::Policy;
use ward_classifier::state::DeviceState;
use ward_classifier::store::{self, Fleet, Keeper, Learned, Location, Options};

use crate::support::database::{Database, SqliteFile};
use crate::support::fleet::{hour, port, rules, walk};
use crate::support::postgres::{Cluster, PASSWORD};
use crate::support::until;

/// How many devices are walked.
const DEVICES: usize = 12;
/// How many ports each has; every walk changes all of them.
const PORTS: u32 = 16;
/// How often something is killed; `WARD_KILLS` says otherwise.
fn rounds() -> u32 {
    std::env::var("WARD_KILLS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(25)
}

fn devices() -> Vec<String> {
    (0..DEVICES).map(|n| format!("d{n}")).collect()
}

/// The walk of an hour: its number is in the description of every port, so that halves can be told.
fn numbered(device: &str, at: i64) -> Learned {
    let ports = (1..=PORTS).map(|n| port(n, &format!("0/{n}"), &format!("walk {at} of port {n}")));
    Learned::Walked(Arc::new(walk(device, at, ports.collect())))
}

/// Which walk a device is of; fails where it is of more than one, or has its books wrong.
fn whole(state: &DeviceState) -> i64 {
    let Some(first) = state.interfaces.first() else {
        assert_eq!(state.head.last_ok, None, "a device without ports was never walked");
        return 0;
    };
    let number = |alias: &str| -> i64 {
        alias.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("the number of a walk")
    };
    let walk = number(&first.facts.alias);
    let name = &state.head.facts.name;
    assert_eq!(state.interfaces.len(), PORTS as usize, "{name} has all its ports");
    for interface in &state.interfaces {
        assert_eq!(number(&interface.facts.alias), walk, "{name} is of one walk");
    }
    assert_eq!(state.head.last_ok, Some(hour(walk)), "{name}'s own row is of the same");
    walk
}

/// Numbers that a seed gives (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }
}

fn dice() -> Dice {
    let seed = std::env::var("WARD_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_122);
    println!("WARD_SEED={seed}");
    Dice(seed)
}

/// Not a test of its own: the child that writes until it is killed.
#[test]
fn writer() {
    let Ok(url) = std::env::var("WARD_TEST_WRITER") else { return };
    let location = Location::parse(&url, Some(&Secret::new(PASSWORD))).expect("a location");
    let fleet = Arc::new(Fleet::new(Arc::new(rules().clone()), Policy::default()));
    let open = Box::new(move || store::open(&location, "writer"));
    let (keeper, _ending) = Keeper::start(fleet, open, Options::default()).expect("a thread");
    let names = devices();
    keeper.list(names.iter().map(String::as_str));
    until("the devices", || keeper.status().loaded);
    let mut at = keeper.fleet().snapshot().iter().map(|state| whole(state)).max().unwrap_or(0);
    // Changes that wait make a device's revision lag behind; what has it is written.
    let mut told = vec![0; names.len()];
    loop {
        at += 1;
        for name in &names {
            keeper.learn(name, numbered(name, at));
        }
        // Some walks come while others are being written.
        if at % 3 != 0 {
            continue;
        }
        until("all to be written", || keeper.status().waiting.devices == 0);
        for (name, told) in names.iter().zip(&mut told) {
            let state = keeper.fleet().device(name).expect("a device");
            if state.revision != *told {
                *told = state.revision;
                println!("\nwritten {name} {at}");
            }
        }
    }
}

/// A child that writes, and what it says was written.
struct Writer {
    child: Child,
    /// The last walk of each device that is in the store by its word.
    said: Arc<Mutex<Vec<i64>>>,
    reader: Option<thread::JoinHandle<()>>,
}

impl Writer {
    fn start(url: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("our own path"))
            .args(["kill::writer", "--exact", "--nocapture"])
            .env("WARD_TEST_WRITER", url)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a child");
        let said = Arc::new(Mutex::new(vec![0; DEVICES]));
        let (output, heard) = (child.stdout.take().expect("its output"), Arc::clone(&said));
        let reader = thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let words: Vec<&str> = line.split(' ').collect();
                if let ["written", device, walk] = words[..]
                    && let (Some(Ok(device)), Ok(walk)) =
                        (device.strip_prefix('d').map(str::parse::<usize>), walk.parse())
                {
                    heard.lock().unwrap()[device] = walk;
                }
            }
        });
        Self { child, said, reader: Some(reader) }
    }

    fn heard(&self) -> i64 {
        self.said.lock().unwrap().iter().copied().max().unwrap_or(0)
    }

    /// Kills it, and returns all it has said.
    fn kill(mut self) -> Vec<i64> {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it is gone");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("all is read");
        }
        self.said.lock().unwrap().clone()
    }
}

/// Compares the store with what was said: nothing that was written is missing, nothing is half there.
fn check(states: &[DeviceState], said: &mut [i64]) {
    assert_eq!(states.len(), DEVICES);
    for state in states {
        let device: usize = state.head.facts.name[1..].parse().expect("its number");
        let stored = whole(state);
        assert!(stored >= said[device], "{device} was written as of {}, and is of {stored}", said[device]);
        said[device] = stored;
    }
}

/// Every walk but the first has ended one range of each port and begun another.
fn check_books(number: &dyn Fn(&str) -> i64) {
    let ports = i64::try_from(DEVICES).unwrap() * i64::from(PORTS);
    assert_eq!(number("SELECT count(*) FROM interface_history WHERE valid_to IS NULL"), ports);
    assert_eq!(number("SELECT count(*) FROM classifications"), ports);
    let runs = number("SELECT count(*) FROM discovery_runs");
    assert_eq!(number("SELECT count(*) FROM interface_history"), runs * i64::from(PORTS), "one range a walk");
    let changed = number("SELECT count(*) FROM events WHERE kind = 'description_changed'");
    assert_eq!(changed, (runs - i64::try_from(DEVICES).unwrap()) * i64::from(PORTS), "one event a change");
}

#[test]
fn the_classifier_is_killed_over_sqlite() {
    let file = SqliteFile::new().expect("a file");
    drop(file.open());
    let mut dice = dice();
    let mut said = vec![0; DEVICES];
    for _ in 0..rounds() {
        let writer = Writer::start(&file.path().display().to_string());
        until("the first walk", || writer.heard() > 0);
        thread::sleep(Duration::from_micros(dice.roll(120_000)));
        for (said, more) in said.iter_mut().zip(writer.kill()) {
            *said = more.max(*said);
        }
        check(&file.open().load(None).expect("all devices"), &mut said);
    }
    check_books(&|sql| file.number(sql));
    assert_eq!(file.rows("PRAGMA integrity_check"), Ok(vec![vec!["ok".to_owned()]]));
    println!("{} kills, walks of device 0: {}", rounds(), said[0]);
}

#[test]
fn the_classifier_and_postgresql_are_killed() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let name = cluster.database();
    let url = cluster.url(&name);
    let location = Location::parse(&url, Some(&Secret::new(PASSWORD))).expect("a location");
    let mut dice = dice();
    let mut said = vec![0; DEVICES];
    let (mut classifier, mut server) = (0, 0);
    drop(store::open(&location, "check").expect("the store opens"));
    let mut writer = Writer::start(&url);
    for _ in 0..rounds() {
        let before = writer.heard();
        until("a walk", || writer.heard() > before);
        thread::sleep(Duration::from_micros(dice.roll(120_000)));
        if dice.roll(2) == 0 {
            classifier += 1;
            let more = writer.kill();
            said.iter_mut().zip(more).for_each(|(said, more)| *said = more.max(*said));
            writer = Writer::start(&url);
        } else {
            // The writer lives on, and takes the server up again by itself.
            server += 1;
            cluster.crash();
        }
        let heard = writer.said.lock().unwrap().clone();
        said.iter_mut().zip(heard).for_each(|(said, more)| *said = more.max(*said));
        check(
            &store::open(&location, "check").and_then(|mut store| store.load(None)).expect("all devices"),
            &mut said,
        );
    }
    let more = writer.kill();
    said.iter_mut().zip(more).for_each(|(said, more)| *said = more.max(*said));
    let mut last = store::open(&location, "check").expect("the store opens");
    check(&last.load(None).expect("all devices"), &mut said);
    let number = |sql: &str| {
        let sql = format!("SELECT ({sql})::bigint");
        cluster.connect(&name).expect("a connection").query_one(&sql, &[]).expect("a number").get::<_, i64>(0)
    };
    check_books(&number);
    println!("{classifier} kills of the classifier, {server} of the server, walks of device 0: {}", said[0]);
}
