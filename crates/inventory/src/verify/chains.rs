//! One chain: every hash, every link, every number, and its end.

use super::VerifyFault;
use crate::table;
use dramatis_api::audit::EventRecord;
use dramatis_domain::{Digest, ItemId, TenantId, chain::Head, event::Stream};
use sqlx::PgConnection;

const PAGE: i64 = 500;

/// Walks the chain; `see` is shown each event. Answers how many there are.
pub(super) async fn verify(
    db: &mut PgConnection,
    tenant: TenantId,
    stream: Stream,
    place: &str,
    mut see: impl FnMut(&EventRecord) -> Result<(), VerifyFault>,
) -> Result<u64, VerifyFault> {
    let item = match stream {
        Stream::Item(item) => Some(item),
        Stream::Tenant => None,
    };
    let mut head = Head::genesis(tenant, stream);
    loop {
        let after = i64::try_from(head.seq).unwrap_or(i64::MAX);
        let page = table::event::page(db, tenant, stream, after, PAGE)
            .await
            .map_err(VerifyFault::reading(place))?;
        if page.is_empty() {
            break;
        }
        for record in page {
            let (event, prev, hash) = record
                .to_event(tenant, item)
                .map_err(|fault| VerifyFault::off(place, fault))?;
            head = head
                .verify_next(tenant, stream, &event, prev, hash)
                .map_err(|fault| VerifyFault::off(place, fault))?;
            texts(&record, place)?;
            see(&record)?;
        }
    }
    let kept = kept_head(db, tenant, item).await?;
    let (seq, hash) = kept.map_or((0, None), |(seq, hash)| (seq, hash));
    if u64::try_from(seq).ok() != Some(head.seq) {
        return Err(VerifyFault::off(
            place,
            format!(
                "the chain ends at event {}, but {seq} were written: the end is missing",
                head.seq
            ),
        ));
    }
    if head.seq > 0
        && hash
            .as_deref()
            .and_then(|hash| Digest::from_slice(hash).ok())
            != Some(head.hash)
    {
        return Err(VerifyFault::off(
            place,
            format!("event {} is not the last one that was written", head.seq),
        ));
    }
    Ok(head.seq)
}

/// Every text it names is there, or was erased by an order.
fn texts(record: &EventRecord, place: &str) -> Result<(), VerifyFault> {
    let all = [&record.actor_name, &record.device_name, &record.reason];
    let missing = all
        .into_iter()
        .flatten()
        .find(|personal| personal.text.is_none() && personal.erased_by.is_none());
    match missing {
        None => Ok(()),
        Some(personal) => Err(VerifyFault::off(
            format!("{place}, event {}", record.seq),
            format!(
                "the text {} is not there, and no order erased it",
                personal.sha256.trim_start_matches("sha256:")
            ),
        )),
    }
}

/// Where the counters say that the chain ends.
async fn kept_head(
    db: &mut PgConnection,
    tenant: TenantId,
    item: Option<ItemId>,
) -> Result<Option<(i64, Option<Vec<u8>>)>, sqlx::Error> {
    match item {
        Some(item) => {
            let row = sqlx::query!(
                "SELECT last_event_seq, last_event_hash FROM item WHERE tenant_id = $1 AND id = $2",
                tenant.0,
                item.0,
            )
            .fetch_optional(db)
            .await?;
            Ok(row.map(|row| (row.last_event_seq, row.last_event_hash)))
        }
        None => {
            let row = sqlx::query!(
                "SELECT last_event_seq, last_event_hash FROM tenant_stream WHERE tenant_id = $1",
                tenant.0
            )
            .fetch_optional(db)
            .await?;
            Ok(row.map(|row| (row.last_event_seq, row.last_event_hash)))
        }
    }
}
