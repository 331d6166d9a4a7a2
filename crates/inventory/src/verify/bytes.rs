//! Rows and files whose name is the hash of their bytes.

use super::{VerifyFault, erasures::Erasures, joined, snapshot::Snapshot};
use crate::blobs::{self, Place};
use dramatis_domain::{Digest, TenantId, salted::Salted};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::ObjectStore;
use sqlx::PgConnection;
use std::sync::Arc;

/// Every card document, on all cores: hashes are spread evenly, so each takes
/// those that begin with the same byte.
pub(super) async fn contents(
    snapshot: &Snapshot,
    readers: usize,
    tenant: TenantId,
    place: &str,
    erasures: &Arc<Erasures>,
) -> Result<u64, VerifyFault> {
    let place: Arc<str> = place.into();
    let done = stream::iter(0..=u8::MAX)
        .map(|first| {
            let task = beginning_with(
                snapshot.clone(),
                tenant,
                first,
                Arc::clone(&place),
                Arc::clone(erasures),
            );
            async { joined(tokio::spawn(task).await) }
        })
        .buffered(readers);
    done.try_fold(0, async |sum, count| Ok(sum + count)).await
}

async fn beginning_with(
    snapshot: Snapshot,
    tenant: TenantId,
    first: u8,
    place: Arc<str>,
    erasures: Arc<Erasures>,
) -> Result<u64, VerifyFault> {
    let mut db = snapshot.reader().await?;
    let from = vec![first];
    let until = first.checked_add(1).map(|next| vec![next]);
    let mut rows = sqlx::query!(
        "SELECT sha256, bytes FROM content
         WHERE tenant_id = $1 AND sha256 >= $2 AND ($3::bytea IS NULL OR sha256 < $3) ORDER BY sha256",
        tenant.0,
        from,
        until,
    )
    .fetch(&mut *db);
    let mut count = 0;
    while let Some(row) = rows.try_next().await? {
        let off =
            |what| VerifyFault::off(format!("{place}, card {}", hex::encode(&row.sha256)), what);
        match &row.bytes {
            Some(bytes) if Digest::of(bytes).0 == row.sha256[..] => count += 1,
            Some(_) => {
                return Err(off(
                    "its bytes were changed after they were written: they do not fit their hash",
                ));
            }
            None if erasures.order_of("content", &row.sha256).is_some() => {}
            None => return Err(off("its bytes are not there, and no order erased them")),
        }
    }
    drop(rows);
    snapshot.done_with(db);
    Ok(count)
}

/// Every text that events name by hash.
pub(super) async fn personal(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
) -> Result<(), VerifyFault> {
    let mut rows =
        sqlx::query!("SELECT sha256, salt, value, field FROM personal_field WHERE tenant_id = $1 ORDER BY sha256", tenant.0).fetch(db);
    while let Some(row) = rows.try_next().await? {
        let salt: Option<[u8; 16]> = row.salt.try_into().ok();
        let fits =
            salt.is_some_and(|salt| Salted::new(salt, row.value).digest().0 == row.sha256[..]);
        if !fits {
            return Err(VerifyFault::off(
                format!("{place}, {} {}", row.field, hex::encode(&row.sha256)),
                "the text was changed after it was written: it does not fit its hash",
            ));
        }
    }
    Ok(())
}

/// Every file, where the store is given; and that only an order took one.
pub(super) async fn files(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
    store: Option<&dyn ObjectStore>,
    erasures: &Erasures,
) -> Result<u64, VerifyFault> {
    let rows = sqlx::query!(
        "SELECT sha256, size, generation, erased FROM blob WHERE tenant_id = $1 ORDER BY sha256",
        tenant.0
    )
    .fetch_all(db)
    .await?;
    let mut count = 0;
    for row in rows {
        let name = format!("{place}, file {}", hex::encode(&row.sha256));
        if row.erased != erasures.order_of("blob", &row.sha256).is_some() {
            return Err(VerifyFault::off(
                &name,
                "whether it was erased, its row and the orders say differently",
            ));
        }
        let Some(store) = store.filter(|_| !row.erased) else {
            continue;
        };
        let sha256 =
            Digest::from_slice(&row.sha256).map_err(|fault| VerifyFault::off(&name, fault))?;
        let lies = Place {
            tenant,
            sha256,
            generation: row.generation,
        };
        let (size, found) = blobs::hash(store, &lies)
            .await
            .map_err(|fault| VerifyFault::off(&name, fault))?;
        if found != sha256 || i64::try_from(size).ok() != Some(row.size) {
            return Err(VerifyFault::off(
                &name,
                "its bytes were changed after they were written: they do not fit their hash",
            ));
        }
        count += 1;
    }
    Ok(count)
}
