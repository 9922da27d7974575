//! Network namespaces with as many interfaces as a test wants. Needs root and iproute2.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::process::{self, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use nix::sched::{CloneFlags, setns};

use crate::process::run;
use crate::programs::find;

/// A network namespace of our own, with its loopback up; deleted when dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one.
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("ward-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(ip().args(["netns", "add", &name]));
        let namespace = Self { name };
        run(ip().args(["-n", &namespace.name, "link", "set", "lo", "up"]));
        namespace
    }

    /// Its name, as `ip` knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds `pairs` virtual cables inside the namespace: interfaces `left0`, `right0`, `left1` … all of them up.
    pub fn add_cables(&self, pairs: usize) {
        let commands: String = (0..pairs)
            .map(|pair| {
                format!(
                    "link add left{pair} type veth peer name right{pair}\n\
                     link set left{pair} up\nlink set right{pair} up\n"
                )
            })
            .collect();
        let mut batch = ip();
        let mut batch =
            batch.args(["-n", &self.name, "-batch", "-"]).stdin(Stdio::piped()).spawn().expect("ip starts");
        let mut input = batch.stdin.take().expect("a piped input");
        input.write_all(commands.as_bytes()).expect("ip reads its commands");
        drop(input);
        assert!(batch.wait().is_ok_and(|status| status.success()), "ip -batch");
    }

    /// A command that will run inside. The process started is the program itself, not a wrapper.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = ip();
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    /// Does some work of our own inside, such as asking a server that listens there.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        // A thread enters a namespace for good, so it is one made for this.
        let enter_and_work = || {
            let namespace = File::open(format!("/run/netns/{}", self.name)).expect("the namespace exists");
            setns(namespace, CloneFlags::CLONE_NEWNET).expect("root may enter it");
            work()
        };
        thread::scope(|scope| scope.spawn(enter_and_work).join().expect("the work ends"))
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = ip().args(["netns", "delete", &self.name]).status();
    }
}

/// The program `ip`, which is in `sbin` on some systems.
fn ip() -> Command {
    Command::new(find("ip").unwrap_or_else(|| "ip".into()))
}
