//! Where our own programs are, and whether a foreign one is installed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The top of the repository.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder of recordings and references beside the repository; `WARD_SHARED` names another. `None`, said aloud,
/// where there is none.
pub fn shared() -> Option<PathBuf> {
    let folder = env::var_os("WARD_SHARED").map_or_else(|| repository().join("../shared"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no recordings, {} is absent", folder.display());
    None
}

/// The path of one of our own programs, such as `ward-exporter`, built from the code as it is now.
///
/// `WARD_BIN_DIR` names a folder of programs to test instead, a release build for example.
pub fn ours(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| env::var_os("WARD_BIN_DIR").map_or_else(build, PathBuf::from));
    let program = folder.join(name);
    assert!(program.is_file(), "{} is not there", program.display());
    program
}

/// Builds all our programs the way this test was built, and returns the folder they are in.
fn build() -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    let mut above = test.ancestors().skip(2);
    let (Some(folder), Some(target)) = (above.next(), above.next()) else {
        panic!("{} is not in target/<profile>/deps", test.display());
    };
    let profile = folder.file_name().filter(|name| *name != "debug").unwrap_or("dev".as_ref());
    let built = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--workspace", "--bins", "--target-dir"])
        .arg(target)
        .arg("--profile")
        .arg(profile)
        .current_dir(repository())
        .status();
    assert!(built.is_ok_and(|status| status.success()), "cargo build failed");
    folder.to_path_buf()
}

/// Whether all these programs can be started, by root where `as_root`. If not, says what is missing and returns
/// false, so that the test can return; with `WARD_REQUIRE_ALL=1` it fails instead.
pub fn available(programs: &[&str], as_root: bool) -> bool {
    let mut missing: Vec<String> = programs
        .iter()
        .filter(|program| find(program).is_none())
        .map(|program| program.to_string())
        .collect();
    if as_root && !is_root() {
        missing.push("root's rights".into());
    }
    if missing.is_empty() {
        return true;
    }
    let line = format!("missing: {} (scripts/install-tools.sh installs programs)", missing.join(", "));
    assert!(env::var("WARD_REQUIRE_ALL").as_deref() != Ok("1"), "{line}");
    println!("skipped, {line}");
    false
}

/// Whether we are root, as far as the owner of our own `/proc` entry tells.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// The path of an installed program. `sbin` is looked in too, where it is not in a user's `PATH`.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let sbin = ["/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(sbin).map(|folder| folder.join(program)).find(|file| file.is_file())
}
