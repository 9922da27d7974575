//! Programs that none of us wrote: curl, and openssl, which makes the certificates.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// Whether curl and openssl are here; if not, says so, so that the test can return. With `WARD_REQUIRE_ALL=1` it fails.
pub fn available() -> bool {
    let there = |program: &str| Command::new(program).arg("version").output().is_ok();
    let missing: Vec<&str> = ["curl", "openssl"].into_iter().filter(|program| !there(program)).collect();
    if missing.is_empty() {
        return true;
    }
    let line = format!("missing: {} (scripts/install-tools.sh installs programs)", missing.join(", "));
    assert!(std::env::var("WARD_REQUIRE_ALL").as_deref() != Ok("1"), "{line}");
    println!("skipped, {line}");
    false
}

/// What a folder's certificates are for.
pub const SERVER: &str = "subjectAltName=DNS:localhost,IP:127.0.0.1";

/// A folder with certificates and a web config.
pub struct Folder {
    folder: TempDir,
}

impl Folder {
    /// An empty one.
    pub fn new() -> Self {
        Folder { folder: tempfile::tempdir().unwrap() }
    }

    /// With `ca.crt`, and `web.crt` for localhost signed by it.
    pub fn with_server() -> Self {
        let folder = Self::new();
        folder.authority("ca");
        folder.certificate("web", "ca", SERVER);
        folder
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs openssl in the folder.
    pub fn openssl(&self, arguments: &str) {
        let mut command = Command::new("openssl");
        let output = command.args(arguments.split(' ')).current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Makes a certificate authority.
    pub fn authority(&self, name: &str) {
        self.openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.crt -days 30 \
             -subj /CN={name}"
        ));
    }

    /// Makes a key, `NAME.key`, and a certificate that an authority signs, `NAME.crt`. Without extensions it is one of
    /// version 1.
    pub fn certificate(&self, name: &str, authority: &str, extensions: &str) {
        self.openssl(&format!("ecparam -name prime256v1 -genkey -noout -out {name}.key"));
        self.sign(name, authority, extensions, "-days 30");
    }

    /// Signs a certificate for a key that is there.
    pub fn sign(&self, name: &str, authority: &str, extensions: &str, options: &str) {
        self.openssl(&format!("req -new -key {name}.key -out {name}.csr -subj /CN={name}"));
        let extfile = match extensions {
            "" => String::new(),
            _ => {
                self.write(&format!("{name}.ext"), extensions);
                format!("-extfile {name}.ext ")
            }
        };
        self.openssl(&format!(
            "x509 -req -in {name}.csr -CA {authority}.crt -CAkey {authority}.key -CAcreateserial {extfile}{options} -out \
             {name}.crt"
        ));
    }
}

/// How curl fared.
#[derive(Debug)]
pub struct Fetched {
    /// 0 where there was no answer.
    pub status: u16,
    /// `1.1` or `2`.
    pub version: String,
    /// Head and body.
    pub text: String,
    /// What curl said.
    pub errors: String,
}

/// Runs curl with these arguments for a URL, trusting `ca` where there is one.
pub fn curl(url: &str, ca: Option<&Path>, arguments: &str) -> Fetched {
    let mut command = Command::new("curl");
    command.args(["-sS", "-i", "--max-time", "30", "--noproxy", "*", "-w", "\n%{http_code} %{http_version}"]);
    if let Some(ca) = ca {
        command.arg("--cacert").arg(ca);
    }
    command.args(arguments.split(' ').filter(|argument| !argument.is_empty())).arg(url);
    let Output { stdout, stderr, .. } = command.output().unwrap();
    let stdout = String::from_utf8(stdout).unwrap();
    let (text, last) = stdout.rsplit_once('\n').unwrap();
    let (status, version) = last.split_once(' ').unwrap();
    Fetched {
        status: status.parse().unwrap(),
        version: version.to_owned(),
        text: text.replace('\r', ""),
        errors: String::from_utf8_lossy(&stderr).into_owned(),
    }
}
