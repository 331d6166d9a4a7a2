//! Accounts and their roles.

use dramatis_domain::{AccountId, Digest, TenantId, salted::Salted};
use sqlx::PgConnection;
use uuid::Uuid;

/// An account to make.
pub(crate) struct NewAccount<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) id: AccountId,
    pub(crate) kind: &'a str,
    pub(crate) handle: Option<&'a str>,
    pub(crate) name: &'a Salted,
    pub(crate) roles: &'a [String],
}

/// Makes an account with its roles; its name's salt is kept where it can be erased.
pub(crate) async fn insert(db: &mut PgConnection, new: &NewAccount<'_>) -> Result<(), sqlx::Error> {
    let sha256 = new.name.digest();
    sqlx::query!(
        "WITH name AS (
             INSERT INTO personal_field (tenant_id, sha256, salt, value, field)
             VALUES ($1, $6, $7, $5, 'actor_name')
         ), account AS (
             INSERT INTO account (tenant_id, id, kind, handle, name, name_sha256)
             VALUES ($1, $2, $3, $4, $5, $6)
         )
         INSERT INTO membership (tenant_id, account_id, role) SELECT $1, $2, * FROM unnest($8::text[])",
        new.tenant.0,
        new.id.0,
        new.kind,
        new.handle,
        new.name.value,
        sha256.as_bytes().as_slice(),
        new.name.salt.as_slice(),
        new.roles,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An account in a list.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its identity.
    pub id: Uuid,
    /// `person`, `service` or `operator`.
    pub kind: String,
    /// Its name in addresses.
    pub handle: Option<String>,
    /// Its name.
    pub name: String,
    pub(crate) name_sha256: Vec<u8>,
}

impl Account {
    /// The hash its name stands by in events.
    pub(crate) fn name_digest(&self) -> Result<Digest, sqlx::Error> {
        Digest::from_slice(&self.name_sha256).map_err(|fault| sqlx::Error::Decode(Box::new(fault)))
    }
}

/// Every account of a tenant.
pub(crate) async fn list(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<Account>, sqlx::Error> {
    sqlx::query_as!(
        Account,
        "SELECT id, kind, handle, name, name_sha256 FROM account WHERE tenant_id = $1 ORDER BY handle, created_at",
        tenant.0,
    )
    .fetch_all(db)
    .await
}

/// The account with that handle.
pub(crate) async fn by_handle(
    db: &mut PgConnection,
    tenant: TenantId,
    handle: &str,
) -> Result<Option<AccountId>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT id FROM account WHERE tenant_id = $1 AND handle = $2",
        tenant.0,
        handle
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| AccountId(row.id)))
}

/// The roles of an account.
pub(crate) async fn roles(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT role FROM membership WHERE tenant_id = $1 AND account_id = $2 ORDER BY role",
        tenant.0,
        account.0,
    )
    .fetch_all(db)
    .await
}

/// Grants a role; false where the account has it.
pub(crate) async fn grant(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    role: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO membership (tenant_id, account_id, role) VALUES ($1, $2, $3)
         ON CONFLICT ON CONSTRAINT membership_pkey DO NOTHING",
        tenant.0,
        account.0,
        role,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a role away; false where the account does not have it.
pub(crate) async fn take_away(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    role: &str,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "DELETE FROM membership WHERE tenant_id = $1 AND account_id = $2 AND role = $3",
        tenant.0,
        account.0,
        role,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}
