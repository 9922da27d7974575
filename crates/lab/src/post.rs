//! The post office: one thread per process that sends delayed answers when they are due.
//!
//! Timers of the runtime are a millisecond coarse; this thread is off by a tenth of one, and thousands of
//! answers in flight cost a heap's push and pop each.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;
use std::io;
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What is due so soon after the thread woke up is done at once, to save waking up again.
const HASTE: Duration = Duration::from_micros(100);

type Errand = Box<dyn FnOnce() + Send>;

struct Parcel {
    due: Instant,
    errand: Errand,
}

impl PartialEq for Parcel {
    fn eq(&self, other: &Self) -> bool {
        self.due == other.due
    }
}

impl Eq for Parcel {}

impl PartialOrd for Parcel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Parcel {
    fn cmp(&self, other: &Self) -> Ordering {
        // A BinaryHeap gives the greatest first, and what is due first is wanted first.
        other.due.cmp(&self.due)
    }
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parcel due at {:?}", self.due)
    }
}

/// Runs errands when they are due.
#[derive(Debug)]
pub(crate) struct Post {
    parcels: Mutex<BinaryHeap<Parcel>>,
    earlier: Condvar,
}

impl Post {
    /// The post office of this process; opened by the first who asks.
    pub(crate) fn office() -> io::Result<&'static Post> {
        static OFFICE: Post = Post { parcels: Mutex::new(BinaryHeap::new()), earlier: Condvar::new() };
        static OPENED: OnceLock<Result<(), io::ErrorKind>> = OnceLock::new();
        let opened = OPENED.get_or_init(|| {
            let thread = thread::Builder::new().name("lab-post".into()).spawn(|| OFFICE.deliver());
            thread.map(|_| ()).map_err(|error| error.kind())
        });
        opened.map(|()| &OFFICE).map_err(io::Error::from)
    }

    /// Runs `errand` at `due`, on the post office's thread.
    pub(crate) fn at(&self, due: Instant, errand: impl FnOnce() + Send + 'static) {
        let mut parcels = self.parcels.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = parcels.peek().is_none_or(|first| due < first.due);
        parcels.push(Parcel { due, errand: Box::new(errand) });
        drop(parcels);
        if is_first {
            self.earlier.notify_one();
        }
    }

    fn deliver(&self) {
        let mut batch = Vec::new();
        let mut parcels = self.parcels.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let now = Instant::now();
            while parcels.peek().is_some_and(|first| first.due <= now + HASTE) {
                batch.extend(parcels.pop());
            }
            if batch.is_empty() {
                parcels = match parcels.peek().map(|first| first.due - now) {
                    Some(rest) => {
                        self.earlier.wait_timeout(parcels, rest).unwrap_or_else(PoisonError::into_inner).0
                    }
                    None => self.earlier.wait(parcels).unwrap_or_else(PoisonError::into_inner),
                };
                continue;
            }
            drop(parcels);
            for parcel in batch.drain(..) {
                (parcel.errand)();
            }
            parcels = self.parcels.lock().unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn errands_run_in_the_order_in_which_they_are_due() {
        let post = Post::office().unwrap();
        let (done, order) = mpsc::channel();
        let now = Instant::now();
        for millis in [30u64, 10, 20] {
            let done = done.clone();
            post.at(now + Duration::from_millis(millis), move || done.send((millis, now.elapsed())).unwrap());
        }
        for millis in [10, 20, 30] {
            let (which, after) = order.recv_timeout(Duration::from_secs(5)).unwrap();
            assert_eq!(which, millis);
            assert!(after + HASTE >= Duration::from_millis(millis), "{after:?}");
        }
    }
}
