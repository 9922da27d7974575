//! Hands to the crate what it is built from: the compiler, and where whoever builds says so, the revision and its date.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for named in ["WARD_REVISION", "SOURCE_DATE_EPOCH"] {
        println!("cargo:rerun-if-env-changed={named}");
    }
    let revision = env::var("WARD_REVISION").ok().filter(|revision| !revision.is_empty());
    // The date is the source's, never the clock's: the same source gives the same program.
    let epoch = env::var("SOURCE_DATE_EPOCH").ok().and_then(|seconds| seconds.trim().parse::<u64>().ok());
    println!("cargo:rustc-env=WARD_REVISION={}", revision.unwrap_or_else(|| UNKNOWN.into()));
    println!(
        "cargo:rustc-env=WARD_DATE={}",
        epoch.map_or_else(|| UNKNOWN.into(), |seconds| date(seconds / 86_400))
    );
    println!("cargo:rustc-env=WARD_RUSTC={}", rustc().unwrap_or_else(|| UNKNOWN.into()));
}

const UNKNOWN: &str = "unknown";

/// The compiler, such as `1.95.0 (59807616e 2026-04-14)`.
fn rustc() -> Option<String> {
    let output = Command::new(env::var_os("RUSTC")?).arg("--version").output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().trim_start_matches("rustc ").to_string())
}

/// The date of a day since 1970-01-01.
fn date(mut days: u64) -> String {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let lengths = [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in lengths {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}
