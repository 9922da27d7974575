//! Keys from passwords: hashed to a key (RFC 3414 A.2), made the key of one engine (§2.6), lengthened where a cipher
//! takes more octets than the hash has.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use md5::Digest;
use smallvec::SmallVec;

use super::{AuthKey, AuthProtocol, EngineId, PrivKey, PrivProtocol, Security};
use crate::Secret;

/// Octets of a key.
pub type Octets = SmallVec<[u8; 64]>;

/// What a password is hashed to: so many octets of it, again and again.
const HASHED: usize = 1 << 20;
/// Passwords whose keys are kept.
const MOST_PASSWORDS: usize = 4096;

/// A user's keys at one engine.
#[derive(Debug, Default)]
pub struct Keys {
    /// Signs, where the user's security level asks for it.
    pub auth: Option<AuthKey>,
    /// Encrypts, where the user's security level asks for it.
    pub privacy: Option<PrivKey>,
}

impl Keys {
    /// The keys of these passwords at this engine.
    pub fn localised(security: &Security, engine: &EngineId) -> Self {
        let (authentication, privacy) = match security {
            Security::NoAuthNoPriv => return Self::default(),
            Security::AuthNoPriv(authentication) => (authentication, None),
            Security::AuthPriv(authentication, privacy) => (authentication, Some(privacy)),
        };
        let protocol = authentication.protocol;
        let key = |password| localise(protocol, &master(protocol, password), engine.octets());
        Self {
            auth: Some(AuthKey::new(protocol, &key(&authentication.password))),
            privacy: privacy.map(|privacy| {
                let key = extend(privacy.protocol, protocol, key(&privacy.password), engine.octets());
                PrivKey::new(privacy.protocol, &key)
            }),
        }
    }
}

/// The key of a password, hashed once for the whole process: it takes a millisecond or two, and a thousand devices may
/// share one password.
fn master(protocol: AuthProtocol, password: &Secret) -> Octets {
    type Known = HashMap<(AuthProtocol, Secret), Arc<OnceLock<Octets>>>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let slot = {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_PASSWORDS {
            known.clear();
        }
        known.entry((protocol, password.clone())).or_default().clone()
    };
    slot.get_or_init(|| from_password(protocol, password.expose().as_bytes())).clone()
}

/// The key of a password (RFC 3414 A.2). An empty password has none; it counts as zeros.
pub fn from_password(protocol: AuthProtocol, password: &[u8]) -> Octets {
    let password = if password.is_empty() { &[0] } else { password };
    // Whole passwords, so that one piece can follow another.
    let piece = password.repeat(4096_usize.div_ceil(password.len()));
    let (pieces, rest) = (HASHED / piece.len(), HASHED % piece.len());
    let pieces = std::iter::repeat_n(&piece[..], pieces).chain([&piece[..rest]]);
    hash(protocol, pieces)
}

/// The key at one engine (RFC 3414 §2.6).
pub fn localise(protocol: AuthProtocol, key: &[u8], engine: &[u8]) -> Octets {
    hash(protocol, [key, engine, key].into_iter())
}

/// A localised key with as many octets as a cipher takes.
pub fn extend(protocol: PrivProtocol, hash_of: AuthProtocol, mut key: Octets, engine: &[u8]) -> Octets {
    let wanted = protocol.key_len();
    while key.len() < wanted {
        let more = match protocol {
            // draft-reeder-snmpv3-usm-3desede-00 §2.1: the key is the password of the next one.
            PrivProtocol::Aes192C | PrivProtocol::Aes256C => {
                localise(hash_of, &from_password(hash_of, &key), engine)
            }
            // draft-blumenthal-aes-usm-04 §3.1.2.1: the hash of all there is so far.
            _ => hash(hash_of, [&key[..]].into_iter()),
        };
        key.extend_from_slice(&more);
    }
    key.truncate(wanted);
    key
}

fn hash<'a>(protocol: AuthProtocol, parts: impl Iterator<Item = &'a [u8]>) -> Octets {
    fn with<'a, D: Digest>(parts: impl Iterator<Item = &'a [u8]>) -> Octets {
        let digest = parts.fold(D::new(), |digest, part| digest.chain_update(part));
        Octets::from_slice(&digest.finalize())
    }
    match protocol {
        AuthProtocol::Md5 => with::<md5::Md5>(parts),
        AuthProtocol::Sha => with::<sha1::Sha1>(parts),
        AuthProtocol::Sha224 => with::<sha2::Sha224>(parts),
        AuthProtocol::Sha256 => with::<sha2::Sha256>(parts),
        AuthProtocol::Sha384 => with::<sha2::Sha384>(parts),
        AuthProtocol::Sha512 => with::<sha2::Sha512>(parts),
    }
}

#[cfg(test)]
mod tests;
