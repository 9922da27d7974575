//! From a connection to an encrypted one.

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::patient::Patient;
use super::server::Limits;

/// What somebody is told who speaks plain HTTP where TLS is spoken, in the words of Go's server.
const NOT_PLAIN: &[u8] = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";

/// Agrees on TLS within the time that is given for it. `None` where nothing at all was said: whoever only looks
/// whether the port is open has not failed.
pub(super) async fn accept(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    limits: &Limits,
) -> Result<Option<TlsStream<Patient<TcpStream>>>, io::Error> {
    let agreed = async {
        match first_byte(&stream).await? {
            None => Ok(None),
            // TLS begins with 22, a request of HTTP with the letter of a method.
            Some(b'A'..=b'Z') => {
                turn_away(stream).await?;
                Err(io::Error::other("plain HTTP where TLS is spoken"))
            }
            Some(_) => {
                let stream = Patient::new(stream, limits.write_timeout);
                TlsAcceptor::from(config).accept(stream).await.map(Some)
            }
        }
    };
    timeout(limits.handshake_timeout, agreed)
        .await
        .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "it takes too long")))
}

/// The first byte, which stays to be read; `None` where none comes.
async fn first_byte(stream: &TcpStream) -> io::Result<Option<u8>> {
    let mut first = [0];
    let read = stream.peek(&mut first).await?;
    Ok((read > 0).then_some(first[0]))
}

/// Says what is wrong, and reads the rest of a request, as closing with something unread would lose the answer.
async fn turn_away(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(NOT_PLAIN).await?;
    stream.shutdown().await?;
    let mut rest = stream.take(64 * 1024);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await.map(drop)
}
