//! The hash of a kept answer and of the claim it answers. `verify` makes it
//! again of what the two rows say: the answer is what would be given again as
//! genuine (inventory.md, Audit: any single changed bit is found).

use dramatis_domain::{AccountId, Digest, IdempotencyKey, TenantId, event::put};
use uuid::Uuid;

/// Which encoding [`Kept::digest`] makes.
pub(crate) const FORMAT: i16 = 1;

/// The bytes in front of every encoded answer.
const TAG: &[u8] = b"dramatis.receipt.1\0";

/// Every column of a claim and its receipt; the body by its SHA-256, so that
/// whoever verifies need not fetch it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept<'a> {
    pub(crate) tenant: TenantId,
    pub(crate) account: AccountId,
    pub(crate) key: IdempotencyKey,
    pub(crate) operation: &'a str,
    pub(crate) fingerprint: &'a [u8],
    pub(crate) claimed_us: i64,
    pub(crate) outcome: &'a str,
    pub(crate) status: i16,
    pub(crate) content_type: &'a str,
    pub(crate) body_sha256: &'a [u8],
    pub(crate) item: Option<Uuid>,
    pub(crate) release: Option<Uuid>,
    pub(crate) recorded_us: i64,
}

impl Kept<'_> {
    /// FROZEN, as events are: fields in this order, each with its length, as
    /// [`dramatis_domain::event`] writes them.
    pub(crate) fn digest(&self) -> Digest {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(TAG);
        put(&mut out, Some(self.tenant.0.as_bytes()));
        put(&mut out, Some(self.account.0.as_bytes()));
        put(&mut out, Some(self.key.0.as_bytes()));
        put(&mut out, Some(self.operation.as_bytes()));
        put(&mut out, Some(self.fingerprint));
        put(&mut out, Some(&self.claimed_us.to_be_bytes()));
        put(&mut out, Some(self.outcome.as_bytes()));
        put(&mut out, Some(&i64::from(self.status).to_be_bytes()));
        put(&mut out, Some(self.content_type.as_bytes()));
        put(&mut out, Some(self.body_sha256));
        let id = |id: &Option<Uuid>| id.map(|id| id.into_bytes());
        put(&mut out, id(&self.item).as_ref().map(|id| id.as_slice()));
        put(&mut out, id(&self.release).as_ref().map(|id| id.as_slice()));
        put(&mut out, Some(&self.recorded_us.to_be_bytes()));
        Digest::of(&out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FROZEN: see [`Kept::digest`]. One answer with everything, one without a release.
    #[test]
    fn frozen_format_1() {
        let kept = Kept {
            tenant: TenantId(Uuid::from_u128(1)),
            account: AccountId(Uuid::from_u128(2)),
            key: IdempotencyKey(Uuid::from_u128(3)),
            operation: "publish",
            fingerprint: &[7; 32],
            claimed_us: 1_790_000_000_000_000,
            outcome: "done",
            status: 201,
            content_type: "application/json",
            body_sha256: &[8; 32],
            item: Some(Uuid::from_u128(4)),
            release: Some(Uuid::from_u128(5)),
            recorded_us: 1_790_000_000_000_001,
        };
        let bare = Kept {
            item: None,
            release: None,
            ..kept
        };
        insta::assert_snapshot!(format!("{}\n{}", kept.digest(), bare.digest()));
    }
}
