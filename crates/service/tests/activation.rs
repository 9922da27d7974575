//! Sockets that systemd passes, as this program passes them to itself.

mod support;

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use clap::Parser;
use support::site::echo;
use support::{Client, patiently};
use ward_service::args::ServiceArgs;
use ward_service::http::{Limits, Server};

const AS_DAEMON: &str = "WARD_TEST_AS_DAEMON";

#[derive(Parser)]
struct Daemon {
    #[command(flatten)]
    service: ServiceArgs,
}

fn daemon() {
    let args = Daemon::parse_from(["daemon", "--web.systemd-socket", "--web.listen-address=192.0.2.1:9116"]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        match Server::open(&args.service, Limits::default()).await {
            Ok(server) => {
                println!("\nlistening on {:?}", server.addresses());
                server.serve(echo, std::future::pending()).await;
            }
            Err(error) => println!("\nfailed: {error}"),
        }
    });
}

/// Starts this program as the daemon, with a socket at descriptor 3, and returns its first word.
fn start(socket: Option<OwnedFd>) -> (Child, String) {
    // The shell keeps its process id when it becomes the daemon, and can move descriptors.
    let passed = "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\" \"$@\" 3<&0";
    let mut daemon = Command::new("sh")
        .args(["-c", if socket.is_some() { passed } else { "exec \"$0\" \"$@\"" }])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "sockets_are_taken_over", "--nocapture"])
        .env(AS_DAEMON, "1")
        .stdin(socket.map_or_else(Stdio::null, Stdio::from))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(daemon.stdout.take().unwrap()).lines().map(Result::unwrap);
    let said = lines.find(|line| line.starts_with("listening") || line.starts_with("failed")).unwrap();
    if said.starts_with("failed") {
        lines.for_each(drop);
    }
    (daemon, said)
}

#[tokio::test]
async fn sockets_are_taken_over() {
    if std::env::var_os(AS_DAEMON).is_some() {
        return tokio::task::spawn_blocking(daemon).await.unwrap();
    }
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = socket.local_addr().unwrap();
    let (mut daemon, said) = start(Some(socket.into()));
    assert_eq!(said, format!("listening on [{address}]"));
    let mut client = Client::connect(address).await;
    assert_eq!(patiently(client.ask("GET", "/x", "")).await.text(), "GET /x");
    daemon.kill().unwrap();
    daemon.wait().unwrap();

    for (socket, expected) in [
        (
            None,
            "failed: cannot listen on systemd's sockets: none was passed, expected to be started by a .socket unit",
        ),
        (
            Some(UdpSocket::bind("127.0.0.1:0").unwrap().into()),
            "failed: cannot listen on socket 1 of systemd: fd 3 is not a valid tcp socket",
        ),
    ] {
        let (mut daemon, said) = start(socket);
        assert_eq!(said, expected);
        daemon.wait().unwrap();
    }
}
