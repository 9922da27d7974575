//! What devices hear, and links from when to when.

use ward_classifier::change::{Event, EventKind};
use ward_classifier::state::DeviceId;
use ward_classifier::store::{self, EventFilter, LinkNews, SaidLink, Store};
use ward_classifier::timestamp::Timestamp;
use ward_classifier::topology::known::{Ends, KnownLink, LinkState, Port, Said};
use ward_classifier::topology::manual::ManualLink;
use ward_classifier::topology::surroundings::{Hearing, Sighting, Surroundings};
use ward_classifier::topology::whole::Happened;

use crate::support::database::Database;
use crate::support::fleet::{discover, discovered, hour, load, port, register, walk};

crate::for_both!(
    what_is_heard_is_read_back,
    links_have_a_beginning_and_an_end,
    who_writes_twice_writes_once,
    of_two_who_see_the_same_one_notes_it,
    what_operators_say_is_kept_until_it_is_taken_back,
    the_view_says_who_is_at_the_other_end,
);

fn link(a: (&str, &str), b: (&str, &str), from: i64) -> KnownLink {
    let port = |(device, name): (&str, &str)| Port { device: device.into(), if_name: name.into() };
    KnownLink {
        ends: Ends::new(port(a), port(b)),
        protocol: "lldp+cdp".into(),
        confidence: 0.98,
        seen_by: [true, false],
        aggregates: ["Po1".into(), String::new()],
        state: LinkState::Active,
        state_since: hour(from),
        valid_from: hour(from),
        last_seen: hour(from),
        missed: 1,
        counted: hour(from),
        ..KnownLink::default()
    }
}

fn write_links(store: &mut dyn Store, links: &[KnownLink], ended: &[(Ends, Timestamp)]) -> store::Result<()> {
    store.write_links(&LinkNews { links, ended, events: &[] })
}

fn links(store: &mut dyn Store, at: Option<Timestamp>) -> Vec<KnownLink> {
    let mut links = store.links(at).expect("the links");
    links.sort_by(|one, two| one.ends.cmp(&two.ends));
    links
}

fn what_is_heard_is_read_back(database: &dyn Database) {
    let mut store = database.open();
    let id = register(&mut *store, &["a"])[0];
    let fresh = load(&mut *store, id);
    let heard = Surroundings {
        neighbours: vec![Sighting { name: "sw2 \"quoted\" ☎".into(), ..Sighting::default() }],
        lldp: Hearing::On,
        cdp: Hearing::Silent,
        ..Surroundings::default()
    };
    let mut first = walk("a", 1, vec![port(1, "0/1", "")]);
    first.surroundings = heard.clone();
    let state = discover(&mut *store, &fresh, &first);
    assert_eq!((&*state.heard, state.head.neighbours_at), (&heard, Some(hour(1))));
    assert_eq!(load(&mut *store, id), state);
    // A walk that did not ask changes nothing.
    let state = discover(&mut *store, &state, &walk("a", 2, vec![port(1, "0/1", "")]));
    assert_eq!((&*state.heard, state.head.neighbours_at), (&heard, Some(hour(1))));
    assert_eq!(load(&mut *store, id), state);
}

fn links_have_a_beginning_and_an_end(database: &dyn Database) {
    let mut store = database.open();
    assert_eq!(store.links(None), Ok(vec![]));
    let (stays, goes) = (link(("a", "1"), ("b", "1"), 1), link(("a", "2"), ("c", ""), 1));
    write_links(&mut *store, &[stays.clone(), goes.clone()], &[]).expect("written");
    assert_eq!(links(&mut *store, None), [stays.clone(), goes.clone()]);
    let moved = link(("a", "2"), ("c", "9"), 5);
    write_links(&mut *store, std::slice::from_ref(&moved), &[(goes.ends.clone(), hour(5))]).expect("written");
    assert_eq!(links(&mut *database.open(), None), [stays.clone(), moved.clone()]);
    assert_eq!(links(&mut *store, Some(hour(3))), [stays, goes]);
    assert_eq!(links(&mut *store, Some(hour(0))), []);
}

fn who_writes_twice_writes_once(database: &dyn Database) {
    let mut store = database.open();
    let known = link(("a", "1"), ("b", "1"), 1);
    let later = KnownLink { state: LinkState::Down, state_since: hour(2), ..known.clone() };
    for link in [&known, &known, &later] {
        write_links(&mut *store, std::slice::from_ref(link), &[]).expect("written");
    }
    assert_eq!(links(&mut *store, None), [later]);
    assert_eq!(database.number("SELECT count(*) FROM links"), 1);
    // An end that comes twice, and one of what is not there, change nothing.
    for _ in 0..2 {
        write_links(&mut *store, &[], &[(known.ends.clone(), hour(3))]).expect("written");
    }
    assert_eq!((links(&mut *store, None), links(&mut *store, Some(hour(2))).len()), (vec![], 1));
}

fn event(at: i64, kind: EventKind) -> Event {
    Event { at: hour(at), kind, interface: None, if_name: "1".into(), old: String::new(), new: "b 1".into() }
}

