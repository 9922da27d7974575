//! Bodies on their way, and whether they get on.
//!
//! A client of HTTP/2 says for each answer how much of it may be sent, so that it can hold back many of them on a
//! connection that is never stuck. So it is looked at how answers get on, one by one. (An answer of HTTP/1 is stuck when
//! its connection is; see `patient`.)

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// What is handed over at once, as large as a frame of HTTP/2 usually is.
const PIECE: usize = 16 * 1024;

/// The answers of one connection.
#[derive(Default)]
pub(super) struct Deliveries {
    /// When each last got on.
    progress: Mutex<Vec<Arc<Mutex<Instant>>>>,
    begun: Notify,
}

impl Deliveries {
    /// A body that is watched on its way.
    pub fn watched(self: &Arc<Self>, body: Bytes) -> Delivery {
        let progress = Arc::new(Mutex::new(Instant::now()));
        lock(&self.progress).push(progress.clone());
        self.begun.notify_one();
        Delivery { rest: body, watch: Some(Watch { progress, among: self.clone() }) }
    }

    /// Ready once one of them has not got on for so long.
    pub async fn stuck(&self, patience: Duration) {
        loop {
            let slowest = lock(&self.progress).iter().map(|progress| *lock(progress)).min();
            match slowest.map(|since| since + patience) {
                None => self.begun.notified().await,
                Some(due) if due <= Instant::now() => return,
                Some(due) => sleep_until(due).await,
            }
        }
    }
}

/// A body on its way.
pub(super) struct Delivery {
    rest: Bytes,
    watch: Option<Watch>,
}

struct Watch {
    progress: Arc<Mutex<Instant>>,
    among: Arc<Deliveries>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        lock(&self.among.progress).retain(|progress| !Arc::ptr_eq(progress, &self.progress));
    }
}

impl Delivery {
    /// A body that need not be watched; it is handed over whole.
    pub fn unwatched(body: Bytes) -> Self {
        Delivery { rest: body, watch: None }
    }

    fn next(&mut self) -> Bytes {
        let Some(watch) = &self.watch else { return std::mem::take(&mut self.rest) };
        *lock(&watch.progress) = Instant::now();
        if self.rest.len() > PIECE {
            return self.rest.split_to(PIECE);
        }
        // A copy, as a piece that a client leaves lying would keep the whole body in memory.
        Bytes::copy_from_slice(&std::mem::take(&mut self.rest))
    }
}

impl Body for Delivery {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(Ok(Frame::data(self.next()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn bodies_arrive_whole() {
        let deliveries = Arc::new(Deliveries::default());
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 10 * PIECE + 7] {
            let body: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
            for delivery in
                [Delivery::unwatched(body.clone().into()), deliveries.watched(body.clone().into())]
            {
                assert_eq!(delivery.size_hint().exact(), Some(length as u64));
                assert_eq!(delivery.collect().await.unwrap().to_bytes(), body);
            }
        }
        assert!(lock(&deliveries.progress).is_empty());
    }

    #[tokio::test]
    async fn one_that_does_not_get_on_is_noticed() {
        let patience = Duration::from_millis(50);
        let deliveries = Arc::new(Deliveries::default());
        let watching = tokio::spawn({
            let deliveries = deliveries.clone();
            async move { deliveries.stuck(patience).await }
        });
        let mut moving = deliveries.watched(vec![0; 100 * PIECE].into());
        let begun = Instant::now();
        while begun.elapsed() < 3 * patience {
            tokio::time::sleep(patience / 10).await;
            moving.frame().await.unwrap().unwrap();
        }
        assert!(!watching.is_finished());
        let _stuck = deliveries.watched(vec![0; 1].into());
        watching.await.unwrap();
    }
}
