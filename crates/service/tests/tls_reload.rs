//! Certificates that change while the server runs.

mod support;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use support::patiently;
use support::site::{Site, section};
use support::tools::{self, Folder, SERVER};

#[tokio::test]
async fn a_renewed_certificate_is_taken_over() {
    if !tools::available() {
        return;
    }
    let site = Site::start(Arc::new(Folder::with_server()), "").await;
    assert_eq!(site.curl("").await.status, 200);
    // In place, key and certificate one after the other, by another authority so that curl can tell.
    site.folder.authority("next");
    site.folder.certificate("web", "next", SERVER);
    let fetched = site.answered("next.crt").await;
    assert_eq!(fetched.status, 200, "{fetched:?}");
    assert_eq!(site.curl_with("ca.crt", "").await.status, 0);
    // By rename.
    site.folder.authority("last");
    site.folder.certificate("new", "last", SERVER);
    for end in ["key", "crt"] {
        std::fs::rename(site.folder.path(&format!("new.{end}")), site.folder.path(&format!("web.{end}")))
            .unwrap();
    }
    let fetched = site.answered("last.crt").await;
    assert_eq!(fetched.status, 200, "{fetched:?}");
}

#[tokio::test]
async fn a_swapped_folder_of_certificates_is_taken_over() {
    if !tools::available() {
        return;
    }
    // A Secret in Kubernetes: files are links through ..data, and ..data is swapped by a rename.
    let folder = Arc::new(Folder::new());
    let put = |version: &str| {
        folder.authority(&format!("ca{version}"));
        folder.certificate("x", &format!("ca{version}"), SERVER);
        std::fs::create_dir(folder.path(version)).unwrap();
        for end in ["crt", "key"] {
            let name = format!("web.{end}");
            std::fs::rename(folder.path(&format!("x.{end}")), folder.path(version).join(name)).unwrap();
        }
        symlink(Path::new(version), folder.path("..new")).unwrap();
        std::fs::rename(folder.path("..new"), folder.path("..data")).unwrap();
    };
    put("1");
    for name in ["web.crt", "web.key"] {
        symlink(Path::new("..data").join(name), folder.path(name)).unwrap();
    }
    let site = Site::start(folder.clone(), "").await;
    assert_eq!(site.curl_with("ca1.crt", "").await.status, 200);
    put("2");
    let fetched = site.answered("ca2.crt").await;
    assert_eq!(fetched.status, 200, "{fetched:?}");
}

#[tokio::test]
async fn a_certificate_that_will_not_do_changes_nothing() {
    if !tools::available() {
        return;
    }
    let site = Site::start(Arc::new(Folder::with_server()), "").await;
    let certificate = std::fs::read_to_string(site.folder.path("web.crt")).unwrap();
    let mut status = site.web.reloader().status();
    for (file, text, expected) in [
        ("web.crt", "cut short", "web.crt: no certificate in it"),
        ("web.crt", certificate.as_str(), ""),
        ("web.yml", "", "TLS is turned off in it, and that takes a restart"),
        (
            "web.yml",
            &section("  client_auth_type: x\n"),
            "web.yml:4: tls_server_config.client_auth_type: \"x\" is not",
        ),
        ("web.yml", &section("  min_version: TLS13\n"), ""),
    ] {
        let before = status.borrow().attempts;
        site.folder.write("new", text);
        std::fs::rename(site.folder.path("new"), site.folder.path(file)).unwrap();
        let after = patiently(status.wait_for(|status| status.attempts > before)).await.unwrap();
        let error = after.error.clone().unwrap_or_default();
        drop(after);
        assert!(error.contains(expected) && error.is_empty() == expected.is_empty(), "{error}");
        let fetched = site.curl("").await;
        assert_eq!(fetched.status, 200, "{fetched:?}");
    }
    assert_eq!(site.curl("--tls-max 1.2").await.status, 0);
}

#[tokio::test]
async fn a_certificate_that_comes_later_is_noticed() {
    if !tools::available() {
        return;
    }
    let site = Site::start(Arc::new(Folder::with_server()), "").await;
    let mut status = site.web.reloader().status();
    // The file names one that is not there yet, in a folder that is not there either.
    let config = "tls_server_config:\n  cert_file: later/web.crt\n  key_file: later/web.key\n";
    site.folder.write("web.yml", config);
    let failed = |status: &ward_service::reload::Status| status.error.is_some();
    patiently(status.wait_for(failed)).await.unwrap();
    site.folder.authority("next");
    site.folder.certificate("x", "next", SERVER);
    std::fs::create_dir(site.folder.path("later")).unwrap();
    for end in ["crt", "key"] {
        std::fs::copy(site.folder.path(&format!("x.{end}")), site.folder.path(&format!("later/web.{end}")))
            .unwrap();
    }
    let fetched = site.answered("next.crt").await;
    assert_eq!(fetched.status, 200, "{fetched:?}");
}
