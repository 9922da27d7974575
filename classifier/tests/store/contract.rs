//! What is written is read back, whole or not at all; nothing is written without need.

use std::thread;

use ward_classifier::change::{self, EventKind, Outcome};
use ward_classifier::facts::{InterfaceFacts, Status};
use ward_classifier::kind::InterfaceType;
use ward_classifier::state::{DeviceId, DeviceState, InterfaceId};
use ward_classifier::store::{EventFilter, Keep, Store, Versioned, Written};
use ward_classifier::walk::Failure;

use crate::support::database::Database;
use crate::support::fleet::{
    changes, discover, discovered, hour, load, odd_port, port, register, switch, walk, write,
};

crate::for_both!(
    what_is_written_is_read_back,
    devices_keep_their_numbers,
    nothing_new_writes_no_interface,
    history_and_events_follow_changes,
    a_failed_walk_is_noted_and_no_more,
    who_knows_an_older_state_writes_nothing,
    an_answer_that_was_lost_is_not_written_twice,
    keys_are_swapped,
    many_write_at_once,
    what_is_old_is_deleted,
    labels_alone_are_written,
    texts_without_end_are_kept,
);

fn states(store: &mut dyn Store) -> Vec<DeviceState> {
    store.load(None).expect("all devices are loaded")
}

fn what_is_written_is_read_back(database: &dyn Database) {
    let mut store = database.open();
    let ids = register(&mut *store, &["a", "b", "c"]);
    let mut expected = Vec::new();
    for (id, name) in ids.iter().zip(["a", "b"]) {
        let state = load(&mut *store, *id);
        assert_eq!((state.revision, state.head.facts.name.as_str()), (0, name));
        let mut walk =
            walk(name, 1, vec![port(1, "0/1", "Magti_Internet"), odd_port(), InterfaceFacts::default()]);
        walk.trouble = Some("ifAlias ended early".into());
        expected.push(discover(&mut *store, &state, &walk));
    }
    expected.push(load(&mut *store, ids[2]));
    assert_eq!(states(&mut *store), expected);
    // Another connection sees the same, and so does one who comes later.
    assert_eq!(states(&mut *database.open()), expected);

    let isp = &expected[0].interfaces[0];
    assert_eq!(
        (isp.label.interface_type, isp.label.provider.as_deref()),
        (InterfaceType::Isp, Some("magti"))
    );
    let explanation = store.explanation(isp.id).unwrap().expect("an explanation");
    let explanation: serde_json::Value = serde_json::from_str(&explanation).unwrap();
    assert_eq!(explanation["type"], "isp");
    assert!(explanation["votes"].as_array().is_some_and(|votes| !votes.is_empty()));
    assert_eq!(store.explanation(InterfaceId(5)), Ok(None));
    assert_eq!(store.load(Some(&[])), Ok(vec![]));
    assert_eq!(store.load(Some(&[DeviceId(999)])), Ok(vec![]));
}

fn devices_keep_their_numbers(database: &dyn Database) {
    let mut store = database.open();
    let ids = register(&mut *store, &["a", "b", "a"]);
    assert_eq!(ids[0], ids[2]);
    for _ in 0..20 {
        assert_eq!(register(&mut *store, &["a", "b", "a"]), ids);
    }
    // Numbers are not used up by asking.
    let next = register(&mut *store, &["c"])[0];
    assert!(next.0 <= 4, "{next}");
    assert_eq!(store.revisions().map(|all| all.len()), Ok(3));
}

