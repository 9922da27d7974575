//! Requests made up from the document, sensible ones and others: whatever is asked, the answer is one that the document
//! describes, and never a mistake of the program.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use service::http::header::{CONTENT_TYPE, HeaderValue};
use service::http::{Method, Request};
use ward_classifier::analytics::client::Client;
use ward_classifier::analytics::endpoint::Endpoint;
use ward_classifier::analytics::metrics::QueryMetrics;

use crate::document::Document;
use crate::site::Site;
use crate::support::fleet::{odd_port, switch, walk};
use crate::support::series::Series;

/// A value of a parameter or of a field.
#[derive(Debug, Clone)]
enum Given {
    /// One that its schema permits.
    Fitting(Index),
    /// Any.
    Any(String),
}

/// A request, as far as it can be said without the document.
#[derive(Debug, Clone)]
struct Asked {
    operation: Index,
    segment: Given,
    parameters: Vec<(Index, Given)>,
    known: bool,
    fields: Vec<(Index, Given)>,
    media: Index,
}

fn given() -> impl Strategy<Value = Given> {
    let texts = prop_oneof![
        ".{0,12}",
        "-?[0-9]{1,20}",
        "[a-z,=:. -]{0,12}",
        Just("2026-11-22T21:58:10+04:00".to_owned()),
        Just("x".repeat(300)),
    ];
    prop_oneof![3 => any::<Index>().prop_map(Given::Fitting), 1 => texts.prop_map(Given::Any)]
}

fn asked() -> impl Strategy<Value = Asked> {
    let some = || prop::collection::vec((any::<Index>(), given()), 0..4);
    (any::<Index>(), given(), some(), any::<bool>(), some(), any::<Index>()).prop_map(
        |(operation, segment, parameters, known, fields, media)| Asked {
            operation,
            segment,
            parameters,
            known,
            fields,
            media,
        },
    )
}

/// A text that a schema permits, or one that it may.
fn fitting(schema: &Value, index: &Index) -> String {
    if let Some(words) = schema["enum"].as_array() {
        return index.get(words).as_str().unwrap_or("null").to_owned();
    }
    let texts = ["gori-sw1", "user", "magti", "192.0.2.7", "00:1a:2b:00:00:01", "site=rustavi", "0/1,0/2"];
    match schema["type"].as_str() {
        Some("integer") => (index.index(1200) as i64 + schema["minimum"].as_i64().unwrap_or(0)).to_string(),
        Some("number") => format!("0.{}", index.index(100)),
        Some("boolean") => (index.index(2) == 0).to_string(),
        Some("array") => fitting(&schema["items"], index),
        _ if schema["format"] == "date-time" => "2026-11-22".to_owned(),
        _ => (*index.get(&texts)).to_owned(),
    }
}

/// For a URL.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = match byte.is_ascii_alphanumeric() {
            true => write!(out, "{}", char::from(byte)),
            false => write!(out, "%{byte:02X}"),
        };
        out
    })
}

/// The request itself; `ids` are of interfaces, by number and by name.
fn request(asked: &Asked, operations: &[(String, String, Value)], ids: &[String]) -> Request {
    let (path, method, operation) = asked.operation.get(operations);
    let parameters = operation["parameters"].as_array().expect("parameters");
    let mut path = path.clone();
    for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
        let name = parameter["name"].as_str().expect("a name");
        let text = match &asked.segment {
            Given::Fitting(_) if name == "name" => "gori-sw1".to_owned(),
            Given::Fitting(index) => index.get(ids).clone(),
            Given::Any(text) => text.clone(),
        };
        path = path.replace(&format!("{{{name}}}"), &encoded(&text));
    }
    let query: Vec<&Value> = parameters.iter().filter(|parameter| parameter["in"] == "query").collect();
    let mut separator = '?';
    for (index, given) in &asked.parameters {
        let parameter = if query.is_empty() { &json!({"name": "more"}) } else { *index.get(&query) };
        let text = match given {
            Given::Fitting(index) => fitting(&parameter["schema"], index),
            Given::Any(text) => text.clone(),
        };
        let _ = write!(path, "{separator}{}={}", parameter["name"].as_str().expect("a name"), encoded(&text));
        separator = '&';
    }
    let mut request = Request::new(method.parse::<Method>().expect("a method"), &path);
    request.user = asked.known.then(|| "admin".into());
    if let Some(content) = operation["requestBody"]["content"].as_object() {
        let media: Vec<&String> = content.keys().collect();
        let media = HeaderValue::from_str(asked.media.get::<&String>(&media)).expect("a header");
        request.headers.insert(CONTENT_TYPE, media);
        request.body = body(asked, &path).into();
    }
    request
}

fn body(asked: &Asked, path: &str) -> String {
    let document = ward_classifier::api::openapi::document();
    let fields = &document["components"]["schemas"]["OverridePatch"]["properties"];
    if path.contains("/rules/") {
        let text: String = asked.fields.iter().map(|(_, given)| format!("{given:?}\n")).collect();
        return format!("version: 1\n{text}");
    }
    let names: Vec<&String> = fields.as_object().expect("fields").keys().collect();
    let mut body = json!({});
    for (index, given) in &asked.fields {
        let name = index.get(&names).as_str();
        let mut schema = &fields[name];
        if schema["anyOf"].is_array() {
            schema = &document["components"]["schemas"]["InterfaceType"];
        }
        let first = schema["type"][0].as_str();
        body[name] = match (given, first) {
            (Given::Fitting(index), Some("boolean")) => json!(index.index(2) == 0),
            (Given::Fitting(_), Some("object")) => json!({"circuit": "MGT-1"}),
            (Given::Fitting(index), _) if index.index(8) == 0 => Value::Null,
            (Given::Fitting(index), _) => fitting(schema, index).into(),
            (Given::Any(text), _) => serde_json::from_str(text).unwrap_or(json!(text)),
        };
    }
    body.to_string()
}

#[test]
fn whatever_is_asked_the_document_describes_the_answer() {
    let series = Series::empty();
    let endpoint = Endpoint::parse(&series.url).expect("a URL");
    let client = Client::new(endpoint, QueryMetrics::default()).expect("a client");
    let site = Site::of(vec![switch("gori-sw1", 1, 5), walk("odd", 1, vec![odd_port()])]);
    let site = site.with_series(std::sync::Arc::new(client));
    let operations = Document::new().operations();
    let ids = [site.id("gori-sw1", "0/1"), site.id("gori-sw1", "0/2"), site.id("odd", "Te1/1"), 1, 2];
    let names = ["gori-sw1:0/1", "gori-sw1:", "odd:Te1/1"].map(String::from);
    let ids = [&ids.map(|id| id.to_string())[..], &names].concat();
    let mut statuses = std::collections::BTreeMap::new();
    let counted = std::cell::RefCell::new(&mut statuses);
    let config = Config { cases: 3000, failure_persistence: None, ..Config::default() };
    let ran = TestRunner::new(config).run(&asked(), |asked| {
        let request = request(&asked, &operations, &ids);
        // That the document describes it is looked at there.
        let answer = site.send(&request);
        prop_assert!(answer.status < 500, "{request:?}: {} {}", answer.status, answer.text());
        *counted.borrow_mut().entry(answer.status).or_insert(0) += 1;
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    // Not all of it fell at the first hurdle.
    for status in [200, 202, 400, 401, 404, 422] {
        assert!(statuses.get(&status).is_some_and(|count| *count > 0), "{statuses:?}");
    }
}
