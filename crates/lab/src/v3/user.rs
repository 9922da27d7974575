//! Users and their keys: passwords become keys (RFC 3414 §2.6, appendix A.2), keys become an engine's own.

use std::fmt;
use std::str::FromStr;

use super::auth::AuthProtocol;
use super::privacy::PrivProtocol;

/// How well a message is protected (RFC 3411 §3.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not at all.
    NoAuthNoPriv,
    /// Signed.
    AuthNoPriv,
    /// Signed and encrypted.
    AuthPriv,
}

impl Level {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoAuthNoPriv => "noAuthNoPriv",
            Self::AuthNoPriv => "authNoPriv",
            Self::AuthPriv => "authPriv",
        }
    }
}

/// The least octets of a password (RFC 3414 §11.2).
const LEAST_PASSWORD: usize = 8;
/// A password is repeated up to so many octets before it is hashed.
const MEBIBYTE: usize = 1 << 20;

/// A user. As a text: `NAME`, `NAME:AUTH:PASSWORD` or `NAME:AUTH:PASSWORD:PRIV:PASSWORD`.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    name: Vec<u8>,
    auth: Option<Secret<AuthProtocol>>,
    privacy: Option<Secret<PrivProtocol>>,
    least: Level,
}

/// A password, and the key it makes before an engine makes it its own.
#[derive(Clone, PartialEq, Eq)]
struct Secret<P> {
    protocol: P,
    password: String,
    key: Vec<u8>,
}

impl<P> Secret<P> {
    fn new(protocol: P, password: &str, hash: AuthProtocol) -> Self {
        Self { protocol, password: password.to_owned(), key: key_of(hash, password.as_bytes()) }
    }
}

impl User {
    /// A user without passwords.
    pub fn no_auth(name: &str) -> Self {
        Self { name: name.into(), auth: None, privacy: None, least: Level::NoAuthNoPriv }
    }

    /// A user who signs.
    pub fn auth_no_priv(name: &str, auth: AuthProtocol, password: &str) -> Self {
        let auth = Some(Secret::new(auth, password, auth));
        Self { auth, least: Level::AuthNoPriv, ..Self::no_auth(name) }
    }

    /// A user who signs and encrypts.
    pub fn auth_priv(
        name: &str,
        auth: AuthProtocol,
        password: &str,
        privacy: PrivProtocol,
        priv_password: &str,
    ) -> Self {
        let privacy = Some(Secret::new(privacy, priv_password, auth));
        Self { privacy, least: Level::AuthPriv, ..Self::auth_no_priv(name, auth, password) }
    }

    /// May ask at this level too, and above. Otherwise all that the user can is demanded, and who asks for less gets
    /// authorizationError, as from a view-based access control (RFC 3415) set up so.
    pub fn at_least(mut self, level: Level) -> Self {
        self.least = level;
        self
    }

    /// The name.
    pub fn name(&self) -> &[u8] {
        &self.name
    }

    /// The highest level there are keys for.
    pub fn level(&self) -> Level {
        match (&self.auth, &self.privacy) {
            (None, _) => Level::NoAuthNoPriv,
            (Some(_), None) => Level::AuthNoPriv,
            (Some(_), Some(_)) => Level::AuthPriv,
        }
    }

    /// The lowest level at which requests are answered.
    pub fn least(&self) -> Level {
        self.least
    }

    /// The authentication protocol and its password.
    pub fn auth(&self) -> Option<(AuthProtocol, &str)> {
        self.auth.as_ref().map(|secret| (secret.protocol, secret.password.as_str()))
    }

    /// The privacy protocol and its password.
    pub fn privacy(&self) -> Option<(PrivProtocol, &str)> {
        self.privacy.as_ref().map(|secret| (secret.protocol, secret.password.as_str()))
    }

    /// The keys for this engine.
    pub fn keys(&self, engine_id: &[u8]) -> Keys {
        let Some(auth) = &self.auth else { return Keys::default() };
        let hash = auth.protocol;
        Keys {
            auth: Some((hash, localized(hash, &auth.key, engine_id))),
            privacy: self.privacy.as_ref().map(|privacy| {
                let key = localized(hash, &privacy.key, engine_id);
                (privacy.protocol, stretched(privacy.protocol, hash, key, engine_id))
            }),
        }
    }
}

/// The keys of a user for one engine.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// What signs.
    pub auth: Option<(AuthProtocol, Vec<u8>)>,
    /// What encrypts.
    pub privacy: Option<(PrivProtocol, Vec<u8>)>,
}

/// RFC 3414 appendix A.2: the hash of one mebibyte of the password, again and again.
fn key_of(hash: AuthProtocol, password: &[u8]) -> Vec<u8> {
    if password.is_empty() {
        return hash.hash(&[]);
    }
    let mut repeated = password.repeat(MEBIBYTE.div_ceil(password.len()));
    repeated.truncate(MEBIBYTE);
    hash.hash(&[&repeated])
}

/// RFC 3414 §2.6: an engine's own key.
fn localized(hash: AuthProtocol, key: &[u8], engine_id: &[u8]) -> Vec<u8> {
    hash.hash(&[key, engine_id, key])
}

