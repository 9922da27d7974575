//! The agents of a benchmark, on a thread of their own: the clock that times the scrapes must not wait for
//! them.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use lab::synth::Network;
use lab::{Agent, RunningAgent};
use tokio::sync::oneshot;
use ward_lab as lab;

use super::{Failure, Manners, explain};

/// Agents at work. They stop when this is dropped.
#[derive(Debug)]
pub struct Agents {
    running: Vec<RunningAgent>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Agents {
    /// Starts one agent for each device, at these places.
    pub fn start(network: &Network, places: &[SocketAddr], manners: &Manners) -> Result<Self, Failure> {
        let mut agents = Vec::new();
        for (number, (device, place)) in network.devices.iter().zip(places).enumerate() {
            let mib = network.mib(number).build().map_err(|error| format!("{}: {error}", device.name))?;
            agents.push(manners.apply(Agent::new(mib).listen(*place), number));
        }
        let (started, outcome) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = thread::Builder::new().name("lab-agents".into()).spawn(move || {
            runtime.block_on(async move {
                let mut running = Ok(Vec::new());
                for agent in agents {
                    match (agent.spawn().await, &mut running) {
                        (Ok(agent), Ok(running)) => running.push(agent),
                        (Err(error), _) => {
                            running = Err(error);
                            break;
                        }
                        (Ok(_), Err(_)) => break,
                    }
                }
                if started.send(running).is_ok() {
                    let _ = stopped.await;
                }
            });
        })?;
        let running = outcome.recv()?.map_err(explain)?;
        Ok(Self { running, stop: Some(stop), thread: Some(thread) })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// The agent of this device.
    pub fn get(&self, device: usize) -> Option<&RunningAgent> {
        self.running.get(device)
    }
}

impl Drop for Agents {
    fn drop(&mut self) {
        self.running.clear();
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
