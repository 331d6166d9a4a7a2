//! A history as an inventory shows it: its events and their chain are made
//! with `dramatis-domain`, as an inventory makes them.

use dramatis_api::{
    audit::{EventRecord, Events, Head},
    item::{Channel, Item, Release},
    timestamp,
};
use dramatis_domain::{
    AccountId, EventId, ItemId, TenantId, chain,
    event::{Event, Stream},
};
use serde_json::json;
use uuid::Uuid;

const TENANT: TenantId = TenantId(Uuid::from_u128(2));

/// What an inventory would show: one item, its releases and its chain.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) item: Item,
    pub(crate) events: Vec<EventRecord>,
}

impl Shown {
    /// A published release, with everything that says so.
    pub(crate) fn of(release: Release, slug: &str) -> Self {
        let id = release.item;
        let item = Item {
            id,
            kind: "character".into(),
            creator: "ana".into(),
            slug: slug.into(),
            releases: Vec::new(),
            channels: Vec::new(),
            head: Head {
                seq: 0,
                hash: String::new(),
            },
        };
        let mut shown = Self {
            item,
            events: Vec::new(),
        };
        shown.publish(release);
        shown
    }

    pub(crate) fn publish(&mut self, release: Release) {
        let id = release.id;
        let number = release.number;
        self.happen(
            "release.submitted",
            id,
            &json!({"state": "draft"}),
            &json!({"number": number, "state": "submitted"}),
        );
        self.happen(
            "release.published",
            id,
            &json!({"state": "submitted"}),
            &json!({"number": number, "state": "published"}),
        );
        self.happen(
            "channel.moved",
            id,
            &json!({"channel": "stable", "release": null}),
            &json!({"channel": "stable", "release": id}),
        );
        self.item.channels = vec![Channel {
            name: "stable".into(),
            release: id,
            number,
        }];
        self.item.releases.push(release);
    }

    pub(crate) fn happen(
        &mut self,
        action: &str,
        subject: Uuid,
        before: &serde_json::Value,
        after: &serde_json::Value,
    ) {
        let item = ItemId(self.item.id);
        let head = self.events.last().map_or_else(
            || chain::Head::genesis(TENANT, Stream::Item(item)).hash,
            |event| event.hash.parse().unwrap(),
        );
        let seq = self.events.len() as u64 + 1;
        let event = Event {
            id: EventId(Uuid::from_u128(1_000 + u128::from(seq))),
            seq,
            time_us: 1_790_000_000_000_000 + seq as i64,
            tenant: TENANT,
            stream: Stream::Item(item),
            actor: AccountId(Uuid::from_u128(3)),
            actor_kind: "person".into(),
            actor_name: None,
            device: None,
            device_name: None,
            request_id: "r".into(),
            key: None,
            action: action.into(),
            subject: Some(subject),
            reason_code: None,
            reason: None,
            before: Some(before.to_string()),
            after: Some(after.to_string()),
        };
        let hash = chain::link(head, &event);
        self.events.push(EventRecord {
            id: event.id.0,
            seq: seq as i64,
            time: timestamp::from_micros(event.time_us).unwrap(),
            actor: event.actor.0,
            actor_kind: event.actor_kind,
            actor_name: None,
            device: None,
            device_name: None,
            request_id: event.request_id,
            key: None,
            action: event.action,
            subject: event.subject,
            reason_code: None,
            reason: None,
            before: event.before,
            after: event.after,
            prev: head.to_string(),
            hash: hash.to_string(),
        });
        self.item.head = Head {
            seq: seq as i64,
            hash: hash.to_string(),
        };
    }

    /// Every link and hash made anew over what stands there.
    pub(crate) fn rehash(&mut self) {
        let item = ItemId(self.item.id);
        let mut head = chain::Head::genesis(TENANT, Stream::Item(item));
        for record in &mut self.events {
            let (event, ..) = record.to_event(TENANT, Some(item)).unwrap();
            record.prev = head.hash.to_string();
            head = head.after(&event);
            record.hash = head.hash.to_string();
        }
        self.item.head.hash = head.hash.to_string();
    }

    pub(crate) fn page(&self, after: i64) -> Events {
        Events {
            tenant: TENANT.0,
            item: Some(self.item.id),
            events: self
                .events
                .iter()
                .filter(|event| event.seq > after)
                .cloned()
                .collect(),
            head: self.item.head.clone(),
        }
    }
}
