//! From a file's tree to an [`Inventory`], with every mistake on the way noted.

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use snmp::Limits;

use crate::auth::Auth;
use crate::device::{Address, Device, Overrides, check_label_name, check_name};
use crate::fields::Fields;
use crate::inventory::Inventory;
use crate::nearest::hint;
use crate::problem::{At, Problems};
use crate::secret::Sources;
use crate::yaml::{Kind, Node};

/// The keys of the file itself.
const FILE_KEYS: [&str; 3] = ["auths", "defaults", "devices"];

/// The keys of `defaults`, which a device has too.
const DEFAULT_KEYS: [&str; 9] = [
    "auth",
    "modules",
    "port",
    "timeout",
    "retries",
    "max_in_flight",
    "max_repetitions",
    "allow_nonincreasing_oids",
    "interval",
];

/// The keys of a device.
const DEVICE_KEYS: [&str; 12] = [
    "name",
    "address",
    "port",
    "auth",
    "modules",
    "labels",
    "timeout",
    "retries",
    "max_in_flight",
    "max_repetitions",
    "allow_nonincreasing_oids",
    "interval",
];

/// UDP ports that can be sent to.
const PORTS: RangeInclusive<u16> = 1..=65_535;
/// max-repetitions of a GETBULK (RFC 3416 §3), and 0 would ask for nothing.
const REPETITIONS: RangeInclusive<u32> = 1..=2_147_483_647;
/// More of them would outlive any scrape.
const RETRIES: RangeInclusive<u32> = 0..=100;
/// A window: 1 is always correct.
const IN_FLIGHT: RangeInclusive<u32> = 1..=65_535;

/// Reads the whole file.
pub(crate) fn inventory(root: &Node, sources: &Sources<'_>, problems: &Problems) -> Inventory {
    let Some(file) = Fields::open(root, String::new(), problems) else { return Inventory::default() };
    file.check_keys(&FILE_KEYS);
    let reader = Reader { auths: auths(&file, sources, problems), problems };
    let defaults = reader.defaults(&file);
    let devices = reader.devices(&file, &defaults);
    Inventory::new(reader.auths, devices)
}

/// What a device takes over where it says nothing itself.
struct Defaults {
    auth: Arc<Auth>,
    modules: Vec<String>,
    port: u16,
    overrides: Overrides,
    interval: Option<Duration>,
}

/// All profiles: the built-in ones the file does not have, then the file's in its order. One with mistakes stays known,
/// so that they are told once.
fn auths(file: &Fields<'_>, sources: &Sources<'_>, problems: &Problems) -> Vec<Arc<Auth>> {
    let section = file.get("auths").and_then(|node| Fields::open(node, "auths".to_owned(), problems));
    let entries = section.as_ref().map_or(&[][..], Fields::entries);
    let built_in =
        Auth::built_in().into_iter().filter(|auth| !entries.iter().any(|(key, _)| key.text == auth.name));
    let own = entries.iter().map(|(key, node)| {
        let path = format!("auths.{}", key.text);
        if key.text.is_empty() {
            problems.push(key.at, "auths", "the name of an auth is empty");
        }
        Fields::open(node, path, problems)
            .and_then(|fields| auth(&key.text, &fields, sources))
            .unwrap_or_else(|| Auth { name: key.text.clone(), ..Auth::built_in()[1].clone() })
    });
    built_in.chain(own).map(Arc::new).collect()
}

fn auth(name: &str, fields: &Fields<'_>, sources: &Sources<'_>) -> Option<Auth> {
    fields.check_keys_discreetly(&Auth::KEYS);
    for key in Auth::KEYS {
        if let Some(node) = fields.get(key).filter(|node| node.text().is_none()) {
            fields.problem(key, format!("expected a text, found {}", node.name()));
        }
    }
    let field = |key: &'static str| fields.raw(key).map(|node| node.text().unwrap_or_default());
    Auth::build(name, &field, sources)
        .map_err(|errors| errors.into_iter().for_each(|error| fields.problem(error.key, error.message)))
        .ok()
}

struct Reader<'a> {
    auths: Vec<Arc<Auth>>,
    problems: &'a Problems,
}

