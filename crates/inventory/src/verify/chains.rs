//! Chains: every hash, every link, every number, every text they name, and
//! their ends.

use super::{Off, VerifyFault, erasures::Erasures};
use crate::{db, table::event::stream_id};
use dramatis_domain::{
    AccountId, DeviceId, Digest, EventId, TenantId,
    chain::Head,
    event::{Event, Stream},
};
use futures::TryStreamExt as _;
use sqlx::PgConnection;
use std::collections::HashMap;
use uuid::Uuid;

/// As much of a tenant's stream is read at once.
const PAGE: i64 = 10_000;

/// A chain, and where the counters say that it ends.
pub(super) struct Chain {
    pub(super) stream: Stream,
    pub(super) place: String,
    pub(super) last_seq: i64,
    pub(super) last_hash: Option<Vec<u8>>,
}

/// The tenant's own chain. Answers how many events it has.
pub(super) async fn of_tenant(
    db: &mut PgConnection,
    tenant: TenantId,
    place: &str,
    erasures: &Erasures,
) -> Result<u64, VerifyFault> {
    let kept = sqlx::query!(
        "SELECT last_event_seq, last_event_hash FROM tenant_stream WHERE tenant_id = $1",
        tenant.0
    )
    .fetch_optional(&mut *db)
    .await?;
    let (last_seq, last_hash) =
        kept.map_or((0, None), |row| (row.last_event_seq, row.last_event_hash));
    let chains = [Chain {
        stream: Stream::Tenant,
        place: place.to_owned(),
        last_seq,
        last_hash,
    }];
    let mut walk = Walk::new(tenant, &chains);
    loop {
        let after = walk.heads.first().map_or(0, |head| head.seq);
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let read = walk.on(db, after, Some(PAGE), |_, _| ()).await;
        let read = walk.with_texts(db, erasures, read).await;
        if read.map_err(|off| off.fault)? == 0 {
            break;
        }
    }
    for (chain, head) in chains.iter().zip(&walk.heads) {
        ended(chain, head)?;
    }
    Ok(walk.heads.first().map_or(0, |head| head.seq))
}

/// Some items' chains, in the order of their ids; `keep` is given each event
/// with its item's place among them. Answers how many events there are.
pub(super) async fn of_items(
    db: &mut PgConnection,
    tenant: TenantId,
    chains: &[Chain],
    erasures: &Erasures,
    keep: impl FnMut(usize, Event),
) -> Result<u64, Off> {
    let mut walk = Walk::new(tenant, chains);
    let read = walk.on(db, 0, None, keep).await;
    let read = walk.with_texts(db, erasures, read).await;
    let whole = read.as_ref().map_or_else(|off| off.at, |_| chains.len());
    for (at, (chain, head)) in chains.iter().zip(&walk.heads).enumerate().take(whole) {
        ended(chain, head).map_err(|fault| Off { at, fault })?;
    }
    read
}

struct Walk<'a> {
    tenant: TenantId,
    chains: &'a [Chain],
    heads: Vec<Head>,
    /// Texts that events name, with the first that does: its chain and number.
    named: HashMap<Digest, (usize, u64)>,
}

impl<'a> Walk<'a> {
    fn new(tenant: TenantId, chains: &'a [Chain]) -> Self {
        let heads = chains
            .iter()
            .map(|chain| Head::genesis(tenant, chain.stream))
            .collect();
        Self {
            tenant,
            chains,
            heads,
            named: HashMap::new(),
        }
    }

    /// The id of a chain's rows.
    fn id(&self, at: usize) -> Option<Uuid> {
        let chain = self.chains.get(at)?;
        Some(stream_id(self.tenant, chain.stream))
    }

    /// Reads on in all chains behind the event `after`, in one query.
    async fn on(
        &mut self,
        db: &mut PgConnection,
        after: i64,
        limit: Option<i64>,
        mut keep: impl FnMut(usize, Event),
    ) -> Result<u64, Off> {
        let (Some(first), Some(last)) = (self.id(0), self.id(self.chains.len().wrapping_sub(1)))
        else {
            return Ok(0);
        };
        let mut rows = sqlx::query_as!(
            Row,
            "SELECT stream_id, seq, id, at, actor_id, actor_kind, actor_name_sha256, device_id, device_name_sha256,
                    request_id, idempotency_key, action, subject_id, reason_code, reason_sha256, before, after,
                    prev_hash, hash
             FROM event
             WHERE tenant_id = $1 AND stream_id BETWEEN $2 AND $3 AND seq > $4
             ORDER BY stream_id, seq
             LIMIT $5",
            self.tenant.0,
            first,
            last,
            after,
            limit,
        )
        .fetch(db);
        let (mut at, mut read) = (0, 0);
        loop {
            let place = self.chains.get(at).map_or("", |chain| &chain.place);
            let row = rows.try_next().await.map_err(|fault| Off {
                at,
                fault: VerifyFault::reading(place)(fault),
            })?;
            let Some(row) = row else {
                return Ok(read);
            };
            while self.id(at).is_some_and(|id| id < row.stream_id) {
                at += 1;
            }
            // The tenant's own stream, between those of its items.
            if self.id(at) != Some(row.stream_id) && row.stream_id == self.tenant.0 {
                continue;
            }
            let event = self.next(at, row).map_err(|fault| Off { at, fault })?;
            read += 1;
            keep(at, event);
        }
    }

