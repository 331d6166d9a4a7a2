//! Kept answers against the hash that was kept with them, and that every claim
//! has its answer.

use super::VerifyFault;
use crate::{
    audit::kept::{self, Kept},
    db,
};
use dramatis_domain::{AccountId, IdempotencyKey, TenantId};
use futures::TryStreamExt as _;
use sqlx::PgConnection;

/// Every claim of a tenant with its answer, then answers that have no claim.
/// One at a time is in memory, and its body stays where it is. What the program before 0120 kept has no hash.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
) -> Result<(), VerifyFault> {
    let off = |key, what| VerifyFault::off(format!("{place}, answer of key {key}"), what);
    let mut rows = sqlx::query!(
        r#"SELECT k.account_id, k.key, k.operation, k.fingerprint, k.claimed_at,
                  r.outcome AS "outcome?", r.status AS "status?", r.content_type AS "content_type?", sha256(r.body) AS "body_sha256?",
                  r.item_id AS "item_id?", r.release_id AS "release_id?", r.recorded_at AS "recorded_at?",
                  r.row_format AS "row_format?", r.row_sha256 AS "row_sha256?"
           FROM idempotency_key k
           LEFT JOIN receipt r ON r.tenant_id = $1 AND r.account_id = k.account_id AND r.key = k.key
           WHERE k.tenant_id = $1
           ORDER BY k.account_id, k.key"#,
        tenant.0,
    )
    .fetch(&mut *db);
    while let Some(row) = rows.try_next().await? {
        let (Some(outcome), Some(status), Some(content_type), Some(body_sha256), Some(recorded_at)) = (
            &row.outcome,
            row.status,
            &row.content_type,
            &row.body_sha256,
            row.recorded_at,
        ) else {
            return Err(off(row.key, "the key was claimed, but there is no answer"));
        };
        let kept = Kept {
            tenant,
            account: AccountId(row.account_id),
            key: IdempotencyKey(row.key),
            operation: &row.operation,
            fingerprint: &row.fingerprint,
            claimed_us: db::micros(row.claimed_at),
            outcome,
            status,
            content_type,
            body_sha256,
            item: row.item_id,
            release: row.release_id,
            recorded_us: db::micros(recorded_at),
        };
        let fits = match (row.row_format, &row.row_sha256) {
            (None, None) => true,
            (Some(kept::FORMAT), Some(sha256)) => kept.digest().0 == sha256[..],
            _ => false,
        };
        if !fits {
            return Err(off(
                row.key,
                "it or its claim was changed after it was kept: they do not fit their hash",
            ));
        }
    }
    drop(rows);
    let stray = sqlx::query_scalar!(
        "SELECT r.key FROM receipt r
         WHERE r.tenant_id = $1
           AND NOT EXISTS (SELECT FROM idempotency_key k WHERE k.tenant_id = $1 AND k.account_id = r.account_id AND k.key = r.key)
         ORDER BY r.account_id, r.key LIMIT 1",
        tenant.0,
    )
    .fetch_optional(db)
    .await?;
    match stray {
        None => Ok(()),
        Some(key) => Err(off(key, "nobody claimed the key that it answers")),
    }
}
