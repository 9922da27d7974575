//! TLS as curl sees it, with certificates of openssl's making.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use support::Running;
use support::site::{Site, echo};
use support::tools::{self, Folder, SERVER};
use ward_service::http::Limits;
use ward_service::web::Web;

#[tokio::test]
async fn both_versions_of_http_and_of_tls() {
    if !tools::available() {
        return;
    }
    let site = Site::start(Arc::new(Folder::with_server()), "").await;
    for (arguments, version) in [
        ("--http2", "2"),
        ("--http1.1", "1.1"),
        ("--no-alpn", "1.1"),
        ("--tls-max 1.2", "2"),
        ("--tlsv1.3", "2"),
        ("--tls-max 1.2 --ciphers ECDHE-ECDSA-CHACHA20-POLY1305", "2"),
        ("-I", "2"),
    ] {
        let fetched = site.curl(arguments).await;
        assert_eq!((fetched.status, fetched.version.as_str()), (200, version), "{arguments} {fetched:?}");
    }
    let stranger = Folder::new();
    stranger.authority("other");
    std::fs::copy(stranger.path("other.crt"), site.folder.path("other.crt")).unwrap();
    assert_eq!(site.curl_with("other.crt", "").await.status, 0);
}

#[tokio::test]
async fn versions_suites_and_curves_are_those_that_are_named() {
    if !tools::available() {
        return;
    }
    let folder = Arc::new(Folder::with_server());
    let suites = "  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, \
                  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n";
    let (aes_128, aes_256) =
        ("--ciphers ECDHE-ECDSA-AES128-GCM-SHA256", "--ciphers ECDHE-ECDSA-AES256-GCM-SHA384");
    for (keys, arguments, status) in [
        ("  min_version: TLS13\n", "--tlsv1.3", 200),
        ("  min_version: TLS13\n", "--tls-max 1.2", 0),
        ("  max_version: TLS12\n", "--tls-max 1.2", 200),
        ("  max_version: TLS12\n", "--tlsv1.3", 0),
        (suites, "", 200),
        (suites, aes_128, 200),
        (suites, aes_256, 0),
        // Suites of TLS 1.3 are always there.
        (
            "  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n",
            "--tls13-ciphers TLS_AES_256_GCM_SHA384",
            200,
        ),
        ("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n", "--tlsv1.3", 200),
        ("  cipher_suites: [TLS_AES_128_GCM_SHA256]\n", "--tls-max 1.2", 0),
        ("  curve_preferences: [CurveP384]\n", "--curves P-384", 200),
        ("  curve_preferences: [CurveP384]\n", "--curves P-256:X25519", 0),
        ("  curve_preferences: [CurveP384, X25519]\n", "--curves X25519", 200),
        ("http_server_config: {http2: false}\n", "--http2", 200),
    ] {
        let site = Site::start(folder.clone(), keys).await;
        let fetched = site.curl(arguments).await;
        assert_eq!(fetched.status, status, "{keys} {arguments} {fetched:?}");
        if keys.contains("http2: false") {
            assert_eq!(fetched.version, "1.1");
        }
    }
}

#[tokio::test]
async fn the_order_of_suites_is_ours_or_the_clients() {
    if !tools::available() {
        return;
    }
    let folder = Arc::new(Folder::with_server());
    let theirs = "--ciphers ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256 -v";
    for (prefer, expected) in
        [(true, "ECDHE-ECDSA-AES128-GCM-SHA256"), (false, "ECDHE-ECDSA-AES256-GCM-SHA384")]
    {
        let keys = format!(
            "  max_version: TLS12\n  prefer_server_cipher_suites: {prefer}\n  cipher_suites:\n  \
             - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n  - TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384\n"
        );
        let site = Site::start(folder.clone(), &keys).await;
        let fetched = site.curl(theirs).await;
        assert!(fetched.errors.contains(&format!("TLSv1.2 / {expected}")), "{}", fetched.errors);
    }
}

#[tokio::test]
async fn every_kind_of_certificate_and_key() {
    if !tools::available() {
        return;
    }
    let folder = Arc::new(Folder::new());
    folder.authority("ca");
    for (what, genkey) in [
        ("RSA, PKCS#8", "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out web.key"),
        ("RSA, PKCS#1", "genrsa -traditional -out web.key 2048"),
        ("P-256, SEC1", "ecparam -name prime256v1 -genkey -out web.key"),
        ("P-384, PKCS#8", "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out web.key"),
        ("Ed25519", "genpkey -algorithm ED25519 -out web.key"),
    ] {
        folder.openssl(genkey);
        folder.sign("web", "ca", SERVER, "-days 30");
        let site = Site::start(folder.clone(), "").await;
        let fetched = site.curl("").await;
        assert_eq!(fetched.status, 200, "{what} {fetched:?}");
    }
    // Version 1, as openssl makes them without extensions. curl wants a name in it.
    folder.certificate("web", "ca", "");
    let site = Site::start(folder.clone(), "").await;
    assert_eq!(site.curl("-k").await.status, 200);
    // Inline, and with a chain.
    folder.authority("root");
    folder.openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout between.key -out between.csr -subj /CN=between");
    folder.sign("between", "root", "basicConstraints=critical,CA:TRUE", "-days 30");
    folder.certificate("web", "between", SERVER);
    let indented = |name: &str| {
        let text = std::fs::read_to_string(folder.path(name)).unwrap();
        text.lines().map(|line| format!("    {line}\n")).collect::<String>()
    };
    let config = format!(
        "tls_server_config:\n  cert: |\n{}{}  key: |\n{}",
        indented("web.crt"),
        indented("between.crt"),
        indented("web.key")
    );
    let web = Web::start(&folder.write("web.yml", &config)).unwrap();
    let server = Running::start_with(Some(web.clone()), Limits::default(), echo).await;
    let site = Site { folder, web, server };
    let fetched = site.curl_with("root.crt", "").await;
    assert_eq!(fetched.status, 200, "{fetched:?}");
}

