//! Events, steps, channel moves, news and the item's counters of one change,
//! in one statement: fewer round trips while the item's row is locked
//! (inventory.md, Publish).

use crate::{audit::chain::Link, db};
use dramatis_domain::{
    AccountId, EventId, ItemId, ReleaseId, TenantId,
    event::Stream,
    lifecycle::{Edge, LIFECYCLE_VERSION, ReasonCode},
    salted::Salted,
};
use sqlx::PgConnection;
use uuid::Uuid;

/// A step that was taken.
#[derive(Clone, Debug)]
pub(crate) struct Transition {
    pub(crate) release: ReleaseId,
    pub(crate) seq: i32,
    pub(crate) edge: Edge,
    pub(crate) reason: Option<ReasonCode>,
    pub(crate) message: Option<Salted>,
    pub(crate) successor: Option<ReleaseId>,
    pub(crate) event: EventId,
    pub(crate) at_us: i64,
}

/// A channel that was moved.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(crate) name: String,
    pub(crate) seq: i32,
    pub(crate) from: Option<ReleaseId>,
    pub(crate) to: ReleaseId,
    pub(crate) event: EventId,
    pub(crate) at_us: i64,
}

/// Everything that one change leaves behind.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) links: Vec<Link>,
    pub(crate) personal: Vec<(&'static str, Salted)>,
    pub(crate) transitions: Vec<Transition>,
    pub(crate) moves: Vec<Move>,
    /// Topic and event.
    pub(crate) news: Vec<(&'static str, EventId)>,
    pub(crate) release_count: i32,
}

impl Facts {
    /// When an event of this change happened; there is no news of another.
    fn time_of(&self, event: EventId) -> i64 {
        let found = self.links.iter().find(|link| link.event.id == event);
        found.map_or(0, |link| link.event.time_us)
    }
}

/// Writes the facts of an item's change and moves its counters.
pub(crate) async fn insert(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
    actor: AccountId,
    facts: &Facts,
) -> Result<(), sqlx::Error> {
    let Some(last) = facts.links.last() else {
        return Err(sqlx::Error::Protocol("a change without an event".into()));
    };
    let e = EventColumns::of(&facts.links);
    let p: Vec<_> = facts
        .personal
        .iter()
        .map(|(field, text)| (*field, text.digest().0.to_vec(), text))
        .collect();
    let t = &facts.transitions;
    let m = &facts.moves;
    sqlx::query!(
        r#"WITH personal AS (
               INSERT INTO personal_field (tenant_id, sha256, salt, value, field)
               SELECT $1, * FROM unnest($5::bytea[], $6::bytea[], $7::text[], $8::text[])
               ON CONFLICT ON CONSTRAINT personal_field_pkey DO NOTHING
           ), events AS (
               INSERT INTO event (tenant_id, stream_id, item_id, seq, id, at, actor_id, actor_kind, actor_name_sha256,
                                  device_id, device_name_sha256, request_id, idempotency_key, action, subject_id,
                                  reason_code, reason_sha256, before, after, prev_hash, hash)
               SELECT $1, $2, $2, * FROM unnest(
                   $9::bigint[], $10::uuid[], $11::timestamptz[], $12::uuid[], $13::text[], $14::bytea[],
                   $15::uuid[], $16::bytea[], $17::text[], $18::uuid[], $19::text[], $20::uuid[],
                   $21::text[], $22::bytea[], $23::text[], $24::text[], $25::bytea[], $26::bytea[])
           ), steps AS (
               INSERT INTO release_transition (tenant_id, item_id, actor_id, lifecycle_version, release_id, seq, from_state,
                                               to_state, role, needs, reason_code, message_sha256, successor_id, event_id, at)
               SELECT $1, $2, $3, $27, * FROM unnest(
                   $28::uuid[], $29::int[], $30::text[], $31::text[], $32::text[], $33::text[],
                   $34::text[], $35::bytea[], $36::uuid[], $37::uuid[], $38::timestamptz[])
           ), moves AS (
               INSERT INTO channel_move (tenant_id, item_id, name, seq, from_release_id, to_release_id, event_id, at)
               SELECT $1, $2, * FROM unnest(
                   $39::text[], $40::int[], $41::uuid[], $42::uuid[], $43::uuid[], $44::timestamptz[])
           ), news AS (
               INSERT INTO outbox (tenant_id, item_id, id, topic, event_id, created_at)
               SELECT $1, $2, * FROM unnest($45::uuid[], $46::text[], $47::uuid[], $51::timestamptz[])
           )
           UPDATE item SET release_count = $4, last_event_seq = $48, last_event_hash = $49, last_event_at = $50
           WHERE tenant_id = $1 AND id = $2"#,
        tenant.0,
        item.0,
        actor.0,
        facts.release_count,
        &p.iter().map(|(_, sha256, _)| sha256.clone()).collect::<Vec<_>>(),
        &p.iter().map(|(_, _, text)| text.salt.to_vec()).collect::<Vec<_>>(),
        &p.iter().map(|(_, _, text)| text.value.clone()).collect::<Vec<_>>(),
        &p.iter().map(|(field, ..)| (*field).to_owned()).collect::<Vec<_>>(),
        &e.seq,
        &e.id,
        &e.at,
        &e.actor,
        &e.actor_kind,
        &e.actor_name as &[Option<Vec<u8>>],
        &e.device as &[Option<Uuid>],
        &e.device_name as &[Option<Vec<u8>>],
        &e.request_id,
        &e.key as &[Option<Uuid>],
        &e.action,
        &e.subject as &[Option<Uuid>],
        &e.reason_code as &[Option<String>],
        &e.reason as &[Option<Vec<u8>>],
        &e.before as &[Option<String>],
        &e.after as &[Option<String>],
        &e.prev,
        &e.hash,
        LIFECYCLE_VERSION,
        &t.iter().map(|step| step.release.0).collect::<Vec<_>>(),
        &t.iter().map(|step| step.seq).collect::<Vec<_>>(),
        &t.iter().map(|step| step.edge.from.as_str().to_owned()).collect::<Vec<_>>(),
        &t.iter().map(|step| step.edge.to.as_str().to_owned()).collect::<Vec<_>>(),
        &t.iter().map(|step| step.edge.role.as_str().to_owned()).collect::<Vec<_>>(),
        &t.iter().map(|step| step.edge.needs.as_str().to_owned()).collect::<Vec<_>>(),
        &t.iter().map(|step| step.reason.map(|code| code.as_str().to_owned())).collect::<Vec<_>>() as &[Option<String>],
        &t.iter().map(|step| step.message.as_ref().map(|text| text.digest().0.to_vec())).collect::<Vec<_>>()
            as &[Option<Vec<u8>>],
        &t.iter().map(|step| step.successor.map(|id| id.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &t.iter().map(|step| step.event.0).collect::<Vec<_>>(),
        &t.iter().map(|step| db::moment(step.at_us)).collect::<Vec<_>>(),
        &m.iter().map(|step| step.name.clone()).collect::<Vec<_>>(),
        &m.iter().map(|step| step.seq).collect::<Vec<_>>(),
        &m.iter().map(|step| step.from.map(|id| id.0)).collect::<Vec<_>>() as &[Option<Uuid>],
        &m.iter().map(|step| step.to.0).collect::<Vec<_>>(),
        &m.iter().map(|step| step.event.0).collect::<Vec<_>>(),
        &m.iter().map(|step| db::moment(step.at_us)).collect::<Vec<_>>(),
        &facts.news.iter().map(|_| Uuid::now_v7()).collect::<Vec<_>>(),
        &facts.news.iter().map(|(topic, _)| (*topic).to_owned()).collect::<Vec<_>>(),
        &facts.news.iter().map(|(_, event)| event.0).collect::<Vec<_>>(),
        i64::try_from(last.event.seq).unwrap_or(i64::MAX),
        last.hash.as_bytes().as_slice(),
        db::moment(last.event.time_us),
        // The event's time, never the clock's: an item's events are ordered by it
        // even where the clock is put back, and the feed's numbers follow them.
        &facts.news.iter().map(|(_, event)| db::moment(facts.time_of(*event))).collect::<Vec<_>>(),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Appends to the tenant's own stream and moves its head.
pub(crate) async fn insert_tenant(
    db: &mut PgConnection,
    tenant: TenantId,
    links: &[Link],
) -> Result<(), sqlx::Error> {
    let Some(last) = links.last() else {
        return Ok(());
    };
    debug_assert!(matches!(last.event.stream, Stream::Tenant));
    let e = EventColumns::of(links);
    sqlx::query!(
        r#"WITH events AS (
               INSERT INTO event (tenant_id, stream_id, seq, id, at, actor_id, actor_kind, actor_name_sha256,
                                  device_id, device_name_sha256, request_id, idempotency_key, action, subject_id,
                                  reason_code, reason_sha256, before, after, prev_hash, hash)
               SELECT $1, $1, * FROM unnest(
                   $2::bigint[], $3::uuid[], $4::timestamptz[], $5::uuid[], $6::text[], $7::bytea[],
                   $8::uuid[], $9::bytea[], $10::text[], $11::uuid[], $12::text[], $13::uuid[],
                   $14::text[], $15::bytea[], $16::text[], $17::text[], $18::bytea[], $19::bytea[])
           )
           UPDATE tenant_stream SET last_event_seq = $20, last_event_hash = $21, last_event_at = $22
           WHERE tenant_id = $1"#,
        tenant.0,
        &e.seq,
        &e.id,
        &e.at,
        &e.actor,
        &e.actor_kind,
        &e.actor_name as &[Option<Vec<u8>>],
        &e.device as &[Option<Uuid>],
        &e.device_name as &[Option<Vec<u8>>],
        &e.request_id,
        &e.key as &[Option<Uuid>],
        &e.action,
        &e.subject as &[Option<Uuid>],
        &e.reason_code as &[Option<String>],
        &e.reason as &[Option<Vec<u8>>],
        &e.before as &[Option<String>],
        &e.after as &[Option<String>],
        &e.prev,
        &e.hash,
        i64::try_from(last.event.seq).unwrap_or(i64::MAX),
        last.hash.as_bytes().as_slice(),
        db::moment(last.event.time_us),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Events, column by column.
struct EventColumns {
    seq: Vec<i64>,
    id: Vec<Uuid>,
    at: Vec<time::OffsetDateTime>,
    actor: Vec<Uuid>,
    actor_kind: Vec<String>,
    actor_name: Vec<Option<Vec<u8>>>,
    device: Vec<Option<Uuid>>,
    device_name: Vec<Option<Vec<u8>>>,
    request_id: Vec<String>,
    key: Vec<Option<Uuid>>,
    action: Vec<String>,
    subject: Vec<Option<Uuid>>,
    reason_code: Vec<Option<String>>,
    reason: Vec<Option<Vec<u8>>>,
    before: Vec<Option<String>>,
    after: Vec<Option<String>>,
    prev: Vec<Vec<u8>>,
    hash: Vec<Vec<u8>>,
}

impl EventColumns {
    fn of(links: &[Link]) -> Self {
        let each = || links.iter().map(|link| &link.event);
        Self {
            seq: each()
                .map(|event| i64::try_from(event.seq).unwrap_or(i64::MAX))
                .collect(),
            id: each().map(|event| event.id.0).collect(),
            at: each().map(|event| db::moment(event.time_us)).collect(),
            actor: each().map(|event| event.actor.0).collect(),
            actor_kind: each().map(|event| event.actor_kind.clone()).collect(),
            actor_name: each()
                .map(|event| event.actor_name.map(|digest| digest.0.to_vec()))
                .collect(),
            device: each().map(|event| event.device.map(|id| id.0)).collect(),
            device_name: each()
                .map(|event| event.device_name.map(|digest| digest.0.to_vec()))
                .collect(),
            request_id: each().map(|event| event.request_id.clone()).collect(),
            key: each().map(|event| event.key).collect(),
            action: each().map(|event| event.action.clone()).collect(),
            subject: each().map(|event| event.subject).collect(),
            reason_code: each().map(|event| event.reason_code.clone()).collect(),
            reason: each()
                .map(|event| event.reason.map(|digest| digest.0.to_vec()))
                .collect(),
            before: each().map(|event| event.before.clone()).collect(),
            after: each().map(|event| event.after.clone()).collect(),
            prev: links.iter().map(|link| link.prev.0.to_vec()).collect(),
            hash: links.iter().map(|link| link.hash.0.to_vec()).collect(),
        }
    }
}
