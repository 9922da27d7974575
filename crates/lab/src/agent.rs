//! A simulated agent: a MIB behind a UDP socket, with the manners and faults it is given.

mod clerk;
mod desk;
mod stats;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

use crate::fault::FaultRule;
use crate::mib::Mib;
use crate::post::Post;
use crate::respond::{Limits, Miss};
use crate::v3::{Engine, User};
use crate::value::Moment;

use desk::Desk;
pub use stats::Stats;

/// How an agent behaves. [`Behaviour::default`] answers everything at once and rightly, to the community
/// `public`.
#[derive(Debug, Clone, PartialEq)]
pub struct Behaviour {
    /// The community it answers to; none for any. A wrong one gets silence, as from real agents.
    pub community: Option<Vec<u8>>,
    /// The round trip: how long after the request the answer comes.
    pub delay: Duration,
    /// The share of requests that get lost, 0 to 1.
    pub loss: f64,
    /// If set, one request is worked on at a time, and takes this long.
    pub service: Option<Service>,
    /// What bounds an answer.
    pub limits: Limits,
    /// The exceptions a GET gets for what is not there, in turn; none for the right ones.
    pub misses: Vec<Miss>,
    /// What it does wrong.
    pub faults: Vec<FaultRule>,
    /// Whether SNMPv1 and v2c get silence.
    pub v3_only: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            community: Some(b"public".to_vec()),
            delay: Duration::ZERO,
            loss: 0.0,
            service: None,
            limits: Limits::default(),
            misses: Vec::new(),
            faults: Vec::new(),
            v3_only: false,
        }
    }
}

/// The time an agent works on a request while others wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Service {
    /// For each request.
    pub per_pdu: Duration,
    /// And for each varbind of its answer.
    pub per_varbind: Duration,
}

/// Why an agent could not be started.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}/udp: {source}")]
pub struct SpawnError {
    /// Where it should have listened.
    pub address: SocketAddr,
    /// What the system says.
    pub source: io::Error,
}

/// An agent about to be started.
#[derive(Debug, Clone)]
pub struct Agent {
    mib: Arc<Mib>,
    behaviour: Behaviour,
    engine: Option<Engine>,
    address: SocketAddr,
    seed: u64,
    time_of_day: Duration,
}

impl Agent {
    /// An agent that knows these objects, listens on 127.0.0.1 at a free port, and behaves well.
    pub fn new(mib: impl Into<Arc<Mib>>) -> Self {
        Self {
            mib: mib.into(),
            behaviour: Behaviour::default(),
            engine: None,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            seed: 1,
            time_of_day: Duration::from_secs(12 * 3600),
        }
    }

    /// Listens on this address instead.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// Behaves altogether like this.
    pub fn behave(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Answers to this community.
    pub fn community(mut self, community: impl Into<Vec<u8>>) -> Self {
        self.behaviour.community = Some(community.into());
        self
    }

    /// Answers so long after the request.
    pub fn delay(mut self, round_trip: Duration) -> Self {
        self.behaviour.delay = round_trip;
        self
    }

    /// Loses this share of the requests, 0 to 1.
    pub fn loss(mut self, share: f64) -> Self {
        self.behaviour.loss = share;
        self
    }

    /// Works on one request at a time.
    pub fn serial(mut self, per_pdu: Duration, per_varbind: Duration) -> Self {
        self.behaviour.service = Some(Service { per_pdu, per_varbind });
        self
    }

    /// Bounds its answers.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.behaviour.limits = limits;
        self
    }

    /// Gives these exceptions, in turn, for what a GET does not find.
    pub fn misses(mut self, misses: impl Into<Vec<Miss>>) -> Self {
        self.behaviour.misses = misses.into();
        self
    }

    /// Does this wrong too.
    pub fn fault(mut self, fault: FaultRule) -> Self {
        self.behaviour.faults.push(fault);
        self
    }

    /// Draws its losses from this seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Starts at this time of the day (since midnight), which daily counters follow; noon unless said
    /// otherwise.
    pub fn time_of_day(mut self, since_midnight: Duration) -> Self {
        self.time_of_day = since_midnight;
        self
    }

    /// Speaks SNMPv3 too, with this user. Without users it does not.
    pub fn user(mut self, user: User) -> Self {
        self.engine().add_user(user);
        self
    }

    /// Speaks SNMPv3 only.
    pub fn v3_only(mut self) -> Self {
        self.behaviour.v3_only = true;
        self
    }

    /// Has this snmpEngineID; one made from its address unless given.
    pub fn engine_id(mut self, id: &[u8]) -> Self {
        self.engine().set_id(id);
        self
    }

