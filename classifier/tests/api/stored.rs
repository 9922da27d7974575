//! What is asked of the store: one interface with its history, events; and what is said while the store is away.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use service::http::Method;
use ward_classifier::store::{self, StoreError};

use crate::site::Site;
use crate::support::database::{Database, SqliteFile};
use crate::support::faulty::{self, Plan};
use crate::support::fleet::switch;
use crate::support::until;

fn words(list: &Value, of: &str, name: &str) -> Vec<String> {
    let rows = list[of].as_array().unwrap_or_else(|| panic!("no {of}: {list}")).iter();
    rows.map(|row| row[name].as_str().unwrap_or_default().to_owned()).collect()
}

/// A switch whose first port has been renamed since.
fn renamed() -> Site {
    let site = Site::of(vec![switch("gori-sw1", 1, 3)]);
    let mut later = switch("gori-sw1", 2, 3);
    later.interfaces[0].alias = "Silknet_Internet".into();
    site.learn(later);
    site
}

#[test]
fn one_interface_says_what_it_is_and_why_and_what_it_was() {
    let site = renamed();
    let id = site.id("gori-sw1", "0/1");
    let one = site.read(&format!("/interfaces/{id}"));
    assert_eq!(one["interface"]["isp_provider"], "silknet");
    assert_eq!(one["explanation"]["type"], "isp");
    assert!(
        one["explanation"]["votes"][0]["because"].as_str().is_some_and(|why| why.contains("Silknet")),
        "{one}"
    );
    assert_eq!((&one["neighbours"], &one["override"]), (&json!([]), &Value::Null));
    assert_eq!(words(&one, "history", "isp_provider"), ["silknet", "magti"]);
    assert_eq!(one["history"][0]["valid_to"], Value::Null);
    assert_eq!(site.read("/interfaces/gori-sw1:0%2F1"), one, "by its name");
    let history = site.read(&format!("/interfaces/{id}/history?limit=1"));
    assert_eq!(words(&history, "history", "if_alias"), ["Silknet_Internet"]);
}

#[test]
fn events_are_told_page_by_page() {
    let site = renamed();
    let events = site.read("/events");
    let kinds = words(&events, "events", "kind");
    assert!(
        kinds.contains(&"provider_changed".to_owned()) && kinds.last().is_some_and(|k| k == "discovered")
    );
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = site.read(&format!("/events?limit=1{cursor}"));
        found.extend(words(&page, "events", "kind"));
        match page["next_cursor"].as_i64() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(found, kinds);
    let id = site.id("gori-sw1", "0/1");
    let some = site.read(&format!("/events?kind=provider_changed,gone&interface_id={id}&device=gori-sw1"));
    assert_eq!(
        (&some["events"][0]["old_value"], &some["events"][0]["new_value"]),
        (&json!("magti"), &json!("silknet"))
    );
    assert_eq!(some["events"][0]["device_name"], "gori-sw1");
    assert_eq!(site.read("/events?since=2999-01-01")["events"], json!([]));
    let table = site.get("/events.csv?kind=provider_changed").text();
    assert!(table.starts_with("id,at,kind,") && table.contains(",magti,silknet\r\n"), "{table}");
    assert_eq!(site.get("/events?device=nobody").status, 400);
}

#[test]
fn while_the_database_is_away_what_is_known_is_shown() {
    let file = SqliteFile::new().expect("a file");
    drop(crate::support::fleet::discovered(&mut *file.open(), "gori-sw1", 3));
    let plan = Arc::new(Mutex::new(Plan::default()));
    let location = file.location();
    let open = faulty::open(&plan, move || store::open(&location, "test").expect("a store"));
    let site = Site::over(file, &["gori-sw1"], open);
    until("the device", || site.keeper.status().loaded);
    let id = site.id("gori-sw1", "0/1");
    plan.lock().unwrap().away = Some(StoreError::Away("nobody answers".into()));
    assert_eq!(site.read("/interfaces")["total"], 3);
    let one = site.read(&format!("/interfaces/{id}"));
    assert_eq!((&one["interface"]["isp_provider"], &one["history"]), (&json!("magti"), &Value::Null));
    let why = one["history_problem"].as_str().unwrap_or_default();
    assert!(why.starts_with("history is not known: the database cannot be reached"), "{why}");
    let device = site.read("/devices/gori-sw1");
    assert_eq!(device["walks"], Value::Null);
    for path in ["/events".to_owned(), format!("/interfaces/{id}/history"), "/events.csv".into()] {
        let answer = site.get(&path);
        assert_eq!((answer.status, &answer.json()["error"]["reason"]), (503, &json!("database")), "{path}");
        assert_eq!(answer.json()["error"]["details"], json!(["away"]));
        assert!(!answer.header("retry-after").is_empty());
    }
    let path = format!("/interfaces/{id}/override");
    let body = "{\"is_critical\": false, \"reason\": \"r\"}";
    let answer = site.ask(Method::PATCH, &path, "application/json", body);
    assert_eq!(answer.status, 503);
    let message = answer.json()["error"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(
        message.starts_with("nothing has changed, as it cannot be kept: the database cannot be reached"),
        "{message}"
    );
    plan.lock().unwrap().away = None;
    until("the database", || site.ask(Method::PATCH, &path, "application/json", body).status == 200);
    assert_eq!(site.read(&format!("/interfaces/{id}"))["interface"]["is_critical"], false);
}

#[test]
fn before_the_first_pass_nothing_is_shown_as_lost() {
    let file = SqliteFile::new().expect("a file");
    let open = Box::new(|| Err(StoreError::Refused("wrong password".into())));
    let site = Site::over(file, &["a"], open);
    until("an error", || site.keeper.status().last_error.is_some());
    let answer = site.get("/interfaces");
    assert_eq!((answer.status, &answer.json()["error"]["reason"]), (503, &json!("starting")));
    assert!(answer.text().contains("wrong password"), "{}", answer.text());
    assert_eq!(site.get("/openapi.json").status, 200);
}
