use std::path::Path;

use super::*;

fn build(fields: &[(&str, &str)]) -> Result<Auth, Vec<String>> {
    let env = |name: &str| (name == "SECRET").then(|| "from-env".to_owned());
    let read_file = |path: &Path| match path.to_str() {
        Some("etc/secret") => Ok("from-file\n".to_owned()),
        _ => Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
    };
    let sources = Sources { env: Some(&env), read_file: &read_file, folder: Path::new("etc") };
    let field = |key: &str| fields.iter().find(|(known, _)| *known == key).map(|(_, text)| *text);
    Auth::build("x", &field, &sources)
        .map_err(|errors| errors.iter().map(|e| format!("{}: {}", e.key, e.message)).collect())
}

#[test]
fn defaults_are_those_of_snmp_exporter() {
    let auth = build(&[]).unwrap();
    assert_eq!(auth, Auth::community("x", Version::V2c, "public"));
    assert_eq!(auth.credentials(), Credentials::V2c { community: Secret::new("public") });
    assert_eq!(auth.auth_protocol, AuthProtocol::Md5);
    assert_eq!(auth.priv_protocol, PrivProtocol::Des);
}

#[test]
fn secrets_come_from_the_text_the_environment_or_a_file() {
    for (fields, community) in [
        (vec![("community", "12345")], "12345"),
        (vec![("community", "")], ""),
        (vec![("community", "${SECRET}")], "from-env"),
        (vec![("community", "ro-${SECRET}")], "ro-from-env"),
        (vec![("community_file", "secret")], "from-file"),
    ] {
        assert_eq!(build(&fields).unwrap().community.expose(), community);
    }
    let auth = build(&[("version", "1"), ("community", "a")]).unwrap();
    assert_eq!(auth.credentials(), Credentials::V1 { community: Secret::new("a") });
}

#[test]
fn a_complete_user_is_read() {
    let auth = build(&[
        ("version", "3"),
        ("username", "${SECRET}"),
        ("security_level", "authPriv"),
        ("password_file", "secret"),
        ("auth_protocol", "SHA256"),
        ("priv_protocol", "AES256C"),
        ("priv_password", "${SECRET}"),
        ("context_name", "vrf-a"),
    ])
    .unwrap();
    assert_eq!(auth.username.expose(), "from-env");
    assert!(!auth.username_is_public);
    assert_eq!(auth.password.expose(), "from-file");
    assert_eq!(auth.files, [Path::new("etc/secret")]);
    assert_eq!(auth.auth_protocol, AuthProtocol::Sha256);
    assert_eq!(auth.priv_protocol, PrivProtocol::Aes256C);
    assert_eq!(auth.context_name, "vrf-a");
}

#[test]
fn credentials_hold_what_the_level_needs() {
    let fields = [
        ("version", "3"),
        ("username", "ward"),
        ("password", "auth-secret"),
        ("auth_protocol", "SHA256"),
        ("priv_password", "priv-secret"),
        ("priv_protocol", "AES"),
        ("context_name", "vrf-a"),
    ];
    let authentication =
        || Authentication { protocol: AuthProtocol::Sha256, password: Secret::new("auth-secret") };
    let privacy = || Privacy { protocol: PrivProtocol::Aes, password: Secret::new("priv-secret") };
    for (level, security) in [
        ("noAuthNoPriv", Security::NoAuthNoPriv),
        ("authNoPriv", Security::AuthNoPriv(authentication())),
        ("authPriv", Security::AuthPriv(authentication(), privacy())),
    ] {
        let auth = build(&[&fields[..], &[("security_level", level)]].concat()).unwrap();
        let context = Context { name: "vrf-a".into(), engine_id: None };
        let user = User { name: Secret::new("ward"), name_is_public: true, security, context };
        assert_eq!(auth.credentials(), Credentials::V3(user));
    }
}

#[test]
fn every_mistake_is_named() {
    for (fields, expected) in [
        (vec![("version", "4")], vec!["version: SNMP version must be 1, 2 or 3. Got: 4"]),
        (vec![("version", "2c")], vec!["version: SNMP version must be 1, 2 or 3. Got: 2c"]),
        (vec![("community", "${NONE}")], vec!["community: environment variable NONE is not set"]),
        (vec![("community_file", "none")], vec!["community_file: cannot read etc/none: entity not found"]),
        (
            vec![("community", "a"), ("community_file", "secret")],
            vec!["community_file: stands beside community, expected one of the two"],
        ),
        (vec![("version", "3")], vec!["username: auth username is missing, required for SNMPv3"]),
        (
            vec![("version", "3"), ("username", "u"), ("security_level", "high")],
            vec!["security_level: security level must be one of authPriv, authNoPriv or noAuthNoPriv"],
        ),
        (
            vec![("version", "3"), ("security_level", "authPriv")],
            vec![
                "username: auth username is missing, required for SNMPv3",
                "password: auth password is missing, required for SNMPv3 with auth",
                "priv_password: priv password is missing, required for SNMPv3 with priv",
            ],
        ),
        (
            vec![
                ("version", "3"),
                ("username", "u"),
                ("security_level", "authPriv"),
                ("password", "${NONE}"),
                ("auth_protocol", "SHA1"),
                ("priv_password", "b"),
                ("priv_protocol", "3DES"),
            ],
            vec![
                "password: environment variable NONE is not set",
                "auth_protocol: auth protocol must be SHA or MD5: one of MD5, SHA, SHA224, SHA256, SHA384, SHA512",
                "priv_protocol: priv protocol must be DES or AES: one of DES, AES, AES192, AES256, AES192C, AES256C",
            ],
        ),
    ] {
        assert_eq!(build(&fields).unwrap_err(), expected);
    }
}

#[test]
fn what_only_v3_uses_is_only_checked_for_v3() {
    assert!(build(&[("security_level", "nonsense"), ("auth_protocol", "x"), ("priv_protocol", "y")]).is_ok());
    assert!(build(&[("version", "3"), ("username", "u"), ("auth_protocol", "x")]).is_ok());
}
