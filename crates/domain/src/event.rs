//! An audit event and the bytes it is hashed by (format 1).
//!
//! FROZEN: a chain is only as good as its format. Each field is a big-endian
//! 32-bit length and the bytes; an absent field has the length 0xFFFFFFFF and
//! no bytes, so that absent and empty differ. Numbers are 8 bytes big-endian.
//! Names and free text of people stand in it as salted hashes only
//! (inventory.md, What is hashed).

use crate::{AccountId, DeviceId, Digest, EventId, ItemId, TenantId};
use uuid::Uuid;

/// The bytes in front of every encoded event.
const TAG: &[u8] = b"dramatis.event.1\0";

/// The chain an event belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Everything that happened to one item.
    Item(ItemId),
    /// What happened in a tenant outside its items: tokens, members, refusals.
    Tenant,
}

/// One event, as it is hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identity.
    pub id: EventId,
    /// Its place in its stream: 1, 2, 3 …
    pub seq: u64,
    /// Microseconds since 1970 UTC, by the database's clock.
    pub time_us: i64,
    /// Whose inventory.
    pub tenant: TenantId,
    /// Which chain.
    pub stream: Stream,
    /// Who did it.
    pub actor: AccountId,
    /// `person`, `service` or `operator`.
    pub actor_kind: String,
    /// The actor's name then, salted.
    pub actor_name: Option<Digest>,
    /// The studio it came from.
    pub device: Option<DeviceId>,
    /// That studio's name then, salted.
    pub device_name: Option<Digest>,
    /// The request that caused it.
    pub request_id: String,
    /// The idempotency key of that request.
    pub key: Option<Uuid>,
    /// What was done: `release.published`, `channel.moved`, …
    pub action: String,
    /// What it was done to: a release, a token, …
    pub subject: Option<Uuid>,
    /// Why, as a code.
    pub reason_code: Option<String>,
    /// Why, in words, salted.
    pub reason: Option<Digest>,
    /// The state before, as canonical JSON.
    pub before: Option<String>,
    /// The state after, as canonical JSON.
    pub after: Option<String>,
}

impl Event {
    /// The bytes that are hashed.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        out.extend_from_slice(TAG);
        put(&mut out, Some(self.id.0.as_bytes()));
        put(&mut out, Some(&self.seq.to_be_bytes()));
        put(&mut out, Some(&self.time_us.to_be_bytes()));
        put(&mut out, Some(self.tenant.0.as_bytes()));
        match self.stream {
            Stream::Item(item) => put(&mut out, Some(item.0.as_bytes())),
            Stream::Tenant => put(&mut out, None),
        }
        put(&mut out, Some(self.actor.0.as_bytes()));
        put(&mut out, Some(self.actor_kind.as_bytes()));
        put_digest(&mut out, self.actor_name);
        put(
            &mut out,
            self.device.as_ref().map(|id| id.0.as_bytes().as_slice()),
        );
        put_digest(&mut out, self.device_name);
        put(&mut out, Some(self.request_id.as_bytes()));
        put(
            &mut out,
            self.key.as_ref().map(|id| id.as_bytes().as_slice()),
        );
        put(&mut out, Some(self.action.as_bytes()));
        put(
            &mut out,
            self.subject.as_ref().map(|id| id.as_bytes().as_slice()),
        );
        put(&mut out, self.reason_code.as_deref().map(str::as_bytes));
        put_digest(&mut out, self.reason);
        put(&mut out, self.before.as_deref().map(str::as_bytes));
        put(&mut out, self.after.as_deref().map(str::as_bytes));
        out
    }
}

fn put_digest(out: &mut Vec<u8>, digest: Option<Digest>) {
    put(out, digest.as_ref().map(|digest| digest.0.as_slice()));
}

/// Writes one field: its length, or that it is absent, and its bytes.
pub fn put(out: &mut Vec<u8>, field: Option<&[u8]>) {
    // Fields are bounded by `limits`, far below 4 GiB.
    let length = field.map_or(u32::MAX, |bytes| {
        u32::try_from(bytes.len()).unwrap_or(u32::MAX - 1)
    });
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(field.unwrap_or_default());
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn sample(seq: u64) -> Event {
        Event {
            id: EventId(Uuid::from_u128(10 + u128::from(seq))),
            seq,
            time_us: 1_790_000_000_000_000 + i64::try_from(seq).unwrap_or_default(),
            tenant: TenantId(Uuid::from_u128(1)),
            stream: Stream::Item(ItemId(Uuid::from_u128(2))),
            actor: AccountId(Uuid::from_u128(3)),
            actor_kind: "person".into(),
            actor_name: Some(Digest::of(b"Ana")),
            device: None,
            device_name: None,
            request_id: "r-1".into(),
            key: Some(Uuid::from_u128(4)),
            action: "release.published".into(),
            subject: Some(Uuid::from_u128(5)),
            reason_code: None,
            reason: None,
            before: Some(r#"{"state":"submitted"}"#.into()),
            after: Some(r#"{"state":"published"}"#.into()),
        }
    }

    /// FROZEN: see the module.
    #[test]
    fn frozen_format_1() {
        insta::assert_snapshot!(hex::encode(sample(1).bytes()));
    }

    #[test]
    fn absent_and_empty_differ() {
        let (mut absent, mut empty) = (sample(1), sample(1));
        absent.reason_code = None;
        empty.reason_code = Some(String::new());
        assert_ne!(absent.bytes(), empty.bytes());
    }
}
