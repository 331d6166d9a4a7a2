//! A change of the store: one transaction, and the news of it afterwards.

use super::Store;
use crate::{StudioError, table};
use sqlx::{Sqlite, SqliteConnection, Transaction};

/// A change that is under way. Dropping it takes it back whole.
#[must_use = "a change that is not committed is taken back"]
pub(crate) struct Write<'a> {
    store: &'a Store,
    transaction: Transaction<'static, Sqlite>,
    tags: Vec<String>,
}

impl<'a> Write<'a> {
    pub(super) async fn begin(store: &'a Store) -> Result<Self, StudioError> {
        Ok(Self {
            store,
            transaction: store.write.begin_with("BEGIN IMMEDIATE").await?,
            tags: Vec::new(),
        })
    }

    /// The connection to change with.
    pub(crate) fn db(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// Names what changes.
    pub(crate) fn tag(&mut self, tag: impl Into<String>) {
        let tag = tag.into();
        if !self.tags.contains(&tag) {
            self.tags.push(tag);
        }
    }

    /// Makes the change durable, then tells of it: never the other way round
    /// (studio.md, Outbox).
    pub(crate) async fn commit(mut self) -> Result<(), StudioError> {
        table::news::add(&mut self.transaction, &self.tags, &self.store.origin).await?;
        self.transaction.commit().await?;
        if self.store.set_full(false) {
            self.tags.push("status".to_owned());
        }
        self.store.tell(self.tags);
        Ok(())
    }
}
