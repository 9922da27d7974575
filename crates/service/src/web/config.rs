//! The file's text turned into settings, or refused with the line of its mistake. Files that it names are not opened here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

use super::fields::{Fields, Mistake, one_of};
use super::rate::Rate;
use super::tls::Settings;
use super::yaml;

/// What a file says.
#[derive(Debug)]
pub(super) struct Config {
    /// `None` for plain HTTP.
    pub tls: Option<Settings>,
    pub http2: bool,
    /// For every answer.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Without any, everybody is let in.
    pub users: BTreeMap<String, Hash>,
    pub rate: Option<Rate>,
}

/// A password's bcrypt hash. It never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Hash(String);

impl Hash {
    /// Checks the form: `$2y$`, two digits of cost, `$`, 53 characters.
    pub fn read(text: &str) -> Result<Self, String> {
        let cost = text.get(4..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        let cost = cost.and_then(|digits| digits.parse::<u32>().ok());
        let whole = text.parse::<bcrypt::HashParts>().is_ok();
        match cost {
            Some(4..=31) if whole => Ok(Hash(text.to_owned())),
            Some(cost) if whole => Err(format!("bcrypt has no cost {cost}, expected 4 to 31")),
            _ => Err("not a bcrypt hash, expected what `htpasswd -nBC 10 \"\" | tr -d ':\\n'` prints".into()),
        }
    }

    /// The text, for comparing a password with it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The binary logarithm of the rounds that a comparison takes.
    pub fn cost(&self) -> u32 {
        self.0.get(4..6).and_then(|digits| digits.parse().ok()).unwrap_or_default()
    }

    /// One that no password has, as dear to compare with as this one.
    pub fn decoy(&self) -> Self {
        let (cost, rest) = self.0.split_at(7);
        Hash(format!("{cost}{}", ".".repeat(rest.len())))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// The headers that may be set, and the values of those that have only some.
const HEADERS: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
];

impl Config {
    /// Reads a file's text; paths in it are relative to `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, Mistake> {
        let root = yaml::parse(text)?;
        let known = ["tls_server_config", "http_server_config", "basic_auth_users", "rate_limit"];
        let file = Fields::open(&root, "", &known)?;
        let http = file.map("http_server_config", &["http2", "headers"])?;
        Ok(Config {
            tls: Settings::read(&file, folder)?,
            http2: http.value("http2", switch)?.is_none_or(|http2| http2.value),
            headers: headers(&http.map("headers", &HEADERS.map(|(name, _)| name))?)?,
            users: users(&file)?,
            rate: rate(&file.map("rate_limit", &["interval", "burst"])?)?,
        })
    }
}

/// `true` or `false`, in all of YAML 1.1's ways.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "y" => Ok(true),
        "false" | "no" | "off" | "n" => Ok(false),
        _ => Err(format!("{text:?} is no switch, expected true or false")),
    }
}

fn headers(fields: &Fields<'_>) -> Result<Vec<(HeaderName, HeaderValue)>, Mistake> {
    let mut headers = Vec::new();
    for (name, permitted) in HEADERS {
        let read = |text: &str| match HeaderValue::from_str(text) {
            _ if !permitted.is_empty() && !permitted.contains(&text) => {
                Err(format!("{text:?} is no value of it, expected {}", one_of(permitted)))
            }
            Ok(value) => Ok(value),
            Err(_) => Err("a header is one line of visible characters".to_owned()),
        };
        if let Some(value) = fields.value(name, read)? {
            let name = HeaderName::try_from(name).map_err(|_| value.wrong("not a header's name"))?;
            headers.push((name, value.value));
        }
    }
    Ok(headers)
}

fn users(file: &Fields<'_>) -> Result<BTreeMap<String, Hash>, Mistake> {
    let mut users = BTreeMap::new();
    let Some(node) = file.node("basic_auth_users") else { return Ok(users) };
    for (name, hash) in Fields::any(node, "basic_auth_users")?.texts()? {
        if name.is_empty() || name.contains(':') {
            return Err(hash.wrong("a user's name is not empty and has no colon (RFC 7617)"));
        }
        let read = Hash::read(hash.value).map_err(|message| hash.wrong(message))?;
        users.insert(name.to_owned(), read);
    }
    Ok(users)
}

fn rate(fields: &Fields<'_>) -> Result<Option<Rate>, Mistake> {
    let whole = |text: &str| {
        text.parse().map_err(|_| format!("{text:?} is no number of requests, expected 1 or more"))
    };
    let burst = fields.value::<u32>("burst", whole)?;
    let Some(interval) = fields.value("interval", duration)? else { return Ok(None) };
    if interval.value.is_zero() {
        return Ok(None);
    }
    match burst {
        Some(burst) if burst.value > 0 => Ok(Some(Rate { interval: interval.value, burst: burst.value })),
        Some(burst) => Err(burst.wrong("0 would refuse every request, expected 1 or more")),
        None => {
            Err(interval.wrong("without burst, every request would be refused; expected burst: 1 or more"))
        }
    }
}

/// A duration as Go writes it: `1s`, `500ms`, `1m30s`.
fn duration(text: &str) -> Result<Duration, String> {
    const UNITS: [(&str, f64); 7] =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let wrong = || format!("{text:?} is no duration, expected one such as 1s, 500ms or 1m30s");
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let (number, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        seconds += number.parse::<f64>().map_err(|_| wrong())? * size;
        rest = after;
    }
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}
