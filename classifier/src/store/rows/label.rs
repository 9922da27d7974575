//! Labels and decisions as rows.

use std::collections::BTreeMap;

use super::{Read, Reader, Result, Shared, json, read_type};
use crate::change::Row;
use crate::classification::Critical;
use crate::kind::InterfaceType;
use crate::overrides::Set;
use crate::state::{Decision, InterfaceId, Label};
use crate::store::table::Kind::{Bool, Int, Json, Real, Text, Time};
use crate::store::table::{Cell, Table};
use crate::word::Word;

/// What is written of a label; the explanation is between these and is not read with the others.
pub(in crate::store) const CLASSIFICATIONS: Table = Table {
    name: "classifications",
    key: "interface_id",
    columns: &[
        ("interface_type", Text),
        ("isp_provider", Text),
        ("is_critical", Bool),
        ("critical_reason", Text),
        ("confidence", Real),
        ("best_guess", Text),
        ("review", Bool),
        ("overridden", Bool),
        ("labels", Json),
        ("digest", Int),
        ("rules", Text),
        ("classified_at", Time),
        ("explanation", Json),
    ],
};

/// The columns of a label that are read with an interface, behind those of [`INTERFACES`].
pub(in crate::store) const LABEL: Table =
    Table { name: "classifications", key: "interface_id", columns: CLASSIFICATIONS.columns.split_at(12).0 };

pub(in crate::store) fn classification<'a>(row: &'a Row, explanation: &'a str) -> Vec<Cell<'a>> {
    let label = &row.interface.label;
    vec![
        row.interface.id.0.into(),
        label.interface_type.as_str().into(),
        label.provider.as_deref().into(),
        label.critical.critical.into(),
        label.critical.reason.as_deref().into(),
        label.confidence.into(),
        label.best_guess.map(InterfaceType::as_str).into(),
        label.review.into(),
        label.overridden.into(),
        json(&label.labels).into(),
        label.digest.into(),
        (&*label.rules).into(),
        label.at.into(),
        // PostgreSQL's jsonb has no place for NUL either.
        explanation.replace("\\u0000", "\\ufffd").into(),
    ]
}

pub(super) fn read_label(row: &mut Reader<'_, impl Read>, shared: &mut Shared) -> Result<Label> {
    let _interface = row.int()?;
    let interface_type = read_type(&row.text()?)?;
    let provider = row.maybe_text()?.map(|provider| shared.get(provider));
    let critical = row.bool()?;
    let reason = row.maybe_text()?.map(|reason| shared.get(reason));
    Ok(Label {
        interface_type,
        provider,
        critical: Critical { critical, reason },
        confidence: row.real()?,
        best_guess: row.maybe_text()?.map(|word| read_type(&word)).transpose()?,
        review: row.bool()?,
        overridden: row.bool()?,
        labels: row
            .json::<BTreeMap<String, String>>("classifications.labels")?
            .into_iter()
            .map(|(name, value)| (shared.get(name), value))
            .collect(),
        digest: row.int()?,
        rules: shared.get(row.text()?),
        at: row.time()?,
    })
}

pub(in crate::store) const OVERRIDES: Table = Table {
    name: "overrides",
    key: "interface_id",
    columns: &[
        ("decision", Json),
        ("author", Text),
        ("reason", Text),
        ("created_at", Time),
        ("expires_at", Time),
        ("review", Bool),
    ],
};

pub(in crate::store) fn decision(interface: InterfaceId, decided: &Decision) -> Vec<Cell<'_>> {
    vec![
        interface.0.into(),
        set(&decided.set).into(),
        (&decided.author).into(),
        (&decided.reason).into(),
        decided.created.into(),
        decided.expires.into(),
        decided.review.into(),
    ]
}

pub(super) fn read_decision(row: &mut Reader<'_, impl Read>) -> Result<Option<Decision>> {
    let there = row.maybe_int()?.is_some();
    let decided = Decision {
        set: read_set(&row.text()?),
        author: row.text()?,
        reason: row.text()?,
        created: row.time()?,
        expires: row.maybe_time()?,
        review: row.bool()?,
    };
    Ok(there.then_some(decided))
}

/// What a decision sets, in JSON. A provider that is null is decided to be none.
fn set(set: &Set) -> String {
    let mut object = serde_json::Map::new();
    let mut put = |name: &str, value: serde_json::Value| object.insert(name.into(), value);
    if let Some(kind) = set.kind {
        put("type", kind.as_str().into());
    }
    if let Some(provider) = &set.provider {
        put("provider", provider.as_deref().into());
    }
    if let Some(critical) = set.critical {
        put("critical", critical.into());
    }
    if let Some(alias) = &set.alias {
        put("alias", alias.as_str().into());
    }
    if !set.labels.is_empty() {
        let labels = set.labels.iter().map(|(name, value)| (name.to_string(), value.as_str().into()));
        put("labels", serde_json::Value::Object(labels.collect()));
    }
    serde_json::Value::Object(object).to_string()
}

/// Reads what a decision sets. People may write this column themselves; what is not understood sets nothing.
fn read_set(text: &str) -> Set {
    let value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let labels = value.get("labels").and_then(serde_json::Value::as_object);
    let label =
        |(name, value): (&String, &serde_json::Value)| Some((Word::from(name.as_str()), text(value)?));
    Set {
        kind: value.get("type").and_then(|word| InterfaceType::from_word(word.as_str()?)),
        provider: value.get("provider").map(|provider| provider.as_str().map(Word::from)),
        critical: value.get("critical").and_then(serde_json::Value::as_bool),
        alias: value.get("alias").and_then(text),
        labels: labels.into_iter().flatten().filter_map(label).collect(),
    }
}
