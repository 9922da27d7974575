//! A device that answers over TCP, well or badly: it hands what it is asked to an agent and its answers back.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// What becomes of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Habit {
    /// It is sent as it should be.
    Whole,
    /// It comes in segments of so many octets.
    Fragments(usize),
    /// It comes in one segment with an answer nobody waits for before it, and itself once more behind it.
    Together,
    /// The connection is closed after so many.
    ClosesAfter(u32),
    /// The first connection is closed in the middle of its second answer.
    ClosesInTheMiddle,
    /// The connection is closed instead.
    Closes,
    /// Something else is sent.
    Garbage(&'static [u8]),
    /// Nothing is sent.
    Silent,
}

pub struct Server {
    pub address: SocketAddr,
    connections: Arc<AtomicU32>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    pub async fn start(agent: SocketAddr, habit: Habit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let connections = Arc::new(AtomicU32::new(0));
        let count = connections.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve(stream, agent, habit, number));
            }
        });
        Self { address, connections, task }
    }

    /// How many there were.
    pub fn connections(&self) -> u32 {
        self.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// One connection, until it ends; errors are the client's to see.
async fn serve(mut stream: TcpStream, agent: SocketAddr, habit: Habit, number: u32) -> Option<()> {
    let relay = UdpSocket::bind("127.0.0.1:0").await.ok()?;
    relay.connect(agent).await.ok()?;
    stream.set_nodelay(true).ok()?;
    let mut answered = 0;
    loop {
        let request = message(&mut stream).await?;
        relay.send(&request).await.ok()?;
        let mut answer = vec![0; 65_536];
        let length = relay.recv(&mut answer).await.ok()?;
        answer.truncate(length);
        answered += 1;
        match habit {
            Habit::Whole => stream.write_all(&answer).await.ok()?,
            Habit::Fragments(octets) => {
                for fragment in answer.chunks(octets) {
                    stream.write_all(fragment).await.ok()?;
                    tokio::task::yield_now().await;
                }
            }
            Habit::Together => {
                let other = with_another_id(answer.clone())?;
                stream.write_all(&[other, answer.clone(), answer].concat()).await.ok()?;
            }
            Habit::ClosesAfter(most) => {
                stream.write_all(&answer).await.ok()?;
                if answered == most {
                    return None;
                }
            }
            Habit::ClosesInTheMiddle if number == 0 && answered == 2 => {
                stream.write_all(&answer[..length / 2]).await.ok()?;
                return None;
            }
            Habit::ClosesInTheMiddle => stream.write_all(&answer).await.ok()?,
            Habit::Closes => return None,
            Habit::Garbage(octets) => stream.write_all(octets).await.ok()?,
            Habit::Silent => {}
        }
    }
}

/// The answer to a request nobody has sent.
fn with_another_id(mut answer: Vec<u8>) -> Option<Vec<u8>> {
    // Behind the community come the PDU's tag and length, and the id's tag and length.
    let pdu = answer.windows(6).position(|octets| octets == b"public")? + 6;
    let long = usize::from(answer.get(pdu + 1)?.saturating_sub(0x80));
    let id = pdu + 2 + long + 2;
    *answer.get_mut(id)? ^= 1;
    Some(answer)
}

/// The next request.
async fn message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut message = vec![0; 2];
    stream.read_exact(&mut message).await.ok()?;
    let long = usize::from(message[1].saturating_sub(0x80));
    message.resize(2 + long, 0);
    stream.read_exact(&mut message[2..]).await.ok()?;
    let length = match long {
        0 => usize::from(message[1]),
        _ => message[2..].iter().fold(0, |sum, octet| (sum << 8) | usize::from(*octet)),
    };
    let head = message.len();
    message.resize(head + length, 0);
    stream.read_exact(&mut message[head..]).await.ok()?;
    Some(message)
}
