//! `tls_server_config`: its keys, and what rustls makes of them.

mod client;
mod load;

pub(super) use client::subject;

use std::path::{Path, PathBuf};

use rustls::crypto::{SupportedKxGroup, ring};
use rustls::{ProtocolVersion, SupportedCipherSuite, SupportedProtocolVersion};

use super::config::switch;
use super::fields::{Fields, Mistake, Placed, one_of};

/// What is said about TLS.
#[derive(Debug)]
pub(super) struct Settings {
    certificate: Placed<Pem>,
    key: Placed<Pem>,
    client: Client,
    versions: Vec<&'static SupportedProtocolVersion>,
    /// The suites of TLS 1.2 that are named; all of them where none is. Those of TLS 1.3 are always there, as in Go.
    suites: Vec<SupportedCipherSuite>,
    /// Whether our order of suites counts, or the client's.
    prefer_ours: bool,
    /// Groups of the key exchange in their order; all of them where none is named.
    groups: Vec<&'static dyn SupportedKxGroup>,
}

/// What is asked of clients.
#[derive(Debug)]
struct Client {
    policy: Placed<Policy>,
    /// Who signs good certificates; the system's authorities where nobody is named, as in Go.
    authorities: Option<Placed<Pem>>,
    /// Subject alternative names, one of which a client's certificate must have; any will do where there are none.
    names: Vec<String>,
}

/// `client_auth_type`, under Go's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    NoClientCert,
    RequestClientCert,
    RequireAnyClientCert,
    VerifyClientCertIfGiven,
    RequireAndVerifyClientCert,
}

/// Certificates or a key in PEM (RFC 7468).
#[derive(Clone)]
enum Pem {
    File(PathBuf),
    Inline(String),
}

impl std::fmt::Debug for Pem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Pem::File(path) => write!(f, "{}", path.display()),
            Pem::Inline(_) => f.write_str("<secret>"),
        }
    }
}

const SECTION: &str = "tls_server_config";

const KEYS: [&str; 13] = [
    "cert",
    "cert_file",
    "key",
    "key_file",
    "client_ca",
    "client_ca_file",
    "client_auth_type",
    "client_allowed_sans",
    "min_version",
    "max_version",
    "cipher_suites",
    "prefer_server_cipher_suites",
    "curve_preferences",
];

impl Settings {
    /// Reads the section; without it, or with an empty one, there is no TLS.
    pub fn read(file: &Fields<'_>, folder: &Path) -> Result<Option<Self>, Mistake> {
        let fields = file.map(SECTION, &KEYS)?;
        if fields.is_empty() {
            return Ok(None);
        }
        let certificate = pem(&fields, "cert", "cert_file", folder)?;
        let key = pem(&fields, "key", "key_file", folder)?;
        let client = Client::read(&fields, folder)?;
        let missing = |name| {
            let message =
                format!("{name}_file (or {name}) is missing; leave the section away for plain HTTP");
            Mistake::new(fields.line, SECTION, message)
        };
        let versions = versions(&fields)?;
        let suites = fields.list("cipher_suites", suite)?;
        let newest = |version: &&SupportedProtocolVersion| version.version == ProtocolVersion::TLSv1_3;
        let older = |suite: &SupportedCipherSuite| suite.tls13().is_none();
        if !versions.iter().any(newest) && !suites.value.is_empty() && !suites.value.iter().any(older) {
            return Err(suites.wrong("all of TLS 1.3, which max_version leaves out; expected one of TLS 1.2"));
        }
        Ok(Some(Settings {
            certificate: certificate.ok_or_else(|| missing("cert"))?,
            key: key.ok_or_else(|| missing("key"))?,
            client,
            versions,
            suites: suites.value,
            prefer_ours: fields
                .value("prefer_server_cipher_suites", switch)?
                .is_none_or(|prefer| prefer.value),
            groups: fields.list("curve_preferences", group)?.value,
        }))
    }

    /// Whether a client's certificate proves who it is.
    pub fn verifies_clients(&self) -> bool {
        self.client.policy.value.verifies()
    }

    /// The files that are named.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let all = [Some(&self.certificate), Some(&self.key), self.client.authorities.as_ref()];
        all.into_iter().flatten().filter_map(|pem| match &pem.value {
            Pem::File(path) => Some(path.as_path()),
            Pem::Inline(_) => None,
        })
    }
}

