//! Which interfaces a request means, and in which order: filters over the rows of a snapshot. Pure.

use memchr::memmem::Finder;

use super::parameters::{Given, Kind, Parameter};
use super::problem::Problem;
use super::shape::if_name;
use super::snapshot::{Row, Snapshot};
use crate::facts::Status;
use crate::kind::InterfaceType;
use crate::state::{DeviceState, InterfaceId};

/// The filters that all lists of interfaces take.
pub const FILTERS: [Parameter; 23] = [
    Parameter {
        name: "q",
        kind: Kind::Text,
        what: "Words that all occur in name, description, provider, address, MAC, labels, or the device's name or address, in capital letters or not",
    },
    Parameter { name: "device", kind: Kind::Texts, what: "Of these devices, by name" },
    Parameter { name: "device_id", kind: Kind::Number(1, i64::MAX, None), what: "Of this device, by number" },
    Parameter {
        name: "device_ip",
        kind: Kind::Texts,
        what: "Of devices with these addresses in the inventory",
    },
    Parameter { name: "site", kind: Kind::Texts, what: "Of devices with these labels `site`" },
    Parameter { name: "role", kind: Kind::Texts, what: "Of devices with these labels `role`" },
    Parameter {
        name: "label",
        kind: Kind::Texts,
        what: "Of devices with all of these labels, each as `name=value`",
    },
    Parameter { name: "interface_type", kind: Kind::Words(types), what: "Of these types" },
    Parameter {
        name: "isp_provider",
        kind: Kind::Texts,
        what: "Lines of these providers; `none`: of no provider",
    },
    Parameter { name: "is_critical", kind: Kind::Flag, what: "Critical ones, or the others" },
    Parameter {
        name: "oper_status",
        kind: Kind::Words(statuses),
        what: "With these ifOperStatus, by word or number of IF-MIB",
    },
    Parameter {
        name: "admin_status",
        kind: Kind::Words(statuses),
        what: "With these ifAdminStatus, by word or number of IF-MIB",
    },
    Parameter {
        name: "if_type",
        kind: Kind::Number(0, u32::MAX as i64, None),
        what: "With this ifType, by its number",
    },
    Parameter {
        name: "if_name",
        kind: Kind::Texts,
        what: "With these names: ifName, else ifDescr, else ifIndex",
    },
    Parameter { name: "phys_address", kind: Kind::Text, what: "With this MAC address" },
    Parameter { name: "address", kind: Kind::Text, what: "With this IP address" },
    Parameter {
        name: "min_speed",
        kind: Kind::Number(0, i64::MAX, None),
        what: "At least this fast, in bits a second",
    },
    Parameter { name: "min_confidence", kind: Kind::Share, what: "With a label at least this sure" },
    Parameter { name: "max_confidence", kind: Kind::Share, what: "With a label at most this sure" },
    Parameter { name: "review", kind: Kind::Flag, what: "Those that someone should look at, or the others" },
    Parameter {
        name: "overridden",
        kind: Kind::Flag,
        what: "Those with an override in force, or the others",
    },
    Parameter { name: "physical", kind: Kind::Flag, what: "Those a wire goes into, or the others" },
    Parameter {
        name: "gone",
        kind: Kind::Flag,
        what: "Those that were given up, after enough walks without them, instead of those that are there",
    },
];

fn types() -> Vec<&'static str> {
    InterfaceType::ALL.map(InterfaceType::as_str).to_vec()
}

fn statuses() -> Vec<&'static str> {
    let words = Status::ALL.map(Status::as_str);
    [&words[..], &["1", "2", "3", "4", "5", "6", "7"]].concat()
}

/// The orders a list can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Critical,
    Device,
    Name,
    Alias,
    Type,
    Provider,
    Speed,
    Confidence,
    StatusChange,
    Discovered,
}