/// A privacy protocol's key from a localized one: cut to its length, or made longer first.
fn stretched(protocol: PrivProtocol, hash: AuthProtocol, mut key: Vec<u8>, engine_id: &[u8]) -> Vec<u8> {
    while key.len() < protocol.key_len() {
        let more = match protocol {
            // draft-reeder-snmpv3-usm-3desede-00 §2.1: the key is taken for a password.
            PrivProtocol::Aes192C | PrivProtocol::Aes256C => localized(hash, &key_of(hash, &key), engine_id),
            // draft-blumenthal-aes-usm-04 §3.1.2.1: the hash of all there is so far.
            _ => hash.hash(&[&key]),
        };
        key.extend(more);
    }
    key.truncate(protocol.key_len());
    key
}

/// Why a text is no user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The parts are not as many as they should be, or the name is missing.
    #[error("use NAME, NAME:AUTH:PASSWORD or NAME:AUTH:PASSWORD:PRIV:PASSWORD")]
    Form,
    /// A protocol is unknown.
    #[error("{0}")]
    Protocol(String),
    /// A password is too short.
    #[error("a password has at least eight octets (RFC 3414 §11.2)")]
    Password,
}

impl FromStr for User {
    type Err = UserError;

    fn from_str(text: &str) -> Result<Self, UserError> {
        let parts: Vec<&str> = text.split(':').collect();
        let long = |password: &str| match password.len() {
            LEAST_PASSWORD.. => Ok(()),
            _ => Err(UserError::Password),
        };
        match parts[..] {
            ["", ..] => Err(UserError::Form),
            [name] => Ok(User::no_auth(name)),
            [name, auth, password] => {
                let auth = auth.parse().map_err(UserError::Protocol)?;
                long(password)?;
                Ok(User::auth_no_priv(name, auth, password))
            }
            [name, auth, password, privacy, priv_password] => {
                let auth = auth.parse().map_err(UserError::Protocol)?;
                let privacy = privacy.parse().map_err(UserError::Protocol)?;
                long(password)?;
                long(priv_password)?;
                Ok(User::auth_priv(name, auth, password, privacy, priv_password))
            }
            _ => Err(UserError::Form),
        }
    }
}

/// Names and protocols; passwords and keys are nobody's business.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.name))?;
        if let Some((protocol, _)) = self.auth() {
            write!(f, ":{protocol}")?;
        }
        if let Some((protocol, _)) = self.privacy() {
            write!(f, ":{protocol}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (auth, privacy) = (self.auth.as_ref().map(|key| key.0), self.privacy.as_ref().map(|key| key.0));
        write!(f, "keys of {auth:?}, {privacy:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(octets: &[u8]) -> String {
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// RFC 3414 appendix A.3.
    #[test]
    fn keys_are_as_the_rfc_shows() {
        let engine_id = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
        let rows = [
            (AuthProtocol::Md5, "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
            (
                AuthProtocol::Sha1,
                "9fb5cc0381497b3793528939ff788d5d79145211",
                "6695febc9288e36282235fc7151f128497b38f3f",
            ),
        ];
        for (protocol, key, localized_key) in rows {
            assert_eq!(hex(&key_of(protocol, b"maplesyrup")), key);
            let user = User::auth_no_priv("u", protocol, "maplesyrup");
            assert_eq!(hex(&user.keys(&engine_id).auth.unwrap().1), localized_key);
        }
    }

    /// draft-reeder-snmpv3-usm-3desede-00 appendix B: the same password and engine, 32 octets.
    #[test]
    fn keys_are_made_longer_as_reeder_shows() {
        let engine_id = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
        let user = User::auth_priv("u", AuthProtocol::Md5, "maplesyrup", PrivProtocol::Aes256C, "maplesyrup");
        assert_eq!(
            hex(&user.keys(&engine_id).privacy.unwrap().1),
            "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12"
        );
    }

    #[test]
    fn keys_are_as_long_as_the_protocol_says() {
        for auth in AuthProtocol::ALL {
            for privacy in PrivProtocol::ALL {
                let keys = User::auth_priv("u", auth, "maplesyrup", privacy, "raspberry").keys(b"engine");
                assert_eq!(keys.privacy.unwrap().1.len(), privacy.key_len(), "{auth} {privacy}");
            }
        }
    }

    #[test]
    fn users_are_read_from_texts_and_shown_without_passwords() {
        let user: User = "ward:SHA-256:authphrase:aes256c:privphrase".parse().unwrap();
        assert_eq!(
            (user.name(), user.level(), user.least()),
            (&b"ward"[..], Level::AuthPriv, Level::AuthPriv)
        );
        assert_eq!(user.auth(), Some((AuthProtocol::Sha256, "authphrase")));
        assert_eq!(format!("{user:?}"), "ward:SHA256:AES256C");
        assert_eq!("ward:md5:authphrase".parse::<User>().unwrap().level(), Level::AuthNoPriv);
        assert_eq!("ward".parse(), Ok(User::no_auth("ward")));
        for (text, complaint) in [
            ("", "use NAME"),
            (":SHA:authphrase", "use NAME"),
            ("ward:SHA", "use NAME"),
            ("ward:SHA:authphrase:AES", "use NAME"),
            ("ward:SHA:short", "a password has at least eight octets"),
            ("ward:SHA:authphrase:AES:short", "a password has at least eight octets"),
            ("ward:SHA3:authphrase", "\"SHA3\" is no authentication protocol"),
            ("ward:SHA:authphrase:3DES:privphrase", "\"3DES\" is no privacy protocol"),
        ] {
            let error = text.parse::<User>().unwrap_err().to_string();
            assert!(error.starts_with(complaint), "{text}: {error}");
        }
    }
}
