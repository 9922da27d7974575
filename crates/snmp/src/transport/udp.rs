//! A UDP socket that many conversations share (RFC 3417): an answer finds its conversation by request-id, and counts
//! only when it comes from the address that was asked, unless the conversation says otherwise.

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::{Arc, OnceLock};

use nix::sys::socket::{self, MsgFlags, SockaddrStorage, sockopt};
use socket2::{Domain, Protocol, Type};
use tokio::net::UdpSocket;

use super::waiting::{Waiter, Waiting};
use crate::codec;

/// Many answers at once overflow a default receive queue.
const RECEIVE_QUEUE_BYTES: usize = 8 << 20;

/// One socket and those who wait for packets on it.
#[derive(Debug)]
pub(super) struct Socket {
    socket: UdpSocket,
    waiting: Waiting,
    receiver: OnceLock<tokio::task::AbortHandle>,
}

impl Socket {
    /// Opens one that is bound to this address.
    pub fn open(local: SocketAddr) -> io::Result<Arc<Self>> {
        let v4 = local.is_ipv4();
        let socket = socket2::Socket::new(Domain::for_address(local), Type::DGRAM, Some(Protocol::UDP))?;
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
        let shared = Arc::new(Self { socket, waiting: Waiting::default(), receiver: OnceLock::new() });
        let weak = Arc::downgrade(&shared);
        let task = tokio::spawn(async move {
            // A longer datagram than this does not exist.
            let mut buffer = vec![0; 65_536];
            while let Some(shared) = weak.upgrade() {
                shared.receive(&mut buffer).await;
            }
        });
        let _ = shared.receiver.set(task.abort_handle());
        Ok(shared)
    }

    /// Sends a request whose answer `waiter` waits for.
    ///
    /// # Errors
    /// The packet cannot be sent: there is no route, or this machine forbids it.
    pub async fn send(&self, id: i32, packet: &[u8], waiter: &Waiter) -> io::Result<()> {
        self.waiting.insert(id, waiter);
        // An error pending on the socket concerns an earlier packet and is reported once; the second try is ours.
        let sent = match self.socket.send_to(packet, waiter.peer).await {
            Err(_) => {
                self.report_errors();
                self.socket.send_to(packet, waiter.peer).await
            }
            sent => sent,
        };
        sent.map(|_| ()).inspect_err(|_| self.forget(id))
    }

    /// Nobody waits for this id any more.
    pub fn forget(&self, id: i32) {
        self.waiting.forget(id);
    }

    /// Receives no more. Otherwise its receiver, which waits for a packet, would be its last owner.
    pub fn stop(&self) {
        if let Some(task) = self.receiver.get() {
            task.abort();
        }
    }

    async fn receive(&self, buffer: &mut [u8]) {
        match self.socket.recv_from(buffer).await {
            Ok((length, peer)) => self.waiting.deliver(&buffer[..length], peer),
            Err(_) => self.report_errors(),
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
            self.waiting.unreachable(id, io::Error::from_raw_os_error(errno as i32));
        }
    }
}
