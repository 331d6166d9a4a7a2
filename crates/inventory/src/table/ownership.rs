//! Whose a release is.

use dramatis_domain::TenantId;
use sqlx::PgConnection;
use uuid::Uuid;

/// Who published a release: account and handle.
pub(crate) async fn published_by(
    db: &mut PgConnection,
    tenant: TenantId,
    release: Uuid,
) -> Result<Option<(Uuid, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT a.id, a.handle FROM release r
         JOIN account a ON a.tenant_id = $1 AND a.id = r.submitted_by
         WHERE r.tenant_id = $1 AND r.id = $2",
        tenant.0,
        release,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.id, row.handle.unwrap_or_default())))
}
