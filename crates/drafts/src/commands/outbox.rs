//! The outbox.

use crate::{Studio, StudioError, view};

impl Studio {
    /// Every request, the newest first.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn list_outbox(&self) -> Result<Vec<view::OutboxEntry>, StudioError> {
        todo!()
    }

    /// Makes everything due that waits for its time, and wakes the sender.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn outbox_send_now(&self) -> Result<(), StudioError> {
        todo!()
    }

    /// Tries a request again that needs the person. Where the inventory has
    /// refused it, or the request it stood on did not happen, the same content
    /// is frozen anew under a new key, and that entry is returned.
    ///
    /// # Errors
    /// `not_found`, `cannot_retry`.
    pub async fn outbox_retry(&self, key: &str) -> Result<view::OutboxEntry, StudioError> {
        todo!("{key}")
    }

    /// Cancels a request: at once where it never left this device, otherwise
    /// by asking the inventory, whichever commits first.
    ///
    /// # Errors
    /// `not_found`, `cannot_cancel`.
    pub async fn outbox_cancel(&self, key: &str) -> Result<view::OutboxEntry, StudioError> {
        todo!("{key}")
    }
}
