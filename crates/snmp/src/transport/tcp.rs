//! A TCP connection to one device (RFC 3430), made when there is something to send, and again when it has ended.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;

use super::waiting::{Waiter, Waiting};
use super::{Event, bound, frame};

/// A connection and those who wait for packets on it. It ends with the last handle to it.
#[derive(Debug)]
pub(super) struct Connection {
    outbox: UnboundedSender<Vec<u8>>,
    waiting: Arc<Waiting>,
    task: tokio::task::AbortHandle,
}

impl Connection {
    /// A connection that will be made within `patience`.
    pub fn new(local: SocketAddr, peer: SocketAddr, patience: Duration) -> Arc<Self> {
        let (outbox, packets) = mpsc::unbounded_channel();
        let waiting = Arc::new(Waiting::default());
        let line = Line { local, peer, patience, waiting: waiting.clone() };
        let task = tokio::spawn(line.serve(packets)).abort_handle();
        Arc::new(Self { outbox, waiting, task })
    }

    /// Sends a request whose answer `waiter` waits for.
    pub fn send(&self, id: i32, packet: &[u8], waiter: &Waiter) {
        self.waiting.insert(id, waiter);
        // The other end lives as long as this one.
        let _ = self.outbox.send(packet.to_vec());
    }

    /// Nobody waits for this id any more.
    pub fn forget(&self, id: i32) {
        self.waiting.forget(id);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What carries packets over a connection and makes it anew.
struct Line {
    local: SocketAddr,
    peer: SocketAddr,
    patience: Duration,
    waiting: Arc<Waiting>,
}

impl Line {
    /// Until nobody sends any more.
    async fn serve(self, mut packets: UnboundedReceiver<Vec<u8>>) {
        while let Some(first) = packets.recv().await {
            match self.connect().await {
                Ok(stream) => {
                    let error = self.carry(stream, first, &mut packets).await;
                    self.lost(&mut packets, |ids| Event::Closed { ids, error: again(&error) });
                }
                Err(error) => {
                    self.lost(&mut packets, |ids| Event::Unreachable {
                        id: ids.first().copied().unwrap_or_default(),
                        error: again(&error),
                    });
                }
            }
        }
    }

    /// Tells all who wait that they wait in vain. What they had not sent yet they will send again.
    fn lost(&self, packets: &mut UnboundedReceiver<Vec<u8>>, event: impl Fn(Vec<i32>) -> Event) {
        while packets.try_recv().is_ok() {}
        for (waiter, ids) in self.waiting.take() {
            waiter.tell(event(ids));
        }
    }

    async fn connect(&self) -> io::Result<TcpStream> {
        let connect = async {
            let socket = if self.peer.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            if self.local.port() != 0 {
                // The port of the connection before, that may not be quite over, is this one's too. Without lingering
                // it is over at once; all answers have come by then.
                socket.set_reuseaddr(true)?;
                socket.set_zero_linger()?;
            }
            if self.local.port() != 0 || !self.local.ip().is_unspecified() {
                socket.bind(self.local).map_err(|error| bound(self.local, "TCP", error))?;
            }
            socket.connect(self.peer).await
        };
        let stream = match timeout(self.patience, connect).await {
            Ok(connected) => connected?,
            Err(_) => return Err(ErrorKind::TimedOut.into()),
        };
        // A request is sent when it is there, not when there are more.
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Carries packets both ways until the connection ends; says why it did.
    async fn carry(
        &self,
        mut stream: TcpStream,
        first: Vec<u8>,
        packets: &mut UnboundedReceiver<Vec<u8>>,
    ) -> io::Error {
        let (reader, writer) = stream.split();
        tokio::select! {
            error = send(writer, first, packets) => error,
            error = receive(reader, |packet| self.waiting.deliver(packet, self.peer)) => error,
        }
    }
}

/// Sends packets, one after another.
async fn send(
    mut writer: impl AsyncWrite + Unpin,
    first: Vec<u8>,
    packets: &mut UnboundedReceiver<Vec<u8>>,
) -> io::Error {
    let mut next = Some(first);
    while let Some(packet) = next {
        if let Err(error) = writer.write_all(&packet).await {
            return error;
        }
        next = packets.recv().await;
    }
    ErrorKind::NotConnected.into()
}

/// Receives messages, however they are cut into segments.
async fn receive(mut reader: impl AsyncRead + Unpin, mut deliver: impl FnMut(&[u8])) -> io::Error {
    let mut received = BytesMut::with_capacity(8 << 10);
    loop {
        loop {
            match frame::length(&received) {
                Ok(Some(length)) if length <= received.len() => {
                    deliver(&received[..length]);
                    received.advance(length);
                }
                Ok(_) => break,
                Err(what) => return io::Error::new(ErrorKind::InvalidData, what),
            }
        }
        match reader.read_buf(&mut received).await {
            Ok(0) => return ErrorKind::UnexpectedEof.into(),
            Ok(_) => {}
            Err(error) => return error,
        }
    }
}

/// The same error once more, for another who waits.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
