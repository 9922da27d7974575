//! How messages travel: UDP sockets that all conversations share, or TCP connections that those with one device do.

pub(crate) mod failure;
mod frame;
mod tcp;
mod udp;
mod waiting;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc::UnboundedSender;

use crate::target::Protocol;
use crate::{Source, Target};
use tcp::Connection;
use udp::Socket;
use waiting::Waiter;

/// UDP sockets for each address family: so many receive queues share a burst of answers.
const SOCKETS: usize = 4;

/// What arrives for a conversation.
#[derive(Debug)]
pub enum Event {
    /// A packet from the peer with a request-id that is waited for.
    Packet {
        /// The request-id.
        id: i32,
        /// The whole message.
        packet: Bytes,
        /// When it was taken from the socket.
        at: Instant,
    },
    /// A packet from the peer that is no SNMP message, or not enough of one to tell whose answer it is.
    Garbage,
    /// The network reports that the request did not get there (ICMP, or no connection).
    Unreachable {
        /// The request-id.
        id: i32,
        /// What it reports.
        error: io::Error,
    },
    /// The connection has ended, and with it these requests; it is made anew for the next.
    Closed {
        /// The request-ids.
        ids: Vec<i32>,
        /// Why; `InvalidData` where what came over it was no message.
        error: io::Error,
    },
}

/// All sockets. They are opened when first needed, and closed with the last handle to this.
#[derive(Debug)]
pub struct Transport {
    source: Source,
    open: Mutex<Open>,
    next_id: AtomicU32,
}

#[derive(Debug, Default)]
struct Open {
    v4: [Option<Arc<Socket>>; SOCKETS],
    v6: [Option<Arc<Socket>>; SOCKETS],
    /// As long as a conversation has them.
    connections: HashMap<SocketAddr, Weak<Connection>>,
}

impl Transport {
    /// A transport that sends from `source` and whose first request-id is drawn from `seed`.
    pub fn new(source: Source, seed: u32) -> Self {
        Self { source, open: Mutex::default(), next_id: AtomicU32::new(seed) }
    }

    /// A request-id no other request in flight has, and none near it either: agents have been seen to answer with the
    /// next number. Never negative, which some take for an error.
    pub fn next_id(&self) -> i32 {
        const STRIDE: u32 = 0x9e37_79b9;
        (self.next_id.fetch_add(STRIDE, Ordering::Relaxed) & 0x7fff_ffff) as i32
    }

    /// The way to a target, for one conversation whose events go to `mailbox`.
    ///
    /// # Errors
    /// No socket can be opened, or none that has a way to the target.
    pub fn port(&self, target: &Target, mailbox: UnboundedSender<Event>) -> io::Result<Port> {
        let peer = target.address;
        let Some(local) = self.source.towards(peer) else {
            let family = if peer.is_ipv4() { "IPv4" } else { "IPv6" };
            let what = format!("requests are sent from {}, which {family} devices do not see", self.source);
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, what));
        };
        let way = match target.protocol {
            Protocol::Udp => Way::Udp(self.socket(local, peer).map_err(|error| bound(local, "UDP", error))?),
            Protocol::Tcp => Way::Tcp(self.connection(local, peer, target.limits.timeout)),
        };
        let anywhere = target.limits.answers_from_anywhere;
        Ok(Port { way, waiter: Waiter { peer, anywhere, mailbox } })
    }

    /// The socket for a peer: always the same one, so that its packets keep their order.
    fn socket(&self, local: SocketAddr, peer: SocketAddr) -> io::Result<Arc<Socket>> {
        let last = match peer.ip() {
            IpAddr::V4(ip) => usize::from(ip.octets()[3]),
            IpAddr::V6(ip) => usize::from(ip.octets()[15]),
        };
        // A certain port can be had once.
        let number = if local.port() == 0 { last % SOCKETS } else { 0 };
        let mut open = self.open();
        let slot = if peer.is_ipv4() { &mut open.v4[number] } else { &mut open.v6[number] };
        match slot {
            Some(socket) => Ok(socket.clone()),
            None => Ok(slot.insert(Socket::open(local)?).clone()),
        }
    }

    /// The connection to a peer. Conversations at the same time have the same: many a device has few to give, and a
    /// certain local port allows for one.
    fn connection(&self, local: SocketAddr, peer: SocketAddr, patience: Duration) -> Arc<Connection> {
        let connections = &mut self.open().connections;
        if let Some(connection) = connections.get(&peer).and_then(Weak::upgrade) {
            return connection;
        }
        connections.retain(|_, connection| connection.strong_count() > 0);
        let connection = Connection::new(local, peer, patience);
        connections.insert(peer, Arc::downgrade(&connection));
        connection
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        let open = self.open();
        open.v4.iter().chain(&open.v6).flatten().for_each(|socket| socket.stop());
    }
}

/// An error with what was to be bound.
fn bound(local: SocketAddr, protocol: &str, error: io::Error) -> io::Error {
    let what = match (local.ip().is_unspecified(), local.port()) {
        (true, 0) => format!("no {protocol} socket: {error}"),
        _ => format!("no {protocol} socket on {local}: {error}"),
    };
    io::Error::new(error.kind(), what)
}

/// One conversation's way to its device.
#[derive(Debug)]
pub struct Port {
    way: Way,
    waiter: Waiter,
}

#[derive(Debug)]
enum Way {
    Udp(Arc<Socket>),
    Tcp(Arc<Connection>),
}

impl Port {
    /// Sends a request; its answer is waited for until it comes or [`Port::forget`] is called.
    ///
    /// # Errors
    /// The packet cannot be sent: there is no route, or this machine forbids it.
    pub async fn send(&self, id: i32, packet: &[u8]) -> io::Result<()> {
        match &self.way {
            Way::Udp(socket) => socket.send(id, packet, &self.waiter).await,
            Way::Tcp(connection) => {
                connection.send(id, packet, &self.waiter);
                Ok(())
            }
        }
    }

    /// Nobody waits for this id any more.
    pub fn forget(&self, id: i32) {
        match &self.way {
            Way::Udp(socket) => socket.forget(id),
            Way::Tcp(connection) => connection.forget(id),
        }
    }

    /// Whether the network itself sends again what is lost (TCP).
    pub fn is_reliable(&self) -> bool {
        matches!(self.way, Way::Tcp(_))
    }
}
