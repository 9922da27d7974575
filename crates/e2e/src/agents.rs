//! Simulated agents within the test's own process, for as long as they are held.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use lab::{Agent, RunningAgent};
use tokio::runtime::Runtime;

/// The runtime that all agents of a test program live on.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
    })
}

/// Starts an agent.
pub fn start(agent: Agent) -> RunningAgent {
    let _inside = runtime().enter();
    runtime().block_on(agent.spawn()).expect("the agent has a port")
}

/// Speaks TCP (RFC 3430) for an agent that speaks UDP, for as long as the test runs.
pub fn over_tcp(agent: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || pass_on(connection, agent));
        }
    });
    address
}

/// Passes requests on one by one, and their answers back, until the client closes the connection.
fn pass_on(mut connection: TcpStream, agent: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(agent)?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut buffer = vec![0; 65_536];
    loop {
        // A message is a SEQUENCE, so its first octets tell its length.
        connection.read_exact(&mut buffer[..2])?;
        let octets = usize::from(buffer[1] & 0x7f);
        let (head, length) = match buffer[1] & 0x80 {
            0 => (2, octets),
            _ => {
                connection.read_exact(&mut buffer[2..2 + octets])?;
                (
                    2 + octets,
                    buffer[2..2 + octets].iter().fold(0, |length, octet| length << 8 | usize::from(*octet)),
                )
            }
        };
        connection.read_exact(&mut buffer[head..head + length])?;
        socket.send(&buffer[..head + length])?;
        let length = socket.recv(&mut buffer)?;
        connection.write_all(&buffer[..length])?;
    }
}
