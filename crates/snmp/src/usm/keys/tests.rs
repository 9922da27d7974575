use super::*;
use crate::usm::{Authentication, Privacy, hex};

/// Of the password "maplesyrup" and the engine 00…02 (RFC 3414 A.3): its key, and that localised. MD5 and SHA stand in
/// the RFC; the others were computed with Python's hashlib.
const MAPLE_SYRUP: [(AuthProtocol, &str, &str); 6] = [
    (AuthProtocol::Md5, "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
    (
        AuthProtocol::Sha,
        "9fb5cc0381497b3793528939ff788d5d79145211",
        "6695febc9288e36282235fc7151f128497b38f3f",
    ),
    (
        AuthProtocol::Sha224,
        "282a5867ee9aac639ad59df9572c7d3ac0fbc13a905b6df07dbbf00b",
        "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be682075674",
    ),
    (
        AuthProtocol::Sha256,
        "ab51014d1e077f6017df2b12bee5f5aa72993177e9bb569c4dff5a4ca0b4afac",
        "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b",
    ),
    (
        AuthProtocol::Sha384,
        "e06eccdf2c68a06ed034723c9c26e0db3b669e1e2efed49150b55377a2e98f383c86fb836857444654b287c93f51ff64",
        "3b298f16164a11184279d5432bf169e2d2a48307de02b3d3f7e2b4f36eb6f0455a53689a3937eea07319a633d2ccba78",
    ),
    (
        AuthProtocol::Sha512,
        "7e4396de5aadc77be853819b98c9406265b3a9c37cc3176569847a4e4f6fba63dd3a73d04924d31a63f95a601f9385af6be4ed1b37f87d040f7c6ed6f8d38a91",
        "22a5a36cedfcc085807a128d7bc6c2382167ad6c0dbc5fdff856740f3d84c099ad1ea87a8db096714d9788bd544047c9021e4229ce27e4c0a69250adfcffbb0b",
    ),
];
const ENGINE: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

#[test]
fn passwords_become_the_keys_of_the_standard() {
    for (protocol, key, localised) in MAPLE_SYRUP {
        let made = from_password(protocol, b"maplesyrup");
        assert_eq!(made[..], hex(key), "{protocol}");
        assert_eq!(localise(protocol, &made, &ENGINE)[..], hex(localised), "{protocol}");
        assert_eq!(master(protocol, &Secret::new("maplesyrup")), made, "{protocol}");
    }
}

#[test]
fn short_keys_are_extended() {
    // draft-reeder-snmpv3-usm-3desede-00 B.1 and B.2 for AES…C; the others were computed with Python's hashlib.
    for (protocol, hash_of, expected) in [
        (
            PrivProtocol::Aes256C,
            AuthProtocol::Md5,
            "526f5eed9fcce26f8964c2930787d82b79eff44a90650ee0a3a40abfac5acc12",
        ),
        (
            PrivProtocol::Aes256C,
            AuthProtocol::Sha,
            "6695febc9288e36282235fc7151f128497b38f3f9b8b6d78936ba6e7d19dfd9c",
        ),
        (PrivProtocol::Aes192C, AuthProtocol::Sha, "6695febc9288e36282235fc7151f128497b38f3f9b8b6d78"),
        (
            PrivProtocol::Aes256C,
            AuthProtocol::Sha224,
            "0bd8827c6e29f8065e08e09237f177e410f69b90e1782be68207567422c34be4",
        ),
        (
            PrivProtocol::Aes256,
            AuthProtocol::Md5,
            "526f5eed9fcce26f8964c2930787d82bfa24a92467426c2f4b09192be10dfaec",
        ),
        (PrivProtocol::Aes192, AuthProtocol::Sha, "6695febc9288e36282235fc7151f128497b38f3f505e07eb"),
        (
            PrivProtocol::Aes256,
            AuthProtocol::Sha,
            "6695febc9288e36282235fc7151f128497b38f3f505e07eb9af25568fa1f5dbe",
        ),
        (
            PrivProtocol::Aes256,
            AuthProtocol::Sha256,
            "8982e0e549e866db361a6b625d84cccc11162d453ee8ce3a6445c2d6776f0f8b",
        ),
        (PrivProtocol::Aes, AuthProtocol::Sha512, "22a5a36cedfcc085807a128d7bc6c238"),
        (PrivProtocol::Des, AuthProtocol::Sha, "6695febc9288e36282235fc7151f1284"),
    ] {
        let key = localise(hash_of, &from_password(hash_of, b"maplesyrup"), &ENGINE);
        assert_eq!(extend(protocol, hash_of, key, &ENGINE)[..], hex(expected), "{hash_of} {protocol}");
    }
}

#[test]
fn passwords_of_any_length_have_a_key() {
    // Python: hashlib.md5((p * (2**20 // len(p) + 1))[:2**20]).hexdigest()
    for (password, key) in [
        (vec![b'a'], "7202826a7791073fe2787f0c94603278"),
        (vec![b'a'; 5000], "7202826a7791073fe2787f0c94603278"),
        (b"0123456789abcdefg".repeat(400), "db7230494ed7898b5f2a24005876114d"),
    ] {
        assert_eq!(from_password(AuthProtocol::Md5, &password)[..], hex(key), "{} octets", password.len());
    }
    assert_eq!(from_password(AuthProtocol::Sha, b"").len(), 20);
    assert_eq!(from_password(AuthProtocol::Sha, &vec![b'x'; 2 << 20]).len(), 20);
}

#[test]
fn a_user_has_the_keys_its_level_needs() {
    let engine = EngineId::new(&ENGINE).unwrap();
    let authentication =
        Authentication { protocol: AuthProtocol::Sha256, password: Secret::new("maplesyrup") };
    let privacy = Privacy { protocol: PrivProtocol::Aes256C, password: Secret::new("maplesyrup") };
    for (security, has) in [
        (Security::NoAuthNoPriv, (false, false)),
        (Security::AuthNoPriv(authentication.clone()), (true, false)),
        (Security::AuthPriv(authentication, privacy), (true, true)),
    ] {
        let keys = Keys::localised(&security, &engine);
        assert_eq!((keys.auth.is_some(), keys.privacy.is_some()), has, "{security:?}");
        assert!(!format!("{keys:?}{security:?}").contains("maple"));
    }
}