const KEYS: [(&str, Key); 10] = [
    ("critical", Key::Critical),
    ("device", Key::Device),
    ("if_name", Key::Name),
    ("if_alias", Key::Alias),
    ("interface_type", Key::Type),
    ("isp_provider", Key::Provider),
    ("speed", Key::Speed),
    ("confidence", Key::Confidence),
    ("last_status_change", Key::StatusChange),
    ("discovered_at", Key::Discovered),
];

/// What a page of a list takes beside the filters.
pub const PAGE: [Parameter; 3] = [
    Parameter {
        name: "sort",
        kind: Kind::Word(orders),
        what: "The order; with `-` before it the other way round. Equal ones stand by device and ifIndex. Without it critical ones come first",
    },
    Parameter { name: "limit", kind: Kind::Number(1, 1000, Some(100)), what: "So many at the most" },
    Parameter {
        name: "cursor",
        kind: Kind::Number(1, i64::MAX, None),
        what: "Those after the page that gave this as `next_cursor`, with the same other parameters",
    },
];

fn orders() -> Vec<&'static str> {
    const BACK: [&str; 10] = [
        "-critical",
        "-device",
        "-if_name",
        "-if_alias",
        "-interface_type",
        "-isp_provider",
        "-speed",
        "-confidence",
        "-last_status_change",
        "-discovered_at",
    ];
    KEYS.iter().map(|(name, _)| *name).chain(BACK).collect()
}

/// Which order, and which way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    key: Key,
    back: bool,
}

impl Order {
    /// Critical ones first.
    pub const CRITICAL: Self = Self { key: Key::Critical, back: false };

    /// The order that is asked for.
    pub fn of(given: &Given) -> Self {
        let Some(word) = given.text("sort") else { return Self::CRITICAL };
        let (name, back) = word.strip_prefix('-').map_or((word, false), |name| (name, true));
        let key = KEYS.iter().find(|(known, _)| *known == name).map_or(Key::Critical, |(_, key)| *key);
        Self { key, back }
    }

    /// A number that orders rows, each smaller than the next; where they are equal the rows' places decide.
    fn number(self, row: &Row) -> u64 {
        let interface = &row.interface;
        let number = match self.key {
            Key::Critical => u64::from(!row.critical),
            Key::Device => u64::from(row.device),
            Key::Name => row.name_rank.into(),
            Key::Alias => row.alias_rank.into(),
            Key::Type => row.kind as u64,
            Key::Provider => row.provider.map_or(u64::from(u32::MAX), u64::from),
            Key::Speed => row.speed.unwrap_or(0),
            // Of what is not negative, the greater has the greater bits.
            Key::Confidence => row.confidence.max(0.0).to_bits(),
            Key::StatusChange => interface.status_since.map_or(0, |at| at.as_millis().max(0).cast_unsigned()),
            Key::Discovered => interface.first_seen.as_millis().max(0).cast_unsigned(),
        };
        if self.back { u64::MAX - number } else { number }
    }
}

/// What rows must be.
pub struct Filter<'a> {
    words: Vec<Finder<'static>>,
    /// Whether the device of each place is meant; `None`: all are.
    devices: Option<Vec<bool>>,
    kinds: Option<u16>,
    providers: Option<(Vec<bool>, bool)>,
    critical: Option<bool>,
    oper: Option<u8>,
    admin: Option<u8>,
    if_type: Option<u32>,
    names: Vec<&'a str>,
    mac: Option<[u8; 6]>,
    address: Option<std::net::IpAddr>,
    min_speed: u64,
    confidence: (f64, f64),
    review: Option<bool>,
    overridden: Option<bool>,
    physical: Option<bool>,
    gone: bool,
}

