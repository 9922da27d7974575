use std::time::Duration;

use super::*;
use crate::change::Candidate;
use crate::classification::{Classification, Critical};
use crate::facts::InterfaceFacts;
use crate::kind::InterfaceType;
use crate::state::{Decision, Explained};
use crate::store::Written;
use crate::walk::Columns;

fn at(hour: i64) -> Timestamp {
    Timestamp::from_millis(hour * 3_600_000)
}

/// Rules that find one type everywhere.
fn all(kind: InterfaceType) -> Rules {
    let classification = Classification {
        kind,
        provider: None,
        critical: Critical::default(),
        confidence: 0.5,
        runner_up: None,
        best_guess: None,
        votes: Vec::new(),
        labels: Default::default(),
        review: Vec::new(),
        overridden_by: None,
    };
    Arc::new(move |candidates: &[Candidate<'_>], at| -> Vec<Explained> {
        candidates.iter().map(|_| Explained::new(&classification, &"rules".into(), at)).collect()
    })
}

fn fleet(names: &[&str]) -> Fleet {
    let fleet = Fleet::new(all(InterfaceType::Access), Policy::default());
    fleet.list(names.iter().copied());
    fleet
}

/// A device as a store has it before its first walk.
fn fresh(id: i64, name: &str) -> DeviceState {
    let facts = Arc::new(DeviceFacts { name: name.into(), ..DeviceFacts::default() });
    let mut state = DeviceState { id: DeviceId(id), ..DeviceState::default() };
    state.head.facts = facts;
    state
}

fn walk(name: &str, hour: i64, ports: u32) -> Learned {
    let port = |n| InterfaceFacts { if_index: n, name: format!("p{n}"), ..InterfaceFacts::default() };
    Learned::Walked(Arc::new(Walk {
        device: DeviceFacts { name: name.into(), serial: format!("FOC100{name}"), ..DeviceFacts::default() },
        started: at(hour),
        interfaces: (1..=ports).map(port).collect(),
        all_rows: true,
        read: Columns::ALL,
        ..Walk::default()
    }))
}

fn failure(hour: i64) -> Learned {
    Learned::Failed(Failure { started: at(hour), took: Duration::ZERO, reason: "no answer".into() })
}

fn learn(fleet: &Fleet, name: &str, hour: i64, ports: u32) -> Option<usize> {
    fleet.learn(name, walk(name, hour, ports), at(hour)).map(|state| state.interfaces.len())
}

fn names(due: &[Due]) -> Vec<(&str, i64)> {
    due.iter().map(|due| (&*due.name, due.revision)).collect()
}

#[test]
fn what_is_learned_is_known_at_once_and_waits_once() {
    let fleet = fleet(&["a", "b"]);
    fleet.loaded(vec![fresh(1, "a"), fresh(2, "b")], at(0));
    for hour in 1..9 {
        assert_eq!(learn(&fleet, "a", hour, 3), Some(3));
    }
    assert_eq!(fleet.waiting(), Waiting { devices: 1, since: Some(at(1)), given_up: 0 });
    let due = fleet.take(1000);
    assert_eq!(names(&due), [("a", 0)]);
    assert_eq!((due[0].changes.rows.len(), due[0].changes.runs.len()), (3, 8));
    assert!(fleet.take(1000).is_empty(), "it is being written");
    // What is learned meanwhile is the next to be written.
    learn(&fleet, "a", 9, 4);
    assert!(fleet.take(1000).is_empty());
    assert!(fleet.written(&due, &[Written::Yes(1)]).is_empty());
    let due = fleet.take(1000);
    assert_eq!((names(&due), due[0].changes.rows.len()), (vec![("a", 1)], 1));
    fleet.written(&due, &[Written::Yes(2)]);
    assert_eq!(fleet.waiting(), Waiting::default());
    assert_eq!(fleet.device("a").map(|state| state.revision), Some(2));
}

#[test]
fn a_batch_has_about_as_many_rows_as_are_wanted() {
    let fleet = fleet(&["a", "b", "c"]);
    fleet.loaded(vec![fresh(1, "a"), fresh(2, "b"), fresh(3, "c")], at(0));
    for name in ["a", "b", "c"] {
        learn(&fleet, name, 1, 10);
    }
    assert_eq!(names(&fleet.take(20)), [("a", 0), ("b", 0)]);
    assert_eq!(names(&fleet.take(20)), [("c", 0)]);
}

