//! Signals that end a daemon, seen from outside: this program starts itself again as the daemon.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use ward_service::shutdown;

const AS_DAEMON: &str = "WARD_TEST_AS_DAEMON";

/// The daemon: says when it can be signalled and when it has begun to stop, and never ends by itself.
fn daemon() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let requested = shutdown::requested();
        println!("\nrunning");
        requested.await;
        println!("\nstopping");
        std::future::pending().await
    })
}

fn signal(daemon: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &daemon.id().to_string()]).status().unwrap().success());
}

#[test]
fn the_first_signal_asks_and_the_second_one_ends() {
    if std::env::var_os(AS_DAEMON).is_some() {
        return daemon();
    }
    for (first, second) in [("-TERM", "-INT"), ("-INT", "-TERM")] {
        let mut daemon = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_first_signal_asks_and_the_second_one_ends", "--nocapture"])
            .env(AS_DAEMON, "1")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(daemon.stdout.take().unwrap()).lines().map(Result::unwrap);
        assert!(lines.any(|line| line == "running"));
        signal(&daemon, first);
        assert!(lines.any(|line| line == "stopping"));
        signal(&daemon, second);
        assert_eq!(daemon.wait().unwrap().code(), Some(1));
    }
}
