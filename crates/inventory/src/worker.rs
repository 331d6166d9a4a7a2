//! What a service does between requests, as the worker: nothing that a request
//! waits for. Every job may run in several processes at once and may be cut
//! off at any place.

use crate::{
    blobs::collect::{self, KEEP},
    db::Database,
};
use object_store::ObjectStore;
use std::{sync::Arc, time::Duration};

/// Between two collections of files.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Works until it is dropped.
pub(crate) async fn run(db: Database, blobs: Arc<dyn ObjectStore>) {
    loop {
        // Several processes that started together need not walk the store together.
        let apart = HOUR.mul_f64(rand::random_range(0.5..1.5));
        tokio::time::sleep(apart).await;
        match collect::collect(&db, blobs.as_ref(), KEEP, false).await {
            Ok(done) => tracing::info!(
                unnamed = done.unnamed,
                stray = done.stray,
                kept = done.kept,
                foreign = done.foreign,
                "files collected"
            ),
            Err(fault) => {
                tracing::error!(%fault, "files were not collected; trying again in an hour");
            }
        }
    }
}
