//! Privacy protocols: CBC-DES (RFC 3414 §8), CFB128-AES-128 (RFC 3826), and the longer keys of AES that agents have
//! without an RFC (draft-blumenthal-aes-usm-04; keys extended as in draft-reeder-snmpv3-usm-3desede-00).

use std::fmt;
use std::str::FromStr;

use aes::cipher::consts::U8;
use aes::cipher::{Array, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit, KeyIvInit};
use aes::{Aes128, Aes192, Aes256};
use des::Des;

/// How a PDU is encrypted. The texts are `DES`, `AES`, `AES192`, `AES256`, `AES192C` and `AES256C`; upper and lower
/// case and `-` make no difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrivProtocol {
    /// usmDESPrivProtocol.
    Des,
    /// usmAesCfb128Protocol.
    Aes128,
    /// AES with 192 bits, a short key extended as Blumenthal's draft says.
    Aes192,
    /// AES with 256 bits, likewise.
    Aes256,
    /// AES with 192 bits, a short key extended as Reeder's draft says, which Cisco does.
    Aes192C,
    /// AES with 256 bits, likewise.
    Aes256C,
}

/// What goes into the first block, beside the key: snmpEngineBoots and snmpEngineTime as the message has them, and its
/// msgPrivacyParameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// msgAuthoritativeEngineBoots.
    pub boots: u32,
    /// msgAuthoritativeEngineTime.
    pub time: u32,
    /// msgPrivacyParameters.
    pub salt: [u8; 8],
}

impl PrivProtocol {
    /// All there are.
    pub const ALL: [PrivProtocol; 6] =
        [Self::Des, Self::Aes128, Self::Aes192, Self::Aes256, Self::Aes192C, Self::Aes256C];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Des => "DES",
            Self::Aes128 => "AES",
            Self::Aes192 => "AES192",
            Self::Aes256 => "AES256",
            Self::Aes192C => "AES192C",
            Self::Aes256C => "AES256C",
        }
    }

    /// How many octets of key it takes; DES's are eight of key and eight that make the first block.
    pub fn key_len(self) -> usize {
        match self {
            Self::Des | Self::Aes128 => 16,
            Self::Aes192 | Self::Aes192C => 24,
            Self::Aes256 | Self::Aes256C => 32,
        }
    }

    /// How long the ciphertext of so many octets is.
    pub fn cipher_len(self, plain: usize) -> usize {
        if self == Self::Des { plain.next_multiple_of(8) } else { plain }
    }

    /// Encrypts these octets; false, and nothing done, where the key is not as long as it must be.
    pub fn encrypt(self, key: &[u8], start: Start, octets: &mut Vec<u8>) -> bool {
        octets.resize(self.cipher_len(octets.len()), 0);
        let first = self.first_block(key, start);
        match self {
            Self::Des => des(key, &first, octets, |cipher: &mut cbc::Encryptor<Des>, blocks| {
                cipher.encrypt_blocks(blocks);
            }),
            Self::Aes128 => cfb_encrypt::<Aes128>(key, &first, octets),
            Self::Aes192 | Self::Aes192C => cfb_encrypt::<Aes192>(key, &first, octets),
            Self::Aes256 | Self::Aes256C => cfb_encrypt::<Aes256>(key, &first, octets),
        }
    }

    /// Decrypts these octets; false where their number or the key's cannot be right. A wrong key is not noticed here.
    pub fn decrypt(self, key: &[u8], start: Start, octets: &mut [u8]) -> bool {
        let first = self.first_block(key, start);
        match self {
            Self::Des if octets.is_empty() || !octets.len().is_multiple_of(8) => false,
            Self::Des => des(key, &first, octets, |cipher: &mut cbc::Decryptor<Des>, blocks| {
                cipher.decrypt_blocks(blocks);
            }),
            Self::Aes128 => cfb_decrypt::<Aes128>(key, &first, octets),
            Self::Aes192 | Self::Aes192C => cfb_decrypt::<Aes192>(key, &first, octets),
            Self::Aes256 | Self::Aes256C => cfb_decrypt::<Aes256>(key, &first, octets),
        }
    }

    /// The initialization vector: for AES boots, time and salt (RFC 3826 §3.1.2.1), for DES, in the first eight
    /// octets, the salt and the second half of the key (RFC 3414 §8.1.1.1).
    fn first_block(self, key: &[u8], start: Start) -> [u8; 16] {
        let mut block = [0; 16];
        if self == Self::Des {
            for (place, octet) in block.iter_mut().enumerate().take(8) {
                *octet = key.get(8 + place).copied().unwrap_or(0) ^ start.salt[place];
            }
        } else {
            block[..4].copy_from_slice(&start.boots.to_be_bytes());
            block[4..8].copy_from_slice(&start.time.to_be_bytes());
            block[8..].copy_from_slice(&start.salt);
        }
        block
    }
}

