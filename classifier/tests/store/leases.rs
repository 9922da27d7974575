//! Several classifiers share a fleet by leases.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use ward_classifier::state::DeviceId;
use ward_classifier::store::{Claim, Lease, Store};

use crate::support::database::Database;
use crate::support::fleet::{discovered, register};

crate::for_both!(
    a_device_is_leased_once,
    a_lease_that_has_ended_is_taken_over,
    a_walk_is_due_when_it_was_said_to_be,
    many_claim_and_nobody_gets_the_same,
);

const HOUR: Duration = Duration::from_secs(3600);

fn claim(
    store: &mut dyn Store,
    owner: &str,
    among: &[DeviceId],
    limit: u32,
    lease_for: Duration,
) -> Vec<Lease> {
    store.claim(&Claim { owner, among, limit, lease_for, asked: false }).expect("a claim is answered")
}

fn devices(leases: &[Lease]) -> HashSet<DeviceId> {
    leases.iter().map(|lease| lease.device).collect()
}

fn a_device_is_leased_once(database: &dyn Database) {
    let (mut one, mut other) = (database.open(), database.open());
    let ids = register(&mut *one, &["a", "b", "c", "d", "foreign"]);
    let (ours, foreign) = (&ids[..4], ids[4]);
    let state = discovered(&mut *one, "a", 1);
    let first = claim(&mut *one, "one", ours, 3, HOUR);
    assert_eq!(first.len(), 3);
    let second = claim(&mut *other, "other", ours, 3, HOUR);
    assert_eq!(second.len(), 1, "what the one has left, and no device of others");
    assert!(devices(&first).is_disjoint(&devices(&second)));
    assert!(!devices(&first).contains(&foreign) && !devices(&second).contains(&foreign));
    assert_eq!(claim(&mut *one, "one", ours, 3, HOUR), [], "not even by who has it");
    let of_a = first.iter().chain(&second).find(|lease| lease.device == state.id).expect("a's lease");
    assert_eq!(of_a.revision, state.revision);
}

fn a_lease_that_has_ended_is_taken_over(database: &dyn Database) {
    let (mut one, mut other) = (database.open(), database.open());
    let ids = register(&mut *one, &["a", "b"]);
    let dead = claim(&mut *one, "one", &ids, 9, Duration::ZERO);
    assert_eq!(dead.len(), 2);
    let taken = claim(&mut *other, "other", &ids[..1], 9, HOUR);
    assert_eq!(devices(&taken), HashSet::from([ids[0]]));
    // The one comes back to life: what was taken from it is lost, the rest is still its own.
    let ours = |lease: &Lease| lease.device == ids[1];
    let expected: Vec<bool> = dead.iter().map(ours).collect();
    assert_eq!(one.renew(&dead, HOUR).unwrap(), expected);
    let back: Vec<_> = dead.iter().map(|lease| (*lease, Some(HOUR))).collect();
    assert_eq!(one.complete(&back).unwrap(), expected);
    assert_eq!(one.complete(&back).unwrap(), [false, false], "given back already");
    assert_eq!(other.renew(&taken, HOUR).unwrap(), [true]);
}

fn a_walk_is_due_when_it_was_said_to_be(database: &dyn Database) {
    let mut store = database.open();
    let ids = register(&mut *store, &["a", "b"]);
    let leases = claim(&mut *store, "one", &ids, 9, HOUR);
    let due =
        |lease: &Lease| (*lease, Some(if lease.device == ids[0] { Duration::ZERO } else { Duration::MAX }));
    let done: Vec<_> = leases.iter().map(due).collect();
    assert_eq!(store.complete(&done).unwrap(), [true, true]);
    let again = claim(&mut *store, "one", &ids, 9, Duration::ZERO);
    assert_eq!(devices(&again), HashSet::from([ids[0]]));
    // Who asks for them gets both, and gives them back with their time as it was.
    let asked = |store: &mut dyn Store| {
        let claim = Claim { owner: "one", among: &ids, limit: 9, lease_for: Duration::MAX, asked: true };
        store.claim(&claim).expect("a claim is answered")
    };
    let leases = asked(&mut *store);
    assert_eq!(leases.len(), 2);
    assert_eq!(asked(&mut *store), [], "a request does not take a lease away");
    let back: Vec<_> = leases.iter().map(|lease| (*lease, None)).collect();
    assert_eq!(store.complete(&back).unwrap(), [true, true]);
    assert_eq!(devices(&claim(&mut *store, "one", &ids, 9, HOUR)), HashSet::from([ids[0]]));
}

fn many_claim_and_nobody_gets_the_same(database: &dyn Database) {
    let names: Vec<String> = (0..200).map(|n| format!("d{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let ids = register(&mut *database.open(), &names);
    let location = database.location();
    let claimed: Vec<Vec<Lease>> = thread::scope(|scope| {
        let claimers: Vec<_> = (0..6)
            .map(|n| {
                let (ids, location) = (&ids, &location);
                scope.spawn(move || {
                    let mut store = ward_classifier::store::open(location, "x").expect("the store opens");
                    let mut mine = Vec::new();
                    loop {
                        let leases = claim(&mut *store, &format!("c{n}"), ids, 7, HOUR);
                        if leases.is_empty() {
                            break mine;
                        }
                        mine.extend(leases);
                    }
                })
            })
            .collect();
        claimers.into_iter().map(|claimer| claimer.join().expect("a claimer")).collect()
    });
    let all: Vec<Lease> = claimed.concat();
    assert_eq!((all.len(), devices(&all).len()), (200, 200));
}
