//! What devices hear, and links from when to when.

use ward_classifier::store::Store;
use ward_classifier::timestamp::Timestamp;
use ward_classifier::topology::known::{Ends, KnownLink, LinkState, Port};
use ward_classifier::topology::surroundings::{Hearing, Sighting, Surroundings};

use crate::support::database::Database;
use crate::support::fleet::{discover, hour, load, port, register, walk};

crate::for_both!(what_is_heard_is_read_back, links_have_a_beginning_and_an_end, who_writes_twice_writes_once);

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
    store.write_links(&[stays.clone(), goes.clone()], &[]).expect("written");
    assert_eq!(links(&mut *store, None), [stays.clone(), goes.clone()]);
    let moved = link(("a", "2"), ("c", "9"), 5);
    store.write_links(std::slice::from_ref(&moved), &[(goes.ends.clone(), hour(5))]).expect("written");
    assert_eq!(links(&mut *database.open(), None), [stays.clone(), moved.clone()]);
    assert_eq!(links(&mut *store, Some(hour(3))), [stays, goes]);
    assert_eq!(links(&mut *store, Some(hour(0))), []);
}

fn who_writes_twice_writes_once(database: &dyn Database) {
    let mut store = database.open();
    let known = link(("a", "1"), ("b", "1"), 1);
    let later = KnownLink { state: LinkState::Down, state_since: hour(2), ..known.clone() };
    for link in [&known, &known, &later] {
        store.write_links(std::slice::from_ref(link), &[]).expect("written");
    }
    assert_eq!(links(&mut *store, None), [later]);
    assert_eq!(database.number("SELECT count(*) FROM links"), 1);
    // An end that comes twice, and one of what is not there, change nothing.
    for _ in 0..2 {
        store.write_links(&[], &[(known.ends.clone(), hour(3))]).expect("written");
    }
    assert_eq!((links(&mut *store, None), links(&mut *store, Some(hour(2))).len()), (vec![], 1));
}
