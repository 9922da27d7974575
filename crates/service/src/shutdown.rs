//! When to stop: SIGTERM and SIGINT.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

/// Listens for SIGTERM and SIGINT from this call on; the future is ready when one comes for the first time. The second
/// one ends the process at once, for those who do not want to wait for requests in flight. To be called within a tokio
/// runtime.
pub fn requested() -> impl Future<Output = ()> + Send + 'static {
    let signals = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    async {
        let (Ok(mut terminate), Ok(mut interrupt)) = signals else {
            warn!("cannot listen for signals, only SIGKILL ends this process");
            return std::future::pending().await;
        };
        let name = first(&mut terminate, &mut interrupt).await;
        info!(signal = name, "stopping, requests in flight may end");
        tokio::spawn(async move {
            let name = first(&mut terminate, &mut interrupt).await;
            warn!(signal = name, "stopping at once");
            std::process::exit(1);
        });
    }
}

async fn first(terminate: &mut Signal, interrupt: &mut Signal) -> &'static str {
    tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    }
}
