//! Texts about people, and whose they are.

use dramatis_domain::{AccountId, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A text that events or manifests name by its hash.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) sha256: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    pub(crate) field: String,
    pub(crate) value: String,
}

/// The texts of an account: its name, its studios' names, the reasons it gave
/// and the notes of what it submitted.
pub(crate) async fn of_account(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Vec<Text>, sqlx::Error> {
    sqlx::query_as!(
        Text,
        "WITH theirs AS (
             SELECT name_sha256 AS sha256 FROM account WHERE tenant_id = $1 AND id = $2
             UNION SELECT unnest(ARRAY[actor_name_sha256, device_name_sha256, reason_sha256])
                   FROM event WHERE tenant_id = $1 AND actor_id = $2
             UNION SELECT notes_sha256 FROM release WHERE tenant_id = $1 AND submitted_by = $2
         )
         SELECT p.sha256, p.salt, p.field, p.value
         FROM personal_field p JOIN theirs t ON t.sha256 = p.sha256
         WHERE p.tenant_id = $1
         ORDER BY p.field, p.sha256",
        tenant.0,
        account.0,
    )
    .fetch_all(db)
    .await
}

/// Takes texts away; the order that says so has to be there.
pub(crate) async fn take(
    db: &mut PgConnection,
    tenant: TenantId,
    sha256: &[Vec<u8>],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "DELETE FROM personal_field WHERE tenant_id = $1 AND sha256 = ANY($2)",
        tenant.0,
        sha256,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The account by its handle or id.
pub(crate) async fn find(
    db: &mut PgConnection,
    tenant: TenantId,
    name: &str,
) -> Result<Option<AccountId>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT id FROM account WHERE tenant_id = $1 AND (handle = $2 OR id::text = $2)",
        tenant.0,
        name,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| AccountId(row.id)))
}

/// An item of the account by its slug, or any by its id.
pub(crate) async fn find_item(
    db: &mut PgConnection,
    tenant: TenantId,
    owner: Option<AccountId>,
    name: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT id FROM item
         WHERE tenant_id = $1 AND (creator_id = $2 AND slug = $3 OR id::text = $3)
         ORDER BY id LIMIT 1",
        tenant.0,
        owner.map(|account| account.0),
        name,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.id))
}
