//! Tenants.

use dramatis_domain::TenantId;
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

/// A tenant in a list.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Its identity.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
}

/// Makes a tenant. `db` acts as the owner.
pub(crate) async fn insert(
    db: &mut PgConnection,
    id: TenantId,
    slug: &str,
    name: &str,
    requires_approval: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO tenant (id, slug, name, requires_approval) VALUES ($1, $2, $3, $4)",
        id.0,
        slug,
        name,
        requires_approval,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Every tenant. `db` acts as the owner or the auditor.
pub(crate) async fn list(db: &PgPool) -> Result<Vec<Tenant>, sqlx::Error> {
    sqlx::query_as!(Tenant, "SELECT id, slug, name FROM tenant ORDER BY slug")
        .fetch_all(db)
        .await
}

/// The tenant called `slug`. `db` acts as the owner or the auditor.
pub(crate) async fn find(db: &PgPool, slug: &str) -> Result<Option<Tenant>, sqlx::Error> {
    sqlx::query_as!(
        Tenant,
        "SELECT id, slug, name FROM tenant WHERE slug = $1",
        slug
    )
    .fetch_optional(db)
    .await
}

/// Says whether releases wait for approval. `db` acts as the owner.
pub(crate) async fn ask_for_approval(
    db: &mut PgConnection,
    tenant: TenantId,
    required: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE tenant SET requires_approval = $2 WHERE id = $1",
        tenant.0,
        required
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether releases wait for approval. `db` acts as the owner or the auditor.
pub(crate) async fn asks_for_approval(db: &PgPool, tenant: TenantId) -> Result<bool, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT requires_approval FROM tenant WHERE id = $1",
        tenant.0
    )
    .fetch_one(db)
    .await?;
    Ok(row.requires_approval)
}
