//! API tokens.

use crate::{auth::Caller, db::Database, error::Fault, token::Token};
use dramatis_domain::{AccountId, Digest, TenantId};
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// A token that is known, with what stands against it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) caller: Caller,
    pub(crate) expired: bool,
    pub(crate) revoked: bool,
    pub(crate) use_is_old: bool,
}

/// Looks tokens of a tenant up, by their secrets' hashes, in one round trip.
pub(crate) async fn authenticate(
    db: &Database,
    tenant: TenantId,
    secrets: Vec<Digest>,
) -> Result<HashMap<Digest, Found>, Fault> {
    let asked: Vec<Vec<u8>> = secrets.iter().map(|secret| secret.0.to_vec()).collect();
    let rows = db
        .fresh(|| async {
            let mut connection = db.acquire().await?;
            sqlx::query!(
                r#"SELECT s.secret AS "secret!", token_id AS "token_id!", token_label AS "token_label!", scopes AS "scopes!", expires_at,
                          expired AS "expired!", revoked AS "revoked!",
                          account_id AS "account_id!", account_kind AS "account_kind!", account_handle,
                          account_name AS "account_name!", account_name_sha256 AS "account_name_sha256!", roles AS "roles!",
                          tenant_slug AS "tenant_slug!", tenant_name AS "tenant_name!",
                          requires_approval AS "requires_approval!", use_is_old AS "use_is_old!"
                   FROM unnest($2::bytea[]) AS s (secret)
                   CROSS JOIN LATERAL authenticate($1, s.secret)"#,
                tenant.0,
                &asked,
            )
            .fetch_all(&mut *connection)
            .await
        })
        .await?;
    let digest = |bytes: &[u8]| Digest::from_slice(bytes).map_err(Fault::internal);
    rows.into_iter()
        .map(|row| {
            let found = Found {
                expired: row.expired,
                revoked: row.revoked,
                use_is_old: row.use_is_old,
                caller: Caller {
                    tenant,
                    tenant_slug: row.tenant_slug,
                    tenant_name: row.tenant_name,
                    requires_approval: row.requires_approval,
                    account: AccountId(row.account_id),
                    kind: row.account_kind,
                    handle: row.account_handle,
                    name: row.account_name,
                    name_sha256: digest(&row.account_name_sha256)?,
                    roles: row.roles,
                    token: row.token_id,
                    token_label: row.token_label,
                    token_expires_at: row.expires_at,
                    scopes: row.scopes,
                    position: None,
                },
            };
            Ok((digest(&row.secret)?, found))
        })
        .collect()
}

/// Remembers the use of a token, beside the request and never in its way.
pub(crate) fn note_use(db: Database, tenant: TenantId, token: Uuid) {
    tokio::spawn(async move {
        let noted = async {
            let mut tx = db.append(tenant).await?;
            sqlx::query!(
                "INSERT INTO api_token_use (tenant_id, token_id, last_used_at) VALUES ($1, $2, clock_timestamp())
                 ON CONFLICT ON CONSTRAINT api_token_use_pkey DO UPDATE SET last_used_at = excluded.last_used_at",
                tenant.0,
                token,
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await
        };
        if let Err(fault) = noted.await {
            metrics::counter!("dramatis_unnoted_total").increment(1);
            tracing::warn!(%fault, "a token's last use was not noted");
        }
    });
}

/// Marks that a token which has ended was used; false where that was marked
/// within the hour.
pub(crate) async fn is_refused_anew(
    db: &mut PgConnection,
    tenant: TenantId,
    token: Uuid,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO api_token_refusal AS r (tenant_id, token_id, refused_at) VALUES ($1, $2, clock_timestamp())
         ON CONFLICT ON CONSTRAINT api_token_refusal_pkey DO UPDATE SET refused_at = excluded.refused_at
         WHERE r.refused_at <= excluded.refused_at - interval '1 hour'",
        tenant.0,
        token,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps a new token.
pub(crate) async fn insert(
    db: &mut PgConnection,
    token: &Token,
    id: Uuid,
    account: AccountId,
    label: &str,
    scopes: &[String],
    expires_at: Option<time::OffsetDateTime>,
) -> Result<(), sqlx::Error> {
    let sha256 = token.sha256();
    sqlx::query!(
        "INSERT INTO api_token (tenant_id, id, account_id, label, secret_sha256, scopes, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        token.tenant().0,
        id,
        account.0,
        label,
        sha256.as_bytes().as_slice(),
        scopes,
        expires_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends a token now; false where there is none by that id that is still good.
pub(crate) async fn revoke(
    db: &mut PgConnection,
    tenant: TenantId,
    id: Uuid,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "UPDATE api_token SET revoked_at = clock_timestamp() WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL",
        tenant.0,
        id,
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A token in a list, for operators.
#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) id: Uuid,
    pub(crate) handle: Option<String>,
    pub(crate) label: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) created_at: time::OffsetDateTime,
    pub(crate) expires_at: Option<time::OffsetDateTime>,
    pub(crate) revoked_at: Option<time::OffsetDateTime>,
    pub(crate) last_used_at: Option<time::OffsetDateTime>,
}

/// Every token of a tenant.
pub(crate) async fn list(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<Vec<Listed>, sqlx::Error> {
    sqlx::query_as!(
        Listed,
        r#"SELECT t.id, a.handle, t.label, t.scopes, t.created_at, t.expires_at, t.revoked_at,
                  u.last_used_at AS "last_used_at?"
           FROM api_token t
           JOIN account a ON a.tenant_id = t.tenant_id AND a.id = t.account_id
           LEFT JOIN api_token_use u ON u.tenant_id = t.tenant_id AND u.token_id = t.id
           WHERE t.tenant_id = $1
           ORDER BY t.created_at, t.id"#,
        tenant.0,
    )
    .fetch_all(db)
    .await
}