fn cfb_encrypt<C: BlockCipherEncrypt + KeyInit>(key: &[u8], first: &[u8; 16], octets: &mut [u8]) -> bool {
    let cipher = cfb_mode::Encryptor::<C>::new_from_slices(key, first);
    cipher.map(|cipher| cipher.encrypt(octets)).is_ok()
}

fn cfb_decrypt<C: BlockCipherEncrypt + KeyInit>(key: &[u8], first: &[u8; 16], octets: &mut [u8]) -> bool {
    let cipher = cfb_mode::Decryptor::<C>::new_from_slices(key, first);
    cipher.map(|cipher| cipher.decrypt(octets)).is_ok()
}

fn des<M: KeyIvInit>(
    key: &[u8],
    first: &[u8; 16],
    octets: &mut [u8],
    work: impl FnOnce(&mut M, &mut [Array<u8, U8>]),
) -> bool {
    let (blocks, _) = Array::slice_as_chunks_mut(octets);
    let cipher = M::new_from_slices(key.get(..8).unwrap_or_default(), &first[..8]);
    cipher.map(|mut cipher| work(&mut cipher, blocks)).is_ok()
}

impl fmt::Display for PrivProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PrivProtocol {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.replace('-', "").to_ascii_uppercase();
        let name = if name == "AES128" { "AES" } else { &name };
        Self::ALL.into_iter().find(|protocol| protocol.name() == name).ok_or_else(|| {
            format!("{text:?} is no privacy protocol; there are {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// NIST SP 800-38A, F.3.13, F.3.15 and F.3.17: CFB128 with the three lengths of key, the first two blocks. The
    /// initialization vector counts from 0 to 15, which is boots, time and salt here.
    #[test]
    fn aes_is_as_nist_shows() {
        let start = Start { boots: 0x0001_0203, time: 0x0405_0607, salt: [8, 9, 10, 11, 12, 13, 14, 15] };
        let plain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51";
        let rows = [
            (
                PrivProtocol::Aes128,
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
        ];
        for (protocol, key, wanted) in rows {
            let mut octets = unhex(plain);
            assert!(protocol.encrypt(&unhex(key), start, &mut octets), "{protocol}");
            assert_eq!(octets, unhex(wanted), "{protocol}");
        }
    }

    /// `openssl enc -des-cbc -K 0123456789abcdef -iv 1234567890abcdef -nopad` of `Now is the time for all `, which is
    /// FIPS 81, appendix C.
    #[test]
    fn des_is_as_fips_81_shows() {
        let key = unhex("0123456789abcdef0000000000000000");
        let salt = [0x12, 0x34, 0x56, 0x78, 0x90, 0xab, 0xcd, 0xef];
        let mut octets = b"Now is the time for all ".to_vec();
        assert!(PrivProtocol::Des.encrypt(&key, Start { boots: 7, time: 7, salt }, &mut octets));
        assert_eq!(octets, unhex("e5c7cdde872bf27c43e934008c389c0f683788499a7c05f6"));
    }

    #[test]
    fn what_cannot_be_decrypted_is_refused() {
        let start = Start { boots: 1, time: 1, salt: [0; 8] };
        assert!(!PrivProtocol::Des.decrypt(&[1; 16], start, &mut [0; 9]), "no whole block");
        assert!(!PrivProtocol::Des.decrypt(&[1; 16], start, &mut []), "nothing");
        assert!(!PrivProtocol::Aes256.decrypt(&[1; 16], start, &mut [0; 9]), "half a key");
        assert!("ROT13".parse::<PrivProtocol>().unwrap_err().contains("there are DES, AES, AES192"));
        assert_eq!("aes-128".parse(), Ok(PrivProtocol::Aes128));
    }

    proptest! {
        #[test]
        fn what_is_encrypted_can_be_decrypted(
            plain in proptest::collection::vec(any::<u8>(), 1..200), boots: u32, time: u32, salt: [u8; 8]
        ) {
            for protocol in PrivProtocol::ALL {
                let (key, start) = (vec![0x5a; protocol.key_len()], Start { boots, time, salt });
                let mut octets = plain.clone();
                prop_assert!(protocol.encrypt(&key, start, &mut octets));
                prop_assert_eq!(octets.len(), protocol.cipher_len(plain.len()));
                prop_assert!(protocol.decrypt(&key, start, &mut octets));
                prop_assert_eq!(&octets[..plain.len()], &plain[..]);
            }
        }
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }
}
