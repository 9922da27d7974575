//! Every query of docs/SQL.md runs, and finds something.

use ward_classifier::analytics::summary::{OneWay, Summary};
use ward_classifier::change::EventKind;
use ward_classifier::kind::InterfaceType;
use ward_classifier::store::Turn;

use crate::support::database::Database;
use crate::support::fleet::{discover, discovered, load, port, walk};

crate::for_both!(every_query_of_the_documentation_runs, what_is_documented_is_there);

const DOCUMENT: &str = include_str!("../../../docs/SQL.md");

/// The statements of the page that this database understands.
fn queries(postgres: bool) -> Vec<&'static str> {
    let mut queries = Vec::new();
    for block in DOCUMENT.split("```sql\n").skip(1) {
        let block = block.split("```").next().expect("a block");
        if postgres || !block.starts_with("-- PostgreSQL") {
            queries.extend(block.split(';').map(str::trim).filter(|query| !query.is_empty()));
        }
    }
    queries
}

fn every_query_of_the_documentation_runs(database: &dyn Database) {
    let mut store = database.open();
    let state = discovered(&mut *store, "other-device", 3);
    let mut down = crate::support::fleet::switch("other-device", 2, 3);
    down.interfaces[0].oper = Some(ward_classifier::facts::Status::Down);
    down.interfaces[1].alias = "internet link 7".into();
    discover(&mut *store, &state, &down);
    let id = crate::support::fleet::register(&mut *store, &["rustavi-r1"])[0];
    let fresh = load(&mut *store, id);
    let state =
        discover(&mut *store, &fresh, &walk("rustavi-r1", -9000, vec![port(3, "Fa3", "Magti_Internet")]));
    discover(&mut *store, &state, &walk("rustavi-r1", 2, vec![port(3, "Fa3", "Silknet_Internet")]));
    let failure = ward_classifier::walk::Failure {
        started: crate::support::fleet::hour(3),
        took: std::time::Duration::ZERO,
        reason: "no answer".into(),
    };
    let state = load(&mut *store, id);
    crate::support::fleet::write(&mut *store, &state, &ward_classifier::change::failed(&state, &failure));

    let way = OneWay { errors: Some(3.0), discards: Some(0.0), avg_bps: Some(5e6), ..OneWay::default() };
    let (interface, computed) = (state.interfaces[0].id, crate::support::fleet::hour(4));
    let summary = Summary { interface, computed, inbound: way, outbound: way, measured: None };
    assert_eq!(store.claim_summaries("x", std::time::Duration::ZERO, false), Ok(Turn::Ours));
    assert_eq!(store.write_summaries("x", &[summary], std::time::Duration::ZERO), Ok(Some(1)));

    let plugged = ward_classifier::topology::known::KnownLink {
        ends: ward_classifier::topology::known::Ends::new(
            ward_classifier::topology::known::Port { device: "other-device".into(), if_name: "0/1".into() },
            ward_classifier::topology::known::Port { device: "rustavi-r1".into(), if_name: "Fa3".into() },
        ),
        ..Default::default()
    };
    let news = ward_classifier::store::LinkNews { links: &[plugged], ..Default::default() };
    store.write_links(&news).expect("a link");
    let postgres = matches!(database.location(), ward_classifier::store::Location::Postgres(_));
    let queries = queries(postgres);
    assert!(queries.len() > 9, "{}", queries.len());
    for query in queries {
        let rows = database.rows(query).unwrap_or_else(|error| panic!("{query}\n{error}"));
        let finds = query.contains("SELECT") && !query.starts_with("INSERT");
        // Nothing is uncertain in this fleet.
        if finds && !query.contains("WHERE review") {
            assert!(!rows.is_empty(), "nothing found by\n{query}");
        }
    }
    // The override that the page sets is in force for who looks next.
    let state = load(&mut *store, id);
    let decided = state.interfaces[0].decided.clone().expect("a decision");
    assert_eq!(decided.set.kind, Some(InterfaceType::Isp));
    assert_eq!(decided.set.provider, Some(Some("magti".into())));
    assert_eq!((decided.author.as_str(), decided.reason.as_str()), ("nino", "contract 123"));
}

fn what_is_documented_is_there(database: &dyn Database) {
    drop(database.open());
    // Columns named in backticks in the tables and lists of the page exist.
    let text = DOCUMENT
        .split("## device_interfaces")
        .nth(1)
        .and_then(|text| text.split("`standalone_devices`").next());
    let names = text.expect("the view's part of the page").lines().filter(|line| line.starts_with("| `"));
    let names = names.flat_map(|line| line.split('|').nth(1).unwrap_or_default().split(','));
    let names: Vec<&str> = names.map(|name| name.trim().trim_matches('`')).collect();
    assert!(names.len() > 35, "{names:?}");
    let query = format!("SELECT {} FROM device_interfaces", names.join(", "));
    database.rows(&query).unwrap_or_else(|error| panic!("{query}\n{error}"));
    let devices = "id, name, ip, hostname, vendor, device_type, model, location, serial, site, enabled, tags, \
                   custom_fields, down_since, created_at, last_seen";
    database
        .rows(&format!("SELECT {devices} FROM standalone_devices"))
        .expect("the columns of standalone_devices");
    for kind in EventKind::ALL {
        assert!(DOCUMENT.contains(&format!("`{kind}`")), "{kind} is documented");
    }
    let tables = match database.location() {
        ward_classifier::store::Location::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
        }
        ward_classifier::store::Location::Postgres(_) => {
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let tables = database.rows(tables).expect("the tables");
    assert!(tables.len() >= 12, "{tables:?}");
    for table in tables.concat() {
        assert!(
            DOCUMENT.contains(&format!("`{table}`")) || DOCUMENT.contains(&format!("## {table}")),
            "{table} is documented"
        );
    }
}
