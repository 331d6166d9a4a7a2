//! Which release an address names.

use dramatis_domain::{Digest, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

/// The release of `creator/slug` with that number.
pub(crate) async fn numbered(
    db: &mut PgConnection,
    tenant: TenantId,
    creator: &str,
    slug: &str,
    number: i32,
) -> Result<Option<Uuid>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT r.id
         FROM account a
         JOIN item i ON i.tenant_id = $1 AND i.creator_id = a.id AND i.slug = $3
         JOIN release r ON r.tenant_id = $1 AND r.item_id = i.id AND r.number = $4
         WHERE a.tenant_id = $1 AND a.handle = $2",
        tenant.0,
        creator,
        slug,
        number,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.id))
}

/// The release whose manifest has that hash.
pub(crate) async fn id_of(
    db: &mut PgConnection,
    tenant: TenantId,
    manifest: Digest,
) -> Result<Option<Uuid>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT id FROM release WHERE tenant_id = $1 AND manifest_sha256 = $2",
        tenant.0,
        manifest.0.as_slice(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.id))
}
