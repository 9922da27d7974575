//! Nothing shows a secret, and no text makes the parser panic.

mod support;

use proptest::prelude::*;
use support::parse;
use ward_inventory::Inventory;

#[test]
fn the_effective_inventory_is_shown_without_secrets() {
    let text = r#"
auths:
  branches: {community: "${COMMUNITY}"}
  core: {version: 3, username: ward, security_level: authPriv, password: a-password, priv_protocol: AES, priv_password: b-password, context_name: vrf}
  hidden: {version: 3, username: "${COMMUNITY}"}
defaults: {auth: branches, timeout: 2s}
devices:
  - {name: a, address: "2001:db8::1", auth: core, labels: {site: "yes", note: "a: b"}, interval: 90s}
  - {name: "7", address: 192.0.2.1, modules: ["on"], max_repetitions: 10, allow_nonincreasing_oids: true}
"#;
    let shown = parse(text).unwrap().redacted();
    let expected = r#"auths:
  public_v1:
    community: <secret>
    security_level: noAuthNoPriv
    auth_protocol: MD5
    priv_protocol: DES
    version: 1
  public_v2:
    community: <secret>
    security_level: noAuthNoPriv
    auth_protocol: MD5
    priv_protocol: DES
    version: 2
  branches:
    community: <secret>
    security_level: noAuthNoPriv
    auth_protocol: MD5
    priv_protocol: DES
    version: 2
  core:
    community: <secret>
    security_level: authPriv
    username: ward
    password: <secret>
    auth_protocol: MD5
    priv_protocol: AES
    priv_password: <secret>
    context_name: vrf
    version: 3
  hidden:
    community: <secret>
    security_level: noAuthNoPriv
    username: <secret>
    auth_protocol: MD5
    priv_protocol: DES
    version: 3
devices:
- name: a
  address: 2001:db8::1
  port: 161
  auth: core
  modules:
  - system
  - interfaces
  labels:
    note: "a: b"
    site: "yes"
  timeout: 2s
  retries: 3
  max_in_flight: 32
  interval: 1m30s
- name: "7"
  address: "192.0.2.1"
  port: 161
  auth: branches
  modules:
  - "on"
  timeout: 2s
  retries: 3
  max_in_flight: 32
  max_repetitions: 10
  allow_nonincreasing_oids: true
"#;
    assert_eq!(shown, expected);
    // What is shown can be read again, as a user will try.
    let again = parse(&shown).unwrap();
    assert_eq!(again.devices().len(), 2);
    assert_eq!(again.redacted(), expected);
}

/// Pieces of YAML and of inventories, in any order.
fn yaml_ish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("auths:".to_owned()),
        Just("devices:".to_owned()),
        Just("defaults:".to_owned()),
        Just("\n  - {name: a, address: 192.0.2.1}".to_owned()),
        Just("community: ".to_owned()),
        Just("version: 3".to_owned()),
        Just("labels: {".to_owned()),
        Just("modules: [".to_owned()),
        Just("timeout: 5s".to_owned()),
        Just("<<: *x".to_owned()),
        Just("&x ".to_owned()),
        Just("*x".to_owned()),
        Just("!!int ".to_owned()),
        Just("!!binary ".to_owned()),
        Just("${COMMUNITY}".to_owned()),
        Just("? ".to_owned()),
        Just("| \n".to_owned()),
        Just("---\n".to_owned()),
        "[ \\n:{}\\[\\],'\"#~-]{1,4}",
        "[a-z0-9.]{1,6}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A file with secrets in every place one can stand.
fn with_secrets(secret: &str) -> (String, Vec<String>) {
    let secrets: Vec<String> = (0..6).map(|i| format!("{secret}{i}")).collect();
    let [community, password, privacy, from_env, from_file, user] = &secrets[..] else { unreachable!() };
    let text = format!(
        "auths:\n  a: {{community: {community}}}\n  b: {{version: 3, username: u, security_level: authPriv, \
         password: '{password}', priv_password: \"{privacy}\"}}\n  c: {{community: \"${{{from_env}}}\"}}\n  \
         d: {{community_file: {from_file}}}\n  e: {{version: 3, username: \"${{{user}}}\"}}\n\
         devices:\n  - {{name: x, address: 192.0.2.1, auth: a}}\n"
    );
    (text, secrets)
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in yaml_ish()) {
        if let Err(error) = parse(&text) {
            prop_assert!(!error.to_string().is_empty());
            prop_assert!(!error.problems().is_empty());
        }
    }

    #[test]
    fn no_secret_is_shown(secret in "[a-zA-Z0-9]{8,20}") {
        let secret = format!("S3{secret}");
        let (text, secrets) = with_secrets(&secret);
        // The environment and the files answer with the reverse of what they are asked for.
        let value = |name: &str| name.chars().rev().collect::<String>();
        let env = |name: &str| Some(value(name));
        let read_file = |path: &std::path::Path| Ok(value(path.to_str().unwrap()));
        let inventory = Inventory::parse(&text, "devices.yml", &env, &read_file).unwrap();
        let shown = format!("{}{inventory:?}", inventory.redacted());
        for secret in &secrets[..3] {
            prop_assert!(!shown.contains(secret.as_str()), "{shown}");
        }
        for secret in &secrets[3..] {
            prop_assert!(!shown.contains(&value(secret)), "{shown}");
        }
    }

    /// A file that was good until somebody's finger slipped: the error must not repeat the secret of the line.
    #[test]
    fn no_mistake_makes_an_error_show_a_secret(
        secret in "[a-zA-Z0-9]{8,20}",
        place in any::<prop::sample::Index>(),
        slip in prop_oneof![Just("'"), Just("\""), Just("{"), Just("["), Just("]"), Just("\n"), Just("\t"), Just("&"), Just("x")],
    ) {
        let secret = format!("S3{secret}");
        let (text, secrets) = with_secrets(&secret);
        // Anywhere but in a secret, which would then be another, or in what stands directly before it, its key.
        let mut place = place.index(text.len());
        while text[..place].ends_with("community: ") || text[..place].ends_with("community") { place += 1 }
        let text = format!("{}{slip}{}", &text[..place], &text[place..]);
        let none = |_: &str| None;
        let read_file = |_: &std::path::Path| Err(std::io::ErrorKind::NotFound.into());
        if let Err(error) = Inventory::parse(&text, "devices.yml", &none, &read_file) {
            let told = error.to_string();
            for secret in &secrets[..3] {
                prop_assert!(!told.contains(secret.as_str()), "{told}\n{text}");
            }
        }
    }
}
