//! Whatever happens to the database: what is learned is known, kept, and written when it can be.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ward_classifier::change::{Event, EventKind, Policy};
use ward_classifier::kind::InterfaceType;
use ward_classifier::overrides::Set;
use ward_classifier::state::{Decision, DeviceId, InterfaceId};
use ward_classifier::store::{
    self, Ending, EventFilter, Fleet, Keeper, Learned, Options, Status, StoreError, Written,
};
use ward_classifier::timestamp::Timestamp;

use crate::support::database::{Database, PostgresDatabase, SqliteFile};
use crate::support::faulty::{self, Fault, Plan};
use crate::support::fleet::{rules, switch};
use crate::support::postgres::{Cluster, PASSWORD};
use crate::support::until;

crate::for_both!(
    what_was_learned_is_written,
    what_waits_is_written_at_the_end,
    two_classifiers_see_what_the_other_learns,
);

fn keeper(open: store::Open, devices: &[&str]) -> (Keeper, Ending) {
    let fleet = Arc::new(Fleet::new(Arc::new(rules().clone()), Policy::default()));
    let options = Options { refresh: Duration::from_millis(20), ..Options::default() };
    let (keeper, ending) = Keeper::start(fleet, open, options).expect("a thread");
    keeper.list(devices.iter().copied());
    (keeper, ending)
}

#[test]
fn what_is_old_is_deleted_by_and_by() {
    let file = SqliteFile::new().expect("a file");
    drop(crate::support::fleet::discovered(&mut *file.open(), "gone", 2));
    file.run("UPDATE devices SET listed_at = 0");
    let fleet = Arc::new(Fleet::new(Arc::new(rules().clone()), Policy::default()));
    let tick = Duration::from_millis(20);
    let options = Options { refresh: tick, clean: tick, ..Options::default() };
    let location = file.location();
    let open = Box::new(move || store::open(&location, "test"));
    let (keeper, ending) = Keeper::start(fleet, open, options).expect("a thread");
    keeper.list(["a"]);
    until("the device", || keeper.status().loaded);
    walked(&keeper, "a", 1, 2);
    written(&keeper);
    until("the other to go", || file.number("SELECT count(*) FROM devices") == 1);
    // Ours stays, however long this has been running: that it is listed is noted again and again.
    file.run("UPDATE devices SET listed_at = 0");
    until("the note", || file.number("SELECT count(*) FROM devices WHERE listed_at > 0") == 1);
    assert_eq!(stored_ports(&file), 2);
    ending.end();
}

fn over(database: &dyn Database, devices: &[&str]) -> (Keeper, Ending) {
    let location = database.location();
    keeper(Box::new(move || store::open(&location, "test")), devices)
}

fn walked(keeper: &Keeper, device: &str, hour: i64, ports: u32) {
    keeper.learn(device, Learned::Walked(Arc::new(switch(device, hour, ports))));
}

fn written(keeper: &Keeper) -> Status {
    until("all to be written", || keeper.status().loaded && keeper.status().waiting.devices == 0);
    keeper.status()
}

fn ask<T: Send + 'static>(
    keeper: &Keeper,
    question: impl FnMut(&mut dyn store::Store) -> store::Result<T> + Send + 'static,
) -> store::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(keeper.ask(question))
}

fn stored_ports(database: &dyn Database) -> i64 {
    database.number("SELECT count(*) FROM interfaces")
}

fn what_was_learned_is_written(database: &dyn Database) {
    let (keeper, ending) = over(database, &["a", "b"]);
    // Maybe before the store is open, maybe after.
    walked(&keeper, "a", 1, 5);
    until("the devices", || keeper.status().loaded);
    walked(&keeper, "b", 1, 3);
    let status = written(&keeper);
    assert!(status.connected && status.last_error.is_none() && status.last_write.is_some(), "{status:?}");
    assert_eq!(stored_ports(database), 8);
    let id = keeper.fleet().device("a").expect("a").id;
    let runs = ask(&keeper, move |store| store.runs(id, 10)).expect("walks");
    assert_eq!(runs.len(), 1);
    ending.end();
    // Who comes later knows what was known.
    let (keeper, ending) = over(database, &["a", "b"]);
    written(&keeper);
    let ports: Vec<usize> = keeper.fleet().snapshot().iter().map(|state| state.interfaces.len()).collect();
    assert_eq!(ports, [5, 3]);
    ending.end();
    let gone = ask(&keeper, move |store| store.runs(id, 10)).unwrap_err();
    assert_eq!(gone, StoreError::Away("the program ends".into()));
}

