//! Equal work asked for at the same time is done once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Work in progress, by key.
#[derive(Debug)]
pub struct Share<K, V> {
    running: Mutex<HashMap<K, Weak<Running<V>>>>,
}

/// One piece of work. It ends when nobody waits for it any more.
#[derive(Debug)]
struct Running<V> {
    result: watch::Receiver<Option<V>>,
    task: AbortHandle,
}

impl<V> Drop for Running<V> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<K, V> Default for Share<K, V> {
    fn default() -> Self {
        Self { running: Mutex::default() }
    }
}

impl<K: Eq + Hash, V: Clone + Send + Sync + 'static> Share<K, V> {
    /// The result of the work with this key that is running, or else of `work`. `None` when the work panicked.
    pub async fn join<F>(&self, key: K, work: impl FnOnce() -> F) -> Option<V>
    where
        F: Future<Output = V> + Send + 'static,
    {
        let running = {
            let mut all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            match all.get(&key).and_then(Weak::upgrade).filter(|r| !r.task.is_finished()) {
                Some(running) => running,
                None => {
                    if all.len() == all.capacity() {
                        all.retain(|_, running| running.strong_count() > 0);
                    }
                    let running = Arc::new(start(work()));
                    all.insert(key, Arc::downgrade(&running));
                    running
                }
            }
        };
        let mut result = running.result.clone();
        result.wait_for(Option::is_some).await.ok().and_then(|value| value.clone())
    }
}

fn start<V: Clone + Send + Sync + 'static>(work: impl Future<Output = V> + Send + 'static) -> Running<V> {
    let (done, result) = watch::channel(None);
    let task = tokio::spawn(async move {
        let value = work.await;
        let _ = done.send(Some(value));
    });
    Running { result, task: task.abort_handle() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn equal_work_is_done_once_and_again_afterwards() {
        let share = Share::<&str, u32>::default();
        let count = Arc::new(AtomicU32::new(0));
        for round in 1..=2 {
            let (go, wait) = oneshot::channel::<()>();
            let counted = count.clone();
            let first = share.join("a", || async move {
                let _ = wait.await;
                counted.fetch_add(1, Ordering::SeqCst) + 1
            });
            let second = share.join("a", || async { unreachable!("it is running already") });
            let release = async { go.send(()) };
            let (first, second, _) = tokio::join!(first, second, release);
            assert_eq!((first, second), (Some(round), Some(round)));
        }
    }

    #[tokio::test]
    async fn work_nobody_waits_for_ends() {
        let share = Share::<&str, u32>::default();
        let (held, dropped) = oneshot::channel::<()>();
        let waiting = share.join("a", || async move {
            let _held = held;
            std::future::pending().await
        });
        // Polled once, so that the work has begun; then the one who waits hangs up.
        assert!(tokio::time::timeout(std::time::Duration::ZERO, waiting).await.is_err());
        assert!(dropped.await.is_err(), "the work was dropped, and what it held with it");
    }

    #[tokio::test]
    async fn a_panic_ends_that_work_only() {
        let share = Share::<&str, u32>::default();
        assert_eq!(share.join("a", || async { panic!("on purpose") }).await, None);
        assert_eq!(share.join("a", || async { 1 }).await, Some(1));
    }
}
