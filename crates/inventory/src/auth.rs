//! Auth profiles: the fields, defaults and rules of snmp_exporter's `auths`, and where their secrets come from.

use std::path::PathBuf;

use snmp::usm::{Authentication, Context, Privacy, Security};
use snmp::{AuthProtocol, Credentials, PrivProtocol, Secret, SecurityLevel, User};

use crate::secret::Sources;

/// How to prove to a device who asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Auth {
    /// The name devices refer to.
    pub name: String,
    /// The SNMP version.
    pub version: Version,
    /// The community (SNMPv1, SNMPv2c).
    pub community: Secret,
    /// The user (SNMPv3, RFC 3414 `usmUserName`).
    pub username: Secret,
    /// Whether requests are authenticated and encrypted (SNMPv3).
    pub security_level: SecurityLevel,
    /// The authentication password (SNMPv3).
    pub password: Secret,
    /// The authentication protocol (SNMPv3).
    pub auth_protocol: AuthProtocol,
    /// The privacy protocol (SNMPv3).
    pub priv_protocol: PrivProtocol,
    /// The privacy password (SNMPv3).
    pub priv_password: Secret,
    /// The context (SNMPv3, RFC 3411 `contextName`).
    pub context_name: String,
    /// The files its secrets were read from.
    pub files: Vec<PathBuf>,
    /// Whether the user's name may be shown: not when it came from the environment.
    pub(crate) username_is_public: bool,
}

/// What is wrong with one field of an auth profile. The text never holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field, such as `password`.
    pub key: &'static str,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The version of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// SNMPv1 (RFC 1157).
    V1,
    /// SNMPv2c (RFC 1901).
    V2c,
    /// SNMPv3 (RFC 3411 and following).
    V3,
}

impl Version {
    /// The name in configuration files.
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1 => "1",
            Version::V2c => "2",
            Version::V3 => "3",
        }
    }

    fn from_name(text: &str) -> Option<Self> {
        [Version::V1, Version::V2c, Version::V3].into_iter().find(|version| version.as_str() == text)
    }
}

impl Auth {
    /// The fields of an auth profile, secrets' files included.
    pub const KEYS: [&'static str; 12] = [
        "version",
        "community",
        "community_file",
        "username",
        "security_level",
        "password",
        "password_file",
        "auth_protocol",
        "priv_protocol",
        "priv_password",
        "priv_password_file",
        "context_name",
    ];

    /// A profile with a community and nothing else.
    pub fn community(name: &str, version: Version, community: &str) -> Self {
        Auth {
            name: name.to_owned(),
            version,
            community: Secret::new(community),
            username: Secret::default(),
            security_level: SecurityLevel::NoAuthNoPriv,
            password: Secret::default(),
            auth_protocol: AuthProtocol::Md5,
            priv_protocol: PrivProtocol::Des,
            priv_password: Secret::default(),
            context_name: String::new(),
            files: Vec::new(),
            username_is_public: true,
        }
    }

    /// The profiles that exist unless a file has its own of the same name.
    pub fn built_in() -> [Auth; 2] {
        [
            Auth::community("public_v1", Version::V1, "public"),
            Auth::community("public_v2", Version::V2c, "public"),
        ]
    }

    /// Builds a profile from the texts of its fields; `field` gives `None` for one that was left out, and an empty text
    /// for one of nothing. Keys beyond [`Auth::KEYS`] are the caller's to refuse.
    ///
    /// ```
    /// # use ward_inventory as inventory;
    /// # use std::path::Path;
    /// let sources = inventory::Sources {
    ///     env: Some(&|name| (name == "COMMUNITY").then(|| "s3cret".to_owned())),
    ///     read_file: &|path| std::fs::read_to_string(path),
    ///     folder: Path::new("."),
    /// };
    /// let auth = inventory::Auth::build("branches", &|key| (key == "community").then_some("${COMMUNITY}"), &sources);
    /// assert_eq!(auth.unwrap().community.expose(), "s3cret");
    /// ```
    pub fn build<'a>(
        name: &str,
        field: &dyn Fn(&'static str) -> Option<&'a str>,
        sources: &Sources<'_>,
    ) -> Result<Auth, Vec<FieldError>> {
        let mut builder = Builder { field, sources, errors: Vec::new() };
        let auth = builder.auth(name);
        if builder.errors.is_empty() { Ok(auth) } else { Err(builder.errors) }
    }

    /// What the SNMP client needs.
    pub fn credentials(&self) -> Credentials {
        match self.version {
            Version::V1 => Credentials::V1 { community: self.community.clone() },
            Version::V2c => Credentials::V2c { community: self.community.clone() },
            Version::V3 => Credentials::V3(User {
                name: self.username.clone(),
                name_is_public: self.username_is_public,
                security: self.security(),
                context: Context { name: self.context_name.clone(), engine_id: None },
            }),
        }
    }

