//! Clients' certificates, which curl presents.

mod support;

use std::path::Path;
use std::sync::Arc;

use support::site::Site;
use support::tools::{self, Folder};
use ward_service::http::{Limits, Request, Response};

/// `--cert` and `--key` for curl, of a certificate in a folder.
fn presenting(folder: &Folder, name: &str) -> String {
    let path = |end: &str| folder.path(&format!("{name}.{end}")).display().to_string();
    format!("--cert {} --key {}", path("crt"), path("key"))
}

#[tokio::test]
async fn clients_certificates() {
    if !tools::available() {
        return;
    }
    let folder = Arc::new(Folder::with_server());
    folder.certificate("good", "ca", "extendedKeyUsage=clientAuth");
    folder.certificate("old", "ca", "extendedKeyUsage=clientAuth");
    folder.sign("old", "ca", "extendedKeyUsage=clientAuth", "-days -1");
    folder.certificate("server", "ca", "extendedKeyUsage=serverAuth");
    folder.authority("own");
    folder.authority("other");
    folder.certificate("strange", "other", "extendedKeyUsage=clientAuth");
    // A certificate that is its own authority is permitted, and then not those that it signs: it is one of ours itself.
    let both = std::fs::read_to_string(folder.path("ca.crt")).unwrap()
        + &std::fs::read_to_string(folder.path("own.crt")).unwrap();
    folder.write("clients.crt", &both);
    let ca = "  client_ca_file: clients.crt\n";
    for (policy, ca, none, good, strange, own, old, server) in [
        ("NoClientCert", "", true, true, true, true, true, true),
        ("RequestClientCert", "", true, true, true, true, true, true),
        ("RequireAnyClientCert", "", false, true, true, true, true, true),
        ("RequireClientCert", ca, false, true, true, true, true, true),
        ("VerifyClientCertIfGiven", ca, true, true, false, true, false, false),
        ("RequireAndVerifyClientCert", ca, false, true, false, true, false, false),
        // The system's authorities have signed none of them.
        ("VerifyClientCertIfGiven", "", true, false, false, false, false, false),
        ("RequireAndVerifyClientCert", "", false, false, false, false, false, false),
    ] {
        if policy.contains("Verify")
            && ca.is_empty()
            && !Path::new("/etc/ssl/certs/ca-certificates.crt").exists()
        {
            println!("skipped: this system names no authorities");
            continue;
        }
        let site = Site::start(folder.clone(), &format!("  client_auth_type: {policy}\n{ca}")).await;
        for (name, expected) in
            [("", none), ("good", good), ("strange", strange), ("own", own), ("old", old), ("server", server)]
        {
            let certificate = if name.is_empty() { String::new() } else { presenting(&folder, name) };
            for tls in ["--tls-max 1.2", "--tlsv1.3"] {
                let fetched = site.curl(&format!("{tls} {certificate}")).await;
                assert_eq!(fetched.status == 200, expected, "{policy} {name:?} {tls} {fetched:?}");
            }
        }
    }
}

#[tokio::test]
async fn clients_names() {
    if !tools::available() {
        return;
    }
    let folder = Arc::new(Folder::with_server());
    let names = "subjectAltName=DNS:prometheus.example.org,DNS:b.example.org,IP:192.0.2.7,IP:2001:db8::1,\
                 email:ops@example.org,URI:spiffe://example.org/prometheus";
    folder.certificate("named", "ca", names);
    folder.certificate("unnamed", "ca", "extendedKeyUsage=clientAuth");
    let verify = "  client_ca_file: ca.crt\n  client_auth_type: RequireAndVerifyClientCert\n";
    for (allowed, policy, named, unnamed, none) in [
        ("[]", verify, true, true, false),
        ("[other, prometheus.example.org]", verify, true, false, false),
        ("[b.example.org]", verify, true, false, false),
        ("[192.0.2.7]", verify, true, false, false),
        ("['2001:db8::1']", verify, true, false, false),
        ("[ops@example.org]", verify, true, false, false),
        ("['spiffe://example.org/prometheus']", verify, true, false, false),
        // The subject is no such name, and they are compared as they are.
        (
            "[named, example.org, '*.example.org', Prometheus.example.org, 192.0.2.70]",
            verify,
            false,
            false,
            false,
        ),
        // Whoever has to have a name has to have a certificate, too.
        (
            "[b.example.org]",
            "  client_ca_file: ca.crt\n  client_auth_type: VerifyClientCertIfGiven\n",
            true,
            false,
            false,
        ),
        ("[b.example.org]", "  client_auth_type: RequestClientCert\n", true, false, false),
    ] {
        let site = Site::start(folder.clone(), &format!("  client_allowed_sans: {allowed}\n{policy}")).await;
        for (name, expected) in [("named", named), ("unnamed", unnamed), ("", none)] {
            let certificate = if name.is_empty() { String::new() } else { presenting(&folder, name) };
            let fetched = site.curl(&certificate).await;
            assert_eq!(fetched.status == 200, expected, "{allowed} {name:?} {fetched:?}");
        }
    }
}

#[tokio::test]
async fn who_asks_is_known_by_a_certificate_that_was_verified() {
    if !tools::available() {
        return;
    }
    let folder = Arc::new(Folder::with_server());
    folder.certificate("good", "ca", "extendedKeyUsage=clientAuth");
    let told = |request: Request| async move { Response::text(format!("{:?}", request.user)) };
    for (policy, certificate, expected) in [
        ("RequestClientCert", "good", "None"),
        ("VerifyClientCertIfGiven\n  client_ca_file: ca.crt", "good", "Some(\"good\")"),
        ("VerifyClientCertIfGiven\n  client_ca_file: ca.crt", "", "None"),
        ("RequireAndVerifyClientCert\n  client_ca_file: ca.crt", "good", "Some(\"good\")"),
    ] {
        let keys = format!("  client_auth_type: {policy}\n");
        let site = Site::start_with(folder.clone(), &keys, Limits::default(), told).await;
        let certificate =
            if certificate.is_empty() { String::new() } else { presenting(&folder, certificate) };
        for tls in ["--tls-max 1.2", "--tlsv1.3"] {
            let fetched = site.curl(&format!("{tls} {certificate}")).await;
            assert_eq!(
                (fetched.status, fetched.text.trim().rsplit("\n\n").next().unwrap()),
                (200, expected),
                "{policy} {tls}"
            );
        }
    }
}
