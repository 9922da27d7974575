//! What the last 24 hours were like: written by one at a time, in one batch, and read by people.

use std::thread;
use std::time::Duration;

use ward_classifier::analytics::summary::{Figure, OneWay, Summary};
use ward_classifier::state::InterfaceId;
use ward_classifier::store::{self, Keep, Store, Summaries, Turn};
use ward_classifier::timestamp::Timestamp;

use crate::support::database::Database;
use crate::support::fleet::{discovered, hour};

crate::for_both!(
    summaries_are_read_back,
    one_has_the_turn,
    what_is_not_stored_or_old_is_left_out,
    people_read_them_in_their_units,
    many_claim_the_turn_and_one_gets_it,
    they_go_with_their_interface,
);

const MINUTE: Duration = Duration::from_secs(60);

fn summary(interface: InterfaceId, at: i64, factor: f64) -> Summary {
    let way = |factor: f64| OneWay {
        avg_bps: Some(1e6 * factor),
        max_bps: Some(4e6 * factor),
        p95_bps: Some(3e6 * factor),
        bytes: Some(1.08e10 * factor),
        errors: Some(2.4 * factor),
        discards: Some(0.0),
        utilisation_avg: Some(0.001 * factor),
        utilisation_max: Some(0.004 * factor),
    };
    let outbound = OneWay { p95_bps: None, utilisation_avg: None, ..way(2.0 * factor) };
    Summary { interface, computed: hour(at), inbound: way(factor), outbound, measured: Some(0.75) }
}

/// Takes the turn and writes.
fn put(store: &mut dyn Store, summaries: &[Summary]) -> Option<u64> {
    assert_eq!(store.claim_summaries("me", MINUTE, false), Ok(Turn::Ours));
    store.write_summaries("me", summaries, Duration::ZERO).expect("they are written")
}

fn summaries_are_read_back(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "a", 4);
    let ids: Vec<InterfaceId> = state.interfaces.iter().map(|interface| interface.id).collect();
    let three: Vec<Summary> =
        ids.iter().zip([2.0, 3.0, 1.0]).map(|(id, factor)| summary(*id, 1, factor)).collect();
    assert_eq!(put(&mut *store, &three), Some(3));
    assert_eq!(store.summaries(&Summaries::Of(ids.clone())), Ok(three.clone()));
    assert_eq!(store.summaries(&Summaries::Of(vec![])), Ok(vec![]));
    let nothing = Summary { interface: ids[3], computed: hour(2), ..Summary::default() };
    assert_eq!(put(&mut *store, &[nothing, summary(ids[0], 2, 9.0)]), Some(2));
    assert_eq!(database.open().summaries(&Summaries::Of(vec![ids[3], ids[0]])).map(|all| all.len()), Ok(2));
    for figure in Figure::ALL {
        let best = store.summaries(&Summaries::Highest(figure, 2)).expect("the highest");
        assert_eq!(best.len(), 2, "{figure:?}");
        if figure != Figure::Measured && figure != Figure::Discards {
            let found: Vec<InterfaceId> = best.iter().map(|summary| summary.interface).collect();
            assert_eq!(found, [ids[0], ids[1]], "{figure:?}");
        }
    }
}

fn one_has_the_turn(database: &dyn Database) {
    let (mut one, mut other) = (database.open(), database.open());
    let hour = Duration::from_secs(3600);
    assert_eq!(one.claim_summaries("one", hour, false), Ok(Turn::Ours));
    assert_eq!(one.claim_summaries("one", hour, false), Ok(Turn::Ours), "who has it, has it");
    let Ok(Turn::In(wait)) = other.claim_summaries("other", hour, false) else { panic!("both have it") };
    assert!((Duration::from_secs(3500)..=hour).contains(&wait), "{wait:?}");
    assert_eq!(other.write_summaries("other", &[], hour), Ok(None));
    // Given back, they are not due before their time, for nobody.
    assert_eq!(one.write_summaries("one", &[], 2 * hour), Ok(Some(0)));
    assert_eq!(one.write_summaries("one", &[], hour), Ok(None), "given back already");
    for (name, store) in [("one", &mut one), ("other", &mut other)] {
        let Ok(Turn::In(wait)) = store.claim_summaries(name, hour, false) else { panic!("{name} has it") };
        assert!(wait > hour, "{wait:?}");
    }
    // Who is asked for them has the turn all the same, but takes it from nobody.
    assert_eq!(other.claim_summaries("other", hour, true), Ok(Turn::Ours));
    assert!(matches!(one.claim_summaries("one", hour, true), Ok(Turn::In(_))));
}

