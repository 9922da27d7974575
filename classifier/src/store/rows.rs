//! States, ranges, events and runs as rows of tables, and back: once for both databases.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ipnet::IpNet;

use super::table::Kind::{Bool, Bytes, Int, Json, Real, Text, Time};
use super::table::{Cell, Kind, Table};
use super::{Result, StoreError};
use crate::change::{Event, EventKind, Outcome, Range, Row, Run};
use crate::classification::Critical;
use crate::facts::{DeviceFacts, Duplex, InterfaceFacts, RawTexts, Status};
use crate::kind::InterfaceType;
use crate::overrides::Set;
use crate::rules::parse_mac;
use crate::state::{Decision, DeviceHead, DeviceId, DeviceState, Interface, InterfaceId, Label};
use crate::timestamp::Timestamp;
use crate::word::Word;

/// A row that was read; columns by their place.
pub(super) trait Read {
    fn int(&self, at: usize) -> Result<Option<i64>>;
    fn real(&self, at: usize) -> Result<Option<f64>>;
    fn bool(&self, at: usize) -> Result<Option<bool>>;
    fn text(&self, at: usize) -> Result<Option<String>>;
    fn bytes(&self, at: usize) -> Result<Option<Vec<u8>>>;
    fn time(&self, at: usize) -> Result<Option<Timestamp>>;
}

/// Reads a row's columns one after another.
pub(super) struct Reader<'a, R> {
    row: &'a R,
    at: usize,
}

impl<'a, R: Read> Reader<'a, R> {
    pub fn new(row: &'a R) -> Self {
        Self { row, at: 0 }
    }

    fn next(&mut self) -> usize {
        self.at += 1;
        self.at - 1
    }

    pub fn int(&mut self) -> Result<i64> {
        Ok(self.row.int(self.next())?.unwrap_or_default())
    }

    pub fn maybe_int(&mut self) -> Result<Option<i64>> {
        self.row.int(self.next())
    }

    /// A number of an unsigned type; out of its range it is none.
    fn unsigned<T: TryFrom<i64>>(&mut self) -> Result<Option<T>> {
        Ok(self.maybe_int()?.and_then(|number| T::try_from(number).ok()))
    }

    fn real(&mut self) -> Result<f64> {
        Ok(self.row.real(self.next())?.unwrap_or_default())
    }

    pub fn bool(&mut self) -> Result<bool> {
        Ok(self.row.bool(self.next())?.unwrap_or_default())
    }

    fn maybe_bool(&mut self) -> Result<Option<bool>> {
        self.row.bool(self.next())
    }

    pub fn text(&mut self) -> Result<String> {
        Ok(self.row.text(self.next())?.unwrap_or_default())
    }

    pub fn maybe_text(&mut self) -> Result<Option<String>> {
        self.row.text(self.next())
    }

    fn bytes(&mut self) -> Result<Option<Vec<u8>>> {
        self.row.bytes(self.next())
    }

    pub fn time(&mut self) -> Result<Timestamp> {
        Ok(self.row.time(self.next())?.unwrap_or_default())
    }

    pub fn maybe_time(&mut self) -> Result<Option<Timestamp>> {
        self.row.time(self.next())
    }

    fn json<T: serde::de::DeserializeOwned>(&mut self, what: &str) -> Result<T> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|error| odd(what, &format!("{text:?} ({error})")))
    }
}

/// A value that this program did not write.
fn odd(what: &str, found: &str) -> StoreError {
    StoreError::Damaged(format!("{what} holds {found}"))
}

/// One text for many rows.
#[derive(Default)]
pub(super) struct Shared(HashMap<String, Word>);

impl Shared {
    fn get(&mut self, text: String) -> Word {
        if let Some(known) = self.0.get(&text) {
            return known.clone();
        }
        let word = Word::from(text.as_str());
        self.0.insert(text, word.clone());
        word
    }
}

pub(super) const DEVICES: Table = Table {
    name: "devices",
    key: "id",
    columns: &[
        ("address", Text),
        ("labels", Json),
        ("sys_object_id", Text),
        ("sys_name", Text),
        ("sys_descr", Text),
        ("location", Text),
        ("model", Text),
        ("serial", Text),
        ("chassis", Text),
        ("engine_id", Text),
        ("generation", Int),
        ("first_seen", Time),
        ("last_walk_ok", Time),
        ("last_walk", Time),
        ("last_walk_ms", Int),
        ("last_error", Text),
        ("failures", Int),
        ("gates", Text),
        ("interfaces_ever", Int),
        ("noted_at", Time),
        ("revision", Int),
        ("write_tag", Int),
    ],
};

