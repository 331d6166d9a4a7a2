//! The outbox.

use crate::{
    Studio, StudioError, outbox, table,
    view::{self, OutboxState},
};

impl Studio {
    /// Every request, the newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn list_outbox(&self) -> Result<Vec<view::OutboxEntry>, StudioError> {
        let mut db = self.store().snapshot().await?;
        let mut entries = Vec::new();
        for entry in table::outbox::list(&mut db).await? {
            entries.push(entry.view_in(&mut db).await?);
        }
        Ok(entries)
    }

    /// One request.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn outbox_entry(&self, key: &str) -> Result<view::OutboxEntry, StudioError> {
        let mut db = self.store().snapshot().await?;
        let entry = table::outbox::get(&mut db, key).await?;
        entry.view_in(&mut db).await
    }

    /// Makes everything due that waits for its time, and wakes the sender.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn outbox_send_now(&self) -> Result<(), StudioError> {
        let now = self.now();
        let mut write = self.store().begin().await?;
        for mut entry in table::outbox::open(write.db()).await? {
            if entry.state() == OutboxState::Retrying && entry.next_attempt_at > now {
                entry.next_attempt_at = now;
                table::outbox::save(write.db(), &entry).await?;
                outbox::tag(&mut write, &entry);
            }
        }
        write.commit().await?;
        self.inner.wake.notify_one();
        Ok(())
    }

    /// Tries a request again that needs the person. Where the inventory has
    /// refused it, or the request it stood on did not happen, the same content
    /// is frozen anew under a new key, and that entry is returned.
    ///
    /// # Errors
    /// `not_found`, `cannot_retry`.
    pub async fn outbox_retry(&self, key: &str) -> Result<view::OutboxEntry, StudioError> {
        Ok(self.noted(outbox::again(self, key).await)?.view())
    }

    /// Cancels a request: at once where it never left this device, otherwise
    /// by asking the inventory, whichever commits first. A request that was
    /// refused is put away with its answer.
    ///
    /// # Errors
    /// `not_found`, `cannot_cancel`.
    pub async fn outbox_cancel(&self, key: &str) -> Result<view::OutboxEntry, StudioError> {
        let now = self.now();
        let mut write = self.store().begin().await?;
        let mut entry = table::outbox::get(write.db(), key).await?;
        if !entry.can_cancel() {
            let why = if entry.cancelling == 1 {
                "is being cancelled already"
            } else {
                "has come to its end"
            };
            return Err(StudioError::CannotCancel { why });
        }
        if entry.is_refused() {
            outbox::finish(
                &mut entry,
                OutboxState::Refused,
                "Refused by the inventory; nothing was published or changed.",
                now,
            );
        } else if entry.ever_sent == 0 {
            outbox::finish(
                &mut entry,
                OutboxState::Cancelled,
                "Cancelled before it was sent.",
                now,
            );
            outbox::dead(&mut write, &entry, "parent_cancelled").await?;
        } else {
            // It may be there already: only the inventory can say which came first.
            entry.cancelling = 1;
            if entry.state() != OutboxState::Sending {
                entry.set_state(OutboxState::Retrying);
                entry.next_attempt_at = now;
            }
        }
        table::outbox::save(write.db(), &entry).await?;
        outbox::tag(&mut write, &entry);
        write.commit().await?;
        self.inner.wake.notify_one();
        Ok(entry.view())
    }
}
