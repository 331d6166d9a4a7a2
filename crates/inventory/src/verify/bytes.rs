//! Rows and files whose name is the hash of their bytes.

use super::{VerifyFault, erasures::Erasures};
use crate::blobs::{self, Place};
use dramatis_domain::{Digest, TenantId, salted::Salted};
use futures::TryStreamExt as _;
use object_store::ObjectStore;
use sqlx::PgConnection;

/// Every card document that no release has; the others are verified with their
/// releases. Answers how many there are of both.
pub(super) async fn contents(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
    erasures: &Erasures,
) -> Result<u64, VerifyFault> {
    let count = sqlx::query_scalar!(
        r#"SELECT count(bytes) AS "count!" FROM content WHERE tenant_id = $1"#,
        tenant.0
    )
    .fetch_one(&mut *db)
    .await?;
    let mut rows = sqlx::query!(
        "SELECT sha256, bytes FROM content c
         WHERE tenant_id = $1
           AND NOT EXISTS (SELECT FROM release r WHERE r.tenant_id = $1 AND r.card_sha256 = c.sha256)
         ORDER BY sha256",
        tenant.0,
    )
    .fetch(db);
    while let Some(row) = rows.try_next().await? {
        card(&row.sha256, row.bytes.as_deref(), place, erasures)?;
    }
    Ok(u64::try_from(count).unwrap_or_default())
}

/// One card document: its bytes fit, or an order erased them.
pub(super) fn card(
    sha256: &[u8],
    bytes: Option<&[u8]>,
    place: &str,
    erasures: &Erasures,
) -> Result<(), VerifyFault> {
    let off = |what| VerifyFault::off(format!("{place}, card {}", hex::encode(sha256)), what);
    match bytes {
        Some(bytes) if Digest::of(bytes).0 == sha256 => Ok(()),
        Some(_) => Err(off(
            "its bytes were changed after they were written: they do not fit their hash",
        )),
        None if erasures.order_of("content", sha256).is_some() => Ok(()),
        None => Err(off("its bytes are not there, and no order erased them")),
    }
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
