//! What is wrong with a request is said by name, in one shape.

use serde_json::json;
use service::http::{Method, Request};

use crate::site::Site;
use crate::support::fleet::switch;

#[test]
fn wrong_parameters_are_named_with_what_would_be_right() {
    let site = Site::of(vec![switch("gori-sw1", 1, 2)]);
    for (path, parameter, expected) in [
        ("/interfaces?limit=many", "limit", "1 to 1000"),
        ("/interfaces?limit=0", "limit", "1 to 1000"),
        ("/interfaces?limit=1001", "limit", "1 to 1000"),
        ("/interfaces?device=", "device", "up to 200 texts of 1 to 256 characters, with commas between"),
        ("/interfaces?interfac_type=isp", "interfac_type", "q, device, "),
        ("/interfaces?interface_type=ips", "interface_type", "some of loopback, isp, "),
        ("/interfaces?is_critical=1", "is_critical", "true or false"),
        ("/interfaces?is_critical=true&is_critical=true", "is_critical", "true or false"),
        ("/interfaces?phys_address=12", "phys_address", "six octets"),
        ("/interfaces?address=gori", "address", "one such as 192.0.2.1"),
        ("/interfaces?label=site", "label", "name=value"),
        ("/interfaces?sort=speeed", "sort", "one of critical, device, "),
        ("/interfaces?cursor=12", "cursor", "next_cursor of a page"),
        ("/interfaces.csv?limit=3", "limit", "q, device, "),
        ("/interfaces/gori", "id", "an interface's number, or DEVICE:IF_NAME"),
        ("/interfaces/0", "id", "an interface's number, or DEVICE:IF_NAME"),
        ("/interfaces/:0%2F1/trend", "id", "an interface's number, or DEVICE:IF_NAME"),
        ("/interfaces/by-devices", "device_ips", "up to 200 addresses"),
        ("/devices?cursor=99", "cursor", "next_cursor of a page"),
        ("/events?since=yesterday", "since", "a moment such as"),
        ("/events?device=nobody", "device", "a name of /devices"),
        ("/jobs?limit=1", "limit", "no parameter"),
    ] {
        let answer = site.get(path);
        let error = &answer.json()["error"];
        assert_eq!((answer.status, &error["reason"]), (400, &json!("bad_parameter")), "{path}: {error}");
        assert_eq!(error["parameter"], parameter, "{path}: {error}");
        assert!(error["expected"].as_str().is_some_and(|text| text.starts_with(expected)), "{path}: {error}");
    }
}

#[test]
fn what_is_not_there_and_what_is_not_taken() {
    let site = Site::of(vec![switch("gori-sw1", 1, 2)]);
    for (path, hint) in [
        ("/interfaces/4711", "no interface \"4711\""),
        ("/interfaces/4711/history", "no interface \"4711\""),
        ("/interfaces/gori-sw1:0%2F9", "no interface \"gori-sw1:0/9\"; near it are 0/1, 0/2"),
        ("/interfaces/nobody:0%2F1/history", "no interface \"nobody:0/1\""),
        ("/devices/gori-sw2", "near it are gori-sw1"),
        ("/jobs/7", "no job \"7\""),
        ("/nothing", "/api/v1/openapi.json says what there is"),
        ("", "/api/v1/openapi.json says what there is"),
    ] {
        let answer = site.get(path);
        assert_eq!((answer.status, &answer.json()["error"]["reason"]), (404, &json!("not_found")), "{path}");
        assert!(answer.text().contains(&hint.replace('"', "\\\"")), "{path}: {}", answer.text());
    }
    for (method, path, allow) in [
        (Method::POST, "/interfaces", "GET, HEAD"),
        (Method::DELETE, "/interfaces/1", "GET, HEAD"),
        (Method::GET, "/discover", "POST"),
        (Method::PUT, "/interfaces/1/override", "PATCH, DELETE"),
    ] {
        let answer = site.send(&Request::new(method.clone(), &format!("/api/v1{path}")));
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
    }
    let answer = site.ask(Method::POST, "/rules/dry-run", "text/plain", "version: 1\n");
    assert_eq!((answer.status, &answer.json()["error"]["expected"]), (415, &json!("application/yaml")));
    let answer =
        site.ask(Method::POST, "/rules/dry-run", "application/yaml; charset=utf-8", &"#".repeat(600_000));
    assert_eq!((answer.status, &answer.json()["error"]["reason"]), (413, &json!("too_large")));
    let answer = site.ask(Method::POST, "/discover", "text/plain", "all");
    assert_eq!((answer.status, &answer.json()["error"]["reason"]), (400, &json!("bad_body")));
}

#[test]
fn rules_are_shown_and_tried() {
    let site = Site::of(vec![switch("gori-sw1", 1, 3)]);
    let rules = site.read("/rules");
    assert_eq!(rules["file"], "built-in");
    let count = rules["rules"].as_array().map_or(0, Vec::len);
    assert!(count > 20 && rules["tests"]["rules"] == count, "{}", rules["tests"]);
    assert!(rules["text"].as_str().is_some_and(|text| text.contains("version: 1")));

    let dry = |path: &str, text: &str| site.ask(Method::POST, path, "application/yaml", text);
    let other = "version: 1\nrules:\n- {id: users, match: {text: {words: [user]}}, vote: {type: camera, weight: 0.9}}\n";
    let tried = dry("/rules/dry-run?samples=1", other);
    assert_eq!(tried.status, 200, "{}", tried.text());
    let tried = tried.json();
    assert_eq!(
        (&tried["complete"], &tried["interfaces"], &tried["changed"]),
        (&json!(true), &json!(3), &json!(3))
    );
    let to_camera = tried["types"].as_array().into_iter().flatten().find(|change| change["to"] == "camera");
    let to_camera = to_camera.expect("users become cameras");
    assert_eq!((&to_camera["count"], to_camera["samples"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    // Nothing has changed by that.
    assert_eq!(site.read("/interfaces?interface_type=camera")["total"], 0);
    let text = rules["text"].as_str().expect("a file");
    assert_eq!(dry("/rules/dry-run", text).json()["changed"], 0);

    let wrong = "version: 1\nrules:\n- {id: a, match: {alias: {regex: '('}}, vote: {type: ips, weight: 2}}\n";
    let refused = dry("/rules/dry-run", wrong);
    assert_eq!((refused.status, &refused.json()["error"]["reason"]), (422, &json!("rules_refused")));
    let details = refused.json()["error"]["details"].to_string();
    assert!(details.contains("rules:3:") && details.contains("unknown type"), "{details}");
    let failing = format!("{other}tests:\n- {{in: {{alias: user}}, expect: {{type: isp}}}}\n");
    assert!(dry("/rules/dry-run", &failing).text().contains("expected type isp, came camera"));
    let mut bytes = Request::new(Method::POST, "/api/v1/rules/dry-run");
    bytes.headers.insert("content-type", "application/yaml".parse().expect("a header"));
    bytes.body = vec![0xff, 0xfe].into();
    assert_eq!(site.send(&bytes).status, 400);
}