fn nothing_new_writes_no_interface(database: &dyn Database) {
    let mut store = database.open();
    let mut state = discovered(&mut *store, "a", 24);
    database.watch("interfaces");
    let labels = "SELECT count(*) FROM classifications WHERE classified_at <> (SELECT min(classified_at) FROM classifications)";
    for at in 2..5 {
        let changes = changes(&state, &switch("a", at, 24));
        assert_eq!((changes.rows.len(), changes.events.len()), (0, 0));
        state = write(&mut *store, &state, &changes);
    }
    assert_eq!((database.writes(), database.number(labels)), (0, 0));
    // Even the same rows written again are not written: the database compares.
    let mut again = changes(&DeviceState { interfaces: vec![], ..state.clone() }, &switch("a", 1, 24));
    again.rows.iter_mut().zip(&state.interfaces).for_each(|(row, known)| row.interface = known.clone());
    (again.opened, again.events) = (vec![], vec![]);
    write(&mut *store, &state, &again);
    assert_eq!(database.writes(), 0);

    let mut walk = switch("a", 6, 24);
    walk.interfaces[3].mtu = Some(9000);
    let state = load(&mut *store, state.id);
    discover(&mut *store, &state, &walk);
    assert_eq!(database.writes(), 1);
}

fn history_and_events_follow_changes(database: &dyn Database) {
    let mut store = database.open();
    let mut state = discovered(&mut *store, "a", 2);
    let id = state.interfaces[0].id;
    for (at, alias) in [(2, "Silknet_Internet"), (3, "Silknet_Internet"), (4, "user 1")] {
        let mut walk = switch("a", at, 2);
        walk.interfaces[0].alias = alias.into();
        walk.interfaces[0].oper = Some(if at == 4 { Status::Down } else { Status::Up });
        state = discover(&mut *store, &state, &walk);
    }
    let history = store.history(id, 100).unwrap();
    let ranges: Vec<_> = history.iter().map(|r| (r.alias.as_str(), r.from, r.until)).collect();
    assert_eq!(
        ranges,
        [
            ("user 1", hour(4), None),
            ("Silknet_Internet", hour(2), Some(hour(4))),
            ("Magti_Internet", hour(1), Some(hour(2))),
        ]
    );
    assert_eq!(history[1].provider.as_deref(), Some("silknet"));

    let kinds = |store: &mut dyn Store, filter: EventFilter| -> Vec<_> {
        let filter = EventFilter { limit: if filter.limit == 0 { 100 } else { filter.limit }, ..filter };
        store.events(&filter).unwrap().into_iter().map(|event| (event.id, event.event.kind)).collect()
    };
    let all = kinds(&mut *store, EventFilter::default());
    use EventKind::{
        CriticalChanged, DescriptionChanged, Discovered, ProviderChanged, StatusChanged, TypeChanged,
    };
    let names: Vec<_> = all.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(
        names,
        [
            CriticalChanged,
            ProviderChanged,
            TypeChanged,
            StatusChanged,
            DescriptionChanged,
            ProviderChanged,
            DescriptionChanged,
            Discovered
        ]
    );
    let page = kinds(&mut *store, EventFilter { before: Some(all[2].0), limit: 2, ..EventFilter::default() });
    assert_eq!(page, all[3..5]);
    for (filter, expected) in [
        (EventFilter { kinds: vec![StatusChanged, Discovered], ..EventFilter::default() }, 2),
        (EventFilter { interface: Some(id), ..EventFilter::default() }, 7),
        (EventFilter { interface: Some(state.interfaces[1].id), ..EventFilter::default() }, 0),
        (EventFilter { device: Some(state.id), since: Some(hour(4)), ..EventFilter::default() }, 5),
        (EventFilter { device: Some(DeviceId(77)), ..EventFilter::default() }, 0),
    ] {
        assert_eq!(kinds(&mut *store, filter.clone()).len(), expected, "{filter:?}");
    }
    let runs = store.runs(state.id, 3).unwrap();
    assert_eq!(
        runs.iter().map(|run| (run.started, run.changed)).collect::<Vec<_>>(),
        [(hour(4), 1), (hour(3), 0), (hour(2), 1)]
    );
}

fn a_failed_walk_is_noted_and_no_more(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "a", 3);
    database.watch("interfaces");
    let failure = Failure {
        started: hour(2),
        took: std::time::Duration::from_secs(5),
        reason: "no answer within 5s".into(),
    };
    let state = write(&mut *store, &state, &change::failed(&state, &failure));
    assert_eq!(load(&mut *store, state.id), state);
    assert_eq!((state.head.failures, database.writes()), (1, 0));
    let run = store.runs(state.id, 1).unwrap().remove(0);
    assert_eq!((run.outcome, run.error.as_deref()), (Outcome::Failed, Some("no answer within 5s")));
}