pub(super) fn device(id: DeviceId, head: &DeviceHead, revision: i64, tag: i64) -> Vec<Cell<'_>> {
    let facts = &*head.facts;
    vec![
        id.0.into(),
        (&facts.address).into(),
        json(&facts.labels).into(),
        (&facts.sys_object_id).into(),
        (&facts.sys_name).into(),
        (&facts.sys_descr).into(),
        (&facts.location).into(),
        (&facts.model).into(),
        (&facts.serial).into(),
        (&facts.chassis).into(),
        (&facts.engine_id).into(),
        head.generation.into(),
        head.first_seen.into(),
        head.last_ok.into(),
        head.last_walk.into(),
        head.last_walk_ms.into(),
        head.last_error.as_deref().into(),
        head.failures.into(),
        (&head.gates).into(),
        head.interfaces_ever.into(),
        head.noted.into(),
        revision.into(),
        tag.into(),
    ]
}

/// Reads the columns of [`DEVICES`] and then the name.
pub(super) fn read_device(row: &impl Read) -> Result<(DeviceId, i64, DeviceHead)> {
    let mut row = Reader::new(row);
    let id = DeviceId(row.int()?);
    let mut facts = DeviceFacts {
        address: row.text()?,
        labels: row.json("devices.labels")?,
        sys_object_id: row.text()?,
        sys_name: row.text()?,
        sys_descr: row.text()?,
        location: row.text()?,
        model: row.text()?,
        serial: row.text()?,
        chassis: row.text()?,
        engine_id: row.text()?,
        ..DeviceFacts::default()
    };
    let mut head = DeviceHead {
        generation: row.int()?,
        first_seen: row.maybe_time()?,
        last_ok: row.maybe_time()?,
        last_walk: row.maybe_time()?,
        last_walk_ms: row.int()?,
        last_error: row.maybe_text()?,
        failures: row.int()?,
        gates: row.text()?,
        interfaces_ever: row.int()?,
        noted: row.maybe_time()?,
        ..DeviceHead::default()
    };
    let (revision, _tag) = (row.int()?, row.int()?);
    facts.name = row.text()?;
    head.facts = Arc::new(facts);
    Ok((id, revision, head))
}

pub(super) const INTERFACES: Table = Table {
    name: "interfaces",
    key: "id",
    columns: &[
        ("device_id", Int),
        ("if_key", Text),
        ("if_index", Int),
        ("if_name", Text),
        ("if_descr", Text),
        ("if_alias", Text),
        ("raw_name", Bytes),
        ("raw_descr", Bytes),
        ("raw_alias", Bytes),
        ("if_type", Int),
        ("speed_bps", Int),
        ("mtu", Int),
        ("admin_status", Int),
        ("oper_status", Int),
        ("duplex", Text),
        ("mac", Text),
        ("connector_present", Bool),
        ("last_change", Int),
        ("addresses", Json),
        ("is_lag", Bool),
        ("lag", Text),
        ("first_seen", Time),
        ("last_seen", Time),
        ("status_since", Time),
        ("missed", Int),
        ("retired_at", Time),
    ],
};

pub(super) fn interface(interface: &Interface) -> Vec<Cell<'_>> {
    let facts = &interface.facts;
    let raw = facts.raw.as_deref();
    let raw = |of: fn(&RawTexts) -> &Option<Vec<u8>>| raw.and_then(|raw| of(raw).as_deref());
    vec![
        interface.id.0.into(),
        interface.id.device().0.into(),
        (&interface.key).into(),
        facts.if_index.into(),
        (&facts.name).into(),
        (&facts.descr).into(),
        (&facts.alias).into(),
        raw(|raw| &raw.name).into(),
        raw(|raw| &raw.descr).into(),
        raw(|raw| &raw.alias).into(),
        facts.if_type.into(),
        facts.speed_bps.into(),
        facts.mtu.into(),
        facts.admin.map(status).into(),
        facts.oper.map(status).into(),
        facts.duplex.map(duplex).into(),
        facts.mac.map(mac).into(),
        facts.connector.into(),
        facts.last_change.into(),
        json(&facts.addresses).into(),
        facts.is_lag.into(),
        facts.lag.as_deref().into(),
        interface.first_seen.into(),
        interface.last_seen.into(),
        interface.status_since.into(),
        interface.missed.into(),
        interface.retired_at.into(),
    ]
}

