//! Ciphers: CBC-DES (RFC 3414 §8), AES in CFB mode (RFC 3826), and the same with longer keys.

use std::fmt;

use aes::cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use aes::{Aes128Enc, Aes192Enc, Aes256Enc};
use des::Des;

use super::PrivProtocol;

/// Octets of a salt (`msgPrivacyParameters`).
pub const SALT_LEN: usize = 8;
/// Octets of a DES block.
const DES_BLOCK: usize = 8;

/// A user's privacy key at one engine, its schedule computed once.
#[derive(Clone)]
pub struct PrivKey {
    protocol: PrivProtocol,
    cipher: Cipher,
}

#[derive(Clone)]
enum Cipher {
    /// With what initialisation vectors are made from (RFC 3414 §8.1.1.1).
    Des(Box<Des>, [u8; DES_BLOCK]),
    // CFB mode encrypts blocks also to decrypt.
    Aes128(Box<Aes128Enc>),
    Aes192(Box<Aes192Enc>),
    Aes256(Box<Aes256Enc>),
}

impl PrivProtocol {
    /// Octets of a key: for DES its own eight and the eight its initialisation vectors are made from.
    pub fn key_len(self) -> usize {
        match self {
            PrivProtocol::Des | PrivProtocol::Aes => 16,
            PrivProtocol::Aes192 | PrivProtocol::Aes192C => 24,
            PrivProtocol::Aes256 | PrivProtocol::Aes256C => 32,
        }
    }
}

impl PrivKey {
    /// A key from a localised key of [`PrivProtocol::key_len`] octets; missing ones count as zeros.
    pub fn new(protocol: PrivProtocol, localised: &[u8]) -> Self {
        fn octets<const N: usize>(key: &[u8]) -> [u8; N] {
            std::array::from_fn(|at| key.get(at).copied().unwrap_or(0))
        }
        let cipher = match protocol {
            PrivProtocol::Des => {
                let behind = localised.get(DES_BLOCK..).unwrap_or_default();
                Cipher::Des(Box::new(Des::new(&octets(localised).into())), octets(behind))
            }
            PrivProtocol::Aes => Cipher::Aes128(Box::new(Aes128Enc::new(&octets(localised).into()))),
            PrivProtocol::Aes192 | PrivProtocol::Aes192C => {
                Cipher::Aes192(Box::new(Aes192Enc::new(&octets(localised).into())))
            }
            PrivProtocol::Aes256 | PrivProtocol::Aes256C => {
                Cipher::Aes256(Box::new(Aes256Enc::new(&octets(localised).into())))
            }
        };
        Self { protocol, cipher }
    }

    /// The protocol it is for.
    pub fn protocol(&self) -> PrivProtocol {
        self.protocol
    }

    /// Octets so much takes when it is encrypted: DES has whole blocks only.
    pub fn padded(&self, length: usize) -> usize {
        match self.cipher {
            Cipher::Des(..) => length.next_multiple_of(DES_BLOCK),
            _ => length,
        }
    }

    /// Encrypts in place what has a [`PrivKey::padded`] length. A salt may be used once with a key (RFC 3414
    /// §8.1.1.1, RFC 3826 §3.1.2.1).
    pub fn encrypt(&self, boots: u32, time: u32, salt: [u8; SALT_LEN], data: &mut [u8]) {
        let iv = initial(boots, time, salt).into();
        match &self.cipher {
            Cipher::Des(des, base) => {
                let (blocks, _) = Array::slice_as_chunks_mut(data);
                cbc::Encryptor::inner_iv_init(&**des, &mixed(*base, salt).into()).encrypt_blocks(blocks);
            }
            Cipher::Aes128(aes) => cfb_mode::Encryptor::inner_iv_init(&**aes, &iv).encrypt(data),
            Cipher::Aes192(aes) => cfb_mode::Encryptor::inner_iv_init(&**aes, &iv).encrypt(data),
            Cipher::Aes256(aes) => cfb_mode::Encryptor::inner_iv_init(&**aes, &iv).encrypt(data),
        }
    }