fn what_waits_is_written_at_the_end(database: &dyn Database) {
    let names: Vec<String> = (0..50).map(|n| format!("d{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (keeper, ending) = over(database, &names);
    for name in &names {
        walked(&keeper, name, 1, 10);
    }
    ending.end();
    assert_eq!(stored_ports(database), 500);
}

fn two_classifiers_see_what_the_other_learns(database: &dyn Database) {
    let (one, end_one) = over(database, &["a"]);
    let (other, end_other) = over(database, &["a"]);
    until("both", || one.status().loaded && other.status().loaded);
    let ports = |keeper: &Keeper| keeper.fleet().device("a").map_or(0, |state| state.interfaces.len());
    walked(&one, "a", 1, 5);
    until("the other to see it", || ports(&other) == 5);
    walked(&other, "a", 2, 7);
    until("the one to see it", || ports(&one) == 7);
    // Both at once: one is first, and the other judges again by what the first has written.
    walked(&one, "a", 3, 8);
    walked(&other, "a", 4, 9);
    until("both to agree", || {
        written(&one);
        written(&other);
        let states = [&one, &other].map(|keeper| keeper.fleet().device("a"));
        states[0] == states[1] && ports(&one) == 9
    });
    assert_eq!(stored_ports(database), 9);
    let decided = Decision {
        set: Set { kind: Some(InterfaceType::Camera), ..Set::default() },
        author: "nino".into(),
        ..Decision::default()
    };
    let id = one.fleet().device("a").expect("a").interfaces[0].id;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert_eq!(runtime.block_on(one.decide(id, Some(decided.clone()), decision_event(id))), Ok(true));
    let label = |keeper: &Keeper| {
        keeper.fleet().device("a").and_then(|state| state.interface(id).map(|one| one.label.interface_type))
    };
    assert_eq!(label(&one), Some(InterfaceType::Camera), "known at once where it was decided");
    until("the other to know", || label(&other) == Some(InterfaceType::Camera));
    walked(&other, "a", 5, 9);
    written(&other);
    assert_eq!(label(&other), Some(InterfaceType::Camera));
    let nobody = InterfaceId(4_711_000_000_001);
    assert_eq!(runtime.block_on(one.decide(nobody, None, decision_event(nobody))), Ok(false));
    end_one.end();
    end_other.end();
}

fn decision_event(interface: InterfaceId) -> Event {
    Event {
        at: Timestamp::from_millis(0),
        kind: EventKind::OverrideSet,
        interface: Some(interface),
        if_name: "0/1".into(),
        old: String::new(),
        new: "nino".into(),
    }
}

/// A keeper over a SQLite file that fails as planned.
fn planned(file: &SqliteFile, devices: &[&str], plan: Plan) -> (Keeper, Ending, Arc<Mutex<Plan>>) {
    let plan = Arc::new(Mutex::new(plan));
    let location = file.location();
    let open = faulty::open(&plan, move || store::open(&location, "test").expect("the file opens"));
    let (keeper, ending) = keeper(open, devices);
    (keeper, ending, plan)
}

#[test]
fn a_store_that_is_away_at_first_is_written_later() {
    let file = SqliteFile::new().expect("a file");
    let away = || StoreError::Away("nobody there".into());
    let plan = Plan { opens: [away(), away(), away()].into(), ..Plan::default() };
    let (keeper, ending, _) = planned(&file, &["a", "b"], plan);
    walked(&keeper, "a", 1, 3);
    walked(&keeper, "a", 2, 4);
    until("an error", || keeper.status().last_error.is_some());
    let early = keeper.status();
    if !early.loaded {
        assert!(!early.connected);
        // Who asks meanwhile is told why at once, and does not wait.
        let answer = ask(&keeper, |store| store.revisions());
        assert!(matches!(answer, Err(StoreError::Away(_)) | Ok(_)), "{answer:?}");
    }
    let status = written(&keeper);
    assert_eq!(status.errors, [("away", 3)].into());
    assert_eq!(stored_ports(&file), 4);
    ending.end();
}

#[test]
fn every_named_trouble_is_waited_out() {
    for error in [
        StoreError::Away("gone".into()),
        StoreError::Full("no space left".into()),
        StoreError::ReadOnly("a standby".into()),
        StoreError::Slow("statement timeout".into()),
        StoreError::Busy("deadlock".into()),
        StoreError::Refused("no right".into()),
        StoreError::Damaged("a page".into()),
    ] {
        let file = SqliteFile::new().expect("a file");
        let writes = [Fault::Before(error.clone()), Fault::After(error.clone()), Fault::Panic].into();
        let (keeper, ending, plan) = planned(&file, &["a", "b"], Plan { writes, ..Plan::default() });
        until("the devices", || keeper.status().loaded);
        walked(&keeper, "a", 1, 3);
        until("trouble", || keeper.status().last_error.is_some());
        // What is learned is known meanwhile, and waits.
        walked(&keeper, "a", 2, 4);
        walked(&keeper, "b", 2, 2);
        assert_eq!(keeper.fleet().device("a").map(|state| state.interfaces.len()), Some(4));
        let status = written(&keeper);
        assert!(status.errors.get(error.reason()).is_some_and(|count| *count >= 2), "{status:?}");
        assert_eq!((stored_ports(&file), status.rejected), (6, 0));
        // Written once, although the first answer was lost.
        let count = |what: &str| file.number(&format!("SELECT count(*) FROM {what}"));
        assert_eq!(count("events WHERE kind = 'discovered'"), 2);
        assert_eq!(count("discovery_runs"), 3);
        assert_eq!(plan.lock().unwrap().opened, 4, "a new connection after each trouble");
        ending.end();
    }
}

#[test]
fn what_the_store_refuses_does_not_hold_up_the_rest() {
    let file = SqliteFile::new().expect("a file");
    let plan = Plan { writes: [Fault::Before(StoreError::Away("not yet".into()))].into(), ..Plan::default() };
    let (keeper, ending, plan) = planned(&file, &["a", "b", "c"], plan);
    until("the devices", || keeper.status().loaded);
    plan.lock().unwrap().refused = keeper.fleet().device("b").map(|state| state.id);
    for name in ["a", "b", "c"] {
        walked(&keeper, name, 1, 2);
    }
    let status = written(&keeper);
    assert_eq!((status.rejected, status.connected), (1, true));
    assert_eq!(stored_ports(&file), 4);
    // What comes next of it is taken again.
    plan.lock().unwrap().refused = None;
    until("b again", || keeper.fleet().device("b").is_some());
    walked(&keeper, "b", 2, 3);
    written(&keeper);
    assert_eq!(stored_ports(&file), 7);
    ending.end();
}

#[test]
fn a_database_that_was_made_anew_is_filled_again() {
    let file = SqliteFile::new().expect("a file");
    let (keeper, ending) = over(&file, &["a"]);
    walked(&keeper, "a", 1, 2);
    written(&keeper);
    file.run("DELETE FROM devices");
    walked(&keeper, "a", 2, 3);
    until("the walk to be there", || {
        written(&keeper);
        stored_ports(&file) == 3
    });
    assert_eq!(file.number("SELECT count(*) FROM events WHERE kind = 'discovered'"), 1);
    ending.end();
}

#[test]
fn questions_are_asked_again_where_the_connection_had_ended() {
    let Some(database) = PostgresDatabase::new() else { return };
    let (keeper, ending) = over(&database, &["a"]);
    walked(&keeper, "a", 1, 2);
    written(&keeper);
    let kill = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}' AND pid <> pg_backend_pid()",
        database.name
    );
    for _ in 0..3 {
        assert_eq!(database.number(&kill), 1);
        assert_eq!(ask(&keeper, |store| store.revisions()).map(|all| all.len()), Ok(1));
    }
    // And changes are not lost with a connection either.
    for hour in 2..6 {
        assert_eq!(database.number(&kill), 1);
        walked(&keeper, "a", hour, u32::try_from(hour).unwrap());
        written(&keeper);
        until("a connection", || keeper.status().connected);
    }
    assert_eq!(stored_ports(&database), 5);
    let unknown = DeviceId(999);
    let events = ask(&keeper, move |store| {
        store.events(&EventFilter { device: Some(unknown), limit: 5, ..EventFilter::default() })
    });
    assert_eq!(events, Ok(vec![]));
    ending.end();
}

