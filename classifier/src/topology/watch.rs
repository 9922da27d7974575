//! Looks at the fleet whenever it has changed, keeps the topology, and writes links that have changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::evidence::Evidence;
use super::known::{Ends, KnownLink};
use super::manual::{ManualLink, in_force};
use super::whole::{Before, Happened, Look, Whole, look};
use crate::store::{Keeper, LinkNews};
use crate::timestamp::Timestamp;

/// How often it is looked whether the fleet has changed.
const EVERY: Duration = Duration::from_secs(2);
/// A look may take that part of the time at the most: one in so many.
const SHARE: u32 = 10;
/// So many links are written at once.
const AT_ONCE: usize = 10_000;

/// The topology as it is known now.
pub type Live = Arc<ArcSwap<Whole>>;

/// What operators have said, as several parts of the program share it.
#[derive(Debug, Default)]
pub struct ManualLinks {
    /// Links of the file.
    pub file: ArcSwap<Vec<ManualLink>>,
    /// Links of the store.
    pub stored: ArcSwap<Vec<ManualLink>>,
    /// Wakes who looks at them.
    pub changed: Notify,
}

impl ManualLinks {
    /// Those in force.
    pub fn in_force(&self, now: Timestamp) -> Vec<ManualLink> {
        in_force(&self.stored.load(), &self.file.load(), now)
    }
}

/// How often it is asked what operators have said to other classifiers.
const REFRESH: Duration = Duration::from_secs(15);

/// What the watch remembers.
struct Watch {
    keeper: Keeper,
    live: Live,
    manual: Arc<ManualLinks>,
    /// Links as they are known, and what was said of them.
    before: Before,
    /// Links as the store has them.
    stored: HashMap<Ends, KnownLink>,
    /// What is to be ended in the store.
    ending: Vec<(Ends, Timestamp)>,
    /// What happened, until the store has it.
    events: Vec<Happened>,
}

/// Starts to watch. The handle ends it.
pub fn start(keeper: Keeper, live: Live, manual: Arc<ManualLinks>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let known = stored(&keeper, &manual).await;
        let stored = known.iter().map(|link| (link.ends.clone(), link.clone())).collect();
        let before = Before { links: known, ..Before::default() };
        let changed = Arc::clone(&manual);
        let mut watch =
            Watch { keeper, live, manual, before, stored, ending: Vec::new(), events: Vec::new() };
        let (mut seen, mut refreshed) = (None, Instant::now());
        loop {
            if refreshed.elapsed() > REFRESH {
                refreshed = Instant::now();
                refresh(&watch.keeper, &watch.manual).await;
            }
            let version = watch.keeper.fleet().version();
            let manual = watch.manual.in_force(now());
            let mut pause = EVERY;
            if seen != Some(version) || watch.before.manual != manual {
                watch.before.manual = manual;
                let began = Instant::now();
                if watch.look(version).await {
                    seen = Some(version);
                }
                watch.write().await;
                pause = pause.max(began.elapsed() * SHARE);
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = changed.changed.notified() => {}
            }
        }
    })
}

/// The links that are stored, as soon as all that is stored has been read.
async fn stored(keeper: &Keeper, manual: &ManualLinks) -> Vec<KnownLink> {
    loop {
        if keeper.status().loaded && refresh(keeper, manual).await {
            match keeper.ask(|store| store.links(None)).await {
                Ok(links) => return links,
                Err(error) => tracing::warn!(%error, "links are not read"),
            }
        }
        tokio::time::sleep(EVERY / 8).await;
    }
}

/// Reads what operators have said through the API. `false`: it could not.
async fn refresh(keeper: &Keeper, manual: &ManualLinks) -> bool {
    match keeper.ask(|store| store.manual_links()).await {
        Ok(links) => manual.stored.store(Arc::new(links)),
        Err(error) => {
            tracing::debug!(%error, "manual links are not read");
            return false;
        }
    }
    true
}

impl Watch {
    /// Looks at the fleet as it is. `false`: it could not.
    async fn look(&mut self, version: u64) -> bool {
        let devices = self.keeper.fleet().snapshot();
        let mut before = self.before.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let looked = look(&devices, &mut before, version, now());
            // Devices nobody is heard on any more are told so too.
            let names: Vec<String> = devices.iter().map(|device| device.head.facts.name.clone()).collect();
            (looked, before, names)
        });
        let (Look { whole, links, ended, events, mut evidence }, before, names) = match looked.await {
            Ok(looked) => looked,
            Err(error) => {
                tracing::error!(%error, "the topology cannot be made");
                return true;
            }
        };
        for Happened { event, .. } in &events {
            let (kind, interface) = (event.kind.as_str(), event.if_name.as_str());
            tracing::debug!(kind, interface, old = event.old, new = event.new, "a link changed");
        }
        self.before = Before { links, ..before };
        self.ending.extend(ended);
        self.events.extend(events);
        self.live.store(Arc::new(whole));
        let keeper = self.keeper.clone();
        let told = tokio::task::spawn_blocking(move || {
            let none = Evidence::new();
            names
                .iter()
                .filter(|name| {
                    let neighbours = evidence.remove(name.as_str());
                    keeper.neighbours(name, neighbours.as_ref().unwrap_or(&none))
                })
                .count()
        });
        if let Ok(changed @ 1..) = told.await {
            tracing::debug!(devices = changed, "labelled again, by their neighbours");
        }
        true
    }

    /// Writes what the store does not have. What fails is tried again with the next change.
    async fn write(&mut self) {
        let is_news = |link: &&KnownLink| self.stored.get(&link.ends).is_none_or(|old| !same(old, link));
        let news: Vec<KnownLink> = self.before.links.iter().filter(is_news).cloned().collect();
        let (mut ended, mut events) = (std::mem::take(&mut self.ending), std::mem::take(&mut self.events));
        if news.is_empty() && ended.is_empty() && events.is_empty() {
            return;
        }
        let mut parts: Vec<Vec<KnownLink>> = news.chunks(AT_ONCE).map(<[_]>::to_vec).collect();
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        for links in parts {
            let part = Arc::new((links, std::mem::take(&mut ended), std::mem::take(&mut events)));
            let asked = Arc::clone(&part);
            let written = self.keeper.ask(move |store| {
                let (links, ended, events) = &*asked;
                store.write_links(&LinkNews { links, ended, events })
            });
            let (links, ended, events) = &*part;
            match written.await {
                Ok(()) => {
                    for (ends, _) in ended {
                        self.stored.remove(ends);
                    }
                    self.stored.extend(links.iter().map(|link| (link.ends.clone(), link.clone())));
                }
                Err(error) => {
                    tracing::warn!(%error, "links are not written");
                    self.ending.clone_from(ended);
                    self.events.clone_from(events);
                    return;
                }
            }
        }
    }
}

/// Whether what is stored of two states of a link is the same, but for when it was last looked for.
fn same(old: &KnownLink, new: &KnownLink) -> bool {
    let KnownLink { last_seen, counted, .. } = new;
    KnownLink { last_seen: *last_seen, counted: *counted, ..old.clone() } == *new
}

fn now() -> Timestamp {
    SystemTime::now().into()
}
