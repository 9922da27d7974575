//! What files say, and how their mistakes are told.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::config::Config;
use super::rate::Rate;

/// Of `secret`, at the lowest cost.
const HASH: &str = "$2y$04$abcdefghijklmnopqrstuuGmsjyMEMwgSKqvg0tNgWHRpsl5nQJ7u";

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text, Path::new("/etc/ward")).map_err(|mistake| format!("web.yml{mistake}"))
}

fn mistake(text: &str) -> String {
    match parse(text) {
        Ok(_) => panic!("taken:\n{text}"),
        Err(mistake) => mistake,
    }
}

#[test]
fn nothing_is_plain_http_for_everybody() {
    for text in [
        "",
        "# nothing\n",
        "---\n",
        "tls_server_config:\n",
        "tls_server_config: {}\nhttp_server_config:\n  headers:\nbasic_auth_users:\nrate_limit:\n",
        "rate_limit: {interval: 0, burst: 0}\n",
    ] {
        let config = parse(text).unwrap();
        assert!(config.tls.is_none() && config.http2, "{text}");
        assert!(config.headers.is_empty() && config.users.is_empty() && config.rate.is_none(), "{text}");
    }
}

fn whole() -> String {
    format!(
        "\u{feff}tls_server_config:
  cert_file: web.crt
  key_file: /run/web.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example.org, 192.0.2.1]
  min_version: TLS12
  max_version: TLS13
  cipher_suites:
  - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
  - TLS_AES_128_GCM_SHA256
  prefer_server_cipher_suites: true
  curve_preferences: [X25519, CurveP384]
http_server_config:
  http2: no
  headers:
    X-Frame-Options: deny
    X-XSS-Protection: 1
    Strict-Transport-Security: ''
basic_auth_users:
  alice: {HASH}
  \"0123\": '{HASH}'
rate_limit:
  interval: 1s
  burst: 20
"
    )
}

#[test]
fn a_whole_file() {
    let config = parse(&whole()).unwrap();
    let files: Vec<PathBuf> = config.tls.unwrap().files().map(Into::into).collect();
    assert_eq!(files, ["/etc/ward/web.crt", "/run/web.key", "/etc/ward/ca.crt"].map(PathBuf::from));
    assert!(!config.http2);
    let headers: Vec<_> =
        config.headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    assert_eq!(headers, [("x-frame-options", "deny"), ("x-xss-protection", "1")]);
    assert_eq!(config.users.keys().collect::<Vec<_>>(), ["0123", "alice"]);
    assert_eq!(config.rate, Some(Rate { interval: Duration::from_secs(1), burst: 20 }));
}

#[test]
fn a_mistake_is_named_with_line_and_key() {
    for (text, expected) in [
        ("- a\n", "web.yml:1: expected a map, found a list"),
        ("word\n", "web.yml:1: expected a map, found a text"),
        (
            "\ntls_sever_config: {}\n",
            "web.yml:2: tls_sever_config: unknown key, expected tls_server_config, http_server_config, \
             basic_auth_users or rate_limit",
        ),
        ("rate_limit: {}\nrate_limit: {}\n", "web.yml:2: rate_limit: written twice, first on line 1"),
        ("a: b\n---\nc: d\n", "web.yml:3: not valid YAML: expected one document, found another after ---"),
        ("http_server_config: [1]\n", "web.yml:1: http_server_config: expected a map, found a list"),
        (
            "http_server_config:\n  http2: maybe\n",
            "web.yml:2: http_server_config.http2: \"maybe\" is no switch, expected true or false",
        ),
        (
            "http_server_config:\n  http2: {}\n",
            "web.yml:2: http_server_config.http2: expected a text, found a map",
        ),
        (
            "http_server_config:\n  headers:\n    Server: ward\n",
            "web.yml:3: http_server_config.headers.Server: unknown key, expected Content-Security-Policy, \
             Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options or X-XSS-Protection",
        ),
        (
            "http_server_config:\n  headers:\n    X-Frame-Options: DENY\n",
            "web.yml:3: http_server_config.headers.X-Frame-Options: \"DENY\" is no value of it, expected deny or \
             sameorigin",
        ),
        (
            "http_server_config:\n  headers:\n    X-XSS-Protection: \"1\\n0\"\n",
            "web.yml:3: http_server_config.headers.X-XSS-Protection: a header is one line of visible characters",
        ),
        (
            "rate_limit:\n  interval: 5\n",
            "web.yml:2: rate_limit.interval: \"5\" is no duration, expected one such as 1s, 500ms or 1m30s",
        ),
        (
            "rate_limit: {interval: -1s, burst: 1}\n",
            "web.yml:1: rate_limit.interval: \"-1s\" is no duration, expected one such as 1s, 500ms or 1m30s",
        ),
        (
            "rate_limit:\n  interval: 1s\n  burst: -1\n",
            "web.yml:3: rate_limit.burst: \"-1\" is no number of requests, expected 1 or more",
        ),
        (
            "rate_limit:\n  interval: 1s\n  burst: 0\n",
            "web.yml:3: rate_limit.burst: 0 would refuse every request, expected 1 or more",
        ),
        (
            "rate_limit:\n  interval: 1s\n",
            "web.yml:2: rate_limit.interval: without burst, every request would be refused; expected burst: 1 or more",
        ),
    ] {
        assert_eq!(mistake(text), expected, "{text}");
    }
}

