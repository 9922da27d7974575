//! UDP sockets that all conversations share (RFC 3417): an answer finds its conversation by request-id, and counts
//! only when it comes from the address that was asked.

use std::collections::HashMap;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use nix::sys::socket::{self, MsgFlags, SockaddrStorage, sockopt};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;
use tokio::sync::mpsc::UnboundedSender;

use crate::{Source, codec};

/// Sockets for each address family: so many receive queues share a burst of answers.
const SOCKETS: usize = 4;
/// Many answers at once overflow a default receive queue.
const RECEIVE_QUEUE_BYTES: usize = 8 << 20;

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
    /// The network reports that the request did not get there (ICMP).
    Unreachable {
        /// The request-id.
        id: i32,
        /// What it reports.
        error: io::Error,
    },
}

/// All sockets. They are opened when first needed, and closed with the last handle to this.
#[derive(Debug)]
pub struct Transport {
    v4: [OnceLock<Arc<Port>>; SOCKETS],
    v6: [OnceLock<Arc<Port>>; SOCKETS],
    next_id: AtomicU32,
    source: Source,
}

impl Transport {
    /// A transport that sends from `source` and whose first request-id is drawn from `seed`.
    pub fn new(source: Source, seed: u32) -> Self {
        Self { source, v4: Default::default(), v6: Default::default(), next_id: AtomicU32::new(seed) }
    }

    /// A request-id no other request in flight has, and none near it either: agents have been seen to answer with the
    /// next number. Never negative, which some take for an error.
    pub fn next_id(&self) -> i32 {
        const STRIDE: u32 = 0x9e37_79b9;
        (self.next_id.fetch_add(STRIDE, Ordering::Relaxed) & 0x7fff_ffff) as i32
    }

    /// The socket for a peer: always the same one, so that its packets keep their order.
    ///
    /// # Errors
    /// No socket can be opened.
    pub fn port(&self, peer: SocketAddr) -> io::Result<Arc<Port>> {
        let number = match peer.ip() {
            IpAddr::V4(ip) => usize::from(ip.octets()[3]),
            IpAddr::V6(ip) => usize::from(ip.octets()[15]),
        } % SOCKETS;
        let slot = if peer.is_ipv4() { &self.v4[number] } else { &self.v6[number] };
        if let Some(port) = slot.get() {
            return Ok(port.clone());
        }
        let Some(local) = self.source.towards(peer) else {
            let what =
                format!("requests are to be sent from {}, which has no way to {}", self.source, peer.ip());
            return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, what));
        };
        // Two first users may both open one; the second is dropped.
        let port = Port::open(local)?;
        Ok(slot.get_or_init(|| port).clone())
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        for port in self.v4.iter().chain(&self.v6).filter_map(OnceLock::get) {
            if let Some(task) = port.receiver.get() {
                task.abort();
            }
        }
    }
}

/// One socket and those who wait for packets on it.
#[derive(Debug)]
pub struct Port {
    socket: UdpSocket,
    waiting: Mutex<HashMap<i32, (SocketAddr, UnboundedSender<Event>)>>,
    receiver: OnceLock<tokio::task::AbortHandle>,
}

impl Port {
    fn open(local: SocketAddr) -> io::Result<Arc<Self>> {
        let v4 = local.is_ipv4();
        let socket = Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
        if !v4 {
            socket.set_only_v6(true)?;
        }
        // More than net.core.rmem_max only where we may; what is granted is used.
        if socket::setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_QUEUE_BYTES).is_err() {
            let _ = socket.set_recv_buffer_size(RECEIVE_QUEUE_BYTES);
        }
        // So that "port unreachable" arrives although the socket is connected to nobody.
        let _ = match v4 {
            true => socket::setsockopt(&socket, sockopt::Ipv4RecvErr, &true),
            false => socket::setsockopt(&socket, sockopt::Ipv6RecvErr, &true),
        };
        socket.set_nonblocking(true)?;
        socket.bind(&local.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        let port = Arc::new(Self { socket, waiting: Mutex::default(), receiver: OnceLock::new() });
        let weak = Arc::downgrade(&port);
        let task = tokio::spawn(async move {
            // A longer datagram than this does not exist.
            let mut buffer = vec![0; 65_536];
            while let Some(port) = weak.upgrade() {
                port.receive(&mut buffer).await;
            }
        });
        let _ = port.receiver.set(task.abort_handle());
        Ok(port)
    }

    /// Sends a request whose answer is to go to `mailbox`.
    ///
    /// # Errors
    /// The packet cannot be sent: there is no route, or this machine forbids it.
    pub async fn send(
        &self,
        id: i32,
        peer: SocketAddr,
        packet: &[u8],
        mailbox: &UnboundedSender<Event>,
    ) -> io::Result<()> {
        self.waiting().insert(id, (peer, mailbox.clone()));
        // An error pending on the socket concerns an earlier packet and is reported once; the second try is ours.
        let sent = match self.socket.send_to(packet, peer).await {
            Err(_) => {
                self.report_errors();
                self.socket.send_to(packet, peer).await
            }
            sent => sent,
        };
        sent.map(|_| ()).inspect_err(|_| self.forget(id))
    }

    /// Nobody waits for this id any more.
    pub fn forget(&self, id: i32) {
        self.waiting().remove(&id);
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<i32, (SocketAddr, UnboundedSender<Event>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn receive(&self, buffer: &mut [u8]) {
        match self.socket.recv_from(buffer).await {
            Ok((length, peer)) => self.deliver(&buffer[..length], peer),
            Err(_) => self.report_errors(),
        }
    }

    fn deliver(&self, packet: &[u8], from: SocketAddr) {
        let mut waiting = self.waiting();
        let Some(id) = codec::message_id(packet) else {
            if let Some((_, mailbox)) = waiting.values().find(|(peer, _)| *peer == from) {
                let _ = mailbox.send(Event::Garbage);
            }
            return;
        };
        if waiting.get(&id).is_none_or(|(peer, _)| peer.ip() != from.ip() || peer.port() != from.port()) {
            return;
        }
        if let Some((_, mailbox)) = waiting.remove(&id) {
            drop(waiting);
            let packet = Bytes::copy_from_slice(packet);
            // A conversation that has ended meanwhile is no error.
            let _ = mailbox.send(Event::Packet { id, packet, at: Instant::now() });
        }
    }

    /// Reads the socket's error queue. Each entry carries the packet it concerns.
    fn report_errors(&self) {
        let mut packet = [0; 2048];
        let mut control = nix::cmsg_space!(nix::libc::sock_extended_err, nix::libc::sockaddr_in6);
        loop {
            let mut parts = [IoSliceMut::new(&mut packet)];
            let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
            let fd = self.socket.as_raw_fd();
            let Ok(message) = socket::recvmsg::<SockaddrStorage>(fd, &mut parts, Some(&mut control), flags)
            else {
                return;
            };
            let errno = message.cmsgs().ok().into_iter().flatten().find_map(|control| match control {
                socket::ControlMessageOwned::Ipv4RecvErr(error, _) => Some(error.ee_errno),
                socket::ControlMessageOwned::Ipv6RecvErr(error, _) => Some(error.ee_errno),
                _ => None,
            });
            let length = message.bytes;
            let Some((errno, id)) = errno.zip(codec::message_id(&packet[..length.min(2048)])) else {
                continue;
            };
            if let Some((_, mailbox)) = self.waiting().get(&id) {
                let error = io::Error::from_raw_os_error(errno as i32);
                let _ = mailbox.send(Event::Unreachable { id, error });
            }
        }
    }
}