fn who_knows_an_older_state_writes_nothing(database: &dyn Database) {
    let (mut one, mut other) = (database.open(), database.open());
    let first = discovered(&mut *one, "a", 3);
    let innocent = discovered(&mut *one, "b", 3);
    let newer = discover(&mut *other, &first, &switch("a", 2, 2));
    // The one still believes in the first state; the other device of its batch is none the worse for it.
    let (stale, fine) = (changes(&first, &switch("a", 3, 9)), changes(&innocent, &switch("b", 3, 4)));
    let unknown = change::Changes { device: DeviceId(4711), ..fine.clone() };
    let batch = [
        Versioned { changes: &stale, revision: first.revision },
        Versioned { changes: &fine, revision: innocent.revision },
        Versioned { changes: &unknown, revision: 0 },
    ];
    let written = one.write(&batch, 7).unwrap();
    assert_eq!(written, [Written::Conflict, Written::Yes(innocent.revision + 1), Written::Unknown]);
    assert_eq!(load(&mut *one, first.id), newer);
    assert_eq!(load(&mut *one, innocent.id).interfaces.len(), 4);
}

fn an_answer_that_was_lost_is_not_written_twice(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "a", 3);
    let changes = changes(&state, &switch("a", 2, 5));
    let batch = [Versioned { changes: &changes, revision: state.revision }];
    for tag in [11, 11] {
        assert_eq!(store.write(&batch, tag).unwrap(), [Written::Yes(state.revision + 1)]);
    }
    assert_eq!(store.write(&batch, 12).unwrap(), [Written::Conflict], "another write of the same revision");
    let events = store.events(&EventFilter { limit: 100, ..EventFilter::default() }).unwrap();
    assert_eq!(events.iter().filter(|event| event.event.kind == EventKind::Appeared).count(), 2);
}

fn keys_are_swapped(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "a", 2);
    let mut changes = changes(&state, &switch("a", 2, 2));
    for (place, key) in [(0, "0/2"), (1, "0/1")] {
        let mut interface = (*state.interfaces[place]).clone();
        interface.key = key.into();
        let row = change::Row { interface: interface.into(), new: false, facts: true, explanation: None };
        changes.rows.push(row);
    }
    let state = write(&mut *store, &state, &changes);
    assert_eq!(load(&mut *store, state.id), state);
    assert_eq!(state.interfaces[0].key, "0/2");
}

fn many_write_at_once(database: &dyn Database) {
    let names: Vec<String> = (0..8).map(|n| format!("d{n}")).collect();
    let listed: Vec<&str> = names.iter().map(String::as_str).collect();
    let location = database.location();
    thread::scope(|scope| {
        for name in &names {
            let (listed, location) = (&listed, &location);
            scope.spawn(move || {
                let mut store = ward_classifier::store::open(location, name).expect("the store opens");
                let ids = register(&mut *store, listed);
                let own = listed.iter().position(|other| other == name).expect("its name");
                let mut state = load(&mut *store, ids[own]);
                for at in 1..6 {
                    state = discover(&mut *store, &state, &switch(name, at, u32::try_from(at).unwrap_or(1)));
                }
            });
        }
    });
    let states = states(&mut *database.open());
    assert_eq!(states.len(), 8);
    assert!(states.iter().all(|state| state.revision == 5 && state.interfaces.len() == 5));
}

