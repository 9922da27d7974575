use std::time::Duration;

use super::*;
use crate::classification::{Classification, Critical};
use crate::facts::{DeviceFacts, InterfaceFacts, RawTexts, Status};
use crate::kind::InterfaceType;
use crate::state::{Decision, Explained};
use crate::walk::{Column, Columns, Walk};

/// Rules of one line each, for tests.
pub(super) fn labeller(candidates: &[Candidate<'_>], at: Timestamp) -> Vec<Explained> {
    candidates.iter().map(|candidate| label(candidate, at)).collect()
}

fn label(candidate: &Candidate<'_>, at: Timestamp) -> Explained {
    let decided = candidate.decided.is_some_and(|decided| decided.holds(at));
    let isp = candidate.facts.alias.contains("isp") || decided;
    let classification = Classification {
        kind: if isp { InterfaceType::Isp } else { InterfaceType::Other },
        provider: candidate.facts.alias.strip_prefix("isp ").map(Into::into),
        critical: Critical { critical: isp, reason: None },
        confidence: 0.5,
        runner_up: None,
        best_guess: None,
        votes: Vec::new(),
        labels: Default::default(),
        review: Vec::new(),
        overridden_by: None,
    };
    Explained::new(&classification, &"rules".into(), at)
}

fn port(if_index: u32, name: &str) -> InterfaceFacts {
    InterfaceFacts {
        if_index,
        name: name.into(),
        alias: format!("about {name}"),
        if_type: Some(6),
        speed_bps: Some(1_000_000_000),
        admin: Some(Status::Up),
        oper: Some(Status::Up),
        ..InterfaceFacts::default()
    }
}

fn moment(hour: i64) -> Timestamp {
    Timestamp::from_millis(hour * 3_600_000)
}

fn walk(hour: i64, interfaces: Vec<InterfaceFacts>) -> Walk {
    let device = DeviceFacts { name: "r1".into(), serial: "FOC1".into(), ..DeviceFacts::default() };
    Walk {
        device,
        started: moment(hour),
        took: Duration::from_millis(20),
        interfaces,
        all_rows: true,
        read: Columns::ALL,
        ..Walk::default()
    }
}

fn unknown() -> DeviceState {
    DeviceState { id: DeviceId(7), ..DeviceState::default() }
}

/// The changes of a walk, and the state after it.
fn after(state: &DeviceState, walk: &Walk) -> (Changes, DeviceState) {
    let changes = walked(state, walk, &labeller, Policy::default());
    let state = changes.apply(state);
    (changes, state)
}

/// A device with ports a, b and c, walked once in hour 1.
fn three() -> DeviceState {
    after(&unknown(), &walk(1, vec![port(1, "a"), port(2, "b"), port(3, "c")])).1
}

/// Events as `kind name old→new`.
fn told(changes: &Changes) -> Vec<String> {
    let tell = |event: &Event| {
        format!("{} {} {}→{}", event.kind, event.if_name, event.old, event.new).replace("  ", " ")
    };
    changes.events.iter().map(tell).collect()
}

#[test]
fn the_first_walk_is_one_event() {
    let (changes, state) = after(&unknown(), &walk(1, vec![port(1, "a"), port(2, "b")]));
    assert_eq!(told(&changes), ["discovered →2"]);
    assert_eq!((changes.rows.len(), changes.opened.len()), (2, 2));
    let ids: Vec<_> = state.interfaces.iter().map(|interface| interface.id.0).collect();
    assert_eq!(ids, [7_000_000_001, 7_000_000_002]);
    assert_eq!((state.head.generation, state.head.first_seen), (1, Some(moment(1))));
    assert_eq!(state.interfaces[0].facts.device.name, "r1");
}

#[test]
fn nothing_new_writes_no_interface() {
    let state = three();
    // In another order, as agents may answer.
    let (changes, again) = after(&state, &walk(2, vec![port(3, "c"), port(1, "a"), port(2, "b")]));
    assert_eq!((changes.rows, changes.closed, changes.opened, changes.events), Default::default());
    assert_eq!(again.interfaces, state.interfaces);
    assert_eq!(again.head.last_ok, Some(moment(2)));
    assert_eq!(again.last_seen(&again.interfaces[0]), Some(moment(2)));
}

#[test]
fn a_change_is_a_row_an_event_and_a_range() {
    let changed = |change: fn(&mut InterfaceFacts)| {
        let mut row = port(1, "a");
        change(&mut row);
        after(&three(), &walk(2, vec![row, port(2, "b"), port(3, "c")])).0
    };
    for (change, events, ranges) in [
        (
            (|row| row.oper = Some(Status::Down)) as fn(&mut InterfaceFacts),
            vec!["status_changed a up→down"],
            0,
        ),
        (|row| row.admin = Some(Status::Down), vec!["admin_status_changed a up→down"], 1),
        (|row| row.speed_bps = Some(10_000_000), vec!["speed_changed a 1000000000→10000000"], 1),
        (|row| row.speed_bps = None, vec!["speed_changed a 1000000000→"], 1),
        (|row| row.if_index = 11, vec!["reindexed a 1→11"], 0),
        (|row| row.name = "A".into(), vec!["renamed A a→A"], 1),
        (|row| row.mtu = Some(9000), vec![], 0),
        (|row| row.alias = String::new(), vec!["description_changed a about a→"], 1),
        (
            |row| row.alias = "isp magti".into(),
            vec![
                "description_changed a about a→isp magti",
                "type_changed a other→isp",
                "provider_changed a →magti",
                "critical_changed a false→true",
            ],
            1,
        ),
    ] {
        let changes = changed(change);
        assert_eq!(told(&changes), events);
        assert_eq!(changes.rows.len(), 1, "{events:?}");
        assert_eq!((changes.closed.len(), changes.opened.len()), (ranges, ranges), "{events:?}");
        assert_eq!(changes.rows[0].interface.id.0, 7_000_000_001);
    }
}

#[test]
fn a_swap_of_two_ports_moves_indexes_and_nothing_else() {
    let state = three();
    let (changes, swapped) = after(&state, &walk(2, vec![port(2, "a"), port(1, "b"), port(3, "c")]));
    assert_eq!(told(&changes), ["reindexed a 1→2", "reindexed b 2→1"]);
    assert_eq!(changes.opened, []);
    let rows =
        |state: &DeviceState| -> Vec<_> { state.interfaces.iter().map(|i| (i.id, i.key.clone())).collect() };
    assert_eq!(rows(&state), rows(&swapped));
}

#[test]
fn what_was_not_read_is_not_forgotten() {
    let mut row = port(1, "a");
    (row.alias, row.speed_bps, row.oper) = (String::new(), None, None);
    let rows = vec![row, port(2, "b"), port(3, "c")];
    let unread =
        [Column::Alias, Column::Speed, Column::Oper].into_iter().fold(Columns::ALL, Columns::without);
    let (changes, state) = after(&three(), &Walk { read: unread, ..walk(2, rows.clone()) });
    assert_eq!((changes.rows, changes.events), Default::default());
    assert_eq!(state.interfaces[0].facts.alias, "about a");
    // The same rows with the columns read to their end do say that there is nothing.
    let (changes, _) = after(&three(), &walk(2, rows));
    assert_eq!(changes.rows.len(), 1);
    // What was read of an unfinished column counts.
    let rows = vec![InterfaceFacts { alias: "new".into(), ..port(1, "a") }, port(2, "b"), port(3, "c")];
    let (changes, _) = after(&three(), &Walk { read: unread, ..walk(2, rows) });
    assert_eq!(told(&changes), ["description_changed a about a→new"]);
}

#[test]
fn octets_go_with_their_text() {
    let raw = RawTexts { alias: Some(vec![0xff]), ..RawTexts::default() };
    let odd = InterfaceFacts { alias: "\u{fffd}".into(), raw: Some(Box::new(raw.clone())), ..port(1, "a") };
    let (_, state) = after(&unknown(), &walk(1, vec![odd]));
    let unread = InterfaceFacts { alias: String::new(), ..port(1, "a") };
    let read = Columns::ALL.without(Column::Alias);
    let (changes, state) = after(&state, &Walk { read, ..walk(2, vec![unread]) });
    assert_eq!(changes.rows, []);
    assert_eq!(state.interfaces[0].facts.raw.as_deref(), Some(&raw));
    let (_, state) = after(&state, &walk(3, vec![port(1, "a")]));
    assert_eq!(state.interfaces[0].facts.raw, None);
}

#[test]
fn a_failed_walk_changes_nothing_but_the_devices_own_row() {
    let state = three();
    let failure =
        Failure { started: moment(2), took: Duration::from_secs(5), reason: "no answer within 5s".into() };
    let mut down = state.clone();
    for _ in 0..5 {
        let changes = failed(&down, &failure);
        assert_eq!((&changes.rows[..], &changes.events[..]), Default::default());
        assert_eq!(changes.runs[0].outcome, Outcome::Failed);
        down = changes.apply(&down);
    }
    assert_eq!(down.interfaces, state.interfaces);
    assert_eq!((down.head.failures, down.head.last_ok), (5, Some(moment(1))));
    assert_eq!(down.head.last_error.as_deref(), Some("no answer within 5s"));
    let (_, up) = after(&down, &walk(9, vec![port(1, "a"), port(2, "b"), port(3, "c")]));
    assert_eq!((up.head.failures, up.head.last_error), (0, None));
}

#[test]
fn an_interface_is_given_up_after_walks_without_it() {
    let rest = || vec![port(1, "a"), port(2, "b")];
    let partial = |hour| Walk { all_rows: false, ..walk(hour, rest()) };
    let (changes, state) = after(&three(), &partial(2));
    assert_eq!(changes.rows, [], "a walk that did not see all rows misses none");

    let (changes, state) = after(&state, &walk(3, rest()));
    assert_eq!((changes.rows.len(), told(&changes)), (1, vec![]));
    let (_, state) = after(&state, &walk(4, rest()));
    let missed = &state.interfaces[2];
    assert_eq!((missed.missed, missed.last_seen, missed.retired_at), (2, Some(moment(1)), None));
    let (changes, state) = after(&state, &walk(5, rest()));
    assert_eq!(told(&changes), ["gone c →"]);
    assert_eq!(changes.closed, [(state.interfaces[2].id, moment(5))]);
    assert_eq!((state.present().count(), state.interfaces.len()), (2, 3));
    let (changes, state) = after(&state, &walk(6, rest()));
    assert_eq!(changes.rows, [], "what is gone is not missed again");

    let (changes, state) = after(&state, &walk(7, vec![port(1, "a"), port(2, "b"), port(9, "c")]));
    assert_eq!(told(&changes), ["returned c →", "reindexed c 3→9"]);
    assert_eq!(state.interfaces[2].id.0, 7_000_000_003);
    assert_eq!((changes.closed.len(), changes.opened.len()), (0, 1));
}

#[test]
fn an_empty_walk_misses_all_and_a_found_row_is_missed_no_more() {
    let (_, state) = after(&three(), &walk(2, vec![]));
    assert!(state.interfaces.iter().all(|interface| interface.missed == 1));
    let (changes, state) = after(&state, &walk(3, vec![port(1, "a"), port(2, "b"), port(3, "c")]));
    assert_eq!((changes.rows.len(), told(&changes)), (3, vec![]));
    assert!(state.interfaces.iter().all(|interface| interface.missed == 0 && interface.last_seen.is_none()));
}

#[test]
fn other_hardware_keeps_what_has_the_same_name() {
    let mut state = three();
    let decided = Decision { author: "noc".into(), ..Decision::default() };
    Arc::make_mut(&mut state.interfaces[0]).decided = Some(decided);
    let mut walk = walk(2, vec![port(1, "a"), port(2, "port2")]);
    walk.device.serial = "FOC2".into();
    let (changes, state) = after(&state, &walk);
    assert_eq!(told(&changes)[0], "device_replaced serial FOC1→FOC2");
    assert!(changes.replaced && state.head.generation == 2);
    assert_eq!(state.interfaces[0].decided.as_ref().map(|decided| decided.review), Some(true));
    assert_eq!(state.interfaces[3].key, "port2", "the index of another box says nothing");
    assert_eq!((state.interfaces[1].missed, state.interfaces[2].missed), (1, 1));
}

#[test]
fn a_key_that_is_needed_again_is_given_up_by_what_is_gone() {
    let twins = |first: u32| vec![port(first, "eth"), port(first + 1, "eth")];
    let (_, mut state) = after(&unknown(), &walk(1, twins(1)));
    assert_eq!(state.interfaces[0].key, "eth#1");
    for hour in 2..5 {
        state = after(&state, &walk(hour, vec![])).1;
    }
    assert_eq!(state.present().count(), 0);
    let (_, state) = after(&state, &walk(5, vec![port(7, "eth#1"), port(2, "eth")]));
    let keys: Vec<_> = state.interfaces.iter().map(|interface| interface.key.as_str()).collect();
    assert_eq!(keys, ["eth#1~7000000001", "eth#2", "eth#1"]);
}

#[test]
fn labels_change_without_a_walk() {
    let state = three();
    assert_eq!(relabelled(&state, &labeller, moment(2)), None);
    let all_isp = |candidates: &[Candidate<'_>], at| {
        let isp = |_: &Candidate<'_>| InterfaceFacts { alias: "isp".into(), ..InterfaceFacts::default() };
        candidates.iter().map(|c| label(&Candidate { facts: &isp(c), decided: None }, at)).collect()
    };
    let changes = relabelled(&state, &all_isp, moment(2)).expect("labels have changed");
    assert_eq!(changes.rows.len(), 3);
    assert!(changes.rows.iter().all(|row| !row.facts && row.explanation.is_some()));
    let relabelled_state = changes.apply(&state);
    // A walk that began before says so of the time after: ranges do not overlap.
    let (changes, _) = after(&relabelled_state, &walk(1, vec![port(1, "a"), port(2, "b"), port(3, "c")]));
    assert!(changes.closed.iter().all(|(_, end)| *end == moment(2)));
}

#[test]
fn an_override_that_ends_is_noticed() {
    let mut state = three();
    let decided = Decision { expires: Some(moment(5)), ..Decision::default() };
    Arc::make_mut(&mut state.interfaces[1]).decided = Some(decided);
    let changes = relabelled(&state, &labeller, moment(4)).expect("the override holds");
    assert_eq!(told(&changes), ["type_changed b other→isp", "critical_changed b false→true"]);
    let state = changes.apply(&state);
    let changes = relabelled(&state, &labeller, moment(5)).expect("the override has ended");
    assert_eq!(told(&changes)[0], "type_changed b isp→other");
}

#[test]
fn changes_that_wait_stay_bounded() {
    let mut state = three();
    let mut waiting = Changes::of(&state, state.head.clone());
    let rounds = MOST_WAITING as i64 / 2 + 10;
    for hour in 2..rounds + 2 {
        let alias = format!("isp {}", hour % 2);
        let row = InterfaceFacts { alias, ..port(1, "a") };
        let (changes, next) = after(&state, &walk(hour, vec![row, port(2, "b"), port(3, "c")]));
        waiting = waiting.then(changes);
        state = next;
    }
    assert!(waiting.events.len() <= MOST_WAITING && waiting.opened.len() <= MOST_WAITING);
    assert!(waiting.given_up > 0);
    assert_eq!((waiting.rows.len(), waiting.closed.len()), (1, 1));
    assert_eq!(waiting.opened.iter().filter(|range| range.until.is_none()).count(), 1);
}

mod properties {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn walks() -> impl Strategy<Value = Vec<Walk>> {
        let row = (1u32..6, "[ab]{1,2}", "(isp x|y|)", any::<bool>());
        let row = row.prop_map(|(if_index, name, alias, up)| InterfaceFacts {
            alias,
            oper: Some(if up { Status::Up } else { Status::Down }),
            ..port(if_index, &name)
        });
        let rows = proptest::collection::vec(row, 0..5).prop_map(|mut rows| {
            rows.sort_by_key(|row| row.if_index);
            rows.dedup_by_key(|row| row.if_index);
            rows
        });
        let walk = (0..9i64, rows, prop::bool::weighted(0.8), prop::bool::weighted(0.9));
        let walk = walk.prop_map(|(hour, rows, all_rows, same)| {
            let mut walk = Walk { all_rows, ..super::walk(hour, rows) };
            walk.device.serial = if same { "FOC1".into() } else { "FOC2".into() };
            walk
        });
        proptest::collection::vec(walk, 1..12)
    }

    /// What a store makes of changes.
    #[derive(Default)]
    struct Ranges(HashMap<InterfaceId, Vec<Range>>);

    impl Ranges {
        fn write(&mut self, changes: &Changes) {
            for (id, end) in &changes.closed {
                let open: Vec<_> =
                    self.0.get_mut(id).into_iter().flatten().filter(|range| range.until.is_none()).collect();
                assert_eq!(open.len(), 1, "one range of {id} is open");
                open.into_iter().for_each(|range| range.until = Some(*end));
            }
            for range in &changes.opened {
                self.0.entry(range.interface).or_default().push(range.clone());
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_the_books_are_right(walks in walks()) {
            let mut state = unknown();
            let mut ranges = Ranges::default();
            let mut waiting: Option<Changes> = None;
            for walk in &walks {
                let (changes, next) = after(&state, walk);
                ranges.write(&changes);
                // Keys are unique, of what is there and of what is gone together.
                let mut keys: Vec<_> = next.interfaces.iter().map(|interface| &interface.key).collect();
                keys.sort();
                let count = keys.len();
                keys.dedup();
                prop_assert_eq!(keys.len(), count);
                // What is there has one range that holds, what is gone has none; ranges do not overlap.
                for interface in &next.interfaces {
                    let ranges = &ranges.0[&interface.id];
                    let open = ranges.iter().filter(|range| range.until.is_none()).count();
                    prop_assert_eq!(open, usize::from(interface.retired_at.is_none()));
                    for pair in ranges.windows(2) {
                        prop_assert!(pair[0].from <= pair[1].from);
                        prop_assert!(pair[0].until.is_some_and(|end| end <= pair[1].from));
                    }
                }
                // The same walk again changes no interface that it has seen.
                let (same, _) = after(&next, walk);
                let present = same.rows.iter().filter(|row| row.interface.missed == 0);
                prop_assert_eq!(present.count(), 0);
                waiting = Some(match waiting { Some(earlier) => earlier.then(changes), None => changes });
                state = next;
            }
            // Written at once, it comes to the same as step by step.
            if let Some(waiting) = waiting {
                prop_assert_eq!(waiting.apply(&unknown()), state);
                let mut at_once = Ranges::default();
                at_once.write(&waiting);
                prop_assert_eq!(at_once.0, ranges.0);
            }
        }
    }
}