#[tokio::test]
async fn files_that_will_not_do_are_named() {
    if !tools::available() {
        return;
    }
    let folder = Folder::with_server();
    folder.authority("other");
    folder.write("empty.pem", "");
    folder.write("damaged.crt", "-----BEGIN CERTIFICATE-----\nMAoBAQ==\n-----END CERTIFICATE-----\n");
    folder.openssl("ec -in web.key -aes128 -passout pass:x -out old.key");
    folder.openssl("pkcs8 -topk8 -in web.key -passout pass:x -out new.key");
    folder.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out large.key");
    let at = |name: &str| folder.path(name).display().to_string();
    for (certificate, key, more, expected) in [
        (
            "none.crt",
            "web.key",
            "",
            format!(":2: tls_server_config.cert_file: {}: No such file", at("none.crt")),
        ),
        (
            "web.crt",
            "none.key",
            "",
            format!(":3: tls_server_config.key_file: {}: No such file", at("none.key")),
        ),
        (".", "web.key", "", format!(":2: tls_server_config.cert_file: {}: not a file", at("."))),
        (
            "web.key",
            "web.key",
            "",
            format!(
                ":2: tls_server_config.cert_file: {}: no certificate in it, expected -----BEGIN",
                at("web.key")
            ),
        ),
        (
            "web.crt",
            "web.crt",
            "",
            format!(
                ":3: tls_server_config.key_file: {}: no key in it, expected -----BEGIN PRIVATE",
                at("web.crt")
            ),
        ),
        (
            "damaged.crt",
            "web.key",
            "",
            ":2: tls_server_config.cert_file: the first certificate is damaged".into(),
        ),
        ("web.crt", "other.key", "", ":3: tls_server_config.key_file: not the key of the certificate".into()),
        (
            "web.crt",
            "old.key",
            "",
            format!(
                ":3: tls_server_config.key_file: {}: the key has a passphrase, expected one",
                at("old.key")
            ),
        ),
        (
            "web.crt",
            "new.key",
            "",
            format!(
                ":3: tls_server_config.key_file: {}: the key has a passphrase, expected one",
                at("new.key")
            ),
        ),
        (
            "web.crt",
            "large.key",
            "",
            format!(
                ":3: tls_server_config.key_file: {}: a kind of key that is not supported, expected RSA of 2048 to",
                at("large.key")
            ),
        ),
        (
            "web.crt",
            "web.key",
            "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: empty.pem\n",
            format!(":5: tls_server_config.client_ca_file: {}: no certificate in it", at("empty.pem")),
        ),
        (
            "web.crt",
            "web.key",
            "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: damaged.crt\n",
            ":5: tls_server_config.client_ca_file: a certificate in it: ".into(),
        ),
    ] {
        let config = format!("tls_server_config:\n  cert_file: {certificate}\n  key_file: {key}\n{more}");
        let Err(error) = Web::start(&folder.write("web.yml", &config)) else { panic!("{config} was taken") };
        let expected = format!("{}{expected}", at("web.yml"));
        assert!(error.starts_with(&expected), "{error}\n{expected}");
    }
}

#[tokio::test]
async fn whoever_speaks_plain_http_is_told_so() {
    if !tools::available() {
        return;
    }
    let site = Site::start(Arc::new(Folder::with_server()), "").await;
    let mut client = site.server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let answer = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    assert_eq!(client.rest().await, answer);
}

#[tokio::test]
async fn stopping_ends_handshakes_and_waits_for_nobody_else() {
    if !tools::available() {
        return;
    }
    let site = Site::start(Arc::new(Folder::with_server()), "").await;
    let mut silent = site.server.connect().await;
    assert_eq!(site.curl("").await.status, 200);
    let begun = Instant::now();
    assert_eq!(site.server.ended().await.cut, 0);
    assert!(begun.elapsed() < Duration::from_secs(8), "it waited for {:?}", begun.elapsed());
    assert_eq!(silent.rest().await, b"");
}
