//! Queues in the process, by item and by key, before a transaction begins:
//! measured, it saves 4 to 20 retries per publish on a hot item
//! (inventory.md, Publish). Between processes the retry is what holds.

use crate::traces::step;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;

/// One queue for each value of `K` that somebody waits in.
#[derive(Clone, Debug)]
pub(crate) struct Lanes<K: Eq + Hash + Copy> {
    /// What the queues are of, for whoever measures them.
    of: &'static str,
    open: Arc<Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>>,
}

/// The head of a queue, until dropped.
#[derive(Debug)]
pub(crate) struct Turn<K: Eq + Hash + Copy> {
    lanes: Lanes<K>,
    lane: K,
    guard: Option<OwnedMutexGuard<()>>,
}

impl<K: Eq + Hash + Copy> Lanes<K> {
    pub(crate) fn new(of: &'static str) -> Self {
        Self {
            of,
            open: Arc::default(),
        }
    }

    /// Waits for the turn; none where `patience` runs out first.
    pub(crate) async fn enter(&self, lane: K, patience: Duration) -> Option<Turn<K>> {
        let queue = Arc::clone(self.lock().entry(lane).or_default());
        // Made before the wait, so that a caller who gives up cleans up too.
        let mut turn = Turn {
            lanes: self.clone(),
            lane,
            guard: None,
        };
        let since = Instant::now();
        turn.guard = tokio::time::timeout(patience, queue.lock_owned())
            .instrument(step!("wait in queue", dramatis.queue = self.of))
            .await
            .ok();
        metrics::histogram!("dramatis_queue_wait_seconds", "queue" => self.of)
            .record(since.elapsed().as_secs_f64());
        turn.guard.is_some().then_some(turn)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<K, Arc<tokio::sync::Mutex<()>>>> {
        // The map is whole at every step: a panic elsewhere does not spoil it.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Copy> Drop for Turn<K> {
    fn drop(&mut self) {
        self.guard = None;
        let mut open = self.lanes.lock();
        // Whoever still waits holds a reference of his own.
        if open
            .get(&self.lane)
            .is_some_and(|queue| Arc::strong_count(queue) == 1)
        {
            open.remove(&self.lane);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test(flavor = "multi_thread")]
    async fn one_at_a_time_and_nothing_left_behind() {
        let lanes = Lanes::new("test");
        let inside = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let (lanes, inside) = (lanes.clone(), Arc::clone(&inside));
                tokio::spawn(async move {
                    let _turn = lanes.enter(7, Duration::from_secs(30)).await.unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert!(lanes.lock().is_empty());
    }

    #[tokio::test]
    async fn patience_runs_out() {
        let lanes = Lanes::new("test");
        let turn = lanes.enter(1, Duration::from_secs(1)).await;
        assert!(lanes.enter(1, Duration::from_millis(5)).await.is_none());
        drop(turn);
        assert!(lanes.enter(1, Duration::from_millis(5)).await.is_some());
        assert!(lanes.lock().is_empty());
    }
}
