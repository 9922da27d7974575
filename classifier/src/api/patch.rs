//! A request for an override, or for a link, → what is decided. Pure.
//!
//! It is a merge patch (RFC 7396): what it leaves out stays as it was decided before, `null` leaves it to the rules
//! again.

use serde_json::{Map, Value};

use super::problem::{Problem, Reason};
use crate::date::{parse_moment, parse_until};
use crate::kind::InterfaceType;
use crate::overrides::Set;
use crate::state::Decision;
use crate::timestamp::Timestamp;
use crate::topology::known::{Port, Said};
use crate::word::Word;

/// The longest text, in characters.
const LONGEST: usize = 1000;
/// So many labels can be set at the most.
const MOST_LABELS: usize = 50;

const FIELDS: [&str; 8] = [
    "interface_type",
    "isp_provider",
    "is_critical",
    "if_alias",
    "extra_labels",
    "author",
    "reason",
    "expires_at",
];

/// What is decided from now on, by what was decided before and what a body asks for. `user` is who asks.
///
/// # Errors
/// The first field that is wrong.
pub fn decide(
    before: Option<&Decision>,
    body: &[u8],
    user: &str,
    now: Timestamp,
) -> Result<Decision, Problem> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::new(Reason::BadBody, format!("the body is no JSON: {error}")))?;
    let Value::Object(fields) = value else {
        return Err(Problem::new(Reason::BadBody, "the body is no object").expected(FIELDS.join(", ")));
    };
    if let Some(unknown) = fields.keys().find(|key| !FIELDS.contains(&key.as_str())) {
        return Err(Problem::parameter(unknown, "there is no such field", FIELDS.join(", ")));
    }
    let mut decision = Decision { created: now, review: false, ..before.cloned().unwrap_or_default() };
    patch_set(&mut decision.set, &fields)?;
    if decision.set == Set::default() {
        let expected = "one of interface_type, isp_provider, is_critical, if_alias, extra_labels";
        let message = "nothing is decided; DELETE takes an override back";
        return Err(Problem::new(Reason::BadBody, message).expected(expected));
    }
    decision.author = text(&fields, "author")?.flatten().unwrap_or_else(|| user.to_owned());
    if let Some(reason) = text(&fields, "reason")? {
        decision.reason = reason.unwrap_or_default();
    }
    if decision.reason.is_empty() {
        return Err(Problem::parameter("reason", "it is missing", "why, for those who come after"));
    }
    if let Some(until) = text(&fields, "expires_at")? {
        decision.expires = until.map(|until| expiry(&until, now)).transpose()?;
    }
    Ok(decision)
}

const LINK_FIELDS: [&str; 5] = ["a", "b", "author", "reason", "expires_at"];

/// A link that is said to be there, by a body: its ends as they are given, and what is said. `user` is who asks.
///
/// # Errors
/// The first field that is wrong.
pub fn link(body: &[u8], user: &str, now: Timestamp) -> Result<([Port; 2], Said), Problem> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::new(Reason::BadBody, format!("the body is no JSON: {error}")))?;
    let Value::Object(fields) = value else {
        return Err(Problem::new(Reason::BadBody, "the body is no object").expected(LINK_FIELDS.join(", ")));
    };
    if let Some(unknown) = fields.keys().find(|key| !LINK_FIELDS.contains(&key.as_str())) {
        return Err(Problem::parameter(unknown, "there is no such field", LINK_FIELDS.join(", ")));
    }
    let ends = [port(&fields, "a")?, port(&fields, "b")?];
    if ends[0] == ends[1] {
        return Err(Problem::parameter("b", "it is the same port as a", "another port"));
    }
    let reason = text(&fields, "reason")?.flatten();
    let reason = reason
        .ok_or_else(|| Problem::parameter("reason", "it is missing", "why, for those who come after"))?;
    let author = text(&fields, "author")?.flatten().unwrap_or_else(|| user.to_owned());
    let expires_at = text(&fields, "expires_at")?.flatten().map(|until| expiry(&until, now)).transpose()?;
    Ok((ends, Said { author, reason, expires_at }))
}

/// An end of a link.
fn port(fields: &Map<String, Value>, name: &str) -> Result<Port, Problem> {
    let expected = r#"an end such as {"device": "rustavi-r1", "if_name": "Fa3"}"#;
    let Some(Value::Object(end)) = fields.get(name) else {
        return Err(Problem::parameter(name, "it is missing, or no object", expected));
    };
    let part =
        |key: &str| end.get(key).and_then(Value::as_str).filter(|text| is_fine(text)).map(str::to_owned);
    let (Some(device), Some(if_name), 2) = (part("device"), part("if_name"), end.len()) else {
        return Err(Problem::parameter(name, "it is no end of a link", expected));
    };
    Ok(Port { device, if_name })
}

fn patch_set(set: &mut Set, fields: &Map<String, Value>) -> Result<(), Problem> {
    if let Some(word) = text(fields, "interface_type")? {
        let kind = |word: String| {
            let types = InterfaceType::ALL.map(InterfaceType::as_str).join(", ");
            let wrong = || Problem::parameter("interface_type", &format!("{word:?} is no type"), types);
            InterfaceType::from_word(&word).ok_or_else(wrong)
        };
        set.kind = word.map(kind).transpose()?;
    }
    match fields.get("isp_provider") {
        None => {}
        Some(Value::Null) => set.provider = None,
        // Nobody's line.
        Some(Value::String(none)) if none.is_empty() => set.provider = Some(None),
        Some(_) => set.provider = text(fields, "isp_provider")?.map(|name| name.map(Word::from)),
    }
    match fields.get("is_critical") {
        None => {}
        Some(Value::Null) => set.critical = None,
        Some(Value::Bool(critical)) => set.critical = Some(*critical),
        Some(_) => return Err(Problem::parameter("is_critical", "it is no flag", "true, false or null")),
    }
    if let Some(alias) = text(fields, "if_alias")? {
        set.alias = alias;
    }
    match fields.get("extra_labels") {
        None => {}
        Some(Value::Null) => set.labels.clear(),
        Some(Value::Object(labels)) => set.labels = self::labels(labels)?,
        Some(_) => return Err(labels_expected("it is no object")),
    }
    Ok(())
}

