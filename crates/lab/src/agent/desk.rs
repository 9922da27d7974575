//! The agent's desk: packets come in, are answered, and the answers go out when they are due.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use socket2::{SockAddr, SockRef};
use tokio::net::UdpSocket;

use super::clerk::{Arrival, Clerk, Departure, Scratch};
use super::{Agent, Behaviour, Stats};
use crate::mib::Mib;
use crate::post::Post;
use crate::v3::Engine;
use crate::value::Moment;

/// The longest UDP payload there is.
const MAX_PACKET: usize = 65_507;
/// So many packets are answered before other agents of the same thread get their turn.
const TURN: usize = 64;

thread_local! {
    /// Buffers that all agents of a thread share, since a packet is answered in one go.
    static BUFFERS: RefCell<(Vec<u8>, Scratch)> = RefCell::new((vec![0; MAX_PACKET], Scratch::default()));
}

/// An agent's state, between its serving task, the post office and whoever holds it.
#[derive(Debug)]
pub(super) struct Desk {
    socket: Arc<UdpSocket>,
    post: &'static Post,
    started: Instant,
    time_of_day: Duration,
    closed: AtomicBool,
    clerk: Mutex<Clerk>,
    /// For answers from the wrong port; opened by the first.
    other_socket: Mutex<Option<Arc<std::net::UdpSocket>>>,
}

impl Desk {
    pub(super) fn new(agent: Agent, socket: Arc<UdpSocket>, post: &'static Post) -> Self {
        let started = Instant::now();
        Self {
            socket,
            post,
            started,
            time_of_day: agent.time_of_day,
            closed: AtomicBool::new(false),
            clerk: Mutex::new(Clerk::new(agent, started)),
            other_socket: Mutex::default(),
        }
    }

    pub(super) fn stats(&self) -> Stats {
        self.clerk().ledger.stats.clone()
    }

    pub(super) fn reset(&self) {
        self.clerk().ledger.reset();
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Behaviour)) {
        change(Arc::make_mut(&mut self.clerk().behaviour));
    }

    pub(super) fn set_mib(&self, mib: Arc<Mib>) {
        self.clerk().mib = mib;
    }

    pub(super) fn moment(&self) -> Moment {
        Moment::new(self.started.elapsed(), self.time_of_day)
    }

    /// Does something with the SNMPv3 engine and the agent's uptime; None where the agent has no engine.
    pub(super) fn with_engine<T>(&self, work: impl FnOnce(&mut Engine, Duration) -> T) -> Option<T> {
        let uptime = self.started.elapsed();
        self.clerk().engine.as_mut().map(|engine| work(engine, uptime))
    }

    /// Answers on their way will not arrive any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Answers packets for ever.
    pub(super) async fn serve(self: Arc<Self>) {
        loop {
            if self.socket.readable().await.is_err() {
                return;
            }
            if BUFFERS.with_borrow_mut(|(packet, scratch)| self.work(packet, scratch)) {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Answers what has come in; true if there may be more.
    fn work(self: &Arc<Self>, packet: &mut [u8], scratch: &mut Scratch) -> bool {
        for _ in 0..TURN {
            match self.socket.try_recv_from(packet) {
                Ok((length, client)) => self.receive(&packet[..length], client, scratch),
                // Nothing more, or an error that receiving has cleared: wait for the next packet.
                Err(_) => return false,
            }
        }
        true
    }

    fn receive(self: &Arc<Self>, packet: &[u8], client: SocketAddr, scratch: &mut Scratch) {
        let now = Instant::now();
        let (uptime, time_of_day) = (now - self.started, self.time_of_day);
        let arrival = Arrival { client: client.ip(), now, uptime, time_of_day };
        let Some(departure) = self.clerk().answer(packet, arrival, scratch) else { return };
        if departure.due <= now {
            self.send(&departure, client, &scratch.reply);
        } else {
            let (desk, reply) = (Arc::clone(self), scratch.reply.as_slice().into());
            let reply: Box<[u8]> = reply;
            self.post.at(departure.due, move || desk.send(&departure, client, &reply));
        }
    }

    fn send(&self, departure: &Departure, client: SocketAddr, reply: &[u8]) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        let Departure { receipt, copies, varbinds, other_port, before, .. } = departure;
        let other = if *other_port { self.other_socket() } else { None };
        // Counted first: the client's next request may be here before this thread goes on.
        self.clerk().ledger.close(*receipt, *copies, *varbinds, reply.len());
        let socket = match &other {
            Some(other) => SockRef::from(&**other),
            None if *other_port => return,
            None => SockRef::from(&*self.socket),
        };
        let to = SockAddr::from(client);
        let replies = std::iter::repeat_n(reply, *copies as usize);
        for packet in before.iter().map(Vec::as_slice).chain(replies) {
            // Past the runtime's readiness, so that any thread may send. What does not fit gets lost, as in a
            // network.
            let _ = socket.send_to(packet, &to);
        }
    }

    fn clerk(&self) -> MutexGuard<'_, Clerk> {
        self.clerk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A second socket on the same address. Nothing is received on it, so no runtime needs to know it.
    fn other_socket(&self) -> Option<Arc<std::net::UdpSocket>> {
        let mut kept = self.other_socket.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none() {
            let address = SocketAddr::new(self.socket.local_addr().ok()?.ip(), 0);
            let socket = std::net::UdpSocket::bind(address).ok()?;
            socket.set_nonblocking(true).ok()?;
            *kept = Some(Arc::new(socket));
        }
        kept.clone()
    }
}
