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