fn labels_expected(wrong: &str) -> Problem {
    Problem::parameter("extra_labels", wrong, "an object of texts, such as {\"circuit\": \"MGT-1\"}, or null")
}

fn labels(labels: &Map<String, Value>) -> Result<Vec<(Word, String)>, Problem> {
    if labels.len() > MOST_LABELS {
        return Err(labels_expected(&format!("it has more than {MOST_LABELS} labels")));
    }
    let label = |(name, value): (&String, &Value)| match value {
        Value::String(text) if is_fine(name) && is_fine(text) => Ok((name.as_str().into(), text.clone())),
        _ => Err(labels_expected("a label is no text, or no proper one")),
    };
    labels.iter().map(label).collect()
}

/// A field that is a text: `None` where it is left out, `Some(None)` where it is null.
fn text(fields: &Map<String, Value>, name: &str) -> Result<Option<Option<String>>, Problem> {
    match fields.get(name) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(text)) if is_fine(text) => Ok(Some(Some(text.trim().to_owned()))),
        Some(Value::String(_)) => {
            let expected = format!("1 to {LONGEST} characters on one line");
            Err(Problem::parameter(name, "it is empty, too long, or has control characters", expected))
        }
        Some(_) => Err(Problem::parameter(name, "it is no text", "a text, or null")),
    }
}

fn is_fine(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= LONGEST && !text.contains(char::is_control)
}

/// A moment, or the end of a day in UTC.
fn expiry(text: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    let wrong = |wrong: &str| {
        Problem::parameter(
            "expires_at",
            wrong,
            "a moment to come such as 2027-01-01T12:00:00Z, or a day such as 2027-01-01",
        )
    };
    let day = (!text.contains(':')).then(|| parse_until(text)).flatten();
    let day = day.and_then(|end| i64::try_from(end).ok()).map(|end| Timestamp::from_millis(end * 1000));
    let at = day.or_else(|| parse_moment(text)).ok_or_else(|| wrong("it is neither a moment nor a day"))?;
    if at <= now {
        return Err(wrong("it is over already"));
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_384_690_123);

    fn set(before: Option<&Decision>, body: &str) -> Result<Decision, Problem> {
        decide(before, body.as_bytes(), "admin", NOW)
    }

    #[test]
    fn what_is_left_out_stays_and_null_is_left_to_the_rules() {
        let first = set(
            None,
            r#"{"interface_type": "isp", "isp_provider": "magti", "extra_labels": {"circuit": "MGT-1"}, "reason": "contract 123"}"#,
        )
        .expect("a decision");
        assert_eq!(first.set.kind, Some(InterfaceType::Isp));
        assert_eq!(first.set.provider, Some(Some("magti".into())));
        assert_eq!((first.author.as_str(), first.created, first.expires), ("admin", NOW, None));

        let body = r#"{"interface_type": null, "isp_provider": "", "is_critical": true, "author": "nino", "expires_at": "2027-01-01"}"#;
        let second = set(Some(&first), body).expect("a decision");
        assert_eq!(
            (second.set.kind, second.set.provider.clone(), second.set.critical),
            (None, Some(None), Some(true))
        );
        assert_eq!(second.set.labels, first.set.labels);
        assert_eq!((second.author.as_str(), second.reason.as_str()), ("nino", "contract 123"));
        assert_eq!(second.expires, Some(Timestamp::from_millis(1_798_848_000_000)));
        let third = set(Some(&second), r#"{"expires_at": null, "extra_labels": null}"#).expect("a decision");
        assert_eq!((third.expires, third.set.labels.len(), third.author.as_str()), (None, 0, "admin"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (body, expected) in [
            ("", "the body is no JSON"),
            ("[]", "the body is no object"),
            ("{}", "nothing is decided"),
            (r#"{"type": "isp"}"#, "type: there is no such field"),
            (r#"{"interface_type": "ips"}"#, "interface_type: \"ips\" is no type"),
            (r#"{"interface_type": 3}"#, "interface_type: it is no text"),
            (r#"{"is_critical": "yes"}"#, "is_critical: it is no flag"),
            (r#"{"extra_labels": []}"#, "extra_labels: it is no object"),
            (r#"{"extra_labels": {"a": 1}}"#, "extra_labels: a label is no text"),
            (r#"{"is_critical": true}"#, "reason: it is missing"),
            (r#"{"is_critical": true, "reason": " "}"#, "reason: it is empty"),
            (r#"{"is_critical": true, "reason": "a\nb"}"#, "reason: it is empty, too long, or has control"),
            (r#"{"is_critical": true, "reason": "a", "expires_at": "soon"}"#, "expires_at: it is neither"),
            (r#"{"is_critical": true, "reason": "a", "expires_at": "2020-01-01"}"#, "expires_at: it is over"),
        ] {
            let problem = set(None, body).expect_err(body);
            assert!(problem.message().contains(expected), "{body}: {}", problem.message());
        }
    }
}
