//! What an error of the network means for a conversation.

use std::io::{Error, ErrorKind};

use crate::target::Protocol;
use crate::{Failure, Target};

/// A request did not get to the target.
pub fn unreachable(target: &Target, error: &Error) -> Failure {
    let peer = target.address;
    let protocol = match target.protocol {
        Protocol::Udp => "UDP",
        Protocol::Tcp => "TCP",
    };
    let what = match error.kind() {
        ErrorKind::ConnectionRefused => {
            let what = "connection refused: the host is there, but nobody listens on this";
            return Failure::PortClosed(format!("{peer}: {what} {protocol} port"));
        }
        // The source's port is taken, or its address is not this machine's.
        ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable => return Failure::Local(error.to_string()),
        ErrorKind::HostUnreachable => {
            "host unreachable: the network has a way, but nobody answers for this address".into()
        }
        ErrorKind::NetworkUnreachable => "network unreachable: this machine has no route".into(),
        ErrorKind::PermissionDenied => "a packet filter refuses the packets".into(),
        ErrorKind::TimedOut => {
            format!("no {protocol} connection within {:?}", target.limits.timeout)
        }
        _ => error.to_string(),
    };
    Failure::Unreachable(format!("{peer}: {what}"))
}

/// Its connection ended again and again, and no answer came.
pub fn closed(target: &Target, error: &Error) -> Failure {
    let peer = target.address;
    match error.kind() {
        ErrorKind::InvalidData => Failure::Decode(format!("{peer}: {error}")),
        ErrorKind::UnexpectedEof => {
            Failure::Unreachable(format!("{peer}: the device closes the connection instead of answering"))
        }
        _ => Failure::Unreachable(format!("{peer}: the connection breaks instead of an answer: {error}")),
    }
}
