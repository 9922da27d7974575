//! Looks at the fleet whenever it has changed, keeps the topology, and writes links that have changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use tokio::task::JoinHandle;

use super::evidence::Evidence;
use super::known::{Ends, KnownLink};
use super::whole::{Look, Whole, look};
use crate::store::Keeper;
use crate::timestamp::Timestamp;

/// How often it is looked whether the fleet has changed.
const EVERY: Duration = Duration::from_secs(2);
/// A look may take that part of the time at the most: one in so many.
const SHARE: u32 = 10;
/// So many links are written at once.
const AT_ONCE: usize = 10_000;

/// The topology as it is known now.
pub type Live = Arc<ArcSwap<Whole>>;

/// What the watch remembers.
struct Watch {
    keeper: Keeper,
    live: Live,
    /// Links as they are known.
    known: Vec<KnownLink>,
    /// Links as the store has them.
    stored: HashMap<Ends, KnownLink>,
    /// What is to be ended in the store.
    ending: Vec<(Ends, Timestamp)>,
}

/// Starts to watch. The handle ends it.
pub fn start(keeper: Keeper, live: Live) -> JoinHandle<()> {
    tokio::spawn(async move {
        let Some(known) = stored(&keeper).await else { return };
        let stored = known.iter().map(|link| (link.ends.clone(), link.clone())).collect();
        let mut watch = Watch { keeper, live, known, stored, ending: Vec::new() };
        let mut seen = None;
        loop {
            let version = watch.keeper.fleet().version();
            let mut pause = EVERY;
            if seen != Some(version) {
                let began = Instant::now();
                if watch.look(version).await {
                    seen = Some(version);
                }
                watch.write().await;
                pause = pause.max(began.elapsed() * SHARE);
            }
            tokio::time::sleep(pause).await;
        }
    })
}

/// The links that are stored, as soon as all that is stored has been read.
async fn stored(keeper: &Keeper) -> Option<Vec<KnownLink>> {
    loop {
        if keeper.status().loaded {
            match keeper.ask(|store| store.links(None)).await {
                Ok(links) => return Some(links),
                Err(error) => tracing::warn!(%error, "links are not read"),
            }
        }
        tokio::time::sleep(EVERY / 8).await;
    }
}

impl Watch {
    /// Looks at the fleet as it is. `false`: it could not.
    async fn look(&mut self, version: u64) -> bool {
        let devices = self.keeper.fleet().snapshot();
        let known = std::mem::take(&mut self.known);
        let looked = tokio::task::spawn_blocking(move || {
            let looked = look(&devices, &known, &[], version, now());
            // Devices nobody is heard on any more are told so too.
            let names: Vec<String> = devices.iter().map(|device| device.head.facts.name.clone()).collect();
            (looked, names)
        });
        let (Look { whole, links, ended, events, mut evidence }, names) = match looked.await {
            Ok(looked) => looked,
            Err(error) => {
                tracing::error!(%error, "the topology cannot be made");
                self.known = self.stored.values().cloned().collect();
                return true;
            }
        };
        for event in &events {
            let kind = format!("{:?}", event.kind).to_lowercase();
            tracing::debug!(
                kind,
                link = super::age::show(&event.ends),
                before = event.before,
                "a link changed"
            );
        }
        self.known = links;
        self.ending.extend(ended);
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
        let news: Vec<KnownLink> = self.known.iter().filter(is_news).cloned().collect();
        let ending = std::mem::take(&mut self.ending);
        if news.is_empty() && ending.is_empty() {
            return;
        }
        let mut parts: Vec<Vec<KnownLink>> = news.chunks(AT_ONCE).map(<[_]>::to_vec).collect();
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        let mut ending = Some(ending);
        for part in parts {
            let ends = ending.take().unwrap_or_default();
            let (links, ended) = (part.clone(), ends.clone());
            match self.keeper.ask(move |store| store.write_links(&links, &ended)).await {
                Ok(()) => {
                    for (ends, _) in &ends {
                        self.stored.remove(ends);
                    }
                    self.stored.extend(part.into_iter().map(|link| (link.ends.clone(), link)));
                }
                Err(error) => {
                    tracing::warn!(%error, "links are not written");
                    self.ending = ends;
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