impl Client {
    fn read(fields: &Fields<'_>, folder: &Path) -> Result<Self, Mistake> {
        let policy = fields.value("client_auth_type", Policy::read)?;
        let authorities = pem(fields, "client_ca", "client_ca_file", folder)?;
        let names = fields.list("client_allowed_sans", |name| Ok(name.to_owned()))?;
        let verifies = "client_auth_type: RequireAndVerifyClientCert";
        match (&policy, &authorities) {
            (policy, Some(authorities)) if policy.as_ref().is_none_or(|policy| !policy.value.asks()) => {
                return Err(
                    authorities.wrong(format!("nobody is asked for a certificate, expected {verifies}"))
                );
            }
            (policy, _)
                if !names.value.is_empty() && policy.as_ref().is_none_or(|policy| !policy.value.asks()) =>
            {
                return Err(names.wrong(format!("nobody is asked for a certificate, expected {verifies}")));
            }
            _ => {}
        }
        let place = Placed {
            line: fields.line,
            key: format!("{SECTION}.client_auth_type"),
            value: Policy::NoClientCert,
        };
        Ok(Client { policy: policy.unwrap_or(place), authorities, names: names.value })
    }
}

impl Policy {
    fn read(text: &str) -> Result<Self, String> {
        const NAMES: [(&str, Policy); 5] = [
            ("NoClientCert", Policy::NoClientCert),
            ("RequestClientCert", Policy::RequestClientCert),
            ("RequireAnyClientCert", Policy::RequireAnyClientCert),
            ("VerifyClientCertIfGiven", Policy::VerifyClientCertIfGiven),
            ("RequireAndVerifyClientCert", Policy::RequireAndVerifyClientCert),
        ];
        // An older name that Go programs still take.
        let text = if text == "RequireClientCert" { "RequireAnyClientCert" } else { text };
        let found = NAMES.iter().find(|(name, _)| *name == text).map(|(_, policy)| *policy);
        found.ok_or_else(|| {
            format!("{text:?} is not known, expected {}", one_of(&NAMES.map(|(name, _)| name)))
        })
    }

    /// Whether clients are asked for a certificate.
    fn asks(self) -> bool {
        self != Policy::NoClientCert
    }

    /// Whether a certificate is checked.
    fn verifies(self) -> bool {
        matches!(self, Policy::VerifyClientCertIfGiven | Policy::RequireAndVerifyClientCert)
    }

    /// Whether there must be one.
    fn requires(self) -> bool {
        matches!(self, Policy::RequireAnyClientCert | Policy::RequireAndVerifyClientCert)
    }
}

/// What stands in the file itself, or in another one.
fn pem(fields: &Fields<'_>, inline: &str, file: &str, folder: &Path) -> Result<Option<Placed<Pem>>, Mistake> {
    match (fields.text(inline)?, fields.text(file)?) {
        (Some(_), Some(path)) => Err(path.wrong(format!("given beside {inline}, expected one of the two"))),
        (Some(text), None) => Ok(Some(text.with(Pem::Inline(text.value.to_owned())))),
        (None, Some(path)) => Ok(Some(path.with(Pem::File(folder.join(path.value))))),
        (None, None) => Ok(None),
    }
}

fn versions(fields: &Fields<'_>) -> Result<Vec<&'static SupportedProtocolVersion>, Mistake> {
    let min = fields.value("min_version", version)?;
    let max = fields.value("max_version", version)?;
    let lowest = min.as_ref().map_or(12, |min| min.value);
    let highest = max.as_ref().map_or(13, |max| max.value);
    match max.or(min) {
        Some(limit) if lowest > highest => {
            Err(limit.wrong("min_version is above max_version, so nothing is left"))
        }
        _ => Ok([(12, &rustls::version::TLS12), (13, &rustls::version::TLS13)]
            .into_iter()
            .filter(|(number, _)| (lowest..=highest).contains(number))
            .map(|(_, version)| version)
            .collect()),
    }
}

fn version(text: &str) -> Result<u8, String> {
    match text {
        "TLS12" => Ok(12),
        "TLS13" => Ok(13),
        "TLS10" | "TLS11" => Err(format!("{text} is broken and not supported, expected TLS12 or TLS13")),
        _ => Err(format!("{text:?} is not known, expected TLS12 or TLS13")),
    }
}

/// A cipher suite by its name in the registry of IANA, which is Go's too.
fn suite(text: &str) -> Result<SupportedCipherSuite, String> {
    let name = |suite: &SupportedCipherSuite| {
        suite.suite().as_str().unwrap_or_default().replacen("TLS13_", "TLS_", 1)
    };
    let all = ring::ALL_CIPHER_SUITES;
    let found = all.iter().find(|suite| name(suite) == text);
    found.copied().ok_or_else(|| {
        let names: Vec<String> = all.iter().map(name).collect();
        format!("{text:?} is not supported, expected {}", one_of(&names))
    })
}

/// A group of the key exchange by Go's name of the curve.
fn group(text: &str) -> Result<&'static dyn SupportedKxGroup, String> {
    let groups = [
        ("X25519", ring::kx_group::X25519),
        ("CurveP256", ring::kx_group::SECP256R1),
        ("CurveP384", ring::kx_group::SECP384R1),
    ];
    let found = groups.iter().find(|(name, _)| *name == text);
    found.map(|(_, group)| *group).ok_or_else(|| {
        format!("{text:?} is not supported, expected {}", one_of(&groups.map(|(name, _)| name)))
    })
}
