//! From the file as it is written to the module as it is used.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use inventory::nearest::did_you_mean;
use regex::Regex;
use serde_yaml::{Location, Spanned};
use snmp::Oid;

use super::error::ModuleError;
use super::raw::{RawExtract, RawFallback, RawFilter, RawIndex, RawLookup, RawMetric, RawModule};
use super::scalar::{Int, Text as RawText};
use super::spec::*;
use super::strptime::Pattern;
use super::template::Template;
use super::{kinds, names, re2, scalar};

/// What is worth telling and does not keep a file from being used goes here.
pub(super) type Warnings = Vec<ModuleError>;

/// Compiles one module.
pub(super) fn module(
    file: &str,
    name: &str,
    raw: Spanned<Option<RawModule>>,
    warnings: &mut Warnings,
) -> Result<Module, ModuleError> {
    Compiler { file, place: format!("module {name}"), enums: HashMap::new(), warnings }.module(name, raw)
}

/// `mib-2` (RFC 1213).
const MIB_2: [u32; 6] = [1, 3, 6, 1, 2, 1];

fn too_many(key: &str, number: i64) -> String {
    format!("{key} is a number from 0 to {}, not {number}", u32::MAX)
}

struct Compiler<'a> {
    file: &'a str,
    /// What is being compiled, for messages: `module if_mib, metric ifType`.
    place: String,
    /// Enums that were seen before: large ones are repeated a lot.
    enums: HashMap<BTreeMap<i64, String>, EnumValues>,
    warnings: &'a mut Warnings,
}

type Result<T, E = ModuleError> = std::result::Result<T, E>;

