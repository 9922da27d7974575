//! The schema: made once by whoever comes first, and never mistaken.

use std::thread;

use ward_classifier::store;

use crate::support::database::{Database, PostgresDatabase};

crate::for_both!(all_who_start_at_once_succeed, an_edited_step_is_reported, a_newer_schema_is_reported,);

fn all_who_start_at_once_succeed(database: &dyn Database) {
    let location = database.location();
    thread::scope(|scope| {
        let starters: Vec<_> =
            (0..16).map(|_| scope.spawn(|| store::open(&location, "x").map(|_| ()))).collect();
        for starter in starters {
            assert_eq!(starter.join().expect("a starter"), Ok(()));
        }
    });
    assert_eq!(database.number("SELECT count(*) FROM ward_migrations WHERE number = 1"), 1);
}

fn an_edited_step_is_reported(database: &dyn Database) {
    drop(database.open());
    database.run("UPDATE ward_migrations SET checksum = 'other' WHERE number = 1");
    let error = database.try_open().err().expect("an error");
    assert_eq!(error.reason(), "schema");
    let text = error.to_string();
    assert!(text.contains("step 1 (0001_start) was applied as other, but this version has it as "), "{text}");
    assert!(text.contains(&database.location().to_string()), "{text}");
}

fn a_newer_schema_is_reported(database: &dyn Database) {
    drop(database.open());
    database.run("INSERT INTO ward_migrations SELECT 99, '0099_later', 'x', applied_at FROM ward_migrations WHERE number = 1");
    let error = database.try_open().err().expect("an error").to_string();
    assert!(error.contains("step 99 (0099_later) is not known to this version"), "{error}");
}

/// A user who may use the tables but make none is enough, once they are there.
#[test]
fn a_user_without_rights_to_make_tables_is_enough() {
    let Some(database) = PostgresDatabase::new() else { return };
    drop(database.open());
    let role = format!("plain_{}", database.name);
    database.run(&format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    ));
    let url = format!("postgres://{role}:x@127.0.0.1:{}/{}", database.cluster.port(), database.name);
    let location = store::Location::parse(&url, None).expect("a location");
    let mut store = store::open(&location, "x").expect("the store opens");
    crate::support::fleet::discovered(&mut *store, "a", 3);
}