    /// Decrypts in place.
    ///
    /// # Errors
    /// The salt or the data has a length no encrypted message has. A wrong key is not noticed here.
    pub fn decrypt(&self, boots: u32, time: u32, salt: &[u8], data: &mut [u8]) -> Result<(), &'static str> {
        let salt = salt.try_into().map_err(|_| "msgPrivacyParameters have 8 octets")?;
        let iv = initial(boots, time, salt).into();
        match &self.cipher {
            Cipher::Des(des, base) => {
                let (blocks, rest) = Array::slice_as_chunks_mut(data);
                if !rest.is_empty() {
                    return Err("what DES encrypts has a multiple of 8 octets");
                }
                cbc::Decryptor::inner_iv_init(&**des, &mixed(*base, salt).into()).decrypt_blocks(blocks);
            }
            Cipher::Aes128(aes) => cfb_mode::Decryptor::inner_iv_init(&**aes, &iv).decrypt(data),
            Cipher::Aes192(aes) => cfb_mode::Decryptor::inner_iv_init(&**aes, &iv).decrypt(data),
            Cipher::Aes256(aes) => cfb_mode::Decryptor::inner_iv_init(&**aes, &iv).decrypt(data),
        }
        Ok(())
    }
}

/// The initialisation vector of AES (RFC 3826 §3.1.2.1).
fn initial(boots: u32, time: u32, salt: [u8; SALT_LEN]) -> [u8; 16] {
    let engine = u128::from(boots) << 96 | u128::from(time) << 64;
    (engine | u128::from(u64::from_be_bytes(salt))).to_be_bytes()
}

/// The initialisation vector of DES (RFC 3414 §8.1.1.1).
fn mixed(base: [u8; DES_BLOCK], salt: [u8; SALT_LEN]) -> [u8; DES_BLOCK] {
    (u64::from_be_bytes(base) ^ u64::from_be_bytes(salt)).to_be_bytes()
}

impl fmt::Debug for PrivKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivKey({}, <secret>)", self.protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usm::hex;

    #[test]
    fn ciphers_are_those_of_the_standards() {
        // NIST SP 800-38A F.3.13, F.3.15 and F.3.17: their vector 00010203…0f is boots, time and salt here.
        let plain = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
        let (boots, time, salt) = (0x0001_0203, 0x0405_0607, [8, 9, 10, 11, 12, 13, 14, 15]);
        for (protocol, key, expected) in [
            (
                PrivProtocol::Aes,
                "2b7e151628aed2a6abf7158809cf4f3c",
                "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b",
            ),
            (
                PrivProtocol::Aes192,
                "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
                "cdc80d6fddf18cab34c25909c99a417467ce7f7f81173621961a2b70171d3d7a",
            ),
            (
                PrivProtocol::Aes256C,
                "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
                "dc7e84bfda79164b7ecd8486985d386039ffed143b28b1c832113c6331e5407b",
            ),
        ] {
            let key = PrivKey::new(protocol, &hex(key));
            // Whole blocks and a part of one.
            for length in [32, 17, 5, 0] {
                let mut data = plain[..length].to_vec();
                key.encrypt(boots, time, salt, &mut data);
                assert_eq!(data, hex(expected)[..length], "{protocol}");
                assert_eq!(key.decrypt(boots, time, &salt, &mut data), Ok(()));
                assert_eq!(data, plain[..length], "{protocol}");
            }
        }
    }

    #[test]
    fn des_is_that_of_the_standard() {
        // FIPS 81 C.1; its vector 1234567890abcdef is made from both halves of it here.
        let key = PrivKey::new(PrivProtocol::Des, &hex("0123456789abcdef1230567090a0c0e0"));
        let salt = hex("00040008000b0d0f").try_into().unwrap();
        let mut data = b"Now is the time for all ".to_vec();
        key.encrypt(1, 2, salt, &mut data);
        assert_eq!(data, hex("e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"));
        assert_eq!(key.decrypt(3, 4, &salt, &mut data), Ok(()));
        assert_eq!(data, b"Now is the time for all ");
    }

    #[test]
    fn odd_lengths_are_refused() {
        let des = PrivKey::new(PrivProtocol::Des, &[1; 16]);
        let aes = PrivKey::new(PrivProtocol::Aes, &[1; 16]);
        for (key, salt, data, expected) in [
            (&des, 8, 8, Ok(())),
            (&des, 8, 0, Ok(())),
            (&des, 8, 7, Err("what DES encrypts has a multiple of 8 octets")),
            (&des, 7, 8, Err("msgPrivacyParameters have 8 octets")),
            (&aes, 0, 8, Err("msgPrivacyParameters have 8 octets")),
            (&aes, 9, 8, Err("msgPrivacyParameters have 8 octets")),
            (&aes, 8, 7, Ok(())),
        ] {
            let (salt, mut data) = (vec![0; salt], vec![0; data]);
            assert_eq!(key.decrypt(0, 0, &salt, &mut data), expected, "{key:?} {salt:?} {data:?}");
        }
        assert_eq!([0, 1, 8, 9].map(|length| des.padded(length)), [0, 8, 8, 16]);
        assert_eq!(aes.padded(9), 9);
    }
}