    /// Has booted so often, and has been up for so many seconds: snmpEngineBoots, snmpEngineTime. Once and not at all
    /// unless given.
    pub fn booted(mut self, boots: u32, time: u32) -> Self {
        self.engine().set_boots(boots);
        self.engine().set_time(time, Duration::ZERO);
        self
    }

    /// Says it takes messages of so many octets: msgMaxSize. Longer ones it does not answer. 65507 unless given.
    pub fn max_size(mut self, octets: u32) -> Self {
        self.engine().set_max_size(octets);
        self
    }

    /// Shows other objects in the SNMPv3 context of this name.
    pub fn context(mut self, name: &str, mib: impl Into<Arc<Mib>>) -> Self {
        self.engine().add_context(name.as_bytes(), mib.into());
        self
    }

    fn engine(&mut self) -> &mut Engine {
        self.engine.get_or_insert_default()
    }

    /// Starts it, on the runtime this is called from.
    pub async fn spawn(mut self) -> Result<RunningAgent, SpawnError> {
        let address = self.address;
        let named = |source| SpawnError { address, source };
        let socket = Arc::new(open_socket(address).map_err(named)?);
        let address = socket.local_addr().map_err(named)?;
        let post = Post::office().map_err(named)?;
        if let Some(engine) = self.engine.as_mut().filter(|engine| engine.id().is_empty()) {
            engine.set_id(&engine_id_of(address));
        }
        let desk = Arc::new(Desk::new(self, socket, post));
        let serving = tokio::spawn(Arc::clone(&desk).serve());
        Ok(RunningAgent { address, desk, serving })
    }
}

/// An snmpEngineID (RFC 3411 §5) of the enterprise number for examples (RFC 5612): in format 5, octets, the address
/// and the port.
fn engine_id_of(address: SocketAddr) -> Vec<u8> {
    let mut id = vec![0x80, 0, 0x7e, 0xd9, 5];
    match address.ip() {
        IpAddr::V4(ip) => id.extend(ip.octets()),
        IpAddr::V6(ip) => id.extend(ip.octets()),
    }
    id.extend(address.port().to_be_bytes());
    id
}

fn open_socket(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    // A client may send a whole table's requests at once; the system grants what it allows.
    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(1 << 20);
    UdpSocket::from_std(socket)
}

/// What an agent's SNMPv3 engine says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineState {
    /// snmpEngineID.
    pub id: Vec<u8>,
    /// snmpEngineBoots.
    pub boots: u32,
    /// snmpEngineTime, seconds.
    pub time: u32,
}

/// An agent at work. It stops when this is dropped.
#[derive(Debug)]
pub struct RunningAgent {
    address: SocketAddr,
    desk: Arc<Desk>,
    serving: JoinHandle<()>,
}

impl RunningAgent {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// What it has seen and done since it started or since [`RunningAgent::reset`].
    pub fn stats(&self) -> Stats {
        self.desk.stats()
    }

    /// Begins a new count: [`Stats`] and the numbers of requests that faults go by.
    pub fn reset(&self) {
        self.desk.reset();
    }

    /// Changes how it behaves, from the next request on.
    pub fn change(&self, change: impl FnOnce(&mut Behaviour)) {
        self.desk.change(change);
    }

    /// Does this wrong from now on, and nothing else.
    pub fn set_fault(&self, fault: FaultRule) {
        self.change(|behaviour| behaviour.faults = vec![fault]);
    }

    /// Does nothing wrong any more.
    pub fn clear_faults(&self) {
        self.change(|behaviour| behaviour.faults.clear());
    }

    /// Knows these objects from now on. Its clock goes on.
    pub fn set_mib(&self, mib: impl Into<Arc<Mib>>) {
        self.desk.set_mib(mib.into());
    }

    /// Where its clock is.
    pub fn moment(&self) -> Moment {
        self.desk.moment()
    }

    /// Its SNMPv3 engine as it is now; None where it speaks no SNMPv3.
    pub fn engine(&self) -> Option<EngineState> {
        self.desk.with_engine(|engine, uptime| EngineState {
            id: engine.id().to_vec(),
            boots: engine.boots(),
            time: engine.time(uptime),
        })
    }

    /// Does something to its SNMPv3 engine, which gets its uptime too: boots it, shifts its clock, gives it other
    /// users. Nothing happens where it speaks no SNMPv3.
    pub fn change_engine(&self, change: impl FnOnce(&mut Engine, Duration)) {
        self.desk.with_engine(change);
    }

    /// Stops it, and returns when its port is free.
    pub async fn stop(mut self) {
        self.desk.close();
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }
}

impl Drop for RunningAgent {
    fn drop(&mut self) {
        self.desk.close();
        self.serving.abort();
    }
}