#[test]
fn before_the_store_has_answered_the_last_walk_is_kept() {
    let fleet = fleet(&["a", "b"]);
    assert_eq!(learn(&fleet, "a", 1, 2), None);
    assert_eq!(learn(&fleet, "a", 2, 5), None);
    assert!(fleet.learn("a", failure(3), at(3)).is_none());
    assert!(fleet.learn("b", failure(3), at(3)).is_none());
    assert_eq!((fleet.unknown().len(), fleet.snapshot().len(), fleet.waiting().devices), (2, 0, 0));
    assert!(!fleet.is_loaded() && !Fleet::new(all(InterfaceType::Other), Policy::default()).is_loaded());
    fleet.loaded(vec![fresh(1, "a"), fresh(2, "b")], at(4));
    assert_eq!(fleet.device("a").map(|state| state.interfaces.len()), Some(5));
    assert_eq!(fleet.device("b").map(|state| state.head.failures), Some(1));
    assert_eq!((fleet.unknown().len(), fleet.waiting().devices, fleet.is_loaded()), (0, 2, true));
}

#[test]
fn what_is_known_is_shown_though_a_new_device_is_not() {
    let fleet = fleet(&["a"]);
    assert!(!fleet.has_begun());
    fleet.loaded(vec![fresh(1, "a")], at(0));
    assert!(fleet.has_begun());
    fleet.list(["a", "new"]);
    assert_eq!((fleet.is_loaded(), fleet.has_begun(), fleet.snapshot().len()), (false, true, 1));
}

#[test]
fn a_decision_whose_time_is_over_ends_without_a_walk() {
    let decided = |candidates: &[Candidate<'_>], now| -> Vec<Explained> {
        let label = |one: &Candidate<'_>| {
            let holds = one.decided.is_some_and(|decided| decided.holds(now));
            let mut explained = all(InterfaceType::Access).label(&[*one], now).remove(0);
            explained.label.overridden = holds;
            explained
        };
        candidates.iter().map(label).collect()
    };
    let fleet = Fleet::new(Arc::new(decided), Policy::default());
    fleet.list(["a"]);
    fleet.loaded(vec![fresh(1, "a")], at(0));
    learn(&fleet, "a", 1, 2);
    let mut state = (*fleet.device("a").expect("the device")).clone();
    let decision = Decision { expires: Some(at(5)), ..Decision::default() };
    Arc::make_mut(&mut state.interfaces[0]).decided = Some(decision);
    fleet.loaded(vec![state], at(2));
    fleet.relabel_device("a", at(2));
    let overridden = || fleet.device("a").expect("the device").interfaces[0].label.overridden;
    assert!(overridden());
    assert_eq!((fleet.end_decisions(at(4)), overridden()), (0, true));
    assert_eq!((fleet.end_decisions(at(5)), overridden()), (1, false));
    assert_eq!(fleet.end_decisions(at(6)), 0);
}

#[test]
fn after_a_conflict_what_was_learned_is_judged_by_the_newer_state() {
    let fleet = fleet(&["a"]);
    fleet.loaded(vec![fresh(1, "a")], at(0));
    learn(&fleet, "a", 5, 3);
    let due = fleet.take(10);
    assert_eq!(names(&fleet.written(&due, &[Written::Conflict])), [("a", 0)]);
    // Someone else had walked it an hour before, and saw one port fewer.
    let mut stored = DeviceState { revision: 7, ..fresh(1, "a") };
    if let Learned::Walked(earlier) = walk("a", 4, 2) {
        let rules = all(InterfaceType::Access);
        stored = change::walked(&stored, &earlier, &*rules, Policy::default()).apply(&stored);
    }
    fleet.loaded(vec![stored.clone()], at(6));
    let due = fleet.take(10);
    assert_eq!((names(&due), due[0].changes.rows.len()), (vec![("a", 7)], 1));
    // Had they walked it later, ours would say nothing any more.
    fleet.written(&due, &[Written::Conflict]);
    let mut later = stored.clone();
    later.head.last_walk = Some(at(6));
    fleet.loaded(vec![later.clone()], at(7));
    assert!(fleet.take(10).is_empty());
    assert_eq!(fleet.device("a").as_deref(), Some(&later));
}

#[test]
fn a_device_the_store_refuses_begins_anew() {
    let fleet = fleet(&["a"]);
    fleet.loaded(vec![fresh(1, "a")], at(0));
    learn(&fleet, "a", 1, 3);
    fleet.take(10);
    fleet.forget("a", true);
    assert_eq!((fleet.unknown().len(), fleet.waiting().devices), (1, 0));
    fleet.loaded(vec![fresh(1, "a")], at(2));
    assert_eq!(fleet.device("a").map(|state| state.interfaces.len()), Some(0));
}

