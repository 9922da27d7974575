//! The file as it is written: snmp_exporter's `snmp.yml`, key by key. Nothing is checked here but the keys.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_yaml::Spanned;

use super::scalar::{Float, Int, Text};

/// A whole file.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    /// Their keys are the inventory's business.
    #[serde(default)]
    pub auths: Option<BTreeMap<Text, Spanned<Option<RawAuth>>>>,
    #[serde(default)]
    pub modules: Option<BTreeMap<Text, Spanned<Option<RawModule>>>>,
    /// Read and not used, as upstream.
    #[serde(default, rename = "version")]
    _version: Text,
}

/// An auth profile's fields.
pub(super) type RawAuth = BTreeMap<String, Text>;

/// A list, which may be missing or nothing.
type List<T> = Option<Vec<T>>;

fn is_none_or_empty<T>(list: &List<T>) -> bool {
    list.as_ref().is_none_or(Vec::is_empty)
}

fn is_zero(number: &Option<Float>) -> bool {
    number.is_none_or(|number| number.0 == 0.0)
}

fn is_off(switch: &Option<bool>) -> bool {
    *switch != Some(true)
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawModule {
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub walk: List<Spanned<Text>>,
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub get: List<Spanned<Text>>,
    #[serde(default)]
    pub metrics: List<Spanned<RawMetric>>,
    #[serde(default)]
    pub max_repetitions: Option<Spanned<Int>>,
    #[serde(default)]
    pub retries: Option<Spanned<Int>>,
    #[serde(default)]
    pub timeout: Option<Spanned<Text>>,
    #[serde(default, skip_serializing_if = "is_off")]
    pub use_unconnected_udp_socket: Option<bool>,
    #[serde(default, skip_serializing_if = "is_off")]
    pub allow_nonincreasing_oids: Option<bool>,
    #[serde(default, skip_serializing_if = "is_off")]
    pub partial: Option<bool>,
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub filters: List<Spanned<Option<RawFilter>>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawMetric {
    #[serde(default)]
    pub name: Text,
    #[serde(default)]
    pub oid: Text,
    #[serde(default, rename = "type")]
    pub kind: Text,
    #[serde(default)]
    pub help: Text,
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub indexes: List<Spanned<RawIndex>>,
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub lookups: List<Spanned<RawLookup>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regex_extracts: Option<BTreeMap<Text, List<Spanned<RawExtract>>>>,
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub datetime_pattern: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enum_values: Option<BTreeMap<Int, Text>>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub offset: Option<Float>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub scale: Option<Float>,
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub display_hint: Text,
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub fallback: List<Spanned<RawFallback>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawIndex {
    #[serde(default)]
    pub labelname: Text,
    #[serde(default, rename = "type")]
    pub kind: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_size: Option<Int>,
    #[serde(default, skip_serializing_if = "is_off")]
    pub implied: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enum_values: Option<BTreeMap<Int, Text>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLookup {
    #[serde(default)]
    pub labels: List<Text>,
    #[serde(default)]
    pub labelname: Text,
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub oid: Text,
    #[serde(default, rename = "type", skip_serializing_if = "Text::is_empty")]
    pub kind: Text,
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub display_hint: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enum_values: Option<BTreeMap<Int, Text>>,
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub fallback: List<Spanned<RawFallback>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExtract {
    /// `$1` when the key is missing; a key without value is an empty template.
    #[serde(default = "first_group")]
    pub value: Text,
    #[serde(default)]
    pub regex: Text,
}

fn first_group() -> Text {
    Text("$1".into())
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFilter {
    #[serde(default)]
    pub oid: Text,
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub targets: List<Spanned<Text>>,
    #[serde(default, skip_serializing_if = "is_none_or_empty")]
    pub values: List<Spanned<Text>>,
}

/// A fallback is an OID (or the word `index`), or a map where the fallback column needs more than its OID.
#[derive(Debug, Default, Serialize)]
pub(super) struct RawFallback {
    pub oid: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FallbackMap {
    oid: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    scale: Option<f64>,
    #[serde(default)]
    offset: Option<f64>,
    #[serde(default)]
    when: Option<String>,
}

impl<'de> Deserialize<'de> for RawFallback {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = RawFallback;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an OID, or a map with `oid`")
            }

            fn visit_str<E>(self, oid: &str) -> Result<RawFallback, E> {
                Ok(RawFallback { oid: oid.into(), ..RawFallback::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawFallback, A::Error> {
                let FallbackMap { oid, kind, scale, offset, when } =
                    FallbackMap::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(RawFallback { oid, kind, scale, offset, when })
            }
        }
        deserializer.deserialize_any(Either)
    }
}
