//! SIGHUP, in a process of its own as signals reach whole processes.

mod support;

use std::process::Command;

use support::patiently;
use ward_service::reload::Reloader;

#[tokio::test]
async fn sighup_reloads() {
    let reloader = Reloader::start(|| Ok(()), Vec::new).unwrap();
    for attempts in [2, 3] {
        let killed = Command::new("kill").args(["-HUP", &std::process::id().to_string()]).status().unwrap();
        assert!(killed.success());
        patiently(reloader.status().wait_for(|status| status.attempts == attempts)).await.unwrap();
    }
}