#[test]
fn other_rules_label_all_devices() {
    let fleet = fleet(&["a", "b"]);
    fleet.loaded(vec![fresh(1, "a"), fresh(2, "b")], at(0));
    learn(&fleet, "a", 1, 3);
    let due = fleet.take(10);
    fleet.written(&due, &[Written::Yes(1)]);
    assert_eq!(fleet.relabel(all(InterfaceType::Access), at(2)), 0);
    assert_eq!(fleet.relabel(all(InterfaceType::Camera), at(2)), 1);
    let state = fleet.device("a").expect("a");
    assert!(state.interfaces.iter().all(|one| one.label.interface_type == InterfaceType::Camera));
    // Labels that wait when someone else has written are not lost either.
    let due = fleet.take(10);
    fleet.written(&due, &[Written::Conflict]);
    let mut stored = (*state).clone();
    stored.revision = 5;
    for interface in &mut stored.interfaces {
        Arc::make_mut(interface).label.interface_type = InterfaceType::Access;
    }
    fleet.loaded(vec![stored], at(3));
    let due = fleet.take(10);
    assert_eq!((names(&due), due[0].changes.rows.len()), (vec![("a", 5)], 3));
}

#[test]
fn only_devices_of_the_inventory_are_shown() {
    let fleet = fleet(&["b", "a"]);
    fleet.loaded(vec![fresh(1, "a"), fresh(2, "b"), fresh(3, "other")], at(0));
    let shown = |fleet: &Fleet| -> Vec<String> {
        fleet.snapshot().iter().map(|state| state.head.facts.name.clone()).collect()
    };
    assert_eq!(shown(&fleet), ["a", "b"]);
    let version = fleet.version();
    fleet.list(["other"]);
    assert_eq!(shown(&fleet), ["other"]);
    assert!(fleet.version() > version);
}

#[test]
fn what_others_wrote_is_noticed() {
    let fleet = fleet(&["a", "b"]);
    fleet.loaded(vec![fresh(1, "a"), fresh(2, "b")], at(0));
    let stored = [(DeviceId(1), 0), (DeviceId(2), 3), (DeviceId(9), 1)];
    assert_eq!(fleet.outdated(&stored), [DeviceId(2), DeviceId(9)]);
    // What we write ourselves is not news.
    learn(&fleet, "b", 1, 1);
    fleet.take(10);
    assert_eq!(fleet.outdated(&stored), [DeviceId(9)]);
}

#[test]
fn hardware_that_is_known_elsewhere_is_told() {
    let fleet = fleet(&["a", "b", "c"]);
    fleet.loaded(vec![fresh(1, "a"), fresh(2, "b"), fresh(3, "c")], at(0));
    learn(&fleet, "a", 1, 1);
    learn(&fleet, "b", 1, 1);
    fleet.learn("a", failure(2), at(2));
    let told = |name: &str, serial_of: &str| {
        let Learned::Walked(walk) = walk(serial_of, 3, 1) else { return vec![] };
        let mut walk = (*walk).clone();
        walk.device.name = name.into();
        fleet.learn(name, Learned::Walked(Arc::new(walk)), at(3));
        let due = fleet.take(1000);
        let written: Vec<_> = due.iter().map(|due| Written::Yes(due.revision + 1)).collect();
        fleet.written(&due, &written);
        let events = due.into_iter().find(|due| &*due.name == name).map(|due| due.changes.events);
        let event = |event: Event| (event.kind, event.old, event.new);
        events.into_iter().flatten().map(event).filter(|event| event.0 != EventKind::Discovered).collect()
    };
    let expected = (EventKind::DeviceMoved, "a".to_string(), "serial FOC100a".to_string());
    assert_eq!(told("c", "a"), [expected], "a is silent");
    let replaced = told("c", "b");
    assert!(
        replaced.contains(&(EventKind::DeviceDuplicate, "b".into(), "serial FOC100b".into())),
        "{replaced:?}"
    );
    assert_eq!(told("c", "b"), [], "once is enough");
}

#[test]
fn neighbours_are_known_here_and_not_written() {
    let fleet = fleet(&["a"]);
    fleet.loaded(vec![fresh(1, "a")], at(0));
    learn(&fleet, "a", 1, 2);
    let due = fleet.take(100);
    fleet.written(&due, &[Written::Yes(1)]);
    let neighbour = NeighbourFacts { name: "sw2".into(), ..NeighbourFacts::default() };
    let neighbours = HashMap::from([(1, vec![neighbour])]);
    assert!(fleet.neighbours("a", &neighbours, at(2)));
    assert!(!fleet.neighbours("a", &neighbours, at(2)), "nothing new");
    assert_eq!(fleet.waiting().devices, 0);
    // What another classifier has written does not have them.
    let mut stored = DeviceState::clone(&fleet.device("a").expect("a device"));
    stored.revision = 2;
    for interface in &mut stored.interfaces {
        Arc::make_mut(interface).facts.neighbours.clear();
    }
    fleet.loaded(vec![stored], at(3));
    let known = fleet.device("a").expect("a device");
    assert_eq!(known.interfaces[0].facts.neighbours, neighbours[&1]);
}