#[test]
fn a_mistake_about_tls_is_named_with_line_and_key() {
    let suites = "TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256, \
                  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, \
                  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, \
                  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256";
    for (keys, expected) in [
        (
            "cert_filse: web.crt",
            "4: tls_server_config.cert_filse: unknown key, expected cert, cert_file, key, key_file, client_ca, \
             client_ca_file, client_auth_type, client_allowed_sans, min_version, max_version, cipher_suites, \
             prefer_server_cipher_suites or curve_preferences"
                .to_owned(),
        ),
        (
            "min_version: TLS11",
            "4: tls_server_config.min_version: TLS11 is broken and not supported, expected TLS12 or TLS13".into(),
        ),
        (
            "max_version: TLS14",
            "4: tls_server_config.max_version: \"TLS14\" is not known, expected TLS12 or TLS13".into(),
        ),
        (
            "min_version: TLS13\nmax_version: TLS12",
            "5: tls_server_config.max_version: min_version is above max_version, so nothing is left".into(),
        ),
        (
            "cipher_suites:\n- TLS_AES_128_GCM_SHA256\n- TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
            format!(
                "6: tls_server_config.cipher_suites: \"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\" is not supported, \
                 expected {suites}"
            ),
        ),
        (
            "max_version: TLS12\ncipher_suites: [TLS_AES_128_GCM_SHA256]",
            "5: tls_server_config.cipher_suites: all of TLS 1.3, which max_version leaves out; expected one of TLS 1.2"
                .into(),
        ),
        ("cipher_suites: all", "4: tls_server_config.cipher_suites: expected a list, found a text".into()),
        ("cipher_suites: [~]", "4: tls_server_config.cipher_suites: expected a text, found nothing".into()),
        (
            "curve_preferences: [CurveP521]",
            "4: tls_server_config.curve_preferences: \"CurveP521\" is not supported, expected X25519, CurveP256 or \
             CurveP384"
                .into(),
        ),
        (
            "prefer_server_cipher_suites: 1",
            "4: tls_server_config.prefer_server_cipher_suites: \"1\" is no switch, expected true or false".into(),
        ),
        (
            "client_auth_type: x",
            "4: tls_server_config.client_auth_type: \"x\" is not known, expected NoClientCert, RequestClientCert, \
             RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert"
                .into(),
        ),
        (
            "client_ca_file: ca.crt",
            "4: tls_server_config.client_ca_file: nobody is asked for a certificate, expected client_auth_type: \
             RequireAndVerifyClientCert"
                .into(),
        ),
        (
            "client_auth_type: NoClientCert\nclient_allowed_sans:\n- a",
            "6: tls_server_config.client_allowed_sans: nobody is asked for a certificate, expected \
             client_auth_type: RequireAndVerifyClientCert"
                .into(),
        ),
    ] {
        let keys = keys.replace('\n', "\n  ");
        let text = format!("tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\n  {keys}\n");
        assert_eq!(mistake(&text), format!("web.yml:{expected}"), "{keys}");
    }
    for (keys, expected) in [
        (
            "min_version: TLS12",
            "2: tls_server_config: cert_file (or cert) is missing; leave the section away for plain HTTP",
        ),
        (
            "cert_file: ''\n  key_file: web.key",
            "2: tls_server_config: cert_file (or cert) is missing; leave the section away for plain HTTP",
        ),
        (
            "cert_file: web.crt\n  key:",
            "2: tls_server_config: key_file (or key) is missing; leave the section away for plain HTTP",
        ),
        (
            "cert: x\n  cert_file: web.crt\n  key_file: web.key",
            "3: tls_server_config.cert_file: given beside cert, expected one of the two",
        ),
        (
            "cert_file: web.crt\n  key: x\n  key_file: web.key",
            "4: tls_server_config.key_file: given beside key, expected one of the two",
        ),
    ] {
        assert_eq!(
            mistake(&format!("tls_server_config:\n  {keys}\n")),
            format!("web.yml:{expected}"),
            "{keys}"
        );
    }
}

