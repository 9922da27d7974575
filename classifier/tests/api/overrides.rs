//! What people decide: set, changed, taken back; who may.

use serde_json::{Value, json};
use service::http::{Method, Request};

use crate::site::{Answer, Site};
use crate::support::fleet::switch;

fn patch(site: &Site, id: i64, body: &str) -> Answer {
    site.ask(Method::PATCH, &format!("/interfaces/{id}/override"), "application/json", body)
}

#[test]
fn a_decision_holds_at_once_and_through_walks_until_it_is_taken_back() {
    let site = Site::of(vec![switch("gori-sw1", 1, 3)]);
    let id = site.id("gori-sw1", "0/2");
    let set = patch(
        &site,
        id,
        r#"{"interface_type": "isp", "isp_provider": "veon", "extra_labels": {"circuit": "V-1"}, "reason": "contract 123", "expires_at": "2999-01-01"}"#,
    );
    assert_eq!(set.status, 200, "{}", set.text());
    let set = set.json();
    assert_eq!(
        (&set["interface"]["interface_type"], &set["override"]["author"]),
        (&json!("isp"), &json!("admin"))
    );
    let list = site.read("/interfaces?overridden=true");
    assert_eq!((&list["total"], &list["interfaces"][0]["isp_provider"]), (&json!(1), &json!("veon")));
    assert_eq!(list["interfaces"][0]["extra_labels"], json!({"circuit": "V-1"}));
    assert_eq!(site.read("/interfaces?q=v-1")["total"], 1, "labels are searched too");

    // Another walk, with other indexes.
    let mut later = switch("gori-sw1", 2, 3);
    later.interfaces.iter_mut().for_each(|row| row.if_index += 100);
    site.learn(later);
    let one = site.read(&format!("/interfaces/{id}"));
    assert_eq!(
        (&one["interface"]["if_index"], &one["interface"]["isp_provider"]),
        (&json!(102), &json!("veon"))
    );
    assert_eq!(one["override"]["reason"], "contract 123");
    assert_eq!(one["explanation"]["overridden_by"]["hides"]["type"], "access");

    // What is left out stays, null is left to the rules.
    let changed = patch(
        &site,
        id,
        r#"{"isp_provider": null, "is_critical": false, "author": "nino", "expires_at": null}"#,
    );
    let changed = changed.json();
    assert_eq!(changed["interface"]["isp_provider"], Value::Null);
    assert_eq!(
        (&changed["interface"]["is_critical"], &changed["override"]["interface_type"]),
        (&json!(false), &json!("isp"))
    );
    assert_eq!(
        (&changed["override"]["author"], &changed["override"]["expires_at"]),
        (&json!("nino"), &Value::Null)
    );

    let back = site.ask(Method::DELETE, &format!("/interfaces/{id}/override"), "", "");
    assert_eq!((back.status, &back.json()["interface"]["interface_type"]), (200, &json!("access")));
    let again = site.ask(Method::DELETE, &format!("/interfaces/{id}/override"), "", "");
    assert_eq!((again.status, &again.json()["error"]["message"]), (404, &json!("it has no override")));
    let events = site.read(&format!("/events?interface_id={id}&kind=override_set,override_removed"));
    let told: Vec<String> = events["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| {
            format!("{} {} > {}", event["kind"], event["old_value"], event["new_value"]).replace('"', "")
        })
        .collect();
    assert_eq!(
        told,
        [
            "override_removed nino: contract 123 > admin",
            "override_set admin: contract 123 > nino: contract 123",
            "override_set  > admin: contract 123",
        ]
    );
}

#[test]
fn bodies_that_are_wrong_change_nothing() {
    let site = Site::of(vec![switch("gori-sw1", 1, 3)]);
    let id = site.id("gori-sw1", "0/2");
    for (body, parameter) in [
        ("", Value::Null),
        ("{", Value::Null),
        ("{}", Value::Null),
        (r#"{"reason": "r"}"#, Value::Null),
        (r#"{"is_critical": true}"#, json!("reason")),
        (r#"{"is_critical": 1, "reason": "r"}"#, json!("is_critical")),
        (r#"{"interface_type": "ips", "reason": "r"}"#, json!("interface_type")),
        (r#"{"is_critical": true, "reason": "r", "expires_at": "2020-01-01"}"#, json!("expires_at")),
    ] {
        let answer = patch(&site, id, body);
        assert_eq!(
            (answer.status, &answer.json()["error"]["parameter"]),
            (400, &parameter),
            "{body}: {}",
            answer.text()
        );
    }
    let media = site.ask(Method::PATCH, &format!("/interfaces/{id}/override"), "text/plain", "{}");
    assert_eq!(media.status, 415);
    assert_eq!(patch(&site, 4711, "{}").status, 404);
    assert_eq!(site.read("/interfaces?overridden=true")["total"], 0);
    assert_eq!(site.read("/events?kind=override_set")["events"], json!([]));
}

#[test]
fn only_who_is_known_and_permitted_changes_anything() {
    let mut site = Site::of(vec![switch("gori-sw1", 1, 3)]);
    let id = site.id("gori-sw1", "0/2");
    let requests =
        |site: &Site, user: Option<&str>, headers: &[(&'static str, &'static str)]| -> Vec<String> {
            let paths = [
                (Method::PATCH, format!("/interfaces/{id}/override")),
                (Method::DELETE, format!("/interfaces/{id}/override")),
                (Method::POST, "/discover".to_owned()),
                (Method::POST, "/devices/gori-sw1/discover".to_owned()),
            ];
            let reasons = paths.map(|(method, path)| {
                let mut request = Request::new(method, &format!("/api/v1{path}"));
                request.user = user.map(Into::into);
                for (name, value) in headers {
                    request.headers.insert(*name, value.parse().expect("a header"));
                }
                let answer = site.send(&request);
                format!("{} {}", answer.status, answer.json()["error"]["reason"]).replace('"', "")
            });
            reasons.into()
        };
    assert_eq!(requests(&site, None, &[]), ["401 unauthenticated"; 4]);
    assert_eq!(requests(&site, Some("admin"), &[("sec-fetch-site", "cross-site")]), ["403 cross_site"; 4]);
    assert_eq!(requests(&site, Some("admin"), &[("origin", "http://evil")]), ["403 cross_site"; 4]);
    assert_eq!(requests(&site, Some("admin"), &[])[1], "404 not_found");
    site.api.admin = false;
    assert_eq!(requests(&site, Some("admin"), &[]), ["403 admin_disabled"; 4]);
    // Who asks for what is being done gets the same job.
    let jobs = site.read("/jobs")["jobs"].as_array().map_or(0, Vec::len);
    assert!((1..=2).contains(&jobs), "{jobs} jobs");
}