impl<'a> Filter<'a> {
    /// The filters that were given.
    ///
    /// # Errors
    /// A value that cannot be, such as a MAC address that is none.
    pub fn of(given: &'a Given, snapshot: &Snapshot) -> Result<Self, Problem> {
        let words = given.text("q").unwrap_or_default().to_lowercase();
        let words = words.split_whitespace().map(|word| Finder::new(word).into_owned()).collect();
        let kinds = given.texts("interface_type").into_iter().filter_map(InterfaceType::from_word);
        let kinds = kinds.fold(None, |set, kind| Some(set.unwrap_or(0) | 1_u16 << kind as u8));
        let providers = given.texts("isp_provider");
        let providers = (!providers.is_empty()).then(|| {
            let known = snapshot.providers().iter().map(|known| providers.contains(&&**known)).collect();
            (known, providers.contains(&"none"))
        });
        let mac = given.text("phys_address").map(|text| {
            let expected = "six octets such as 00:1a:2b:3c:4d:5e";
            let wrong = || Problem::parameter("phys_address", "it is no MAC address", expected);
            crate::rules::parse_mac(text).ok_or_else(wrong)
        });
        let address = given.text("address").map(|text| {
            let wrong = |_| Problem::parameter("address", "it is no IP address", "one such as 192.0.2.1");
            text.parse().map_err(wrong)
        });
        Ok(Self {
            words,
            devices: devices(given, snapshot)?,
            kinds,
            providers,
            critical: given.flag("is_critical"),
            oper: status(given.texts("oper_status")),
            admin: status(given.texts("admin_status")),
            if_type: given.number("if_type").and_then(|number| u32::try_from(number).ok()),
            names: given.texts("if_name"),
            mac: mac.transpose()?,
            address: address.transpose()?,
            min_speed: given.number("min_speed").and_then(|least| u64::try_from(least).ok()).unwrap_or(0),
            confidence: (
                given.share("min_confidence").unwrap_or(0.0),
                given.share("max_confidence").unwrap_or(f64::MAX),
            ),
            review: given.flag("review"),
            overridden: given.flag("overridden"),
            physical: given.flag("physical"),
            gone: given.flag("gone").unwrap_or(false),
        })
    }

    /// Whether a row is meant. What costs more is asked later.
    pub fn admits(&self, snapshot: &Snapshot, row: &Row) -> bool {
        let is = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        let among = |set: Option<u8>, status: Option<Status>| {
            set.is_none_or(|set| status.is_some_and(|status| set & 1 << status as u8 != 0))
        };
        row.gone == self.gone
            && self.kinds.is_none_or(|kinds| kinds & 1 << row.kind as u8 != 0)
            && is(self.critical, row.critical)
            && is(self.review, row.review)
            && is(self.overridden, row.overridden)
            && is(self.physical, row.physical)
            && among(self.oper, row.oper)
            && among(self.admin, row.admin)
            && self.mac.is_none_or(|mac| row.mac == Some(mac))
            && self.if_type.is_none_or(|if_type| row.if_type == Some(if_type))
            && row.speed.unwrap_or(0) >= self.min_speed
            && row.confidence >= self.confidence.0
            && row.confidence <= self.confidence.1
            && self
                .devices
                .as_ref()
                .is_none_or(|meant| meant.get(row.device as usize).copied().unwrap_or(false))
            && self.providers.as_ref().is_none_or(|(known, none)| match row.provider {
                Some(place) => known.get(usize::from(place)).copied().unwrap_or(false),
                None => *none,
            })
            && self.admits_texts(snapshot, row)
    }

    fn admits_texts(&self, snapshot: &Snapshot, row: &Row) -> bool {
        let facts = &row.interface.facts;
        self.words.iter().all(|word| word.find(snapshot.searched(row)).is_some())
            && (self.names.is_empty() || self.names.contains(&&*if_name(facts)))
            && self.address.is_none_or(|address| facts.addresses.iter().any(|net| net.addr() == address))
    }

