//! The agent's desk: packets come in, are answered, and the answers go out when they are due.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use socket2::{SockAddr, SockRef};
use tokio::net::UdpSocket;

use super::stats::{Ledger, Receipt};
use super::{Agent, Behaviour, Stats};
use crate::dice::Dice;
use crate::fault::{Fault, Prank};
use crate::message::{Names, Request};
use crate::mib::Mib;
use crate::post::Post;
use crate::respond::{Answer, View};
use crate::value::Moment;

/// The longest UDP payload there is.
const MAX_PACKET: usize = 65_507;
/// So many packets are answered before other agents of the same thread get their turn.
const TURN: usize = 64;

/// Buffers that all agents of a thread share, since a packet is answered in one go.
struct Scratch {
    packet: Vec<u8>,
    names: Names,
    answer: Answer,
    reply: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        packet: vec![0; MAX_PACKET],
        names: Names::default(),
        answer: Answer::default(),
        reply: Vec::new(),
    });
}

/// An agent's state, between its serving task, the post office and whoever holds it.
#[derive(Debug)]
pub(super) struct Desk {
    socket: Arc<UdpSocket>,
    post: &'static Post,
    started: Instant,
    time_of_day: Duration,
    closed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    mib: Arc<Mib>,
    behaviour: Behaviour,
    ledger: Ledger,
    dice: Dice,
    misses_given: usize,
    /// When the work on all requests so far will be done, for agents that do one at a time.
    busy_until: Instant,
    /// For answers from the wrong port; opened by the first.
    other_socket: Option<Arc<UdpSocket>>,
}

/// An answer on its way.
struct Parting {
    receipt: Receipt,
    to: SocketAddr,
    socket: Arc<UdpSocket>,
    copies: u64,
    varbinds: usize,
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
            state: Mutex::new(State {
                mib: agent.mib,
                behaviour: agent.behaviour,
                ledger: Ledger::default(),
                dice: Dice::new(agent.seed),
                misses_given: 0,
                busy_until: started,
                other_socket: None,
            }),
        }
    }

    pub(super) fn stats(&self) -> Stats {
        self.state().ledger.stats.clone()
    }

    pub(super) fn reset(&self) {
        self.state().ledger.reset();
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.state().behaviour);
    }

    pub(super) fn set_mib(&self, mib: Arc<Mib>) {
        self.state().mib = mib;
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
            if SCRATCH.with_borrow_mut(|scratch| self.work(scratch)) {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Answers what has come in; true if there may be more.
    fn work(self: &Arc<Self>, scratch: &mut Scratch) -> bool {
        for _ in 0..TURN {
            match self.socket.try_recv_from(&mut scratch.packet) {
                Ok((length, client)) => self.receive(length, client, scratch),
                // Nothing more, or an error that receiving has cleared: wait for the next packet.
                Err(_) => return false,
            }
        }
        true
    }

    fn receive(self: &Arc<Self>, length: usize, client: SocketAddr, scratch: &mut Scratch) {
        let now = Instant::now();
        let Some((parting, due)) = self.state().answer(length, client, now, self, scratch) else { return };
        if due <= now {
            self.send(parting, &scratch.reply);
        } else {
            let (desk, packet) = (Arc::clone(self), scratch.reply.as_slice().into());
            let packet: Box<[u8]> = packet;
            self.post.at(due, move || desk.send(parting, &packet));
        }
    }

    fn send(&self, parting: Parting, packet: &[u8]) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        // Counted first: the client's next request may be here before this thread goes on.
        self.state().ledger.close(parting.receipt, parting.copies, parting.varbinds, packet.len());
        let to = SockAddr::from(parting.to);
        for _ in 0..parting.copies {
            // Past the runtime's readiness, so that any thread may send. What does not fit gets lost, as in a
            // network.
            let _ = SockRef::from(&*parting.socket).send_to(packet, &to);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Works out the answer to the packet in `scratch`, into `scratch`, and when it is due. None for silence.
    fn answer(
        &mut self,
        length: usize,
        client: SocketAddr,
        now: Instant,
        desk: &Desk,
        scratch: &mut Scratch,
    ) -> Option<(Parting, Instant)> {
        let Scratch { packet, names, answer, reply } = scratch;
        self.ledger.received(length);
        let request = match Request::decode(&packet[..length], names) {
            Ok(request) => request,
            Err(reason) => {
                self.ledger.bad(&reason);
                return None;
            }
        };
        if let Some(oddity) = &request.oddity {
            self.ledger.odd(oddity);
        }
        let behaviour = &self.behaviour;
        if behaviour.community.as_deref().is_some_and(|community| community != request.community) {
            self.ledger.stats.wrong_community += 1;
            return None;
        }
        if behaviour.loss > 0.0 && self.dice.happens(behaviour.loss) {
            self.ledger.stats.lost += 1;
            return None;
        }
        let prank = Prank::on(&behaviour.faults, self.ledger.stats.requests);
        let receipt = self.ledger.open(client.ip());
        if prank.has(&Fault::Drop) {
            self.ledger.close(receipt, 0, 0, 0);
            return None;
        }

        let mut view = View {
            limits: behaviour.limits,
            misses: &behaviour.misses,
            misses_given: self.misses_given,
            ..View::default()
        };
        prank.disturb_view(&mut view);
        let moment = Moment::new(now - desk.started, desk.time_of_day);
        answer.respond(&request, names, &self.mib, &view, &moment);
        self.misses_given += answer.misses;
        prank.disturb_answer(&request, names, answer);

        let mut head = answer.head(&request);
        if prank.has(&Fault::WrongRequestId) {
            head.request_id = head.request_id.wrapping_add(1);
        }
        if prank.has(&Fault::WrongCommunity) {
            head.community = b"not the one you asked with";
        }
        reply.clear();
        head.encode(&answer.varbinds, reply);
        prank.disturb_packet(reply);

        let mut ready = now;
        if let Some(service) = behaviour.service {
            let work = service.per_pdu + service.per_varbind * answer.len() as u32;
            self.busy_until = self.busy_until.max(now) + work;
            ready = self.busy_until;
        }
        let due = ready + behaviour.delay + prank.lateness();
        let copies = if prank.has(&Fault::Duplicate) { 2 } else { 1 };
        let socket = match prank.has(&Fault::OtherPort) {
            true => other_socket(&mut self.other_socket, &desk.socket)?,
            false => Arc::clone(&desk.socket),
        };
        Some((Parting { receipt, to: client, socket, copies, varbinds: answer.len() }, due))
    }
}

/// A second socket on the same address.
fn other_socket(kept: &mut Option<Arc<UdpSocket>>, socket: &UdpSocket) -> Option<Arc<UdpSocket>> {
    if kept.is_none() {
        let address = SocketAddr::new(socket.local_addr().ok()?.ip(), 0);
        let other = std::net::UdpSocket::bind(address).ok()?;
        other.set_nonblocking(true).ok()?;
        *kept = UdpSocket::from_std(other).ok().map(Arc::new);
    }
    kept.clone()
}