    fn security(&self) -> Security {
        let authentication =
            || Authentication { protocol: self.auth_protocol, password: self.password.clone() };
        let privacy = || Privacy { protocol: self.priv_protocol, password: self.priv_password.clone() };
        match self.security_level {
            SecurityLevel::NoAuthNoPriv => Security::NoAuthNoPriv,
            SecurityLevel::AuthNoPriv => Security::AuthNoPriv(authentication()),
            SecurityLevel::AuthPriv => Security::AuthPriv(authentication(), privacy()),
        }
    }
}

/// Reads the fields one by one and notes what is wrong with them.
struct Builder<'b, 'a> {
    field: &'b dyn Fn(&'static str) -> Option<&'a str>,
    sources: &'b Sources<'b>,
    errors: Vec<FieldError>,
}

impl Builder<'_, '_> {
    fn auth(&mut self, name: &str) -> Auth {
        let mut auth = Auth::community(name, Version::V2c, "public");
        if let Some(text) = (self.field)("version") {
            match Version::from_name(text) {
                Some(version) => auth.version = version,
                None => self.error("version", format!("SNMP version must be 1, 2 or 3. Got: {text}")),
            }
        }
        if let Some(community) = self.secret("community", "community_file") {
            auth.community = community;
        }
        self.username(&mut auth);
        auth.password = self.secret("password", "password_file").unwrap_or_default();
        auth.priv_password = self.secret("priv_password", "priv_password_file").unwrap_or_default();
        auth.context_name = (self.field)("context_name").unwrap_or_default().to_owned();
        let files =
            ["community_file", "password_file", "priv_password_file"].into_iter().filter_map(self.field);
        auth.files = files.map(|name| self.sources.path(name)).collect();
        // As in snmp_exporter, what only SNMPv3 uses is only checked for SNMPv3.
        if auth.version == Version::V3 {
            self.security(&mut auth);
        }
        auth
    }

    fn username(&mut self, auth: &mut Auth) {
        let Some(text) = (self.field)("username") else { return };
        match self.sources.expand(text) {
            Ok(expanded) => {
                auth.username_is_public = !expanded.from_env;
                auth.username = Secret::new(expanded.text);
            }
            Err(message) => self.error("username", message),
        }
    }

    /// A secret from the file itself or from a file of its own.
    fn secret(&mut self, key: &'static str, file_key: &'static str) -> Option<Secret> {
        let found = match ((self.field)(key), (self.field)(file_key)) {
            (None, None) => return None,
            (Some(text), None) => {
                self.sources.expand(text).map(|expanded| expanded.text).map_err(|error| (key, error))
            }
            (None, Some(name)) => self.sources.file(name).map_err(|error| (file_key, error)),
            (Some(_), Some(_)) => Err((file_key, format!("stands beside {key}, expected one of the two"))),
        };
        match found {
            Ok(text) => Some(Secret::new(text)),
            Err((key, message)) => {
                self.error(key, message);
                None
            }
        }
    }

    /// What SNMPv3 needs at each security level.
    fn security(&mut self, auth: &mut Auth) {
        if let Some(text) = (self.field)("security_level") {
            match SecurityLevel::from_name(text) {
                Some(level) => auth.security_level = level,
                None => self.error(
                    "security_level",
                    "security level must be one of authPriv, authNoPriv or noAuthNoPriv",
                ),
            }
        }
        if self.is_missing(&auth.username, &["username"]) {
            self.error("username", "auth username is missing, required for SNMPv3");
        }
        if auth.security_level == SecurityLevel::NoAuthNoPriv {
            return;
        }
        if self.is_missing(&auth.password, &["password", "password_file"]) {
            self.error("password", "auth password is missing, required for SNMPv3 with auth");
        }
        if let Some(text) = (self.field)("auth_protocol") {
            match AuthProtocol::from_name(text) {
                Some(protocol) => auth.auth_protocol = protocol,
                None => self.error(
                    "auth_protocol",
                    "auth protocol must be SHA or MD5: one of MD5, SHA, SHA224, SHA256, SHA384, SHA512",
                ),
            }
        }
        if auth.security_level == SecurityLevel::AuthNoPriv {
            return;
        }
        if self.is_missing(&auth.priv_password, &["priv_password", "priv_password_file"]) {
            self.error("priv_password", "priv password is missing, required for SNMPv3 with priv");
        }
        if let Some(text) = (self.field)("priv_protocol") {
            match PrivProtocol::from_name(text) {
                Some(protocol) => auth.priv_protocol = protocol,
                None => self.error(
                    "priv_protocol",
                    "priv protocol must be DES or AES: one of DES, AES, AES192, AES256, AES192C, AES256C",
                ),
            }
        }
    }

    /// Whether a text is empty without an error having been told about it.
    fn is_missing(&self, text: &Secret, keys: &[&str]) -> bool {
        text.is_empty() && !self.errors.iter().any(|error| keys.contains(&error.key))
    }

    fn error(&mut self, key: &'static str, message: impl Into<String>) {
        self.errors.push(FieldError { key, message: message.into() });
    }
}

#[cfg(test)]
mod tests;