#[test]
fn what_is_given_for_a_hash_is_checked_and_never_shown() {
    for hash in [
        "secret",
        "",
        "$2y$",
        "$2y$10$short",
        "$1$abcdefgh$0123456789012345678901234567890123456789012345678",
        &HASH.replace("$2y$", "$2k$"),
        &HASH.replace("$04$", "$x4$"),
        &HASH.replace("$04$", "$+4$"),
        &HASH.replace("abc", "a!c"),
        &HASH.replace("abc", "aяc"),
        &format!("{HASH}x"),
    ] {
        assert_eq!(
            mistake(&format!("basic_auth_users:\n  bob: {HASH}\n  alice: '{hash}'\n")),
            "web.yml:3: basic_auth_users.alice: not a bcrypt hash, expected what \
             `htpasswd -nBC 10 \"\" | tr -d ':\\n'` prints",
            "{hash}"
        );
    }
    let dear = HASH.replace("$04$", "$32$");
    assert_eq!(
        mistake(&format!("basic_auth_users:\n  alice: {dear}\n")),
        "web.yml:2: basic_auth_users.alice: bcrypt has no cost 32, expected 4 to 31"
    );
    assert!(!format!("{:?}", parse(&format!("basic_auth_users:\n  alice: {HASH}\n"))).contains(HASH));
    for (users, expected) in [
        (
            format!("\"a:b\": {HASH}"),
            "web.yml:2: basic_auth_users.a:b: a user's name is not empty and has no colon",
        ),
        (format!("alice: [{HASH}]"), "web.yml:2: basic_auth_users.alice: expected a text, found a list"),
        (format!("alice: {HASH}\n  alice: x"), "web.yml:3: alice: written twice, first on line 2"),
        (format!("alice: '{HASH}"), "not valid YAML"),
        (format!("alice: {HASH}\n bob: {HASH}"), "not valid YAML"),
        (format!("alice: {HASH}: x"), "not valid YAML"),
    ] {
        let told = mistake(&format!("basic_auth_users:\n  {users}\n"));
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains("abcdefghijkl"), "{told}");
    }
}

#[test]
fn inline_keys_are_never_shown() {
    let key = "-----BEGIN PRIVATE KEY-----\\nhush\\n-----END PRIVATE KEY-----";
    let config = parse(&format!("tls_server_config: {{cert: hush, key: \"{key}\"}}\n")).unwrap();
    assert!(!format!("{config:?}").contains("hush"));
    let Err(told) = config.tls.unwrap().load(true) else { panic!("taken") };
    assert_eq!(
        format!("web.yml{told}"),
        "web.yml:1: tls_server_config.cert: no certificate in it, expected -----BEGIN CERTIFICATE-----"
    );
}

#[test]
fn names_of_gos_are_taken() {
    for keys in [
        "client_auth_type: NoClientCert",
        "client_auth_type: RequireClientCert",
        "client_auth_type: VerifyClientCertIfGiven",
        "client_auth_type: RequireAndVerifyClientCert\n  client_ca: x",
        "max_version: TLS12",
        "min_version: TLS13",
        "cipher_suites: [TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TLS_CHACHA20_POLY1305_SHA256]",
        "curve_preferences: [CurveP384, CurveP256, X25519]",
        "prefer_server_cipher_suites: off",
        "client_allowed_sans: []",
    ] {
        parse(&format!("tls_server_config:\n  cert_file: a\n  key_file: b\n  {keys}\n")).unwrap();
    }
}

#[test]
fn a_damaged_file_is_refused_or_taken_and_shows_no_hash() {
    let whole = whole();
    for (at, _) in whole.char_indices() {
        for damage in ["", ":", "'", "{", "\n", "\t", "я"] {
            let text = [&whole[..at], damage, whole[at..].get(1..).unwrap_or_default()].concat();
            if let Err(told) = parse(&text) {
                assert!(told.starts_with("web.yml:") && !told.contains("defghijklmn"), "{told}");
            }
        }
    }
}