impl Reader<'_> {
    fn defaults(&self, file: &Fields<'_>) -> Defaults {
        let mut defaults = Defaults {
            auth: Arc::new(Auth::built_in()[1].clone()),
            modules: vec!["system".to_owned(), "interfaces".to_owned()],
            port: 161,
            overrides: Overrides::default(),
            interval: None,
        };
        if let Some(auth) = self.auths.iter().find(|auth| auth.name == "public_v2") {
            defaults.auth = auth.clone();
        }
        let section =
            file.get("defaults").and_then(|node| Fields::open(node, "defaults".to_owned(), self.problems));
        let Some(fields) = section else { return defaults };
        fields.check_keys(&DEFAULT_KEYS);
        self.conversation(&fields, &defaults)
    }

    /// What `defaults` and a device have in common.
    fn conversation(&self, fields: &Fields<'_>, defaults: &Defaults) -> Defaults {
        let overrides = Overrides {
            timeout: fields.duration("timeout"),
            retries: fields.number("retries", RETRIES),
            max_in_flight: fields.number("max_in_flight", IN_FLIGHT),
            max_repetitions: fields.number("max_repetitions", REPETITIONS),
            allow_nonincreasing_oids: fields.flag("allow_nonincreasing_oids"),
        };
        Defaults {
            auth: self.auth(fields).unwrap_or_else(|| defaults.auth.clone()),
            modules: fields.texts("modules").unwrap_or_else(|| defaults.modules.clone()),
            port: fields.number("port", PORTS).unwrap_or(defaults.port),
            overrides: overrides.or(defaults.overrides),
            interval: fields.duration("interval").or(defaults.interval),
        }
    }

    /// The profile that `auth` names.
    fn auth(&self, fields: &Fields<'_>) -> Option<Arc<Auth>> {
        let name = fields.text("auth")?;
        let found = self.auths.iter().find(|auth| auth.name == name);
        if found.is_none() {
            let known = self.auths.iter().map(|auth| auth.name.as_str());
            fields.problem("auth", format!("unknown auth {name:?}{}", hint(name, known)));
        }
        found.cloned()
    }

    fn devices(&self, file: &Fields<'_>, defaults: &Defaults) -> Vec<Device> {
        let Some(node) = file.get("devices") else { return Vec::new() };
        let Kind::List(items) = &node.kind else {
            let message =
                format!("expected a list of devices, each with a name and an address, found {}", node.name());
            self.problems.push(node.at, "devices", message);
            return Vec::new();
        };
        let mut lines: HashMap<&str, At> = HashMap::with_capacity(items.len());
        let mut devices = Vec::with_capacity(items.len());
        for (position, item) in items.iter().enumerate() {
            let Some(fields) = Fields::open(item, format!("devices[{position}]"), self.problems) else {
                continue;
            };
            if let Some(node) = fields.get("name")
                && let Some(name) = node.text()
                && let Some(first) = lines.insert(name, node.at)
            {
                lines.insert(name, first);
                fields.problem(
                    "name",
                    format!("{name:?} is the name of another device, on line {}", first.line),
                );
            }
            devices.extend(self.device(fields, defaults));
        }
        devices
    }

    fn device(&self, mut fields: Fields<'_>, defaults: &Defaults) -> Option<Device> {
        let name = self.required(&fields, "name", "the word its series and its URL have it by");
        if let Some(name) = name {
            match check_name(name) {
                Ok(()) => fields.path = format!("devices[{name}]"),
                Err(message) => fields.problem("name", message),
            }
        }
        fields.check_keys(&DEVICE_KEYS);
        let address = self.required(&fields, "address", "an IPv4 or IPv6 address or a host name");
        let address = address
            .and_then(|text| Address::parse(text).map_err(|message| fields.problem("address", message)).ok());
        let conversation = self.conversation(&fields, defaults);
        let labels = self.labels(&fields);
        Some(Device {
            name: name?.to_owned(),
            address: address?,
            port: conversation.port,
            auth: conversation.auth,
            modules: conversation.modules,
            labels,
            overrides: conversation.overrides,
            limits: conversation.overrides.over(&Limits::default()),
            interval: conversation.interval,
            line: fields.at.line,
        })
    }

    /// A text that every device must have.
    fn required<'a>(&self, fields: &Fields<'a>, key: &str, what: &str) -> Option<&'a str> {
        if fields.get(key).is_none() {
            fields.problem(key, format!("missing, expected {what}"));
        }
        fields.text(key)
    }

    fn labels(&self, fields: &Fields<'_>) -> BTreeMap<String, String> {
        let section =
            fields.get("labels").and_then(|node| Fields::open(node, fields.key("labels"), self.problems));
        let mut labels = BTreeMap::new();
        for (key, node) in section.as_ref().map_or(&[][..], Fields::entries) {
            if let Err(message) = check_label_name(&key.text) {
                self.problems.push(key.at, &fields.key("labels"), message);
            }
            match (node.text(), node.is_null()) {
                (None, false) => {
                    let message = format!("expected a text, found {}", node.name());
                    self.problems.push(node.at, &format!("{}.{}", fields.key("labels"), key.text), message);
                }
                (text, _) => {
                    labels.insert(key.text.clone(), text.unwrap_or_default().to_owned());
                }
            }
        }
        labels
    }
}
