//! Simulated agents within the test's own process, for as long as they are held.

use std::sync::OnceLock;

use lab::{Agent, RunningAgent};
use tokio::runtime::Runtime;

/// The runtime that all agents of a test program live on.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
    })
}

/// Starts an agent.
pub fn start(agent: Agent) -> RunningAgent {
    let _inside = runtime().enter();
    runtime().block_on(agent.spawn()).expect("the agent has a port")
}