    fn next(&mut self, at: usize, row: Row) -> Result<Event, VerifyFault> {
        let (Some(chain), Some(head)) = (self.chains.get(at), self.heads.get_mut(at)) else {
            return Err(row.stray());
        };
        if stream_id(self.tenant, chain.stream) != row.stream_id {
            return Err(row.stray());
        }
        let (seq, place) = (row.seq, &chain.place);
        let (event, prev, hash) = row.event(self.tenant, chain.stream).ok_or_else(|| {
            VerifyFault::off(
                place,
                format!("event {seq} has a hash or a number that is none"),
            )
        })?;
        *head = head
            .verify_next(self.tenant, chain.stream, &event, prev, hash)
            .map_err(|fault| VerifyFault::off(place, fault))?;
        let texts = [event.actor_name, event.device_name, event.reason];
        for text in texts.into_iter().flatten() {
            self.named.entry(text).or_insert((at, event.seq));
        }
        Ok(event)
    }

    /// Every text that was named is there, or was erased by an order. What was
    /// found off in a chain before that, stays found.
    async fn with_texts(
        &mut self,
        db: &mut PgConnection,
        erasures: &Erasures,
        read: Result<u64, Off>,
    ) -> Result<u64, Off> {
        let mut named = std::mem::take(&mut self.named);
        let asked: Vec<Vec<u8>> = named.keys().map(|text| text.0.to_vec()).collect();
        let there = sqlx::query_scalar!(
            "SELECT sha256 FROM personal_field WHERE tenant_id = $1 AND sha256 = ANY($2)",
            self.tenant.0,
            &asked
        )
        .fetch_all(db)
        .await?;
        for text in there {
            if let Ok(text) = Digest::from_slice(&text) {
                named.remove(&text);
            }
        }
        let missing = named
            .into_iter()
            .filter(|(text, _)| erasures.order_of("personal_field", &text.0).is_none())
            .min_by_key(|(_, first)| *first);
        match (missing, read) {
            (Some((text, (at, seq))), read)
                if read.as_ref().err().is_none_or(|off| at <= off.at) =>
            {
                let place = self.chains.get(at).map_or("", |chain| &chain.place);
                let fault = VerifyFault::off(
                    format!("{place}, event {seq}"),
                    format!(
                        "the text {} is not there, and no order erased it",
                        text.hex()
                    ),
                );
                Err(Off { at, fault })
            }
            (_, read) => read,
        }
    }
}

struct Row {
    stream_id: Uuid,
    seq: i64,
    id: Uuid,
    at: time::OffsetDateTime,
    actor_id: Uuid,
    actor_kind: String,
    actor_name_sha256: Option<Vec<u8>>,
    device_id: Option<Uuid>,
    device_name_sha256: Option<Vec<u8>>,
    request_id: String,
    idempotency_key: Option<Uuid>,
    action: String,
    subject_id: Option<Uuid>,
    reason_code: Option<String>,
    reason_sha256: Option<Vec<u8>>,
    before: Option<String>,
    after: Option<String>,
    prev_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl Row {
    /// The event as it is hashed, with the link and the hash beside it.
    fn event(self, tenant: TenantId, stream: Stream) -> Option<(Event, Digest, Digest)> {
        let digest = |bytes: Option<Vec<u8>>| {
            bytes
                .map(|bytes| Digest::from_slice(&bytes))
                .transpose()
                .ok()
        };
        let event = Event {
            id: EventId(self.id),
            seq: u64::try_from(self.seq).ok()?,
            time_us: db::micros(self.at),
            tenant,
            stream,
            actor: AccountId(self.actor_id),
            actor_kind: self.actor_kind,
            actor_name: digest(self.actor_name_sha256)?,
            device: self.device_id.map(DeviceId),
            device_name: digest(self.device_name_sha256)?,
            request_id: self.request_id,
            key: self.idempotency_key,
            action: self.action,
            subject: self.subject_id,
            reason_code: self.reason_code,
            reason: digest(self.reason_sha256)?,
            before: self.before,
            after: self.after,
        };
        let prev = Digest::from_slice(&self.prev_hash).ok()?;
        let hash = Digest::from_slice(&self.hash).ok()?;
        Some((event, prev, hash))
    }

    /// It stands in a history that nothing has.
    fn stray(&self) -> VerifyFault {
        VerifyFault::off(
            format!("event {} ({}) of {}", self.seq, self.id, self.stream_id),
            "there is no item with such a history",
        )
    }
}

/// That the chain ends where its counters say.
fn ended(chain: &Chain, head: &Head) -> Result<(), VerifyFault> {
    if u64::try_from(chain.last_seq).ok() != Some(head.seq) {
        let what = format!(
            "the chain ends at event {}, but {} were written: the end is missing",
            head.seq, chain.last_seq
        );
        return Err(VerifyFault::off(&chain.place, what));
    }
    let last = chain.last_hash.as_deref().map(Digest::from_slice);
    if head.seq > 0 && last != Some(Ok(head.hash)) {
        let what = format!("event {} is not the last one that was written", head.seq);
        return Err(VerifyFault::off(&chain.place, what));
    }
    Ok(())
}