    /// All rows that are meant, by their places.
    pub fn all<'s>(&'s self, snapshot: &'s Snapshot) -> impl Iterator<Item = (usize, &'s Row)> {
        snapshot.rows().iter().enumerate().filter(|(_, row)| self.admits(snapshot, row))
    }

    /// The rows that are meant, in an order: so many of those that come after the row at a place, and how many there
    /// are in all.
    pub fn page<'s>(
        &self,
        snapshot: &'s Snapshot,
        order: Order,
        after: Option<usize>,
        limit: usize,
    ) -> Page<'s> {
        let begin = after.and_then(|place| Some((order.number(snapshot.rows().get(place)?), place)));
        let (mut total, mut found) = (0, Vec::new());
        for (place, row) in self.all(snapshot) {
            total += 1;
            let key = (order.number(row), place);
            if begin.is_none_or(|begin| key > begin) {
                found.push(key);
            }
        }
        let more = found.len() > limit;
        if more {
            found.select_nth_unstable(limit);
            found.truncate(limit);
        }
        found.sort_unstable();
        let rows: Vec<&Row> = found.iter().filter_map(|(_, place)| snapshot.rows().get(*place)).collect();
        let next = rows.last().filter(|_| more).map(|row| row.interface.id);
        Page { total, rows, next }
    }
}

/// A part of a list.
#[derive(Debug)]
pub struct Page<'s> {
    /// How many rows the filters admit.
    pub total: usize,
    /// The rows of this part.
    pub rows: Vec<&'s Row>,
    /// The last of them, where others come after it.
    pub next: Option<InterfaceId>,
}

/// The row that a cursor stands at.
///
/// # Errors
/// It has been deleted meanwhile.
pub fn after(given: &Given, snapshot: &Snapshot) -> Result<Option<usize>, Problem> {
    let Some(cursor) = given.number("cursor") else { return Ok(None) };
    let gone = "the interface it stands at is known no more";
    let place = snapshot.find(InterfaceId(cursor));
    place
        .map(Some)
        .ok_or_else(|| Problem::parameter("cursor", gone, "next_cursor of a page, or none to begin anew"))
}

/// Which devices are meant, by their places.
fn devices(given: &Given, snapshot: &Snapshot) -> Result<Option<Vec<bool>>, Problem> {
    let labels: Option<Vec<_>> =
        given.texts("label").into_iter().map(|label| label.split_once('=')).collect();
    let labels = labels.ok_or_else(|| {
        Problem::parameter("label", "a label has no `=`", "name=value, such as site=rustavi")
    })?;
    let (names, ips) = (given.texts("device"), given.texts("device_ip"));
    let (sites, roles) = (given.texts("site"), given.texts("role"));
    let id = given.number("device_id");
    if labels.is_empty()
        && names.is_empty()
        && ips.is_empty()
        && sites.is_empty()
        && roles.is_empty()
        && id.is_none()
    {
        return Ok(None);
    }
    let meant = |device: &DeviceState| {
        let facts = &device.head.facts;
        let label = |name: &str| facts.labels.get(name).map(String::as_str).unwrap_or_default();
        (names.is_empty() || names.contains(&facts.name.as_str()))
            && (ips.is_empty() || ips.contains(&facts.address.as_str()))
            && (sites.is_empty() || sites.contains(&label("site")))
            && (roles.is_empty() || roles.contains(&label("role")))
            && labels.iter().all(|(name, value)| facts.labels.get(*name).is_some_and(|is| is == value))
            && id.is_none_or(|id| device.id.0 == id)
    };
    Ok(Some(snapshot.devices().iter().map(|device| meant(device)).collect()))
}

/// The set of statuses, a bit each.
fn status(words: Vec<&str>) -> Option<u8> {
    let find = |word: &str| {
        let number = word.parse().ok().and_then(Status::from_number);
        number.or_else(|| Status::ALL.into_iter().find(|status| status.as_str() == word))
    };
    let statuses = words.into_iter().filter_map(find);
    statuses.fold(None, |set, status| Some(set.unwrap_or(0) | 1 << status as u8))
}
