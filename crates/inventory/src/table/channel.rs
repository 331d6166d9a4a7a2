//! Channels: movable names for releases.

use dramatis_api::item::Channel;
use dramatis_domain::{ItemId, ReleaseId, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Where a channel points and how often it was moved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pointer {
    pub(crate) seq: i32,
    pub(crate) release: ReleaseId,
}

/// Where a channel of an item points.
pub(crate) async fn pointer(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
    name: &str,
) -> Result<Option<Pointer>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT seq, release_id FROM channel WHERE tenant_id = $1 AND item_id = $2 AND name = $3",
        tenant.0,
        item.0,
        name,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Pointer {
        seq: row.seq,
        release: ReleaseId(row.release_id),
    }))
}

/// Every channel of an item, by name.
pub(crate) async fn of_item(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
) -> Result<Vec<Channel>, sqlx::Error> {
    sqlx::query_as!(
        Channel,
        "SELECT c.name, c.release_id AS release, r.number
         FROM channel c
         JOIN release r ON r.tenant_id = c.tenant_id AND r.id = c.release_id
         WHERE c.tenant_id = $1 AND c.item_id = $2
         ORDER BY c.name",
        tenant.0,
        item.0,
    )
    .fetch_all(db)
    .await
}

/// The release that `creator/slug@channel` points at.
pub(crate) async fn resolve(
    db: &mut PgConnection,
    tenant: TenantId,
    creator: &str,
    slug: &str,
    channel: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT c.release_id
         FROM account a
         JOIN item i ON i.tenant_id = $1 AND i.creator_id = a.id AND i.slug = $3
         JOIN channel c ON c.tenant_id = $1 AND c.item_id = i.id AND c.name = $4
         WHERE a.tenant_id = $1 AND a.handle = $2",
        tenant.0,
        creator,
        slug,
        channel,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.release_id))
}
