//! Holds answers against the OpenAPI document, as far as that uses JSON Schema.

use serde_json::{Map, Value};
use ward_classifier::api::openapi;

/// The document, and what is wrong with an answer by it.
pub struct Document(Value);

/// What of JSON Schema the document uses; anything else would be passed over in silence.
const KNOWN: [&str; 20] = [
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "properties",
    "required",
    "type",
];

impl Document {
    /// The document of this program.
    pub fn new() -> Self {
        Self(openapi::document())
    }

    /// The operation of a request, as `paths` has it.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Map<String, Value>> {
        let paths = self.0["paths"].as_object()?;
        let fits = |form: &str| {
            let (form, path): (Vec<_>, Vec<_>) = (form.split('/').collect(), path.split('/').collect());
            form.len() == path.len()
                && form.iter().zip(&path).all(|(form, part)| form.starts_with('{') || form == part)
        };
        let exact = paths.get(path);
        let found =
            exact.or_else(|| paths.iter().find(|(form, _)| fits(form)).map(|(_, methods)| methods))?;
        let method = if method == "HEAD" { "GET" } else { method };
        found.get(method.to_lowercase())?.as_object()
    }

    /// All operations: path, method, and what is said of them.
    pub fn operations(&self) -> Vec<(String, String, Value)> {
        let paths = self.0["paths"].as_object().expect("paths");
        let methods = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods");
            methods.iter().map(|(method, operation)| (path.clone(), method.to_uppercase(), operation.clone()))
        });
        methods.collect()
    }

    /// What is wrong with an answer; nothing, where the document says it can come.
    pub fn wrong(&self, method: &str, path: &str, status: u16, media: &str, body: &[u8]) -> Vec<String> {
        let Some(operation) = self.operation(method, path) else {
            // Where nothing is there is no description of what comes, but there is one of errors.
            let value = serde_json::from_slice(body).unwrap_or(Value::Null);
            return match [404, 405].contains(&status) {
                true => self.differences(
                    &value,
                    &serde_json::json!({"$ref": "#/components/schemas/Error"}),
                    "body",
                ),
                false => vec![format!("{status} for what is not in the document")],
            };
        };
        let Some(response) = operation["responses"].get(status.to_string()) else {
            return vec![format!("{status} is not in the document")];
        };
        let media = media.split(';').next().unwrap_or_default();
        match response.get("content") {
            None if body.is_empty() => Vec::new(),
            None => vec!["a body, where there is none in the document".into()],
            Some(content) => match content.get(media) {
                None => vec![format!("the type {media:?} is not in the document")],
                Some(_) if media != "application/json" => Vec::new(),
                Some(content) => match serde_json::from_slice(body) {
                    Ok(value) => self.differences(&value, &content["schema"], "body"),
                    Err(error) => vec![format!("no JSON: {error}")],
                },
            },
        }
    }

    /// Where a value is not as its schema says.
    pub fn differences(&self, value: &Value, schema: &Value, at: &str) -> Vec<String> {
        let mut found = Vec::new();
        let fields = schema.as_object().unwrap_or_else(|| panic!("{at}: no schema: {schema}"));
        for keyword in fields.keys() {
            assert!(KNOWN.contains(&keyword.as_str()), "{at}: {keyword} is not looked at here");
        }
        let mut say = |what: String| found.push(format!("{at}: {what}"));
        if let Some(Value::String(to)) = schema.get("$ref") {
            let name = to.strip_prefix("#/components/schemas/").unwrap_or_default();
            return self.differences(value, &self.0["components"]["schemas"][name], at);
        }
        if let Some(Value::Array(any)) = schema.get("anyOf")
            && !any.iter().any(|schema| self.differences(value, schema, at).is_empty())
        {
            say(format!("{value} is none of {any:?}"));
        }
        if let Some(expected) = schema.get("const").filter(|expected| *expected != value) {
            say(format!("{value} is not {expected}"));
        }
        if let Some(Value::Array(words)) = schema.get("enum")
            && !words.contains(value)
        {
            say(format!("{value} is none of {words:?}"));
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        if !types.is_empty() && !types.iter().any(|kind| is_of(value, kind)) {
            say(format!("{value} is no {}", types.join(" or ")));
        }
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let measure = match value {
            Value::Number(number) => number.as_f64().map(|number| ("minimum", "maximum", number)),
            Value::String(text) => Some(("minLength", "maxLength", text.chars().count() as f64)),
            Value::Array(items) => Some(("minItems", "maxItems", items.len() as f64)),
            Value::Object(fields) => Some(("minProperties", "maxProperties", fields.len() as f64)),
            _ => None,
        };
        if let Some((least, most, measure)) = measure
            && (bound(least).is_some_and(|least| measure < least)
                || bound(most).is_some_and(|most| measure > most))
        {
            say(format!("{value} is out of bounds"));
        }
        if let (Some("date-time"), Value::String(text)) = (schema["format"].as_str(), value) {
            let form: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            if form != "0000-00-00T00:00:00.000Z" {
                say(format!("{text:?} is no moment"));
            }
        }
        match value {
            Value::Array(items) => {
                for (place, item) in items.iter().enumerate().filter(|_| schema.get("items").is_some()) {
                    found.extend(self.differences(item, &schema["items"], &format!("{at}[{place}]")));
                }
            }
            Value::Object(fields) => found.extend(self.of_object(fields, schema, at)),
            _ => {}
        }
        found
    }

    fn of_object(&self, fields: &Map<String, Value>, schema: &Value, at: &str) -> Vec<String> {
        let mut found = Vec::new();
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                found.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(schema), _) => found.extend(self.differences(value, schema, &at)),
                (None, Some(Value::Bool(false))) => found.push(format!("{at} is not in the document")),
                (None, Some(schema @ Value::Object(_))) => found.extend(self.differences(value, schema, &at)),
                (None, _) => {}
            }
        }
        found
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        other => panic!("no type {other}"),
    }
}
