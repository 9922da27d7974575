//! Loopback addresses for agents, one after another.

use std::net::{Ipv4Addr, SocketAddr};

use ward_lab as lab;

use super::Failure;

/// The addresses from `base` on, without those that end in 0 or 255, which look like networks.
pub fn addresses(base: Ipv4Addr, port: u16) -> impl Iterator<Item = SocketAddr> {
    (u32::from(base)..=u32::MAX)
        .map(Ipv4Addr::from)
        .filter(|address| !matches!(address.octets()[3], 0 | 255))
        .map(move |address| SocketAddr::from((address, port)))
}

/// Refuses what is no loopback address: agents in the lab are nobody else's business.
pub fn loopback(text: &str) -> Result<Ipv4Addr, String> {
    match text.parse::<Ipv4Addr>() {
        Ok(address) if address.is_loopback() => Ok(address),
        _ => Err("use an address of the loopback network, like 127.20.0.1".to_owned()),
    }
}

/// Says what to do where an agent could not be started.
pub fn explain(error: lab::SpawnError) -> Failure {
    match error.source.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("{error}; choose others with --base-address or --port").into()
        }
        _ => error.into(),
    }
}

/// Allows as many open sockets as the system lets us have, and fails if they will not do.
pub fn make_room(sockets: usize) -> Result<(), Failure> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    // Sockets of the exporter's clients, files and pipes.
    let needed = sockets as u64 + 600;
    if needed > soft {
        setrlimit(Resource::RLIMIT_NOFILE, needed.min(hard), hard)?;
    }
    if needed > hard {
        let hint = "raise it with `ulimit -Hn`";
        return Err(
            format!("{sockets} agents need {needed} open files, and the limit is {hard}: {hint}").into()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_skip_what_looks_like_a_network() {
        let base = loopback("127.20.0.253").unwrap();
        let texts: Vec<String> = addresses(base, 1161).take(3).map(|address| address.to_string()).collect();
        assert_eq!(texts, ["127.20.0.253:1161", "127.20.0.254:1161", "127.20.1.1:1161"]);
        assert!(loopback("10.0.0.1").is_err() && loopback("localhost").is_err());
    }
}
