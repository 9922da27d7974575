//! The OpenAPI 3.1 document, made from [`super::routes`] and the descriptions of answers in `schemas/`. Pure.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use service::http::Response;

use super::parameters::Parameter;
use super::problem::Reason;
use super::routes::{self, Access, Content, READ, ROOT, Route};
use crate::change::{EventKind, Outcome};
use crate::classification::Source;
use crate::facts::{Capability, Status};
use crate::kind::InterfaceType;

/// What answers look like: JSON Schema, by name.
const SCHEMAS: [&str; 6] = [
    include_str!("schemas/common.json"),
    include_str!("schemas/interfaces.json"),
    include_str!("schemas/devices.json"),
    include_str!("schemas/rules.json"),
    include_str!("schemas/topology.json"),
    include_str!("schemas/analytics.json"),
];

/// The routes of this file.
pub const ROUTES: &[Route] = &[Route {
    path: "/openapi.json",
    id: "getDocument",
    summary: "This document",
    answer: Content::Json(200, "Document"),
    access: Access::Always,
    handler: |_, _| Box::pin(async { Ok(Response::json(TEXT.as_bytes().to_vec())) }),
    ..READ
}];

static TEXT: LazyLock<String> = LazyLock::new(|| format!("{:#}\n", document()));

/// The document.
pub fn document() -> Value {
    let mut paths = Map::new();
    for route in routes::all() {
        let path = paths.entry(format!("{ROOT}{}", route.path)).or_insert_with(|| json!({}));
        path[route.verb.as_str()] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ward classifier",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
            "description": "What each interface of a network is, and why. Answers come from what the last walks brought; \
                nothing here asks a device, but for walks that are asked for. HEAD goes wherever GET goes.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {
                "password": {"type": "http", "scheme": "basic", "description": "basic_auth_users of the web config"},
                "certificate": {"type": "mutualTLS", "description": "a client's certificate that the web config has verified"},
            },
        },
    })
}

fn operation(route: &Route) -> Value {
    let segments = route.segments.iter().map(|parameter| described(parameter, "path"));
    let query = route.query.iter().copied().flatten().map(|parameter| described(parameter, "query"));
    let mut operation = json!({
        "operationId": route.id,
        "summary": route.summary,
        "tags": [route.path.split(['/', '.']).nth(1).unwrap_or_default()],
        "parameters": segments.chain(query).collect::<Vec<_>>(),
        "responses": responses(route),
    });
    if let Some(body) = &route.body {
        let content = body.media.iter().map(|media| (*media, json!({"schema": reference(body.schema)})));
        let content: Map<String, Value> = content.map(|(media, schema)| (media.to_owned(), schema)).collect();
        operation["requestBody"] = json!({"required": true, "content": content});
    }
    if route.access == Access::Change {
        operation["security"] = json!([{"password": []}, {"certificate": []}]);
        operation["description"] =
            "Needs --web.enable-admin-api, and a web config that knows who asks.".into();
    }
    operation
}

fn described(parameter: &Parameter, place: &str) -> Value {
    let schema = parameter.kind.schema();
    let many = schema["type"] == "array";
    let mut described = json!({
        "name": parameter.name,
        "in": place,
        "required": place == "path",
        "description": parameter.what,
        "schema": schema,
    });
    if many {
        described["style"] = "form".into();
        described["explode"] = false.into();
    }
    described
}

/// What can come: the answer itself, and what goes wrong, by its status.
fn responses(route: &Route) -> Value {
    let mut responses = Map::new();
    let (status, content) = match route.answer {
        Content::Json(status, schema) => (status, json!({"application/json": {"schema": reference(schema)}})),
        Content::Text(media) => (200, json!({media: {"schema": {"type": "string"}}})),
        Content::Csv => (200, json!({"text/csv": {"schema": {"type": "string"}}})),
    };
    responses.insert(status.to_string(), json!({"description": route.summary, "content": content}));
    if route.tagged {
        let unchanged = "Nothing has changed since the answer with the ETag in If-None-Match";
        responses.insert("304".into(), json!({"description": unchanged}));
    }
    for reason in Reason::ALL.into_iter().filter(|reason| can_come(route, *reason)) {
        let (word, status) = reason.of();
        let status = status.as_u16().to_string();
        let known = responses.get(&status).and_then(|known| known["description"].as_str());
        let description = known.map_or(word.to_owned(), |known| format!("{known}, {word}"));
        let content = json!({"application/json": {"schema": reference("Error")}});
        responses.insert(status, json!({"description": description, "content": content}));
    }
    responses.into()
}

