//! The agent that is recorded: requests go there, answers come back or do not.

use std::time::Duration;

use lab::ask::{self, Response};
use lab::message::Operation;
use lab::v3::client::Received;
use lab::v3::{ReportKind, Session};
use lab::{Oid, Version};
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};
use ward_lab as lab;

use crate::cli::Failure;

/// An unanswered request is sent so often altogether.
const ATTEMPTS: u32 = 4;
/// What may be learned of an SNMPv3 engine before an answer comes: its id, and its time.
const LESSONS: u32 = 2;

/// The agent at the other end.
pub struct Peer {
    socket: UdpSocket,
    version: Version,
    speech: Speech,
    timeout: Duration,
    started: Instant,
    last_id: i32,
}

/// How requests are put.
pub enum Speech {
    /// With a community.
    Open(Vec<u8>),
    /// By a user of SNMPv3.
    Sealed(Box<Session>),
}

/// What a packet means for who waits for an answer.
enum Heard {
    Answer(Response),
    /// Ask again, at once.
    Again,
    /// Nothing, but perhaps this is why no answer will come.
    Nothing(Option<Failure>),
}

impl Peer {
    /// The agent that this socket is connected to.
    pub fn new(socket: UdpSocket, version: Version, speech: Speech, timeout: Duration) -> Self {
        let last_id = std::process::id() as i32 & 0xff_ffff;
        Self { socket, version, speech, timeout, started: Instant::now(), last_id }
    }

    /// Asks for what is behind a name.
    pub async fn ask(&mut self, operation: Operation, name: &Oid) -> Result<Response, Failure> {
        self.last_id = self.last_id.wrapping_add(1) & 0x7fff_ffff;
        let mut packet = vec![0; 65_536];
        let mut reason: Option<Failure> = None;
        let (mut attempts, mut lessons) = (0, 0);
        while attempts < ATTEMPTS {
            let request = self.request(operation, name);
            self.socket.send(&request).await?;
            let deadline = Instant::now() + self.timeout;
            let learned = loop {
                let Ok(received) = timeout_at(deadline, self.socket.recv(&mut packet)).await else {
                    break false;
                };
                let length = received.map_err(|error| format!("the agent is not there: {error}"))?;
                match self.hear(&packet[..length]) {
                    Heard::Answer(response) => return Ok(response),
                    Heard::Again if lessons < LESSONS => break true,
                    Heard::Again | Heard::Nothing(None) => {}
                    Heard::Nothing(why) => reason = why,
                }
            };
            if learned {
                lessons += 1;
                continue;
            }
            attempts += 1;
            if let Speech::Sealed(session) = &mut self.speech {
                // Perhaps the engine is another one now.
                session.forget();
                lessons = 0;
            }
        }
        Err(reason.unwrap_or_else(|| format!("no answer to {ATTEMPTS} requests behind {name}").into()))
    }

    fn request(&mut self, operation: Operation, name: &Oid) -> Vec<u8> {
        let names = std::slice::from_ref(name);
        match &mut self.speech {
            Speech::Open(community) => ask::request(self.version, community, self.last_id, operation, names),
            Speech::Sealed(session) => session.request(operation, names, self.started.elapsed()),
        }
    }

    fn hear(&mut self, packet: &[u8]) -> Heard {
        let unreadable = |error: &dyn std::fmt::Display| {
            Heard::Nothing(Some(format!("an answer that cannot be read: {error}").into()))
        };
        match &mut self.speech {
            Speech::Open(_) => match Response::decode(packet) {
                Ok(response) if response.request_id == self.last_id => Heard::Answer(response),
                // It answers a request that was given up.
                Ok(_) => Heard::Nothing(None),
                Err(error) => unreadable(&error),
            },
            Speech::Sealed(session) => match session.receive(packet, self.started.elapsed()) {
                Ok(Received::Answer(response)) => Heard::Answer(response),
                Ok(Received::Learned) => Heard::Again,
                Ok(Received::Report { kind, .. }) => {
                    let why = kind.map_or("for a reason unknown here", ReportKind::reason);
                    Heard::Nothing(Some(format!("the agent refuses: {why}").into()))
                }
                Ok(Received::Ignored(what)) => {
                    Heard::Nothing(Some(format!("nothing but {what} came").into()))
                }
                Err(error) => unreadable(&error),
            },
        }
    }
}
