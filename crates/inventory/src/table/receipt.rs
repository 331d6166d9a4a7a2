//! Claims and receipts: one key, one answer, for good.

use crate::{
    audit::kept::{self, Kept},
    db,
};
use dramatis_domain::{AccountId, Digest, IdempotencyKey, ItemId, ReleaseId, TenantId};
use sqlx::PgConnection;
use time::OffsetDateTime;

/// What names a claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) tenant: TenantId,
    pub(crate) account: AccountId,
    pub(crate) key: IdempotencyKey,
    pub(crate) operation: &'static str,
    pub(crate) fingerprint: Digest,
}

/// Whether the claim is ours, and the database's time: read in a statement
/// after the lock, later than the item's last event (inventory.md, rule 6).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claimed {
    pub(crate) ours: bool,
    pub(crate) now: OffsetDateTime,
    /// When it was claimed, where it is ours.
    pub(crate) claimed_at: Option<OffsetDateTime>,
}

/// Claims the key.
pub(crate) async fn claim(
    db: &mut PgConnection,
    claim: &Claim,
    after: Option<OffsetDateTime>,
) -> Result<Claimed, sqlx::Error> {
    sqlx::query_as!(
        Claimed,
        r#"WITH claimed AS (
               INSERT INTO idempotency_key (tenant_id, account_id, key, operation, fingerprint)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT ON CONSTRAINT idempotency_key_pkey DO NOTHING
               RETURNING claimed_at
           )
           SELECT EXISTS (SELECT FROM claimed) AS "ours!", (SELECT claimed_at FROM claimed) AS claimed_at,
                  greatest(clock_timestamp(), $6::timestamptz + interval '1 microsecond') AS "now!""#,
        claim.tenant.0,
        claim.account.0,
        claim.key.0,
        claim.operation,
        claim.fingerprint.as_bytes().as_slice(),
        after,
    )
    .fetch_one(db)
    .await
}

/// What a key stands for.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) operation: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) outcome: String,
    pub(crate) status: i16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) recorded_at: OffsetDateTime,
}

/// The receipt of a key, with its claim.
pub(crate) async fn find(
    db: &mut PgConnection,
    tenant: TenantId,
    account: AccountId,
    key: IdempotencyKey,
) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        "SELECT k.operation, k.fingerprint, r.outcome, r.status, r.content_type, r.body, r.recorded_at
         FROM idempotency_key k
         JOIN receipt r ON r.tenant_id = k.tenant_id AND r.account_id = k.account_id AND r.key = k.key
         WHERE k.tenant_id = $1 AND k.account_id = $2 AND k.key = $3",
        tenant.0,
        account.0,
        key.0,
    )
    .fetch_optional(db)
    .await
}

/// An answer to keep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewReceipt<'a> {
    pub(crate) outcome: &'static str,
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: &'a [u8],
    pub(crate) release: Option<(ItemId, ReleaseId)>,
}

/// Keeps the answer, byte for byte, with the hash of it and of its claim.
pub(crate) async fn insert(
    db: &mut PgConnection,
    claim: &Claim,
    claimed: Claimed,
    new: &NewReceipt<'_>,
) -> Result<(), sqlx::Error> {
    let status = i16::try_from(new.status).unwrap_or(i16::MAX);
    let claimed_at = claimed
        .claimed_at
        .ok_or_else(|| sqlx::Error::Protocol("an answer to a claim of another's".into()))?;
    let body_sha256 = Digest::of(new.body);
    let kept = Kept {
        tenant: claim.tenant,
        account: claim.account,
        key: claim.key,
        operation: claim.operation,
        fingerprint: claim.fingerprint.as_bytes(),
        claimed_us: db::micros(claimed_at),
        outcome: new.outcome,
        status,
        content_type: new.content_type,
        body_sha256: body_sha256.as_bytes(),
        item: new.release.map(|(item, _)| item.0),
        release: new.release.map(|(_, release)| release.0),
        recorded_us: db::micros(claimed.now),
    };
    let sha256 = kept.digest();
    sqlx::query!(
        "INSERT INTO receipt (tenant_id, account_id, key, outcome, status, content_type, body, item_id, release_id,
                              recorded_at, row_format, row_sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        claim.tenant.0,
        claim.account.0,
        claim.key.0,
        new.outcome,
        status,
        new.content_type,
        new.body,
        kept.item,
        kept.release,
        claimed.now,
        kept::FORMAT,
        sha256.as_bytes().as_slice(),
    )
    .execute(db)
    .await?;
    Ok(())
}
