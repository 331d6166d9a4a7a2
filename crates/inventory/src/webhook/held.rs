//! Webhooks that this process may not call. Another one, or this one started
//! anew with other flags, may: their deliveries are left to it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

/// How long this process leaves one alone: a name may lead elsewhere by then.
const HOLD: Duration = Duration::from_secs(60);

/// Those of this process, each with the end of its hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Held(Arc<Mutex<HashMap<Uuid, Instant>>>);

impl Held {
    /// Holds one, or holds it on. Whether it is news: it was not held before.
    pub(super) fn begin(&self, webhook: Uuid, now: Instant) -> bool {
        self.all().insert(webhook, now + HOLD).is_none()
    }

    /// It was not refused this time.
    pub(super) fn end(&self, webhook: Uuid) {
        self.all().remove(&webhook);
    }

    /// Those to be left alone now. One whose hold is at an end is tried again,
    /// and stays known until it is not refused.
    pub(super) fn at(&self, now: Instant) -> Vec<Uuid> {
        let all = self.all();
        let standing = all.iter().filter(|(_, until)| **until > now);
        standing.map(|(webhook, _)| *webhook).collect()
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Uuid, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_news_once_and_is_looked_at_again_each_minute() {
        let (held, webhook, start) = (Held::default(), Uuid::from_u128(1), Instant::now());
        assert!(held.begin(webhook, start));
        assert!(!held.begin(webhook, start), "another item's of the same");
        assert_eq!(held.at(start), [webhook]);
        let later = start + HOLD;
        assert!(held.at(later).is_empty());
        assert!(!held.begin(webhook, later), "still the same hold");
        assert_eq!(held.at(later), [webhook]);
        held.end(webhook);
        assert!(held.at(later).is_empty());
        assert!(held.begin(webhook, later));
    }
}
