//! Which database, and where.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use snmp::Secret;

use super::{Result, StoreError};

/// Where the fleet is kept.
#[derive(Debug, Clone)]
pub enum Location {
    /// A SQLite file, made where it is not there.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Box<PostgresLocation>),
}

/// A PostgreSQL server, and how to be sure that it is the right one. It prints without its password.
#[derive(Clone)]
pub struct PostgresLocation {
    pub(super) config: postgres::Config,
    /// What certificate the server must show.
    pub(super) verify: Verify,
    /// The file of the certificates that are trusted; `None`: those of the system.
    pub(super) roots: Option<PathBuf>,
    /// The files of our own certificate and its key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
}

/// What certificate a server must show, where TLS is spoken (libpq's `sslmode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verify {
    /// Any: nobody listens who only listens, but who answers is not proven.
    Nothing,
    /// One that a trusted authority has signed.
    Authority,
    /// Such a one, made out to the host's name.
    Name,
}

impl Location {
    /// Reads `postgres://user@host:5432/name?sslmode=verify-full`, `sqlite:PATH` or a path. A password given apart
    /// goes before one in the text.
    pub fn parse(text: &str, password: Option<&Secret>) -> Result<Self> {
        let Some((scheme, rest)) = text.split_once(':') else { return Self::file(text) };
        match scheme {
            "postgres" | "postgresql" if rest.starts_with("//") => {
                PostgresLocation::parse(text, password).map(Box::new).map(Self::Postgres)
            }
            "sqlite" => Self::file(rest.strip_prefix("//").unwrap_or(rest)),
            _ if rest.starts_with("//") || ["postgres", "postgresql"].contains(&scheme) => {
                Err(StoreError::Misnamed(format!(
                    "database: {scheme}: is not known here, expected postgres://user@host/name or the path of a \
                     SQLite file"
                )))
            }
            _ => Self::file(text),
        }
    }

    fn file(path: &str) -> Result<Self> {
        if path.is_empty() {
            let right = "database: the path is empty, expected postgres://user@host/name or the path of a SQLite file";
            return Err(StoreError::Misnamed(right.into()));
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres(location) => location.fmt(f),
        }
    }
}

impl PostgresLocation {
    fn parse(url: &str, password: Option<&Secret>) -> Result<Self> {
        let wrong = |what: String| StoreError::Misnamed(format!("database: {what}"));
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut certificate, mut key) = (None, None, None, None);
        let mut others = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let path = || Some(PathBuf::from(unescape(value)));
            match name {
                "sslmode" => mode = Some(value),
                "sslrootcert" if value == "system" => roots = None,
                "sslrootcert" => roots = path(),
                "sslcert" => certificate = path(),
                "sslkey" => key = path(),
                _ => others.push(parameter),
            }
        }
        // As libpq has it: an authority that is named is asked.
        let authority = if roots.is_some() { Verify::Authority } else { Verify::Nothing };
        let (ssl_mode, verify) = match mode {
            Some("disable") => (SslMode::Disable, Verify::Nothing),
            None | Some("prefer") => (SslMode::Prefer, authority),
            Some("require") => (SslMode::Require, authority),
            Some("verify-ca") => (SslMode::Require, Verify::Authority),
            Some("verify-full") => (SslMode::Require, Verify::Name),
            Some(other) => {
                return Err(wrong(format!(
                    "sslmode is {other:?}, expected disable, prefer, require, verify-ca or verify-full"
                )));
            }
        };
        let identity = match (certificate, key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            (Some(_), None) => return Err(wrong("sslcert is given without sslkey".into())),
            (None, Some(_)) => return Err(wrong("sslkey is given without sslcert".into())),
        };
        let rest = if others.is_empty() { base.to_owned() } else { format!("{base}?{}", others.join("&")) };
        // The reason is not repeated as it stands: it may hold a piece of a password that was not escaped.
        let mut config = postgres::Config::from_str(&rest).map_err(|_| {
            wrong(
                "the address cannot be read, expected postgres://user@host:5432/name (special characters of a \
                 password as %XX, or the password given apart)"
                    .into(),
            )
        })?;
        if let Some(password) = password {
            config.password(password.expose());
        }
        config.ssl_mode(ssl_mode);
        defaults(&mut config);
        Ok(Self { config, verify, roots, identity })
    }
}

