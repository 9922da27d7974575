//! `make demo` shows what the README promises, and leaves nothing behind.

use std::process::Command;

use ward_e2e::process::run;
use ward_e2e::programs::{available, find, ours, repository};
use ward_e2e::victoria;

#[test]
fn the_demo_ends_in_a_first_answer() {
    let programs = [victoria::PROGRAMS.as_slice(), &["curl"]].concat();
    if !available(&programs, false) {
        return;
    }
    let initdb = find("initdb").is_some() || std::path::Path::new("/usr/lib/postgresql").is_dir();
    // It builds by itself; building before keeps the compiler's output out of the way.
    ours("ward-lab");
    let folder = tempfile::TempDir::new().unwrap();
    let mut demo = Command::new(repository().join("scripts/demo.sh"));
    let printed = run(demo.args(["--once", "--branches", "2"]).env("TMPDIR", folder.path()));
    for promised in [
        "http://127.0.0.1:",
        "/metrics",
        "/sd",
        "/vmui/",
        "Mbit/s",
        "count(interface_if_hc_in_octets)",
        "/api/v1/interfaces",
        "by_type",
        "by_provider",
        "BECAUSE",
        "isp_provider",
        if initdb { "postgres://ward@127.0.0.1:" } else { "ward.db" },
    ] {
        assert!(printed.contains(promised), "no {promised} in:\n{printed}");
    }
    let providers = printed.lines().filter(|line| line.ends_with(" Mbit/s in all")).count();
    assert!(providers >= 2, "{printed}");
    let busiest = printed.lines().filter(|line| line.ends_with(" Mbit/s")).count();
    assert_eq!(busiest, 3, "{printed}");
    let left_behind = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left_behind, 0, "files in the folder for temporary ones");
}