/// Whether a request can end so.
fn can_come(route: &Route, reason: Reason) -> bool {
    let (body, change) = (route.body.is_some(), route.access == Access::Change);
    match reason {
        Reason::BadParameter | Reason::BadBody => true,
        // The web config may ask of every request who sends it, and have limits.
        Reason::Unauthenticated | Reason::TooManyRequests | Reason::Busy | Reason::Internal => true,
        Reason::RequestTimeout | Reason::TooLarge => true,
        Reason::AdminDisabled | Reason::CrossSite => change,
        Reason::NotFound => change || !route.segments.is_empty(),
        Reason::MethodNotAllowed => false,
        Reason::UnsupportedMediaType => body,
        Reason::RulesRefused => route.id == "dryRunRules",
        Reason::Metrics | Reason::MetricsDisabled => route.series,
        Reason::Starting | Reason::Database => route.access != Access::Always,
    }
}

fn reference(schema: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{schema}")})
}

/// All schemas: those that are written down, and the words that the program knows.
fn schemas() -> Map<String, Value> {
    let mut schemas = Map::new();
    for text in SCHEMAS {
        // A test reads them.
        if let Ok(Value::Object(more)) = serde_json::from_str(text) {
            schemas.extend(more);
        }
    }
    let words: [(&str, Vec<&str>); 7] = [
        ("InterfaceType", InterfaceType::ALL.map(InterfaceType::as_str).to_vec()),
        ("Status", Status::ALL.map(Status::as_str).to_vec()),
        ("EventKind", EventKind::ALL.map(EventKind::as_str).to_vec()),
        ("Outcome", Outcome::ALL.map(Outcome::as_str).to_vec()),
        ("Source", Source::ALL.map(Source::as_str).to_vec()),
        ("Capability", Capability::ALL.map(Capability::as_str).to_vec()),
        ("Reason", Reason::ALL.map(Reason::as_str).to_vec()),
    ];
    for (name, words) in words {
        schemas.insert(name.to_owned(), json!({"type": "string", "enum": words}));
    }
    schemas
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_schema_is_json_and_is_named_once() {
        let mut names = BTreeSet::new();
        for text in SCHEMAS {
            let schemas: Map<String, Value> = serde_json::from_str(text).expect("an object of schemas");
            for name in schemas.keys() {
                assert!(names.insert(name.clone()), "{name} twice");
            }
        }
    }

    /// All schemas that something refers to.
    fn referred(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    found.extend(to.strip_prefix("#/components/schemas/").map(str::to_owned));
                }
                fields.values().for_each(|value| referred(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| referred(item, found)),
            _ => {}
        }
    }

    #[test]
    fn what_is_referred_to_is_there_and_what_is_there_is_referred_to() {
        let document = document();
        let mut found = BTreeSet::new();
        referred(&document, &mut found);
        let there: BTreeSet<String> = schemas().keys().cloned().collect();
        assert_eq!(found, there);
    }

    #[test]
    fn every_route_is_in_the_document_and_nothing_else() {
        let document = document();
        let mut documented = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().expect("paths") {
            for method in methods.as_object().expect("methods").keys() {
                documented.insert((path.clone(), method.clone()));
            }
        }
        let routed =
            routes::all().map(|route| (format!("{ROOT}{}", route.path), route.verb.as_str().to_owned()));
        assert_eq!(documented, routed.collect());
    }
}