fn what_is_not_stored_or_old_is_left_out(database: &dyn Database) {
    let (mut store, mut other) = (database.open(), database.open());
    let state = discovered(&mut *store, "a", 3);
    let [first, second, third] = [0, 1, 2].map(|at| state.interfaces[at].id);
    let nowhere = InterfaceId(77_000_000_001);
    let batch = [first, nowhere, second].map(|id| summary(id, 1, 1.0));
    assert_eq!(put(&mut *store, &batch), Some(2));
    // One that is not in the next batch stays for a day.
    assert_eq!(put(&mut *store, &[summary(first, 20, 2.0)]), Some(1));
    let all = Summaries::Of(vec![first, second, third, nowhere]);
    assert_eq!(store.summaries(&all), Ok(vec![summary(first, 20, 2.0), summary(second, 1, 1.0)]));
    assert_eq!(put(&mut *store, &[summary(first, 26, 2.0)]), Some(1));
    assert_eq!(store.summaries(&all), Ok(vec![summary(first, 26, 2.0)]));
    // Who has lost the turn writes nothing, however late its figures are.
    assert_eq!(store.claim_summaries("slow", Duration::ZERO, false), Ok(Turn::Ours));
    assert_eq!(other.claim_summaries("quick", MINUTE, false), Ok(Turn::Ours));
    assert_eq!(store.write_summaries("slow", &[summary(third, 30, 1.0)], MINUTE), Ok(None));
    assert_eq!(other.write_summaries("quick", &[summary(second, 27, 1.0)], MINUTE), Ok(Some(1)));
    assert_eq!(store.summaries(&all), Ok(vec![summary(first, 26, 2.0), summary(second, 27, 1.0)]));
}

fn people_read_them_in_their_units(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "a", 2);
    let empty = Summary { interface: state.interfaces[1].id, computed: hour(1), ..Summary::default() };
    put(&mut *store, &[summary(state.interfaces[0].id, 1, 1.0), empty]);
    let sql = "SELECT avg_in_mbps, avg_out_mbps, max_in_mbps, max_out_mbps, total_in_gb, total_out_gb, in_errors, out_errors, \
               in_discards, out_discards, utilization_percent, measured_percent FROM interface_metrics_summary ORDER BY id";
    let rows = database.rows(sql).expect("the view is there");
    assert_eq!(rows[0], ["1", "2", "4", "8", "10.8", "21.6", "2", "5", "0", "0", "0.1", "75"]);
    assert_eq!(rows[1], ["NULL"; 12]);
}

fn many_claim_the_turn_and_one_gets_it(database: &dyn Database) {
    drop(database.open());
    let location = database.location();
    let taken: usize = thread::scope(|scope| {
        let claimers: Vec<_> = (0..6)
            .map(|n| {
                let location = &location;
                scope.spawn(move || {
                    let mut store = store::open(location, "x").expect("the store opens");
                    usize::from(store.claim_summaries(&format!("c{n}"), MINUTE, false) == Ok(Turn::Ours))
                })
            })
            .collect();
        claimers.into_iter().map(|claimer| claimer.join().expect("a claimer")).sum()
    });
    assert_eq!(taken, 1);
}

fn they_go_with_their_interface(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "a", 1);
    put(&mut *store, &[summary(state.interfaces[0].id, 1, 1.0)]);
    let far = Timestamp::from_millis(4_000_000_000_000);
    store.prune(&Keep { listed_since: Some(far), ..Keep::default() }).expect("it is pruned");
    assert_eq!(database.number("SELECT count(*) FROM interface_summaries"), 0);
}
