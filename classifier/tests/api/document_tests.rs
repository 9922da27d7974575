//! That the check notices something.

use serde_json::json;

use crate::document::Document;

#[test]
fn what_is_not_as_described_is_noticed() {
    let document = Document::new();
    let schema = json!({"$ref": "#/components/schemas/Error"});
    let differences = |value| document.differences(&value, &schema, "body");
    assert_eq!(differences(json!({"error": {"reason": "busy", "message": "a"}})), [""; 0]);
    for (value, expected) in [
        (json!({"error": {"reason": "busy"}}), "body.error: message is missing"),
        (
            json!({"error": {"reason": "busy", "message": "a", "more": 1}}),
            "body.error.more is not in the document",
        ),
        (json!({"error": {"reason": "lazy", "message": "a"}}), "body.error.reason: \"lazy\" is none of"),
        (json!({"error": {"reason": "busy", "message": 3}}), "body.error.message: 3 is no string"),
        (json!([]), "body: [] is no object"),
    ] {
        let found = differences(value);
        assert!(found.iter().any(|found| found.starts_with(expected)), "{found:?}");
    }
    assert_eq!(document.wrong("GET", "/api/v1/jobs", 418, "", b""), ["418 is not in the document"]);
    assert!(!document.wrong("GET", "/api/v1/jobs", 200, "application/json", b"{\"jobs\": [{}]}").is_empty());
}
