//! Basic authentication (RFC 7617) against bcrypt hashes.
//!
//! Comparing a password with its hash is dear on purpose: 60 ms at cost 10. So what came of it is remembered, one
//! comparison runs at a time, few may wait for their turn, and fewer of them from one address: a flood of wrong
//! passwords takes one core at most, and leaves room in the queue for others. What is remembered is a keyed digest, not
//! the password.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
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
const MOST_WAITING: usize = 32;
/// Of these, from one address.
const MOST_WAITING_FROM_ONE: usize = 4;

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

    /// The name.
    pub fn name(&self) -> Arc<str> {
        String::from_utf8_lossy(&self.user).into()
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
        let from = neighbourhood(from);
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

/// Who counts as one: an IPv4 address, or the 64 bits of an IPv6 address that a host does not choose itself.
fn neighbourhood(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V4(from) => from.into(),
        IpAddr::V6(from) => Ipv6Addr::from_bits(from.to_bits() & u128::MAX << 64).into(),
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    fn users(names: &[&str]) -> BTreeMap<String, Hash> {
        let hash = |name: &&str| {
            let hash = bcrypt::hash(format!("{name}'s"), 4).unwrap();
            (name.to_string(), Hash::read(&hash).unwrap())
        };
        names.iter().map(hash).collect()
    }

    fn offered(user: &str, password: &str) -> Credentials {
        Credentials { user: user.into(), password: password.into() }
    }

    impl Passwords {
        fn compared(&self) -> usize {
            self.shared.known().compared
        }
    }

    #[test]
    fn headers_are_read_as_go_reads_them() {
        for (header, expected) in [
            ("Basic YWxpY2U6c2VjcmV0", Some(("alice", "secret"))),
            ("bASIC YWxpY2U6c2VjcmV0", Some(("alice", "secret"))),
            ("Basic YWxpY2U6YTpi", Some(("alice", "a:b"))),
            ("Basic Og==", Some(("", ""))),
            ("Basic Og", None),
            ("Basic YWxpY2U=", None),
            ("Basic YWxpY2U6c2VjcmV0 ", None),
            ("Basic", None),
            ("Basic ", None),
            ("Bearer YWxpY2U6c2VjcmV0", None),
            ("", None),
        ] {
            let found = Credentials::read(&HeaderValue::from_static(header));
            let found = found.map(|found| (found.user, found.password));
            assert_eq!(found, expected.map(|(user, password)| (user.into(), password.into())), "{header:?}");
        }
    }

    #[tokio::test]
    async fn what_came_of_a_comparison_is_remembered() {
        let passwords = Passwords::new().unwrap();
        let known = users(&["alice", "bob"]);
        for (user, password, expected, compared) in [
            ("alice", "alice's", Verdict::Right, 1),
            ("alice", "alice's", Verdict::Right, 1),
            ("bob", "alice's", Verdict::Wrong, 2),
            ("bob", "alice's", Verdict::Wrong, 2),
            ("bob", "bob's", Verdict::Right, 3),
            ("carol", "alice's", Verdict::Wrong, 4),
            ("carol", "alice's", Verdict::Wrong, 4),
            // The same bytes, cut elsewhere.
            ("alicea", "lice's", Verdict::Wrong, 5),
            ("alice", "", Verdict::Wrong, 6),
        ] {
            let verdict = passwords.check(&known, offered(user, password), HERE).await;
            assert_eq!((verdict, passwords.compared()), (expected, compared), "{user} {password}");
        }
        // Another hash is compared anew, even of the same password.
        assert_eq!(
            passwords.check(&users(&["alice"]), offered("alice", "alice's"), HERE).await,
            Verdict::Right
        );
        assert_eq!(passwords.compared(), 7);
    }

    #[tokio::test]
    async fn wrong_passwords_drive_out_no_right_ones_and_take_no_memory() {
        let passwords = Passwords::new().unwrap();
        let known = users(&["alice"]);
        passwords.check(&known, offered("alice", "alice's"), HERE).await;
        for number in 0..REMEMBERED + 10 {
            let verdict = passwords.check(&known, offered("alice", &number.to_string()), HERE).await;
            assert_eq!(verdict, Verdict::Wrong);
        }
        let compared = passwords.compared();
        assert_eq!(passwords.check(&known, offered("alice", "alice's"), HERE).await, Verdict::Right);
        assert_eq!(passwords.compared(), compared);
        let remembered = passwords.shared.known();
        assert_eq!((remembered.wrong.0.len(), remembered.waiting.len()), (REMEMBERED, 0));
    }

    #[tokio::test]
    async fn a_name_that_nobody_has_takes_as_long() {
        let mut known = users(&["alice"]);
        known.insert("bob".into(), Hash::read(&bcrypt::hash("x", 6).unwrap()).unwrap());
        let decoy = known["bob"].decoy();
        assert_eq!(decoy.cost(), 6);
        assert!(Hash::read(decoy.expose()).is_ok());
        assert!(!bcrypt::verify("x", decoy.expose()).unwrap());
        let passwords = Passwords::new().unwrap();
        assert_eq!(passwords.check(&known, offered("nobody", "x"), HERE).await, Verdict::Wrong);
        assert_eq!(passwords.compared(), 1);
    }

    #[test]
    fn who_counts_as_one() {
        for (from, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ] {
            assert_eq!(neighbourhood(from.parse().unwrap()), expected.parse::<IpAddr>().unwrap());
        }
    }

    /// Asks in a task of its own.
    fn ask(passwords: &Passwords, password: &str, from: IpAddr) -> tokio::task::JoinHandle<Verdict> {
        let (passwords, offered) = (passwords.clone(), offered("alice", password));
        tokio::spawn(async move { passwords.check(&users(&["alice"]), offered, from).await })
    }

    #[tokio::test]
    async fn few_wait_and_fewer_from_one_address() {
        let passwords = Passwords::new().unwrap();
        let known = users(&["alice"]);
        let turn = passwords.shared.turn.clone().acquire_owned().await.unwrap();
        let mut waiting = Vec::new();
        let hosts = MOST_WAITING / MOST_WAITING_FROM_ONE;
        for host in 0..hosts {
            let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, host as u8));
            for number in 0..MOST_WAITING_FROM_ONE {
                let task = ask(&passwords, &format!("{host} {number}"), from);
                let count = host * MOST_WAITING_FROM_ONE + number + 1;
                while passwords.shared.known().waiting.len() < count {
                    tokio::task::yield_now().await;
                }
                waiting.push(task);
            }
            assert_eq!(passwords.check(&known, offered("alice", "more"), from).await, Verdict::Busy);
        }
        let other = Ipv4Addr::new(198, 51, 100, 1).into();
        assert_eq!(passwords.check(&known, offered("alice", "more"), other).await, Verdict::Busy);
        drop(turn);
        for task in waiting {
            assert_eq!(task.await.unwrap(), Verdict::Wrong);
        }
        assert_eq!(passwords.check(&known, offered("alice", "alice's"), other).await, Verdict::Right);
    }

    #[tokio::test]
    async fn many_who_ask_the_same_wait_for_one_comparison() {
        let passwords = Passwords::new().unwrap();
        let known = users(&["alice"]);
        let turn = passwords.shared.turn.clone().acquire_owned().await.unwrap();
        let checks: Vec<_> = (0..1000)
            .map(|_| {
                let (passwords, known) = (passwords.clone(), known.clone());
                tokio::spawn(async move { passwords.check(&known, offered("alice", "alice's"), HERE).await })
            })
            .collect();
        while passwords.shared.known().waiting.is_empty() {
            tokio::task::yield_now().await;
        }
        drop(turn);
        for check in checks {
            assert_eq!(check.await.unwrap(), Verdict::Right);
        }
        assert_eq!(passwords.compared(), 1);
    }

    #[tokio::test]
    async fn whoever_does_not_wait_is_told_the_next_time() {
        let passwords = Passwords::new().unwrap();
        let known = users(&["alice"]);
        let turn = passwords.shared.turn.clone().acquire_owned().await.unwrap();
        let mut check = Box::pin(passwords.check(&known, offered("alice", "alice's"), HERE));
        tokio::select! {
            biased;
            _ = &mut check => panic!("it is not its turn"),
            () = std::future::ready(()) => {}
        }
        drop(check);
        drop(turn);
        while passwords.compared() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(passwords.check(&known, offered("alice", "alice's"), HERE).await, Verdict::Right);
        assert_eq!(passwords.compared(), 1);
    }
}