#[test]
fn a_server_that_is_gone_for_a_while() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let name = cluster.database();
    let url = cluster.url(&name);
    let location = store::Location::parse(&url, Some(&snmp::Secret::new(PASSWORD))).expect("a location");
    let (keeper, ending) = keeper(Box::new(move || store::open(&location, "test")), &["a", "b"]);
    walked(&keeper, "a", 1, 2);
    written(&keeper);
    cluster.signal("KILL", true);
    for hour in 2..20 {
        walked(&keeper, "a", hour, 3);
        walked(&keeper, "b", hour, 3);
    }
    until("the loss to be noticed", || !keeper.status().connected);
    let status = keeper.status();
    let (_, error) = status.last_error.clone().expect("an error");
    assert_eq!(error.reason(), "away");
    assert!(!error.to_string().contains("ecret"), "{error}");
    assert!(status.waiting.devices > 0 && status.waiting.since.is_some(), "{status:?}");
    let answer = ask(&keeper, |store| store.revisions()).unwrap_err();
    assert_eq!(answer.reason(), "away");
    cluster.run();
    written(&keeper);
    let rows = |sql: &str| {
        cluster.connect(&name).expect("a connection").query_one(sql, &[]).expect(sql).get::<_, i64>(0)
    };
    assert_eq!(rows("SELECT count(*) FROM interfaces"), 6);
    assert_eq!(rows("SELECT count(*) FROM discovery_runs"), 37, "not one walk is lost");
    ending.end();
}

#[test]
fn a_write_of_nothing_is_nothing() {
    let file = SqliteFile::new().expect("a file");
    assert_eq!(file.open().write(&[], 1), Ok(Vec::<Written>::new()));
}
