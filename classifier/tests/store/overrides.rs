//! What people decide stays with its interface.

use ward_classifier::change::{self, Event, EventKind};
use ward_classifier::kind::InterfaceType;
use ward_classifier::overrides::Set;
use ward_classifier::state::{Decision, DeviceState, Interface, InterfaceId};
use ward_classifier::store::{EventFilter, Keep, Store, Versioned, Written};

use crate::support::database::Database;
use crate::support::fleet::{changes, discover, discovered, hour, load, rules, switch};

crate::for_both!(
    a_decision_survives_renumbering_and_renaming,
    a_decision_is_taken_back,
    other_hardware_asks_for_a_second_look,
    a_decision_is_noticed_by_who_did_not_make_it,
);

fn decision() -> Decision {
    Decision {
        set: Set {
            kind: Some(InterfaceType::Camera),
            provider: Some(None),
            critical: Some(true),
            alias: Some("the \"gate\"".into()),
            labels: vec![("circuit".into(), "MGT-1".into())],
        },
        author: "nino".into(),
        reason: "contract 123".into(),
        created: hour(2),
        expires: Some(hour(100)),
        review: false,
    }
}

fn event(interface: &Interface) -> Event {
    Event {
        at: hour(2),
        kind: EventKind::OverrideSet,
        interface: Some(interface.id),
        if_name: interface.key.clone(),
        old: String::new(),
        new: "nino: contract 123".into(),
    }
}

/// Decides about the first interface of a device, and labels it anew.
fn decide(store: &mut dyn Store, state: &DeviceState) -> DeviceState {
    let interface = &state.interfaces[0];
    assert_eq!(store.decide(interface.id, Some(&decision()), &event(interface)), Ok(true));
    let state = load(store, state.id);
    let changes = change::relabelled(&state, rules(), hour(2)).expect("another label");
    crate::support::fleet::write(store, &state, &changes)
}

fn a_decision_survives_renumbering_and_renaming(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "a", 2);
    let mut state = decide(&mut *store, &state);
    assert_eq!(state.interfaces[0].decided, Some(decision()));
    assert_eq!(state.interfaces[0].label.interface_type, InterfaceType::Camera);
    let mut renumbered = switch("a", 3, 2);
    renumbered.interfaces.iter_mut().for_each(|row| row.if_index += 100);
    let mut renamed = renumbered.clone();
    renamed.started = hour(4);
    renamed.interfaces[0].name = "wan".into();
    for walk in [renumbered, renamed] {
        state = discover(&mut *store, &state, &walk);
        let stored = load(&mut *store, state.id);
        assert_eq!(stored, state);
        assert_eq!(stored.interfaces[0].decided, Some(decision()));
        assert_eq!(stored.interfaces[0].label.interface_type, InterfaceType::Camera);
    }
    assert_eq!(state.interfaces[0].key, "wan");
    // Nor does it go with an interface that is gone.
    for at in 5..9 {
        let mut without = switch("a", at, 2);
        without.interfaces.remove(0);
        state = discover(&mut *store, &state, &without);
    }
    assert!(state.interfaces[0].retired_at.is_some());
    assert_eq!(store.prune(&Keep { retired_since: Some(hour(100)), ..Keep::default() }), Ok(0));
    assert_eq!(load(&mut *store, state.id).interfaces[0].decided, Some(decision()));
}

fn a_decision_is_taken_back(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "a", 2);
    let state = decide(&mut *store, &state);
    let interface = &state.interfaces[0];
    let back = Event { kind: EventKind::OverrideRemoved, ..event(interface) };
    assert_eq!(store.decide(interface.id, None, &back), Ok(true));
    let state = load(&mut *store, state.id);
    assert_eq!(state.interfaces[0].decided, None);
    let changes = change::relabelled(&state, rules(), hour(3)).expect("the old label");
    assert_eq!(changes.rows[0].interface.label.interface_type, InterfaceType::Isp);

    let kinds = vec![EventKind::OverrideSet, EventKind::OverrideRemoved];
    let events = store.events(&EventFilter { kinds, limit: 9, ..EventFilter::default() }).unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[1].event.new, "nino: contract 123");
    assert_eq!(store.decide(InterfaceId(4711), None, &back), Ok(false), "no such interface");
}

fn other_hardware_asks_for_a_second_look(database: &dyn Database) {
    let mut store = database.open();
    let (state, other) = (discovered(&mut *store, "a", 2), discovered(&mut *store, "b", 2));
    let (state, other) = (decide(&mut *store, &state), decide(&mut *store, &other));
    let mut walk = switch("a", 3, 2);
    walk.device.serial = "FOC-new-1".into();
    let state = discover(&mut *store, &state, &walk);
    assert_eq!(load(&mut *store, state.id), state);
    assert!(state.interfaces[0].decided.as_ref().is_some_and(|decided| decided.review));
    assert_eq!(load(&mut *store, other.id), other);
}

fn a_decision_is_noticed_by_who_did_not_make_it(database: &dyn Database) {
    let (mut one, mut other) = (database.open(), database.open());
    let state = discovered(&mut *one, "a", 2);
    decide(&mut *other, &state);
    let stale = changes(&state, &switch("a", 3, 2));
    let written = one.write(&[Versioned { changes: &stale, revision: state.revision }], 9).unwrap();
    assert_eq!(written, [Written::Conflict]);
}
