//! The local store: one SQLite database in a folder, open in any number of
//! processes (studio.md, Local store).

mod backup;
mod damage;
mod open;
mod salvage;
mod write;

pub(crate) use write::Write;

use crate::{
    StudioError,
    table::{self, draft::Draft, edit::Edit},
};
use sqlx::{SqliteConnection, SqlitePool, pool::PoolConnection};
use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};
use tokio::sync::broadcast;

/// The database's file in the store's folder.
pub(crate) const FILE: &str = "drafts.db";

/// An open store.
#[derive(Debug)]
pub(crate) struct Store {
    dir: PathBuf,
    read: SqlitePool,
    /// One connection: writers of this process queue here instead of in SQLite.
    write: SqlitePool,
    /// Names this process among those that write the news.
    origin: String,
    tags: broadcast::Sender<Vec<String>>,
    full: AtomicBool,
    recovered: Option<String>,
    /// The newest news when the store was opened.
    news: i64,
    /// Held shared while the store is open; whoever puts a damaged store aside
    /// takes it alone.
    in_use: File,
}

impl Store {
    /// A connection to read with.
    pub(crate) async fn reader(&self) -> Result<PoolConnection<sqlx::Sqlite>, StudioError> {
        Ok(self.read.acquire().await?)
    }

    /// One consistent view over several reads.
    pub(crate) async fn snapshot(
        &self,
    ) -> Result<sqlx::Transaction<'static, sqlx::Sqlite>, StudioError> {
        Ok(self.read.begin().await?)
    }

    /// Begins a change. It holds SQLite's write lock from the start, so that
    /// what it reads is what it changes.
    pub(crate) async fn begin(&self) -> Result<Write<'_>, StudioError> {
        Write::begin(self).await
    }

    /// Writes a keystroke's save, then tells of it; says no, and writes
    /// nothing, where the draft has gone on since.
    pub(crate) async fn save(
        &self,
        draft: &Draft,
        edit: &Edit,
        goes_on: bool,
    ) -> Result<bool, StudioError> {
        let written = table::save::next(&self.write, draft, edit, goes_on).await?;
        if written {
            let mut tags = vec![
                "library".to_owned(),
                format!("character:{}", draft.character),
            ];
            if self.set_full(false) {
                tags.push("status".to_owned());
            }
            self.tell(tags);
        }
        Ok(written)
    }

    /// Tells this process's windows.
    pub(crate) fn tell(&self, tags: Vec<String>) {
        if !tags.is_empty() {
            // No window is listening: there is nobody to tell.
            self.tags.send(tags).ok();
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Vec<String>> {
        self.tags.subscribe()
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// What to tell about a damaged store that was put aside when this one was opened.
    pub(crate) fn recovered(&self) -> Option<&str> {
        self.recovered.as_deref()
    }

    /// Where telling of other processes' changes begins.
    pub(crate) fn first_news(&self) -> i64 {
        self.news
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// Remembers whether the store takes writes; says whether that is new.
    pub(crate) fn set_full(&self, full: bool) -> bool {
        self.full.swap(full, Ordering::Relaxed) != full
    }

    pub(crate) async fn close(&self) {
        self.write.close().await;
        self.read.close().await;
        // Otherwise it ends with the file handle, when the last clone is gone.
        self.in_use.unlock().ok();
    }
}

/// The connection of whatever holds one.
pub(crate) type Db = SqliteConnection;
