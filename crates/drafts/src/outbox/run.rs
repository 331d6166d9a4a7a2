//! The sender: drains the outbox for as long as a window is open, and tells of
//! what other processes changed.

use super::{Left, drain};
use crate::{Studio, table, view::ConnectionState};
use std::time::Duration;
use tokio::task::JoinHandle;

/// How often other processes' changes are looked for (`PRAGMA data_version`).
const LOOK: Duration = Duration::from_millis(250);
/// The longest pause between two looks at an inventory that does not answer.
const LONGEST_PROBE: Duration = Duration::from_secs(15);
/// The longest pause of the sender when nothing waits for a time.
const REST: Duration = Duration::from_secs(60);

/// A running sender; dropping it stops it. What was on the wire then is
/// settled by the next one, with the same key.
#[derive(Debug)]
pub struct Sender {
    tasks: [JoinHandle<()>; 2],
}

impl Sender {
    pub(crate) fn run(studio: &Studio) -> Self {
        Self {
            tasks: [
                tokio::spawn(send(studio.clone())),
                tokio::spawn(watch(studio.clone())),
            ],
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn send(studio: Studio) {
    let mut misses = 0;
    let mut was_online = false;
    loop {
        let left = match drain(&studio).await {
            Ok(left) => left,
            Err(error) => {
                tracing::warn!(%error, "the outbox could not be worked on");
                Left::Unreached
            }
        };
        let online = studio.inner.link.state().0 == ConnectionState::Online;
        if online && !was_online {
            catch_up(&studio).await;
        }
        was_online = online;
        misses = if online { 0 } else { misses + 1 };
        let pause = match left {
            Left::Until(None) if online => REST,
            Left::Until(due) => {
                let until = due.map_or(LONGEST_PROBE, |due| micros(due - studio.now()));
                if online {
                    until.min(REST)
                } else {
                    until.min(probe(misses))
                }
            }
            Left::Unreached => probe(misses),
            // The other process sends; this one takes over when it is done or dead.
            Left::Elsewhere => Duration::from_millis(500),
        };
        tokio::select! {
            () = studio.inner.wake.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Fetches what happened while nobody was looking.
async fn catch_up(studio: &Studio) {
    if let Err(error) = studio.refresh(None).await {
        tracing::debug!(%error, "the history could not be fetched");
    }
}

/// Tells this process's windows what others wrote.
async fn watch(studio: Studio) {
    let Ok(mut db) = studio.store().reader().await else {
        return;
    };
    let mut seen = studio.store().first_news();
    let mut version = 0_i64;
    loop {
        tokio::time::sleep(LOOK).await;
        let now: Result<i64, _> = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut *db)
            .await;
        match now {
            Ok(now) if now != version => version = now,
            Ok(_) => continue,
            Err(error) => {
                tracing::debug!(%error, "other windows' changes could not be looked for");
                return;
            }
        }
        let (Ok(newest), Ok(tags)) = (
            table::news::newest(&mut db).await,
            table::news::of_others(&mut db, seen, studio.store().origin()).await,
        ) else {
            continue;
        };
        seen = newest;
        if tags.iter().any(|tag| tag == "outbox") {
            studio.inner.wake.notify_one();
        }
        studio.store().tell(tags);
    }
}

/// Half a second, doubled with every miss, bounded.
fn probe(misses: u32) -> Duration {
    Duration::from_millis(500 << misses.saturating_sub(1).min(5)).min(LONGEST_PROBE)
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