fn what_is_old_is_deleted(database: &dyn Database) {
    let mut store = database.open();
    let mut state = discovered(&mut *store, "a", 3);
    for at in 2..6 {
        let mut walk = switch("a", at, 2);
        walk.interfaces[0].oper = Some(if at % 2 == 0 { Status::Down } else { Status::Up });
        walk.interfaces[1].alias = format!("user {at}");
        state = discover(&mut *store, &state, &walk);
    }
    assert_eq!(store.prune(&Keep::default()), Ok(0));
    let count = |what: &str| database.number(&format!("SELECT count(*) FROM {what}"));
    assert_eq!(count("interfaces WHERE retired_at IS NOT NULL"), 1);

    let keep = Keep { retired_since: Some(hour(4)), ..Keep::default() };
    assert_eq!(store.prune(&keep), Ok(0), "given up in hour 4: not before");
    let keep = Keep {
        retired_since: Some(hour(5)),
        status_events_since: Some(hour(4)),
        events_since: Some(hour(3)),
        history_since: Some(hour(3)),
        runs_since: Some(hour(5)),
        listed_since: None,
    };
    assert!(store.prune(&keep).unwrap() > 0);
    assert_eq!((count("interfaces"), count("discovery_runs")), (2, 1));
    assert_eq!(count("events WHERE kind = 'status_changed'"), 2);
    assert_eq!(count("events WHERE kind = 'discovered'"), 0);
    assert_eq!(count("interface_history WHERE valid_to IS NULL"), 2);
    // Who remembers the interface that was deleted has to look again.
    let reborn = changes(&state, &switch("a", 6, 3));
    let stale = [Versioned { changes: &reborn, revision: state.revision }];
    assert_eq!(store.write(&stale, 5).unwrap(), [Written::Conflict]);
    let state = load(&mut *store, state.id);
    let state = discover(&mut *store, &state, &switch("a", 6, 3));
    assert_eq!(load(&mut *store, state.id), state);
    assert_eq!(state.interfaces.len(), 3);

    // A device that nobody has listed since goes with all it had.
    let future = ward_classifier::timestamp::Timestamp::from_millis(i64::MAX / 1_000_000);
    assert!(store.prune(&Keep { listed_since: Some(future), ..Keep::default() }).unwrap() > 0);
    for table in ["devices", "interfaces", "classifications", "interface_history", "events", "leases"] {
        assert_eq!(count(table), 0, "{table}");
    }
}

fn labels_alone_are_written(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "a", 2);
    database.watch("interfaces");
    let other = |candidates: &[change::Candidate<'_>], at| {
        let facts: Vec<_> = candidates
            .iter()
            .map(|one| InterfaceFacts { alias: "CCTV camera".into(), ..one.facts.clone() })
            .collect();
        let candidates: Vec<_> =
            facts.iter().map(|facts| change::Candidate { facts, decided: None }).collect();
        change::Labeller::label(crate::support::fleet::rules(), &candidates, at)
    };
    let changes = change::relabelled(&state, &other, hour(2)).expect("other labels");
    let state = write(&mut *store, &state, &changes);
    assert_eq!(load(&mut *store, state.id), state);
    assert!(state.interfaces.iter().all(|one| one.label.interface_type == InterfaceType::Camera));
    assert_eq!(database.writes(), 0);
    assert_eq!(store.history(state.interfaces[0].id, 100).map(|ranges| ranges.len()), Ok(2));
}

fn texts_without_end_are_kept(database: &dyn Database) {
    let mut store = database.open();
    let id = register(&mut *store, &["a"])[0];
    let state = load(&mut *store, id);
    // What does not compress, so that no database makes it small.
    let noise = |seed: u64| -> String {
        let mut number = seed;
        let mut letter = || {
            number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from_u32(0x4e00 + u32::try_from(number >> 51).unwrap_or_default()).unwrap_or('?')
        };
        (0..20_000).map(|_| letter()).collect()
    };
    let mut walk = switch("a", 1, 2);
    for (row, seed) in walk.interfaces.iter_mut().zip([1, 1]) {
        row.name = noise(seed);
        row.descr = noise(seed + 2);
        row.alias = format!("transit: {}", noise(seed + 4));
        row.lag = Some(noise(seed + 6));
    }
    walk.device.serial = format!("1{}", noise(8));
    walk.device.sys_name = noise(9);
    walk.device.chassis = noise(10);
    let state = discover(&mut *store, &state, &walk);
    assert_eq!(load(&mut *store, id), state);
    walk.started = hour(2);
    let again = changes(&state, &walk);
    assert_eq!(again.rows.len(), 0);
}
