//! Events as they are shown, with all that is needed to compute their hashes
//! again.

use dramatis_domain::{
    AccountId, DeviceId, Digest, EventId, ItemId, TenantId,
    event::{Event, Stream},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{publish::SaltedText, timestamp};

/// The studio a request comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Made once per installation.
    pub id: Uuid,
    /// What the person calls it, with its salt.
    pub name: SaltedText,
}

/// Where a chain stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Head {
    /// The number of the last event; 0 for none.
    pub seq: i64,
    /// Its hash, or the genesis value.
    pub hash: String,
}

/// A page of a chain, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Events {
    /// The tenant, as it is hashed.
    pub tenant: Uuid,
    /// The item; none for the tenant's own stream.
    pub item: Option<Uuid>,
    /// The page.
    pub events: Vec<EventRecord>,
    /// The chain's head when the page was read.
    pub head: Head,
}

/// A text that an event commits to by a salted hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Personal {
    /// The hash in the event.
    pub sha256: String,
    /// Value and salt; none where they were erased.
    pub text: Option<SaltedText>,
    /// The order by which they were erased.
    pub erased_by: Option<String>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventRecord {
    /// Its identity.
    pub id: Uuid,
    /// Its place in the chain.
    pub seq: i64,
    /// RFC 3339 with microseconds.
    pub time: String,
    /// Who.
    pub actor: Uuid,
    /// `person`, `service` or `operator`.
    pub actor_kind: String,
    /// The actor's name then.
    pub actor_name: Option<Personal>,
    /// The studio.
    pub device: Option<Uuid>,
    /// That studio's name then.
    pub device_name: Option<Personal>,
    /// The request that caused it.
    pub request_id: String,
    /// That request's idempotency key.
    pub key: Option<Uuid>,
    /// `item.created`, `release.submitted`, `release.published`, `release.deprecated`,
    /// `release.archived`, `release.revoked`, `release.unchanged`, `channel.moved`, …
    pub action: String,
    /// What it was done to.
    pub subject: Option<Uuid>,
    /// Why, as a code.
    pub reason_code: Option<String>,
    /// Why, in words.
    pub reason: Option<Personal>,
    /// The state before, as canonical JSON text.
    pub before: Option<String>,
    /// The state after, as canonical JSON text.
    pub after: Option<String>,
    /// The hash of the event before it.
    pub prev: String,
    /// Its own hash.
    pub hash: String,
}

/// A record that cannot be an event: what the inventory sent is damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} cannot be read: its {field} is not what it should be")]
pub struct RecordFault {
    /// The event's number.
    pub seq: i64,
    /// The field.
    pub field: &'static str,
}

impl EventRecord {
    /// The event as it is hashed, with the link and hash stored beside it.
    ///
    /// # Errors
    /// Where a field cannot be read.
    pub fn to_event(
        &self,
        tenant: TenantId,
        item: Option<ItemId>,
    ) -> Result<(Event, Digest, Digest), RecordFault> {
        let fault = |field| RecordFault {
            seq: self.seq,
            field,
        };
        let digest = |text: &str, field| text.parse::<Digest>().map_err(|_| fault(field));
        let personal = |text: &Option<Personal>, field| {
            text.as_ref()
                .map(|text| digest(&text.sha256, field))
                .transpose()
        };
        let event = Event {
            id: EventId(self.id),
            seq: u64::try_from(self.seq).map_err(|_| fault("number"))?,
            time_us: timestamp::to_micros(&self.time).ok_or_else(|| fault("time"))?,
            tenant,
            stream: item.map_or(Stream::Tenant, Stream::Item),
            actor: AccountId(self.actor),
            actor_kind: self.actor_kind.clone(),
            actor_name: personal(&self.actor_name, "actor's name")?,
            device: self.device.map(DeviceId),
            device_name: personal(&self.device_name, "device's name")?,
            request_id: self.request_id.clone(),
            key: self.key,
            action: self.action.clone(),
            subject: self.subject,
            reason_code: self.reason_code.clone(),
            reason: personal(&self.reason, "reason")?,
            before: self.before.clone(),
            after: self.after.clone(),
        };
        Ok((
            event,
            digest(&self.prev, "link")?,
            digest(&self.hash, "hash")?,
        ))
    }
}
