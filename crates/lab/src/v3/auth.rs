//! Authentication protocols: HMAC-MD5-96 and HMAC-SHA-96 (RFC 3414 §6, §7), HMAC-SHA-2 (RFC 7860).

use std::fmt;
use std::str::FromStr;

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

/// How a message is signed. The texts are `MD5`, `SHA`, `SHA224`, `SHA256`, `SHA384` and `SHA512`; upper and lower
/// case and `-` make no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthProtocol {
    /// usmHMACMD5AuthProtocol.
    Md5,
    /// usmHMACSHAAuthProtocol.
    Sha1,
    /// usmHMAC128SHA224AuthProtocol.
    Sha224,
    /// usmHMAC192SHA256AuthProtocol.
    Sha256,
    /// usmHMAC256SHA384AuthProtocol.
    Sha384,
    /// usmHMAC384SHA512AuthProtocol.
    Sha512,
}

/// Does the same with whichever hash the protocol has.
macro_rules! with_hash {
    ($protocol:expr, $work:ident($($argument:expr),*)) => {
        match $protocol {
            AuthProtocol::Md5 => $work::<Md5>($($argument),*),
            AuthProtocol::Sha1 => $work::<Sha1>($($argument),*),
            AuthProtocol::Sha224 => $work::<Sha224>($($argument),*),
            AuthProtocol::Sha256 => $work::<Sha256>($($argument),*),
            AuthProtocol::Sha384 => $work::<Sha384>($($argument),*),
            AuthProtocol::Sha512 => $work::<Sha512>($($argument),*),
        }
    };
}

impl AuthProtocol {
    /// All there are.
    pub const ALL: [AuthProtocol; 6] =
        [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA",
            Self::Sha224 => "SHA224",
            Self::Sha256 => "SHA256",
            Self::Sha384 => "SHA384",
            Self::Sha512 => "SHA512",
        }
    }

    /// How many octets of the HMAC a message carries.
    pub fn tag_len(self) -> usize {
        match self {
            Self::Md5 | Self::Sha1 => 12,
            Self::Sha224 => 16,
            Self::Sha256 => 24,
            Self::Sha384 => 32,
            Self::Sha512 => 48,
        }
    }

    /// The hash of these parts, one behind the other.
    pub fn hash(self, parts: &[&[u8]]) -> Vec<u8> {
        with_hash!(self, hash(parts))
    }

    /// The HMAC of these parts, as long as a message carries it.
    pub fn sign(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        let mut tag = with_hash!(self, sign(key, parts));
        tag.truncate(self.tag_len());
        tag
    }
}

fn hash<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = D::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().to_vec()
}

fn sign<D: EagerHash>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<D>::new_from_slice(key) else { return Vec::new() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

impl fmt::Display for AuthProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for AuthProtocol {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.replace('-', "").to_ascii_uppercase();
        let name = if name == "SHA1" { "SHA" } else { &name };
        Self::ALL.into_iter().find(|protocol| protocol.name() == name).ok_or_else(|| {
            format!(
                "{text:?} is no authentication protocol; there are {}",
                Self::ALL.map(Self::name).join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 2202, RFC 4231: case 2, the key `Jefe`, cut to what USM sends.
    #[test]
    fn messages_are_signed_as_the_rfcs_show() {
        let rows = [
            (AuthProtocol::Md5, "750c783e6ab0b503eaa86e31"),
            (AuthProtocol::Sha1, "effcdf6ae5eb2fa2d27416d5"),
            (AuthProtocol::Sha224, "a30e01098bc6dbbf45690f3a7e9e6d0f"),
            (AuthProtocol::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d273983"),
            (AuthProtocol::Sha384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"),
            (
                AuthProtocol::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd",
            ),
        ];
        for (protocol, wanted) in rows {
            let tag = protocol.sign(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
            let text: String = tag.iter().map(|octet| format!("{octet:02x}")).collect();
            assert_eq!((text.as_str(), tag.len()), (wanted, protocol.tag_len()), "{protocol}");
        }
    }

    #[test]
    fn names_are_read_as_people_write_them() {
        for protocol in AuthProtocol::ALL {
            assert_eq!(protocol.name().to_lowercase().parse(), Ok(protocol));
        }
        assert_eq!("SHA-256".parse(), Ok(AuthProtocol::Sha256));
        assert_eq!("sha1".parse(), Ok(AuthProtocol::Sha1));
        let error = "SHA3".parse::<AuthProtocol>().unwrap_err();
        assert_eq!(
            error,
            "\"SHA3\" is no authentication protocol; there are MD5, SHA, SHA224, SHA256, SHA384, SHA512"
        );
    }
}
