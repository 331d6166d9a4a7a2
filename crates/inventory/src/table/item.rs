//! Items. The row is the lock of every change to the item.

use crate::db;
use dramatis_domain::{AccountId, Digest, ItemId, TenantId, chain::Head, event::Stream};
use sqlx::PgConnection;

/// An item's row, locked.
#[derive(Clone, Debug)]
pub(crate) struct Locked {
    /// Whose handle is in its address, for good.
    pub(crate) creator: AccountId,
    /// Who owns it now.
    pub(crate) owner: AccountId,
    pub(crate) slug: String,
    pub(crate) release_count: i32,
    pub(crate) last_event_at: time::OffsetDateTime,
    pub(crate) head: Head,
}

/// Locks the row: the first statement of its transaction that takes a snapshot
/// (inventory.md, Publish). None where there is no such item yet.
pub(crate) async fn lock(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
) -> Result<Option<Locked>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT creator_id, coalesce(owner_id, creator_id) AS "owner!", slug, release_count, last_event_seq, last_event_hash, last_event_at
           FROM item WHERE tenant_id = $1 AND id = $2 FOR UPDATE"#,
        tenant.0,
        item.0,
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let decode = |what: &'static str| {
        sqlx::Error::Decode(format!("the head of item {item} has no {what}").into())
    };
    let last_event_at = row.last_event_at.ok_or_else(|| decode("time"))?;
    let hash = row
        .last_event_hash
        .and_then(|hash| Digest::from_slice(&hash).ok())
        .ok_or_else(|| decode("hash"))?;
    Ok(Some(Locked {
        creator: AccountId(row.creator_id),
        owner: AccountId(row.owner),
        slug: row.slug,
        release_count: row.release_count,
        last_event_at,
        head: Head {
            seq: u64::try_from(row.last_event_seq).map_err(|_| decode("number"))?,
            hash,
            time_us: db::micros(last_event_at),
        },
    }))
}

/// A new item.
#[derive(Clone, Debug)]
pub(crate) struct NewItem {
    pub(crate) tenant: TenantId,
    pub(crate) id: ItemId,
    pub(crate) kind: &'static str,
    pub(crate) creator: AccountId,
    pub(crate) slug: String,
}

/// Makes the item; its counters follow with the facts. False where it is there
/// already. Takes no snapshot that another new item could invalidate.
pub(crate) async fn found(db: &mut PgConnection, new: &NewItem) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO item (tenant_id, id, kind, creator_id, slug, created_at)
         VALUES ($1, $2, $3, $4, $5, clock_timestamp())
         ON CONFLICT ON CONSTRAINT item_pkey DO NOTHING",
        new.tenant.0,
        new.id.0,
        new.kind,
        new.creator.0,
        new.slug,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The head of the chain of an item that has none yet.
pub(crate) fn genesis(tenant: TenantId, item: ItemId) -> Head {
    Head::genesis(tenant, Stream::Item(item))
}
