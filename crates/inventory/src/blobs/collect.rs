//! Taking away files that no release names (inventory.md, Service: the row
//! first, after seven days, then the object).
//!
//! A file that a release names cannot go: its row is held by a RESTRICT key,
//! whatever this code believes. A file that is uploaded again meanwhile lies at
//! another place. A collection that dies between row and object leaves an
//! object without a row, which the next one finds by walking the store.

use super::Place;
use crate::{db::Database, failpoint, table};
use futures::TryStreamExt as _;
use object_store::{ObjectStore, ObjectStoreExt as _};
use std::time::Duration;

/// How long a file may lie unnamed: an upload waits for its publish, and a
/// backup of the database may be as old as this and still find its files.
pub(crate) const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Why a collection stopped. What was done is whole; it can be run again.
#[derive(Debug, thiserror::Error)]
pub enum CollectFault {
    /// Postgres.
    #[error("Postgres did not answer: {0}")]
    Database(#[from] sqlx::Error),
    /// The object store.
    #[error("the store of files did not answer: {0}")]
    Store(#[from] object_store::Error),
}

/// What a collection did, or would do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Collected {
    /// Files that no release named, taken away with their rows.
    pub unnamed: u64,
    /// Files without a row: what a broken upload or collection left.
    pub stray: u64,
    /// Files that a release began to name meanwhile, and that therefore stay.
    pub kept: u64,
    /// Files in the store that no inventory put there; left alone.
    pub foreign: u64,
}

/// Collects what is older than `keep`; with `dry_run`, only counts it. `db`
/// acts as the worker. Any number may run at once.
///
/// # Errors
/// Where Postgres or the store fails.
pub async fn collect(
    db: &Database,
    store: &dyn ObjectStore,
    keep: Duration,
    dry_run: bool,
) -> Result<Collected, CollectFault> {
    let mut done = Collected::default();
    rows(db, store, keep, dry_run, &mut done).await?;
    strays(db, store, keep, dry_run, &mut done).await?;
    Ok(done)
}

async fn rows(
    db: &Database,
    store: &dyn ObjectStore,
    keep: Duration,
    dry_run: bool,
    done: &mut Collected,
) -> Result<(), CollectFault> {
    let mut after = None;
    loop {
        let batch = table::blob::unnamed(db.pool(), keep, after).await?;
        let Some(last) = batch.last() else {
            return Ok(());
        };
        after = Some((last.tenant, last.sha256));
        for place in batch {
            if dry_run {
                done.unnamed += 1;
            } else if table::blob::remove(db.pool(), &place, keep).await? {
                failpoint::reach("collect.after_row").await;
                delete(store, &place).await?;
                done.unnamed += 1;
            } else {
                done.kept += 1;
            }
        }
    }
}

async fn strays(
    db: &Database,
    store: &dyn ObjectStore,
    keep: Duration,
    dry_run: bool,
    done: &mut Collected,
) -> Result<(), CollectFault> {
    let youngest = db.now().await? - i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
    let mut objects = store.list(None);
    while let Some(object) = objects.try_next().await? {
        let Some(place) = Place::read(&object.location) else {
            done.foreign += 1;
            continue;
        };
        if object.last_modified.timestamp_micros() > youngest
            || table::blob::is_named(db.pool(), &place).await?
        {
            continue;
        }
        if !dry_run {
            delete(store, &place).await?;
        }
        done.stray += 1;
    }
    Ok(())
}

async fn delete(store: &dyn ObjectStore, place: &Place) -> object_store::Result<()> {
    match store.delete(&place.path()).await {
        // Another collection was here.
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        done => done,
    }
}
