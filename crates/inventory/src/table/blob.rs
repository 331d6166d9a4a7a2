//! Assets whose bytes lie in the object store.

use dramatis_domain::{Digest, TenantId, manifest::Asset};
use sqlx::PgConnection;

/// The size of a blob; none where it was not uploaded.
pub(crate) async fn size(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: Digest,
) -> Result<Option<i64>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT size FROM blob WHERE tenant_id = $1 AND sha256 = $2",
        tenant.0,
        sha256.as_bytes().as_slice(),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.size))
}

/// Remembers a blob whose bytes lie in the store; again is the same.
pub(crate) async fn insert(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: Digest,
    size: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO blob (tenant_id, sha256, size) VALUES ($1, $2, $3) ON CONFLICT ON CONSTRAINT blob_pkey DO NOTHING",
        tenant.0,
        sha256.as_bytes().as_slice(),
        size,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The assets that are not there, or there with another size.
pub(crate) async fn missing<'a>(
    db: &mut PgConnection,
    tenant: TenantId,
    assets: &'a [Asset],
) -> Result<Vec<&'a Asset>, sqlx::Error> {
    if assets.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<Vec<u8>> = assets.iter().map(|asset| asset.sha256.0.to_vec()).collect();
    let rows = sqlx::query!(
        "SELECT sha256, size FROM blob WHERE tenant_id = $1 AND sha256 = ANY($2)",
        tenant.0,
        &wanted,
    )
    .fetch_all(db)
    .await?;
    let there = |asset: &Asset| {
        rows.iter()
            .any(|row| row.sha256 == asset.sha256.0 && row.size == i64::from(asset.size))
    };
    Ok(assets.iter().filter(|asset| !there(asset)).collect())
}
