//! Kept answers that an order of erasure takes texts from.

use crate::{
    audit::kept::{self, Kept},
    db,
};
use dramatis_domain::{AccountId, Digest, IdempotencyKey, TenantId};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// A kept answer with its claim.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) account_id: Uuid,
    pub(crate) key: Uuid,
    pub(crate) operation: String,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) claimed_at: OffsetDateTime,
    pub(crate) outcome: String,
    pub(crate) status: i16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
    pub(crate) item_id: Option<Uuid>,
    pub(crate) release_id: Option<Uuid>,
    pub(crate) recorded_at: OffsetDateTime,
    pub(crate) row_sha256: Option<Vec<u8>>,
}

impl Answer {
    /// The hash it has with this body.
    fn digest(&self, tenant: TenantId, body: &[u8]) -> Digest {
        let body = Digest::of(body);
        let kept = Kept {
            tenant,
            account: AccountId(self.account_id),
            key: IdempotencyKey(self.key),
            operation: &self.operation,
            fingerprint: &self.fingerprint,
            claimed_us: db::micros(self.claimed_at),
            outcome: &self.outcome,
            status: self.status,
            content_type: &self.content_type,
            body_sha256: body.as_bytes(),
            item: self.item_id,
            release: self.release_id,
            recorded_us: db::micros(self.recorded_at),
        };
        kept.digest()
    }

    /// Whether it is what was kept, as far as its hash tells.
    pub(crate) fn is_genuine(&self, tenant: TenantId) -> bool {
        let now = self.digest(tenant, &self.body);
        self.row_sha256
            .as_ref()
            .is_none_or(|kept| now.0 == kept[..])
    }
}

/// The answers in whose bytes one of the marks stands. Reads every answer of the
/// tenant.
pub(crate) async fn with(
    db: &mut PgConnection,
    tenant: TenantId,
    marks: &[String],
) -> Result<Vec<Answer>, sqlx::Error> {
    sqlx::query_as!(
        Answer,
        "SELECT r.account_id, r.key, k.operation, k.fingerprint, k.claimed_at, r.outcome, r.status, r.content_type, r.body,
                r.item_id, r.release_id, r.recorded_at, r.row_sha256
         FROM receipt r
         JOIN idempotency_key k ON k.tenant_id = $1 AND k.account_id = r.account_id AND k.key = r.key
         WHERE r.tenant_id = $1
           AND EXISTS (SELECT FROM unnest($2::text[]) m WHERE position(convert_to(m, 'UTF8') IN r.body) > 0)",
        tenant.0,
        marks,
    )
    .fetch_all(db)
    .await
}

/// Puts an answer without the texts in the place of the one with them, with a
/// hash of its own.
pub(crate) async fn rewrite(
    db: &mut PgConnection,
    tenant: TenantId,
    answer: &Answer,
    body: &[u8],
) -> Result<(), sqlx::Error> {
    let sha256 = answer.digest(tenant, body);
    sqlx::query!(
        "UPDATE receipt SET body = $4, row_format = $5, row_sha256 = $6
         WHERE tenant_id = $1 AND account_id = $2 AND key = $3",
        tenant.0,
        answer.account_id,
        answer.key,
        body,
        kept::FORMAT,
        sha256.as_bytes().as_slice(),
    )
    .execute(db)
    .await?;
    Ok(())
}
