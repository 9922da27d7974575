//! Basic authentication (RFC 7617) against bcrypt hashes.
//!
//! Comparing a password with its hash is dear on purpose: 60 ms at cost 10. So what came of it is remembered, one
//! comparison runs at a time, few may wait for their turn, and fewer of them from one address: a flood of wrong
//! passwords takes one core at most, and leaves room in the queue for others. What is remembered is a keyed digest, not
//! the password.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use ring::{hmac, rand};
use tokio::sync::{Semaphore, watch};

use super::config::Hash;

/// As many passwords that were found right are remembered, and as many wrong ones.
const REMEMBERED: usize = 128;
/// Passwords that wait to be compared.
const MOST_WAITING: usize = 64;
/// Of these, from one address.
const MOST_WAITING_FROM_ONE: usize = 8;

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    /// Wrong, or nothing was said.
    Wrong,
    /// Too many others wait to be told.
    Busy,
}

/// A name and a password.
pub(super) struct Credentials {
    user: Vec<u8>,
    password: Vec<u8>,
}

impl Credentials {
    /// Reads `Authorization: Basic …`.
    pub fn read(header: &HeaderValue) -> Option<Self> {
        let (scheme, encoded) = header.as_bytes().split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return None;
        }
        let mut user = STANDARD.decode(encoded).ok()?;
        let colon = user.iter().position(|byte| *byte == b':')?;
        let password = user.split_off(colon + 1);
        user.truncate(colon);
        Some(Credentials { user, password })
    }
}

/// A keyed digest of user, hash and password.
type Digest = [u8; 32];

/// Compares passwords; its clones are the same.
#[derive(Clone)]
pub(super) struct Passwords {
    shared: Arc<Shared>,
}

struct Shared {
    key: hmac::Key,
    /// One comparison at a time.
    turn: Arc<Semaphore>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    right: Recent,
    /// Apart, so that a flood of wrong ones drives out none of the right ones.
    wrong: Recent,
    waiting: HashMap<Digest, Waiting>,
    /// How many were ever compared.
    #[cfg(test)]
    compared: usize,
}

struct Waiting {
    from: IpAddr,
    verdict: watch::Receiver<Option<bool>>,
}

impl Passwords {
    /// Knows nothing yet; fails where the system has no randomness.
    pub fn new() -> Result<Self, String> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &rand::SystemRandom::new());
        let key = key.map_err(|_| "the system gives no random numbers".to_owned())?;
        let turn = Arc::new(Semaphore::new(1));
        Ok(Passwords { shared: Arc::new(Shared { key, turn, known: Mutex::default() }) })
    }

    /// Whether somebody is one of `users`.
    pub async fn check(&self, users: &BTreeMap<String, Hash>, offered: Credentials, from: IpAddr) -> Verdict {
        let user = std::str::from_utf8(&offered.user).ok().and_then(|user| users.get(user));
        // For a name nobody has, the time to answer is as long, so that it does not tell.
        let decoy = || users.values().max_by_key(|hash| hash.cost()).map(Hash::decoy);
        let Some(hash) = user.cloned().or_else(decoy) else { return Verdict::Wrong };
        let digest = self.shared.digest(&offered, &hash);
        let mut verdict = match self.shared.look_up(digest, from) {
            Ok(verdict) => return verdict,
            Err(Found::Waiting(verdict)) => verdict,
            Err(Found::New(verdict)) => {
                let told = verdict.subscribe();
                // A task of its own: it ends even if whoever asked goes away, so that asking again is answered at once.
                tokio::spawn(self.shared.clone().compare(digest, offered.password, hash, verdict));
                told
            }
        };
        match verdict.wait_for(Option::is_some).await {
            Ok(right) if *right == Some(true) => Verdict::Right,
            _ => Verdict::Wrong,
        }
    }
}

/// What is found where there is no verdict yet.
enum Found {
    Waiting(watch::Receiver<Option<bool>>),
    New(watch::Sender<Option<bool>>),
}

impl Shared {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn digest(&self, offered: &Credentials, hash: &Hash) -> Digest {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [&offered.user, hash.expose().as_bytes(), &offered.password] {
            // With lengths, so that no two triples are the same bytes.
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut digest = Digest::default();
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }

    fn look_up(&self, digest: Digest, from: IpAddr) -> Result<Verdict, Found> {
        let mut known = self.known();
        if known.right.contains(&digest) {
            return Ok(Verdict::Right);
        }
        if known.wrong.contains(&digest) {
            return Ok(Verdict::Wrong);
        }
        if let Some(waiting) = known.waiting.get(&digest) {
            return Err(Found::Waiting(waiting.verdict.clone()));
        }
        let from_one = known.waiting.values().filter(|waiting| waiting.from == from).count();
        if known.waiting.len() >= MOST_WAITING || from_one >= MOST_WAITING_FROM_ONE {
            return Ok(Verdict::Busy);
        }
        let (sender, verdict) = watch::channel(None);
        known.waiting.insert(digest, Waiting { from, verdict });
        Err(Found::New(sender))
    }

    /// Compares when it is its turn, remembers what came of it and tells those who wait.
    async fn compare(
        self: Arc<Self>,
        digest: Digest,
        password: Vec<u8>,
        hash: Hash,
        verdict: watch::Sender<Option<bool>>,
    ) {
        let right = match self.turn.clone().acquire_owned().await {
            Ok(turn) => tokio::task::spawn_blocking(move || {
                let right = bcrypt::verify(&password, hash.expose()).unwrap_or(false);
                drop(turn);
                right
            })
            .await
            .unwrap_or(false),
            Err(_) => false,
        };
        let mut known = self.known();
        known.waiting.remove(&digest);
        if right { &mut known.right } else { &mut known.wrong }.remember(digest);
        #[cfg(test)]
        {
            known.compared += 1;
        }
        drop(known);
        verdict.send_replace(Some(right));
    }
}

/// The latest digests; further ones drive out the oldest.
#[derive(Default)]
struct Recent(VecDeque<Digest>);

impl Recent {
    fn contains(&self, digest: &Digest) -> bool {
        self.0.contains(digest)
    }

    fn remember(&mut self, digest: Digest) {
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back(digest);
    }
}
