//! Signatures: HMACs cut to the length the protocol says (RFC 3414 §6 and §7, RFC 7860 §4).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::AuthProtocol;

/// A user's authentication key at one engine, with the state every HMAC begins and ends with computed once.
#[derive(Clone)]
pub struct AuthKey(Keyed);

#[derive(Clone)]
enum Keyed {
    Md5(Hmac<Md5>),
    Sha(Hmac<Sha1>),
    Sha224(Hmac<Sha224>),
    Sha256(Hmac<Sha256>),
    Sha384(Hmac<Sha384>),
    Sha512(Hmac<Sha512>),
}

/// Does the same with each kind of key.
macro_rules! with {
    ($keyed:expr, $mac:ident => $body:expr) => {
        match $keyed {
            Keyed::Md5($mac) => $body,
            Keyed::Sha($mac) => $body,
            Keyed::Sha224($mac) => $body,
            Keyed::Sha256($mac) => $body,
            Keyed::Sha384($mac) => $body,
            Keyed::Sha512($mac) => $body,
        }
    };
}

impl AuthProtocol {
    /// Octets of a signature (`msgAuthenticationParameters`).
    pub fn signature_len(self) -> usize {
        match self {
            AuthProtocol::Md5 | AuthProtocol::Sha => 12,
            AuthProtocol::Sha224 => 16,
            AuthProtocol::Sha256 => 24,
            AuthProtocol::Sha384 => 32,
            AuthProtocol::Sha512 => 48,
        }
    }
}

impl AuthKey {
    /// A key from a localised key.
    pub fn new(protocol: AuthProtocol, localised: &[u8]) -> Self {
        // HMAC takes keys of any length.
        fn keyed<M: KeyInit>(key: &[u8]) -> M {
            M::new_from_slice(key).unwrap_or_else(|_| M::new(&Default::default()))
        }
        Self(match protocol {
            AuthProtocol::Md5 => Keyed::Md5(keyed(localised)),
            AuthProtocol::Sha => Keyed::Sha(keyed(localised)),
            AuthProtocol::Sha224 => Keyed::Sha224(keyed(localised)),
            AuthProtocol::Sha256 => Keyed::Sha256(keyed(localised)),
            AuthProtocol::Sha384 => Keyed::Sha384(keyed(localised)),
            AuthProtocol::Sha512 => Keyed::Sha512(keyed(localised)),
        })
    }

    /// The protocol it is for.
    pub fn protocol(&self) -> AuthProtocol {
        match self.0 {
            Keyed::Md5(_) => AuthProtocol::Md5,
            Keyed::Sha(_) => AuthProtocol::Sha,
            Keyed::Sha224(_) => AuthProtocol::Sha224,
            Keyed::Sha256(_) => AuthProtocol::Sha256,
            Keyed::Sha384(_) => AuthProtocol::Sha384,
            Keyed::Sha512(_) => AuthProtocol::Sha512,
        }
    }

    /// Signs a message in place: its signature goes to where it starts, and counts as zeros itself.
    pub fn sign(&self, message: &mut [u8], at: usize) {
        let length = self.protocol().signature_len();
        let Some(place) = message.get_mut(at..at + length) else { return };
        place.fill(0);
        with!(&self.0, mac => {
            let tag = mac.clone().chain_update(&*message).finalize().into_bytes();
            message[at..at + length].copy_from_slice(&tag[..length]);
        });
    }

    /// Whether the signature at `at` of a message is this key's, in the same time wherever it differs.
    pub fn verify(&self, message: &[u8], at: usize) -> bool {
        const ZEROS: [u8; 48] = [0; 48];
        let length = self.protocol().signature_len();
        let Some((before, rest)) = message.split_at_checked(at) else { return false };
        let Some((signature, behind)) = rest.split_at_checked(length) else { return false };
        with!(&self.0, mac => {
            let mac = mac.clone().chain_update(before).chain_update(&ZEROS[..length]).chain_update(behind);
            mac.verify_truncated_left(signature).is_ok()
        })
    }
}

impl fmt::Debug for AuthKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthKey({}, <secret>)", self.protocol())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usm::hex;

    #[test]
    fn a_signature_is_the_hmac_cut_to_its_length() {
        // RFC 2202 and RFC 4231, test case 2, each cut as RFC 3414 and RFC 7860 say; signed with no room for itself.
        for (protocol, tag) in [
            (AuthProtocol::Md5, "750c783e6ab0b503eaa86e31"),
            (AuthProtocol::Sha, "effcdf6ae5eb2fa2d27416d5"),
            (AuthProtocol::Sha224, "a30e01098bc6dbbf45690f3a7e9e6d0f"),
            (AuthProtocol::Sha256, "5bdcc146bf60754e6a042426089575c75a003f089d273983"),
            (AuthProtocol::Sha384, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"),
            (
                AuthProtocol::Sha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd",
            ),
        ] {
            let key = AuthKey::new(protocol, b"Jefe");
            let tag = hex(tag);
            assert_eq!(tag.len(), protocol.signature_len());
            with!(&key.0, mac => {
                let full = mac.clone().chain_update(b"what do ya want for nothing?").finalize().into_bytes();
                assert_eq!(full[..tag.len()], tag[..], "{protocol}");
            });
        }
    }

    #[test]
    fn any_bit_that_differs_is_seen() {
        for &protocol in AuthProtocol::ALL {
            let key = AuthKey::new(protocol, &[7; 20]);
            let mut message = vec![0x30; 100];
            key.sign(&mut message, 20);
            assert!(key.verify(&message, 20), "{protocol}");
            for at in 0..message.len() {
                message[at] ^= 4;
                assert!(!key.verify(&message, 20), "{protocol}: octet {at}");
                message[at] ^= 4;
            }
            assert!(!AuthKey::new(protocol, &[8; 20]).verify(&message, 20));
            for at in [19, 90, 100, 101, usize::MAX] {
                assert!(!key.verify(&message, at), "{protocol}: at {at}");
            }
        }
    }
}
