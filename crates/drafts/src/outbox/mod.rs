//! The outbox: requests that were frozen, sent exactly once each (studio.md,
//! Outbox; inventory.md, Idempotency contract).
//!
//! `plan` decides what is next, `send` puts it on the wire, `settle` writes
//! what came of it; `confirm` makes sure who is on the other side, `run` does
//! all of it for as long as a window is open.

mod about;
mod backoff;
mod claim;
mod confirm;
mod entry;
mod plan;
mod refreeze;
mod run;
mod send;
mod settle;
mod verdict;

pub(crate) use confirm::{came, confirm, confirm_anew};
pub(crate) use refreeze::again;
pub use run::Sender;
pub(crate) use settle::{dead, finish, tag};

use crate::{Micros, Studio, StudioError, table};
use plan::Step;
use std::fs::{File, TryLockError};

/// The lease that says which process sends.
const LEASE: &str = "sender";
/// The file in the store's folder that the sending process locks.
const LOCK: &str = "sender.lock";
/// How long a lease lasts without being renewed: longer than one request takes.
const LEASE_FOR: Micros = 60_000_000;

/// What a drain left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Nothing is due before this time; none: nothing waits for a time.
    Until(Option<Micros>),
    /// There is no connection, nobody is signed in, or nobody answers.
    Unreached,
    /// Another process is sending.
    Elsewhere,
}

/// Sends everything that is due.
pub(crate) async fn drain(studio: &Studio) -> Result<Left, StudioError> {
    let _one = studio.inner.draining.lock().await;
    let mut held = None;
    let left = drain_under(studio, &mut held).await;
    if let Some((fence, _lock)) = &held {
        let mut write = studio.store().begin().await?;
        let holder = studio.store().origin();
        table::lease::give_back(write.db(), LEASE, holder, *fence).await?;
        write.commit().await?;
    }
    studio.noted(left)
}

async fn drain_under(studio: &Studio, held: &mut Option<(i64, File)>) -> Result<Left, StudioError> {
    loop {
        let Some((reach, me)) = confirm(studio).await? else {
            return Ok(Left::Unreached);
        };
        let open = {
            let mut db = studio.store().reader().await?;
            table::outbox::open(&mut db).await?
        };
        let due = match plan::next(&open, &me, studio.now()) {
            (None, due) => return Ok(Left::Until(due)),
            (Some(step), _) => step,
        };
        let lock = match held.take() {
            Some((_, lock)) => lock,
            None => match sole_sender(studio)? {
                Some(lock) => lock,
                None => return Ok(Left::Elsewhere),
            },
        };
        let fence = take_lease(studio).await?;
        *held = Some((fence, lock));
        match due {
            Step::Send(key) => send::request(studio, &reach, &key, fence).await?,
            Step::Cancel(key) => send::cancel(studio, &reach, &key, fence).await?,
            Step::Wedge(key, error) => settle::wedge(studio, &key, &error).await?,
            Step::Free(key) => settle::free(studio, &key).await?,
        }
    }
}

/// The lock of the one process that sends; none while another holds it. The
/// operating system lets go of it when a process ends, however it ends: whoever
/// gets it need not wait for the end of a dead sender's lease.
fn sole_sender(studio: &Studio) -> Result<Option<File>, StudioError> {
    let path = studio.store().dir().join(LOCK);
    let fault = |source| StudioError::Folder {
        path: path.clone(),
        source,
    };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(fault)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(fault(source)),
    }
}

/// Takes or renews the lease. What an earlier holder left on the wire is then
/// ours to settle: its outcome is unknown, and the same key asks again.
async fn take_lease(studio: &Studio) -> Result<i64, StudioError> {
    let now = studio.now();
    let mut write = studio.store().begin().await?;
    let holder = studio.store().origin();
    let fence = table::lease::take(write.db(), LEASE, holder, now, now + LEASE_FOR).await?;
    for mut entry in table::outbox::open(write.db()).await? {
        if entry.state == "sending" && entry.fence != Some(fence) {
            entry.state = "retrying".to_owned();
            entry.next_attempt_at = now;
            table::outbox::save(write.db(), &entry).await?;
            write.tag("outbox");
        }
    }
    write.commit().await?;
    Ok(fence)
}