fn read_interface(row: &mut Reader<'_, impl Read>) -> Result<Interface> {
    let id = InterfaceId(row.int()?);
    let _device = row.int()?;
    let key = row.text()?;
    let mut facts = InterfaceFacts {
        if_index: row.unsigned()?.unwrap_or_default(),
        name: row.text()?,
        descr: row.text()?,
        alias: row.text()?,
        ..InterfaceFacts::default()
    };
    let raw = RawTexts { name: row.bytes()?, descr: row.bytes()?, alias: row.bytes()? };
    facts.raw = (raw != RawTexts::default()).then(|| Box::new(raw));
    facts.if_type = row.unsigned()?;
    facts.speed_bps = row.unsigned()?;
    facts.mtu = row.unsigned()?;
    facts.admin = row.maybe_int()?.and_then(Status::from_number);
    facts.oper = row.maybe_int()?.and_then(Status::from_number);
    facts.duplex = row.maybe_text()?.and_then(|word| read_duplex(&word));
    facts.mac = row.maybe_text()?.and_then(|text| parse_mac(&text));
    facts.connector = row.maybe_bool()?;
    facts.last_change = row.unsigned()?;
    facts.addresses = row.json::<Vec<IpNet>>("interfaces.addresses")?;
    facts.is_lag = row.bool()?;
    facts.lag = row.maybe_text()?;
    Ok(Interface {
        id,
        key,
        facts,
        first_seen: row.time()?,
        last_seen: row.maybe_time()?,
        status_since: row.maybe_time()?,
        missed: row.int()?,
        retired_at: row.maybe_time()?,
        ..Interface::default()
    })
}

