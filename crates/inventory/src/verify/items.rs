//! Every item of a tenant, some at a time on every core; what is off is named
//! in the order of items all the same.

use super::{Verified, VerifyFault, joined, listing, releases, snapshot::Snapshot};
use crate::db::Tx;
use dramatis_domain::TenantId;
use futures::{StreamExt as _, stream};
use std::sync::Arc;
use uuid::Uuid;

/// As many are handed to a core at once: few enough that the cores end
/// together, enough that handing over costs nothing.
const BATCH: i64 = 64;

/// Verifies all of them, adds them to `count` and tells of it batch by batch.
pub(super) async fn verify(
    snapshot: &Snapshot,
    readers: usize,
    first: &mut Tx,
    tenant: TenantId,
    place: &str,
    count: &mut Verified,
    mut progress: impl FnMut(&Verified),
) -> Result<(), VerifyFault> {
    let place: Arc<str> = place.into();
    let batches = stream::try_unfold((first, Uuid::nil()), |(db, after)| async move {
        let batch = releases::items(db, tenant, after, BATCH).await?;
        Ok::<_, VerifyFault>(
            batch
                .last()
                .map(|item| item.id)
                .map(|last| (batch, (db, last))),
        )
    });
    let done = batches
        .map(|batch| {
            let (snapshot, place) = (snapshot.clone(), Arc::clone(&place));
            async move { joined(tokio::spawn(some(snapshot, tenant, batch?, place)).await) }
        })
        .buffered(readers);
    let mut done = std::pin::pin!(done);
    while let Some(some) = done.next().await {
        let some = some?;
        count.items += some.items;
        count.releases += some.releases;
        count.events += some.events;
        progress(count);
    }
    Ok(())
}

async fn some(
    snapshot: Snapshot,
    tenant: TenantId,
    items: Vec<releases::Item>,
    place: Arc<str>,
) -> Result<Verified, VerifyFault> {
    let mut db = snapshot.reader().await?;
    let mut count = Verified::default();
    for item in &items {
        let (releases, events) = releases::verify(&mut db, tenant, item, &place).await?;
        listing::verify(&mut db, tenant, item, &place).await?;
        count.items += 1;
        count.releases += releases;
        count.events += events;
    }
    snapshot.done_with(db);
    Ok(count)
}
