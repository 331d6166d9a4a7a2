//! Appending to a chain, under the lock that its owner's row already holds.

use crate::auth::Caller;
use dramatis_domain::{
    DeviceId, Digest, EventId, IdempotencyKey,
    canonical::canonical_json,
    chain::Head,
    event::{Event, Stream},
    salted::Salted,
};
use serde_json::Value;
use uuid::Uuid;

/// The studio a request came from, as events name it.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    pub(crate) id: DeviceId,
    pub(crate) name: Salted,
}

/// What every event of one request shares.
#[derive(Clone, Debug)]
pub(crate) struct Circumstances {
    pub(crate) caller: Caller,
    pub(crate) device: Option<Origin>,
    pub(crate) request_id: String,
    pub(crate) key: Option<IdempotencyKey>,
}

/// One thing that happened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Happened {
    pub(crate) action: &'static str,
    pub(crate) subject: Option<Uuid>,
    pub(crate) reason_code: Option<&'static str>,
    pub(crate) reason: Option<Digest>,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

/// An event with the link and the hash that are stored beside it.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) event: Event,
    pub(crate) prev: Digest,
    pub(crate) hash: Digest,
}

/// A chain that is being appended to.
#[derive(Debug)]
pub(crate) struct Chain {
    head: Head,
    stream: Stream,
    now_us: i64,
    about: Circumstances,
    links: Vec<Link>,
}

impl Chain {
    /// Goes on from `head`. `now_us` is the database's clock, read after the
    /// lock, and later than the head's own time.
    pub(crate) fn new(head: Head, stream: Stream, now_us: i64, about: Circumstances) -> Self {
        Self {
            head,
            stream,
            now_us,
            about,
            links: Vec::new(),
        }
    }

    /// Appends; the events of one request are a microsecond apart.
    pub(crate) fn push(&mut self, what: Happened) -> EventId {
        let id = EventId(Uuid::now_v7());
        let caller = &self.about.caller;
        let event = Event {
            id,
            seq: self.head.seq + 1,
            time_us: self.now_us.max(self.head.time_us.saturating_add(1)),
            tenant: caller.tenant,
            stream: self.stream,
            actor: caller.account,
            actor_kind: caller.kind.clone(),
            actor_name: Some(caller.name_sha256),
            device: self.about.device.as_ref().map(|device| device.id),
            device_name: self
                .about
                .device
                .as_ref()
                .map(|device| device.name.digest()),
            request_id: self.about.request_id.clone(),
            key: self.about.key.map(|key| key.0),
            action: what.action.to_owned(),
            subject: what.subject,
            reason_code: what.reason_code.map(str::to_owned),
            reason: what.reason,
            before: what.before.and_then(|value| text(&value)),
            after: what.after.and_then(|value| text(&value)),
        };
        let next = self.head.after(&event);
        self.links.push(Link {
            event,
            prev: self.head.hash,
            hash: next.hash,
        });
        self.head = next;
        id
    }

    /// The head after everything appended so far.
    pub(crate) const fn head(&self) -> Head {
        self.head
    }

    /// What was appended.
    pub(crate) fn links(&self) -> &[Link] {
        &self.links
    }
}

fn text(value: &Value) -> Option<String> {
    // States are small objects of strings and numbers: they have a canonical form.
    let bytes = canonical_json(value).ok()?;
    String::from_utf8(bytes).ok()
}
