//! Before anything goes on the wire, the store says so: after a crash an entry
//! that may have been sent is never taken for one that was not.

use super::LEASE;
use crate::{Studio, StudioError, table, table::outbox::Entry, view::OutboxState};

/// What is about to be put on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A file, which is named by its digest: sending it twice is sending it once.
    File,
    /// The request itself.
    Request,
    /// The question to cancel it.
    Cancel,
}

impl What {
    const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Request => "request",
            Self::Cancel => "cancel",
        }
    }
}

/// A claimed entry and the row of its attempt.
pub(super) struct Claimed {
    pub(super) entry: Entry,
    pub(super) attempt: i64,
}

/// Claims an entry under the lease; none where it was cancelled or taken over
/// in the meantime.
pub(super) async fn claim(
    studio: &Studio,
    key: &str,
    fence: i64,
    what: What,
) -> Result<Option<Claimed>, StudioError> {
    let now = studio.now();
    let mut write = studio.store().begin().await?;
    let holder = studio.store().origin();
    if !table::lease::holds(write.db(), LEASE, holder, fence, now).await? {
        return Ok(None);
    }
    let mut entry = table::outbox::get(write.db(), key).await?;
    let ready = match entry.state() {
        OutboxState::Waiting | OutboxState::Retrying => true,
        // Its files went before it under the same claim.
        OutboxState::Sending => entry.fence == Some(fence),
        _ => false,
    };
    if !ready || (what == What::Cancel) != (entry.cancelling == 1) {
        return Ok(None);
    }
    if what != What::File {
        entry.set_state(OutboxState::Sending);
        entry.ever_sent = 1;
        entry.attempts += 1;
    }
    entry.fence = Some(fence);
    table::outbox::save(write.db(), &entry).await?;
    let attempt = table::attempt::begin(write.db(), key, fence, what.as_str(), now).await?;
    write.tag("outbox");
    write.commit().await?;
    Ok(Some(Claimed { entry, attempt }))
}