impl Compiler<'_> {
    fn error(&self, at: Location, message: impl std::fmt::Display) -> ModuleError {
        ModuleError { file: self.file.into(), line: at.line(), message: format!("{}: {message}", self.place) }
    }

    fn warn(&mut self, at: Location, message: impl std::fmt::Display) {
        let warning = self.error(at, message);
        self.warnings.push(warning);
    }

    fn module(&mut self, name: &str, raw: Spanned<Option<RawModule>>) -> Result<Module> {
        let (line, raw) = (raw.referenced.line(), raw.value.unwrap_or_default());
        let mut walk = Vec::new();
        for root in raw.walk.into_iter().flatten() {
            walk.extend(self.walk_root(root.referenced, &root.value.0)?);
        }
        let get = self.oids("get", raw.get)?;
        let mut params = WalkParams::default();
        if let Some(Spanned { value: Int(number), referenced, .. }) = raw.max_repetitions {
            params.max_repetitions = Some(
                u32::try_from(number)
                    .map_err(|_| self.error(referenced, too_many("max_repetitions", number)))?,
            );
        }
        if let Some(Spanned { value: Int(number), referenced, .. }) = raw.retries {
            // Below zero there is no other try either.
            params.retries = u32::try_from(number.max(0))
                .map_err(|_| self.error(referenced, too_many("retries", number)))?;
        }
        params.use_unconnected_udp_socket = raw.use_unconnected_udp_socket.unwrap_or_default();
        params.allow_nonincreasing_oids = raw.allow_nonincreasing_oids.unwrap_or_default();
        if let Some(text) = raw.timeout.filter(|text| !text.value.0.is_empty()) {
            params.timeout = scalar::duration(&text.value.0)
                .map_err(|reason| self.error(text.referenced, format!("timeout: {reason}")))?;
            if params.timeout < Duration::from_millis(1) {
                let timeout = params.timeout;
                self.warn(
                    text.referenced,
                    format!("timeout: {timeout:?} is too short for any answer; a bare number is nanoseconds"),
                );
            }
        }
        let mut module = Module {
            name: name.into(),
            file: self.file.into(),
            line,
            walk,
            get,
            metrics: Vec::new(),
            filters: Vec::new(),
            params,
            partial: raw.partial.unwrap_or_default(),
        };
        for metric in raw.metrics.into_iter().flatten() {
            let module_place = self.place.clone();
            self.place = format!("{module_place}, metric {}", metric.value.name.0);
            let compiled = self.metric(&module, metric)?;
            self.place = module_place;
            module.metrics.extend(compiled);
        }
        for filter in raw.filters.into_iter().flatten() {
            module.filters.extend(self.filter(filter)?);
        }
        Ok(module)
    }

    /// Where a walk begins, as gosnmp takes it: nothing is all of mib-2, and below an OID that ends with a dot it finds
    /// nothing.
    fn walk_root(&mut self, at: Location, text: &str) -> Result<Option<Oid>> {
        match text {
            "" | "." => Ok(Some(Oid::from(MIB_2))),
            text if text.ends_with('.') => {
                self.warn(
                    at,
                    format!("walk {text} ends with a dot and therefore reads nothing; leave out the dot"),
                );
                Ok(None)
            }
            text => self.oid(at, "walk", text).map(Some),
        }
    }

    fn oids(&self, key: &str, list: Option<Vec<Spanned<RawText>>>) -> Result<Vec<Oid>> {
        list.into_iter().flatten().map(|oid| self.oid(oid.referenced, key, &oid.value.0)).collect()
    }

    fn oid(&self, at: Location, key: &str, text: &str) -> Result<Oid> {
        text.parse().map_err(|reason| self.error(at, format!("{key}: {reason}")))
    }

    /// A metric's or a lookup's OID. Upstream compares them as text, so that one which is not written as agents' OIDs
    /// are never matches anything; that is kept, and told.
    fn matching_oid(&mut self, at: Location, key: &str, text: &str) -> Option<Oid> {
        let (reason, advice) = match text.parse() {
            _ if text.starts_with('.') => ("begins with a dot".to_owned(), "; leave out the dot"),
            Ok(oid) => return Some(oid),
            Err(reason) => (format!("is none: {reason}"), ""),
        };
        self.warn(at, format!("{key} {text:?} {reason}: it therefore matches nothing{advice}"));
        None
    }

    /// A metric; `None` where it can never have a value.
    fn metric(&mut self, module: &Module, raw: Spanned<RawMetric>) -> Result<Option<Metric>> {
        let at = raw.referenced;
        let raw = raw.value;
        let name = names::metric(&raw.name.0).ok_or_else(|| self.error(at, "a metric needs a `name`"))?;
        let Some(oid) = self.matching_oid(at, "oid", &raw.oid.0) else { return Ok(None) };
        let values = self.values(raw.enum_values);
        let kind = match raw.kind.0.as_str() {
            "counter" => Kind::Counter,
            "gauge" | "Float" | "Double" => Kind::Gauge,
            "DateAndTime" => Kind::DateAndTime,
            "ParseDateAndTime" => Kind::ParseDateAndTime(
                Pattern::parse(&raw.datetime_pattern.0)
                    .map_err(|reason| self.error(at, format!("datetime_pattern: {reason}")))?,
            ),
            "NTPTimeStamp" => Kind::NtpTimeStamp,
            "ParseFloatString" => Kind::ParsedFloat,
            "EnumAsInfo" => Kind::EnumAsInfo(values),
            "EnumAsStateSet" => Kind::EnumAsStateSet(values),
            "Bits" => Kind::Bits(values),
            "Info" => Kind::Info,
            other => Kind::Text(text(self.text_kind(at, "type", other)?, raw.display_hint)),
        };
        let mut metric = Metric {
            name,
            oid,
            kind,
            help: raw.help.0,
            indexes: Vec::new(),
            lookups: Vec::new(),
            extracts: Vec::new(),
            scale: raw.scale.unwrap_or_default().0,
            offset: raw.offset.unwrap_or_default().0,
            fallback: Vec::new(),
        };
        for index in raw.indexes.into_iter().flatten() {
            metric.indexes.push(self.index(index)?);
        }
        for lookup in raw.lookups.into_iter().flatten() {
            metric.lookups.extend(self.lookup(module, lookup)?);
        }
        for (suffix, rules) in raw.regex_extracts.into_iter().flatten() {
            metric.extracts.push(self.extract(suffix.0, rules.into_iter().flatten())?);
        }
        for fallback in raw.fallback.into_iter().flatten() {
            metric.fallback.push(self.metric_fallback(module, &metric, fallback)?);
        }
        self.check_labels(at, &metric)?;
        Ok(Some(metric))
    }

    fn index(&mut self, raw: Spanned<RawIndex>) -> Result<Index> {
        let at = raw.referenced;
        let raw = raw.value;
        let kind = kinds::index(&raw.kind.0).ok_or_else(|| {
            let nearest = did_you_mean(&raw.kind.0, kinds::index_names());
            self.error(at, format!("invalid index type {:?}{nearest}", raw.kind.0))
        })?;
        Ok(Index {
            label: raw.labelname.0,
            kind,
            fixed_size: self.fixed_size(at, raw.fixed_size.unwrap_or_default())?,
            implied: raw.implied.unwrap_or_default(),
            values: self.values(raw.enum_values),
        })
    }

    fn fixed_size(&self, at: Location, Int(size): Int) -> Result<usize> {
        // An OID has no more arcs (RFC 2578 §3.5).
        let fits = usize::try_from(size).ok().filter(|size| *size <= 128);
        fits.ok_or_else(|| {
            self.error(at, format!("fixed_size is a number of arcs from 0 to 128, not {size}"))
        })
    }

    /// Only what is exported must be fit for it: a label may serve lookups alone.
    fn check_labels(&self, at: Location, metric: &Metric) -> Result<()> {
        let mut shown: Vec<&str> = metric.indexes.iter().map(|index| index.label.as_str()).collect();
        for lookup in &metric.lookups {
            shown.retain(|label| *label != lookup.label());
            if let Lookup::Find { label, .. } = lookup {
                shown.push(label);
            }
        }
        shown
            .into_iter()
            .try_for_each(|label| names::check_label(label).map_err(|reason| self.error(at, reason)))
    }

    fn lookup(&mut self, module: &Module, raw: Spanned<RawLookup>) -> Result<Option<Lookup>> {
        let at = raw.referenced;
        let raw = raw.value;
        let label = raw.labelname.0;
        let sources = raw.labels.unwrap_or_default();
        if sources.is_empty() {
            return Ok(Some(Lookup::Drop { label }));
        }
        let sources = sources.into_iter().map(|source| source.0).collect();
        let values = self.values(raw.enum_values);
        let text = text(self.text_kind(at, "lookup type", &raw.kind.0)?, raw.display_hint);
        // An empty OID is a column nobody has: the label is there, and always empty.
        let oid = self.matching_oid(at, "lookup oid", &raw.oid.0).unwrap_or_default();
        let mut fallback = Vec::new();
        for raw in raw.fallback.into_iter().flatten() {
            fallback.push(self.lookup_fallback(module, &text, raw)?);
        }
        Ok(Some(Lookup::Find { label, sources, oid, text, values, fallback }))
    }

    /// How values of a type are shown. Upstream looks at it only where it finds octets, where a type it does not know
    /// ends its process; all other values are shown as they are. So a slip of the pen is refused, and a type of other
    /// times, such as `IpAddr`, is told and kept.
    fn text_kind(&mut self, at: Location, key: &str, name: &str) -> Result<TextKind> {
        if let Some(kind) = kinds::text(name) {
            return Ok(kind);
        }
        let nearest = did_you_mean(name, kinds::metric_names());
        if nearest.is_empty() {
            self.warn(
                at,
                format!("unknown {key} {name:?}: octets are shown in hex, other values as they are"),
            );
            return Ok(TextKind::OctetString);
        }
        Err(self.error(at, format!("unknown {key} {name:?}{nearest}")))
    }

    fn lookup_fallback(
        &mut self,
        module: &Module,
        of: &Text,
        raw: Spanned<RawFallback>,
    ) -> Result<LookupFallback> {
        let at = raw.referenced;
        let raw = raw.value;
        if raw.scale.is_some() || raw.offset.is_some() || raw.when.is_some() {
            return Err(self.error(at, "a lookup's fallback has an `oid` and a `type` only"));
        }
        if raw.oid == "index" {
            return Ok(LookupFallback::Index);
        }
        let oid = self.fallback_oid(module, at, &raw.oid)?;
        let text = match raw.kind {
            Some(kind) => Text { kind: self.text_kind(at, "lookup type", &kind)?, hint: None },
            None => of.clone(),
        };
        Ok(LookupFallback::Column { oid, text })
    }

    fn metric_fallback(&self, module: &Module, of: &Metric, raw: Spanned<RawFallback>) -> Result<Fallback> {
        let at = raw.referenced;
        let raw = raw.value;
        if raw.kind.is_some() {
            return Err(self.error(at, "a metric's fallback has the metric's `type`"));
        }
        Ok(Fallback {
            oid: self.fallback_oid(module, at, &raw.oid)?,
            scale: raw.scale.unwrap_or(of.scale),
            offset: raw.offset.unwrap_or(of.offset),
            when: match raw.when.as_deref() {
                None | Some("missing") => When::Missing,
                Some("missing_or_zero") => When::MissingOrZero,
                Some(other) => {
                    let known = ["missing", "missing_or_zero"];
                    let nearest = did_you_mean(other, known);
                    return Err(
                        self.error(at, format!("when is missing or missing_or_zero, not {other:?}{nearest}"))
                    );
                }
            },
        })
    }

    /// A fallback that is never read would be silently useless, so it must lie where the module reads.
    fn fallback_oid(&self, module: &Module, at: Location, text: &str) -> Result<Oid> {
        let oid = self.oid(at, "fallback", text)?;
        let read = module.walk.iter().any(|root| root.contains(&oid) || oid.contains(root))
            || module.get.iter().any(|instance| oid.contains(instance));
        if !read {
            return Err(
                self.error(at, format!("fallback {oid} lies under none of the module's `walk` and `get`"))
            );
        }
        Ok(oid)
    }

    fn extract(&self, suffix: String, rules: impl Iterator<Item = Spanned<RawExtract>>) -> Result<Extract> {
        let rules = rules
            .map(|rule| {
                let (regex, names) = self.regex(rule.referenced, &format!("^(?:{})$", rule.value.regex.0))?;
                let template = Template::parse(&rule.value.value.0, &names);
                Ok(ExtractRule { regex, template })
            })
            .collect::<Result<_>>()?;
        Ok(Extract { suffix, rules })
    }

    fn regex(&self, at: Location, pattern: &str) -> Result<(Regex, re2::Names)> {
        re2::compile(pattern).map_err(|reason| self.error(at, format!("regular expression: {reason}")))
    }

    /// A filter; upstream takes one it can't ask for as none at all.
    fn filter(&mut self, raw: Spanned<Option<RawFilter>>) -> Result<Option<Filter>> {
        let at = raw.referenced;
        let raw = raw.value.unwrap_or_default();
        let values = raw.values.unwrap_or_default();
        let values = values
            .iter()
            .map(|value| Ok(self.regex(value.referenced, &value.value.0)?.0))
            .collect::<Result<_>>()?;
        let targets = self.oids("filter target", raw.targets)?;
        match raw.oid.0.parse() {
            Ok(oid) => Ok(Some(Filter { oid, targets, values })),
            Err(reason) => {
                self.warn(at, format!("filter is not used: oid: {reason}"));
                Ok(None)
            }
        }
    }

    fn values(&mut self, raw: Option<BTreeMap<Int, RawText>>) -> EnumValues {
        let values: BTreeMap<i64, String> =
            raw.unwrap_or_default().into_iter().map(|(number, name)| (number.0, name.0)).collect();
        match self.enums.get(&values) {
            Some(known) => known.clone(),
            None => {
                let shared: EnumValues = Arc::new(values.clone());
                self.enums.insert(values, shared.clone());
                shared
            }
        }
    }
}

/// How octets of this kind are shown; a display hint only goes with plain octets, as upstream.
fn text(kind: TextKind, hint: RawText) -> Text {
    let hint = (kind == TextKind::OctetString && !hint.0.is_empty()).then_some(hint.0);
    Text { kind, hint }
}