/// What is right for a daemon, where the address does not say otherwise.
fn defaults(config: &mut postgres::Config) {
    let seconds = Duration::from_secs;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(seconds(5));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(seconds(30));
    }
    // A server that vanished without a word is noticed within half a minute.
    config.keepalives_idle(seconds(15)).keepalives_interval(seconds(5)).keepalives_retries(3);
    if config.get_application_name().is_none() {
        config.application_name("ward-classifier");
    }
    // What the address says comes later, and wins.
    let options = config.get_options().unwrap_or_default();
    let options = format!("{OPTIONS} {options}");
    config.options(options.trim_end());
}

/// No statement and no lock is waited for without end.
const OPTIONS: &str = "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s \
                       -c timezone=UTC";

impl fmt::Display for PostgresLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = &self.config;
        f.write_str("postgres://")?;
        if let Some(user) = config.get_user() {
            write!(f, "{user}@")?;
        }
        for (at, host) in config.get_hosts().iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) if name.contains(':') => write!(f, "{comma}[{name}]")?,
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                Host::Unix(path) => write!(f, "{comma}{}", path.display())?,
            }
            match config.get_ports().get(at).or(config.get_ports().first()) {
                None | Some(5432) => {}
                Some(port) => write!(f, ":{port}")?,
            }
        }
        write!(f, "/{}", config.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `%2F` → `/` and the like; what is not an escape stays.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = (first == b'%').then(|| tail.get(..2)).flatten();
        let escaped = escaped.and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_and_what_is_shown() {
        for (text, expected) in [
            ("ward.db", "ward.db"),
            ("/var/lib/ward/ward.db", "/var/lib/ward/ward.db"),
            ("sqlite:ward.db", "ward.db"),
            ("sqlite:///var/lib/ward.db", "/var/lib/ward.db"),
            ("postgres://ward@db.example/ward", "postgres://ward@db.example/ward"),
            ("postgresql://ward:geheim@db:5433/ward", "postgres://ward@db:5433/ward"),
            ("postgres://a,b:5433/ward?sslmode=verify-full", "postgres://a,b:5433/ward"),
            ("postgres://ward@[2001:db8::1]:5432/ward", "postgres://ward@[2001:db8::1]/ward"),
            ("postgres:///ward?host=/run/postgresql&user=ward", "postgres://ward@/run/postgresql/ward"),
        ] {
            let location = Location::parse(text, None).unwrap();
            assert_eq!(location.to_string(), expected);
            assert!(!format!("{location:?}").contains("geheim"));
        }
    }

    #[test]
    fn what_cannot_be_is_said_without_the_password() {
        for (text, expected) in [
            (
                "",
                "database: the path is empty, expected postgres://user@host/name or the path of a SQLite file",
            ),
            (
                "mysql://root:geheim@db/ward",
                "database: mysql: is not known here, expected postgres://user@host/name or the path of a SQLite file",
            ),
            (
                "postgres://ward:gehe%im@db:x/ward",
                "database: the address cannot be read, expected postgres://user@host:5432/name (special characters \
                 of a password as %XX, or the password given apart)",
            ),
            (
                "postgres://ward:geheim@db/ward?sslmode=maybe",
                "database: sslmode is \"maybe\", expected disable, prefer, require, verify-ca or verify-full",
            ),
            ("postgres://db/ward?sslcert=a.pem", "database: sslcert is given without sslkey"),
        ] {
            assert_eq!(Location::parse(text, None).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn how_sure_to_be_of_a_server() {
        for (query, mode, verify) in [
            ("", SslMode::Prefer, Verify::Nothing),
            ("?sslmode=disable", SslMode::Disable, Verify::Nothing),
            ("?sslmode=require", SslMode::Require, Verify::Nothing),
            ("?sslmode=require&sslrootcert=ca%20x.pem", SslMode::Require, Verify::Authority),
            ("?sslmode=verify-ca", SslMode::Require, Verify::Authority),
            ("?sslmode=verify-full&sslrootcert=system", SslMode::Require, Verify::Name),
        ] {
            let Ok(Location::Postgres(location)) =
                Location::parse(&format!("postgres://db/ward{query}"), None)
            else {
                panic!("{query}");
            };
            assert_eq!((location.config.get_ssl_mode(), location.verify), (mode, verify), "{query}");
            if query.contains("ca%20x.pem") {
                assert_eq!(location.roots, Some("ca x.pem".into()));
            }
        }
    }

    #[test]
    fn a_password_given_apart_goes_first() {
        let secret = Secret::new("apart");
        let Ok(Location::Postgres(location)) =
            Location::parse("postgres://ward:inside@db/ward", Some(&secret))
        else {
            panic!("a PostgreSQL location");
        };
        assert_eq!(location.config.get_password(), Some(&b"apart"[..]));
    }
}