/// What is written of a label; the explanation is between these and is not read with the others.
pub(super) const CLASSIFICATIONS: Table = Table {
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
pub(super) const LABEL: Table =
    Table { name: "classifications", key: "interface_id", columns: CLASSIFICATIONS.columns.split_at(12).0 };

pub(super) fn classification<'a>(row: &'a Row, explanation: &'a str) -> Vec<Cell<'a>> {
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

fn read_label(row: &mut Reader<'_, impl Read>, shared: &mut Shared) -> Result<Label> {
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

pub(super) const OVERRIDES: Table = Table {
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

pub(super) fn decision(interface: InterfaceId, decided: &Decision) -> Vec<Cell<'_>> {
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

fn read_decision(row: &mut Reader<'_, impl Read>) -> Result<Option<Decision>> {
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

/// Reads the columns of [`INTERFACES`], [`LABEL`] and [`OVERRIDES`], one behind the other.
pub(super) fn read_whole(row: &impl Read, shared: &mut Shared) -> Result<Interface> {
    let mut row = Reader::new(row);
    let interface = read_interface(&mut row)?;
    let label = read_label(&mut row, shared)?;
    let decided = read_decision(&mut row)?;
    Ok(Interface { label, decided, ..interface })
}

/// Devices with their interfaces. Both come sorted by their numbers.
pub(super) fn together(
    devices: Vec<(DeviceId, i64, DeviceHead)>,
    interfaces: Vec<Interface>,
) -> Vec<DeviceState> {
    let mut interfaces = interfaces.into_iter().peekable();
    let with_interfaces = |(id, revision, head): (DeviceId, i64, DeviceHead)| {
        while interfaces.next_if(|interface| interface.id.device() < id).is_some() {}
        let mut own = Vec::new();
        while let Some(mut interface) = interfaces.next_if(|interface| interface.id.device() == id) {
            interface.facts.device = Arc::clone(&head.facts);
            own.push(Arc::new(interface));
        }
        DeviceState { id, revision, head, interfaces: own }
    };
    devices.into_iter().map(with_interfaces).collect()
}

pub(super) const HISTORY: &[(&str, Kind)] = &[
    ("interface_id", Int),
    ("valid_from", Time),
    ("valid_to", Time),
    ("if_name", Text),
    ("if_alias", Text),
    ("speed_bps", Int),
    ("admin_status", Int),
    ("interface_type", Text),
    ("isp_provider", Text),
    ("is_critical", Bool),
];

pub(super) fn range(range: &Range) -> Vec<Cell<'_>> {
    vec![
        range.interface.0.into(),
        range.from.into(),
        range.until.into(),
        (&range.if_name).into(),
        (&range.alias).into(),
        range.speed_bps.into(),
        range.admin.map(status).into(),
        range.interface_type.as_str().into(),
        range.provider.as_deref().into(),
        range.critical.into(),
    ]
}

pub(super) fn read_range(row: &impl Read) -> Result<Range> {
    let mut row = Reader::new(row);
    Ok(Range {
        interface: InterfaceId(row.int()?),
        from: row.time()?,
        until: row.maybe_time()?,
        if_name: row.text()?,
        alias: row.text()?,
        speed_bps: row.unsigned()?,
        admin: row.maybe_int()?.and_then(Status::from_number),
        interface_type: read_type(&row.text()?)?,
        provider: row.maybe_text()?.map(Word::from),
        critical: row.bool()?,
    })
}

pub(super) const EVENTS: &[(&str, Kind)] = &[
    ("device_id", Int),
    ("at", Time),
    ("kind", Text),
    ("interface_id", Int),
    ("if_name", Text),
    ("old_value", Text),
    ("new_value", Text),
];

pub(super) fn event(device: DeviceId, event: &Event) -> Vec<Cell<'_>> {
    vec![
        device.0.into(),
        event.at.into(),
        event.kind.as_str().into(),
        event.interface.map(|interface| interface.0).into(),
        (&event.if_name).into(),
        (&event.old).into(),
        (&event.new).into(),
    ]
}

/// Reads the number and then the columns of [`EVENTS`].
pub(super) fn read_event(row: &impl Read) -> Result<super::StoredEvent> {
    let mut row = Reader::new(row);
    let (id, device) = (row.int()?, DeviceId(row.int()?));
    let (at, kind) = (row.time()?, row.text()?);
    let event = Event {
        at,
        kind: EventKind::from_word(&kind).ok_or_else(|| odd("events.kind", &format!("{kind:?}")))?,
        interface: row.maybe_int()?.map(InterfaceId),
        if_name: row.text()?,
        old: row.text()?,
        new: row.text()?,
    };
    Ok(super::StoredEvent { id, device, event })
}

pub(super) const RUNS: &[(&str, Kind)] = &[
    ("device_id", Int),
    ("instance", Text),
    ("started_at", Time),
    ("took_ms", Int),
    ("outcome", Text),
    ("error", Text),
    ("interfaces", Int),
    ("changed", Int),
];

pub(super) fn run<'a>(device: DeviceId, instance: &'a str, run: &'a Run) -> Vec<Cell<'a>> {
    vec![
        device.0.into(),
        instance.into(),
        run.started.into(),
        run.took_ms.into(),
        run.outcome.as_str().into(),
        run.error.as_deref().into(),
        run.interfaces.into(),
        run.changed.into(),
    ]
}

/// Reads the columns of [`RUNS`] from the third on.
pub(super) fn read_run(row: &impl Read) -> Result<Run> {
    let mut row = Reader::new(row);
    let (started, took_ms, outcome) = (row.time()?, row.int()?, row.text()?);
    let outcome = Outcome::ALL
        .into_iter()
        .find(|known| known.as_str() == outcome)
        .ok_or_else(|| odd("discovery_runs.outcome", &format!("{outcome:?}")))?;
    Ok(Run {
        started,
        took_ms,
        outcome,
        error: row.maybe_text()?,
        interfaces: row.int()?,
        changed: row.int()?,
    })
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

fn read_type(word: &str) -> Result<InterfaceType> {
    InterfaceType::from_word(word).ok_or_else(|| odd("interface_type", &format!("{word:?}")))
}

/// The MIB's number of a status.
fn status(status: Status) -> i64 {
    Status::ALL.iter().zip(1..).find(|(one, _)| **one == status).map_or(0, |(_, number)| number)
}

fn duplex(duplex: Duplex) -> &'static str {
    match duplex {
        Duplex::Half => "half",
        Duplex::Full => "full",
    }
}

fn read_duplex(word: &str) -> Option<Duplex> {
    [Duplex::Half, Duplex::Full].into_iter().find(|known| duplex(*known) == word)
}

fn mac(mac: [u8; 6]) -> String {
    let [a, b, c, d, e, f] = mac;
    format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
}

/// Values of these types always have a JSON.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}