fn told(store: &mut dyn Store, kinds: &[EventKind]) -> Vec<(DeviceId, Event)> {
    let filter = EventFilter { kinds: kinds.to_vec(), limit: 10, ..EventFilter::default() };
    store.events(&filter).expect("events").into_iter().map(|stored| (stored.device, stored.event)).collect()
}

fn of_two_who_see_the_same_one_notes_it(database: &dyn Database) {
    let (mut one, mut other) = (database.open(), database.open());
    let device = register(&mut *one, &["a"])[0];
    let new = [link(("a", "1"), ("b", "1"), 1)];
    let happened =
        |at, kind, begins| [Happened { device, event: event(at, kind), of: new[0].ends.clone(), begins }];
    for (store, at) in [(&mut one, 1), (&mut other, 2)] {
        let events = happened(at, EventKind::LinkAppeared, true);
        store.write_links(&LinkNews { links: &new, ended: &[], events: &events }).expect("written");
    }
    for (store, at) in [(&mut other, 3), (&mut one, 4)] {
        let (events, ended) = (happened(at, EventKind::LinkLost, false), [(new[0].ends.clone(), hour(at))]);
        store.write_links(&LinkNews { links: &[], ended: &ended, events: &events }).expect("written");
    }
    let told = told(&mut *one, &[]);
    assert_eq!(told, [(device, event(3, EventKind::LinkLost)), (device, event(1, EventKind::LinkAppeared))]);
}

fn what_operators_say_is_kept_until_it_is_taken_back(database: &dyn Database) {
    let mut store = database.open();
    let device = register(&mut *store, &["a"])[0];
    let said = |reason: &str, expires_at| ManualLink {
        id: None,
        ends: link(("a", "1"), ("b", "1"), 1).ends,
        said: Said { author: "nino".into(), reason: reason.into(), expires_at },
        created: hour(1),
    };
    let events = [(device, event(1, EventKind::ManualLinkSet))];
    assert_eq!(store.say_link(&SaidLink::Is(&said("no LLDP", Some(hour(9)))), &events), Ok(true));
    assert_eq!(store.say_link(&SaidLink::Is(&said("a modem", None)), &events), Ok(true));
    let links = database.open().manual_links().expect("links");
    let id = links[0].id.expect("a number");
    assert_eq!(links, [ManualLink { id: Some(id), ..said("a modem", None) }]);
    assert_eq!(store.say_link(&SaidLink::IsNot(id), &[]), Ok(true));
    assert_eq!(store.say_link(&SaidLink::IsNot(id), &events), Ok(false), "and nothing is noted");
    assert_eq!(store.manual_links(), Ok(vec![]));
    assert_eq!(told(&mut *store, &[EventKind::ManualLinkSet]).len(), 2);
    // What was said stays with the link for as long as that is remembered.
    let known = KnownLink {
        manual: true,
        said: Some(Box::new(said("no LLDP", Some(hour(9))).said)),
        ..link(("a", "1"), ("b", "1"), 1)
    };
    write_links(&mut *store, std::slice::from_ref(&known), &[]).expect("written");
    assert_eq!(self::links(&mut *store, None), [known]);
}

fn the_view_says_who_is_at_the_other_end(database: &dyn Database) {
    let mut store = database.open();
    let (one, two) = (discovered(&mut *store, "one", 3), discovered(&mut *store, "two", 3));
    let active = link(("one", "0/1"), ("two", "0/2"), 1);
    let ended = link(("one", "0/2"), ("two", "0/3"), 1);
    let half = link(("one", "0/3"), ("two", ""), 1);
    // Of several on one port the one that is active.
    let missing = KnownLink { state: LinkState::Missing, ..link(("one", "0/1"), ("gone", "0/1"), 1) };
    write_links(&mut *store, &[active, ended.clone(), half, missing], &[]).expect("written");
    write_links(&mut *store, &[], &[(ended.ends, hour(2))]).expect("written");
    let rows = database.rows(
        "SELECT device_name, if_name, connected_to_device_id, connected_to_interface_id, lldp_neighbor_name, \
         lldp_neighbor_port FROM device_interfaces WHERE connected_to_device_id IS NOT NULL ORDER BY device_name, if_name",
    );
    let number = |id: i64| id.to_string();
    let port = |state: &ward_classifier::state::DeviceState, nth: usize| number(state.interfaces[nth].id.0);
    let rows = rows.expect("rows");
    let expected = [
        vec!["one".into(), "0/1".into(), number(two.id.0), port(&two, 1), "two".into(), "0/2".into()],
        vec![
            "one".into(),
            "0/3".into(),
            number(two.id.0),
            rows[1][3].clone(),
            "two".into(),
            rows[1][5].clone(),
        ],
        vec!["two".into(), "0/2".into(), number(one.id.0), port(&one, 0), "one".into(), "0/1".into()],
    ];
    assert_eq!(rows, expected);
    assert!(!rows[1][3].contains(|c: char| c.is_ascii_digit()), "its interface is not known: {:?}", rows[1]);
    assert_eq!(database.number("SELECT count(*) FROM device_interfaces"), 6);
}
