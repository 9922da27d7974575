//! The exporter with the web config that is shipped: TLS, passwords and headers as curl and vmagent see them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;
use ward_e2e::process::{PATIENCE, Process, free_port, run, wait_for};
use ward_e2e::programs::{available, ours, repository};
use ward_e2e::victoria::{self, VictoriaMetrics};

/// A folder with `web.crt`, `web.key`, `clients.crt`, and a client's `client.crt` and `client.key`.
fn certificates() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let openssl = |arguments: &str| {
        run(Command::new("openssl").args(arguments.split(' ')).current_dir(folder.path()));
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(&format!("req -x509 {key} -keyout ca.key -out clients.crt -days 30 -subj /CN=ca"));
    for (name, names) in [("web", "DNS:localhost,IP:127.0.0.1"), ("client", "DNS:vmagent.example.org")] {
        fs::write(folder.path().join("names"), format!("subjectAltName={names}")).unwrap();
        openssl(&format!("req {key} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA clients.crt -CAkey ca.key -CAcreateserial -extfile names -days 30 -out {name}.crt"
        ));
    }
    folder
}

/// An exporter without devices, with a web config in a folder of certificates.
fn exporter(folder: &Path, config: &str) -> (Process, SocketAddr) {
    let address = free_port();
    fs::write(folder.join("web.yml"), config).unwrap();
    let mut command = Command::new(ours("ward-exporter"));
    command
        .arg(format!("--web.listen-address={address}"))
        .arg("--web.config.file=web.yml")
        .current_dir(folder);
    let mut process = Process::start(&mut command);
    process
        .ready("a connection", || std::net::TcpStream::connect(address).map_err(|error| error.to_string()));
    (process, address)
}

/// Status, version of HTTP, head and body, as curl tells them.
fn curl(folder: &Path, address: SocketAddr, path: &str, arguments: &str) -> (String, String) {
    let output = Command::new("curl")
        .args([
            "-sS",
            "-i",
            "--noproxy",
            "*",
            "--cacert",
            "clients.crt",
            "-w",
            "\n%{http_code} %{http_version}",
        ])
        .args(arguments.split(' ').filter(|argument| !argument.is_empty()))
        .arg(format!("https://localhost:{}{path}", address.port()))
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).replace('\r', "");
    let (text, status) = text.rsplit_once('\n').unwrap_or_default();
    (status.to_owned(), text.to_owned())
}

const PATHS: [&str; 7] = ["/", "/metrics", "/sd", "/snmp?target=x", "/config", "/-/healthy", "/nowhere"];

#[test]
fn the_shipped_file_works_as_it_is() {
    if !available(&["curl", "openssl"], false) {
        return;
    }
    let folder = certificates();
    let config = fs::read_to_string(repository().join("configs/web.yml")).unwrap();
    let (_process, address) = exporter(folder.path(), &config);
    for path in PATHS {
        let (status, text) = curl(folder.path(), address, path, "");
        assert!(
            status.ends_with(" 2") && !status.starts_with("000") && !status.starts_with("401"),
            "{path} {status}"
        );
        assert!(text.contains("\nx-content-type-options: nosniff\n"), "{path} {text}");
        assert!(text.contains("\nx-frame-options: deny\n"), "{path} {text}");
    }
    let (_, metrics) = curl(folder.path(), address, "/metrics", "");
    for line in [
        "ward_exporter_web_config_last_reload_successful 1",
        "ward_exporter_web_tls_handshakes_failed_total 0",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
}

#[test]
fn what_the_shipped_file_has_in_comments_works_too() {
    if !available(&["curl", "openssl"], false) {
        return;
    }
    let folder = certificates();
    let config = fs::read_to_string(repository().join("configs/web.yml")).unwrap();
    // Keys stand right behind the sign, prose after a space.
    let active = |line: &str| match line.trim_start().strip_prefix('#') {
        Some(key) if !key.starts_with([' ']) && !key.is_empty() => line.replacen('#', "", 1),
        _ => line.to_owned(),
    };
    let config: String = config.lines().map(|line| active(line) + "\n").collect();
    let (_process, address) = exporter(folder.path(), &config);
    let certificate = "--cert client.crt --key client.key";
    for path in PATHS {
        for (arguments, expected) in [
            (format!("{certificate} -u vmagent:secret"), ""),
            (format!("{certificate} -u vmagent:other"), "401 2"),
            (certificate.to_owned(), "401 2"),
            ("-u vmagent:secret".to_owned(), "000 0"),
            ("--cert web.crt --key web.key -u vmagent:secret".to_owned(), "000 0"),
        ] {
            let (status, text) = curl(folder.path(), address, path, &arguments);
            let refused = status.starts_with("401") || status.starts_with("000");
            assert!(status == expected || expected.is_empty() && !refused, "{path} {arguments}: {status}");
            if status.starts_with("401") {
                assert!(
                    text.contains("\nwww-authenticate: Basic\n") && text.ends_with("\n\nUnauthorized\n"),
                    "{text}"
                );
            }
            if !status.starts_with("000") {
                assert!(text.contains("\nstrict-transport-security: max-age=31536000\n"), "{text}");
            }
        }
    }
}

#[test]
fn vmagent_scrapes_with_certificate_and_password() {
    if !available(&[&["curl", "openssl"][..], &victoria::PROGRAMS].concat(), false) {
        return;
    }
    let folder = certificates();
    let hash = "$2y$10$sZ.yqg6aNUmLp4x87I3yuetuuDjFFanXLaZTl4izkqvHqNPlnm9KS";
    let config = format!(
        "tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\n  client_ca_file: clients.crt\n  \
         client_auth_type: RequireAndVerifyClientCert\nbasic_auth_users: {{vmagent: {hash}}}\n"
    );
    let (_exporter, address) = exporter(folder.path(), &config);
    let storage = VictoriaMetrics::start();
    let job = |name: &str, password: &str| {
        format!(
            "- job_name: {name}\n  scrape_interval: 1s\n  scheme: https\n  tls_config: {{ca_file: clients.crt, cert_file: \
             client.crt, key_file: client.key, server_name: localhost}}\n  basic_auth: {{username: vmagent, password: \
             {password}}}\n  static_configs: [{{targets: ['{address}']}}]\n"
        )
    };
    let jobs = format!("scrape_configs:\n{}{}", job("right", "secret"), job("wrong", "other"));
    fs::write(folder.path().join("vmagent.yml"), jobs).unwrap();
    let mut vmagent = Command::new("vmagent");
    vmagent
        .arg(format!("-httpListenAddr={}", free_port()))
        .arg("-promscrape.config=vmagent.yml")
        .arg("-remoteWrite.tmpDataPath=queue")
        .arg(format!("-remoteWrite.url=http://{}/api/v1/write", storage.address))
        .arg("-remoteWrite.flushInterval=1s")
        .current_dir(folder.path());
    let _vmagent = Process::start(&mut vmagent);
    for (job, expected) in [("right", 1.0), ("wrong", 0.0)] {
        let question = format!(r#"max_over_time(up{{job="{job}"}}[1m])"#);
        wait_for(&question, PATIENCE, || match storage.value(&question)? {
            value if value == expected => Ok(()),
            value => Err(format!("{value}, not {expected}")),
        });
    }
    let question = "count_over_time(ward_exporter_web_config_last_reload_successful[1m])";
    wait_for(question, PATIENCE, || storage.value(question).map(drop));
}
