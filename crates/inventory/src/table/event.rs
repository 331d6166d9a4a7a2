//! Reading events back.

use crate::db;
use dramatis_api::{
    audit::{EventRecord, Head, Personal},
    publish::SaltedText,
    timestamp,
};
use dramatis_domain::{Digest, ItemId, TenantId, chain, event::Stream};
use sqlx::PgConnection;
use uuid::Uuid;

/// A page of a chain, oldest first: at most `limit` events after number `after`.
pub(crate) async fn page(
    db: &mut PgConnection,
    tenant: TenantId,
    stream: Stream,
    after: i64,
    limit: i64,
) -> Result<Vec<EventRecord>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"SELECT e.id, e.seq, e.at, e.actor_id, e.actor_kind, e.actor_name_sha256, e.device_id, e.device_name_sha256,
                  e.request_id, e.idempotency_key, e.action, e.subject_id, e.reason_code, e.reason_sha256,
                  e.before, e.after, e.prev_hash, e.hash,
                  a.salt AS "actor_salt?", a.value AS "actor_name?",
                  d.salt AS "device_salt?", d.value AS "device_name?",
                  r.salt AS "reason_salt?", r.value AS "reason?"
           FROM event e
           LEFT JOIN personal_field a ON a.tenant_id = $1 AND a.sha256 = e.actor_name_sha256
           LEFT JOIN personal_field d ON d.tenant_id = $1 AND d.sha256 = e.device_name_sha256
           LEFT JOIN personal_field r ON r.tenant_id = $1 AND r.sha256 = e.reason_sha256
           WHERE e.tenant_id = $1 AND e.stream_id = $2 AND e.seq > $3
           ORDER BY e.seq
           LIMIT $4"#,
        tenant.0,
        stream_id(tenant, stream),
        after,
        limit,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut page: Vec<EventRecord> = rows
        .into_iter()
        .map(|row| {
            let decode =
                |what: &str| sqlx::Error::Decode(format!("event {}: {what}", row.seq).into());
            let hash = |bytes: &[u8]| {
                Digest::from_slice(bytes)
                    .map(|digest| digest.to_string())
                    .map_err(|_| decode("a hash"))
            };
            Ok(EventRecord {
                id: row.id,
                seq: row.seq,
                time: timestamp::from_micros(db::micros(row.at))
                    .ok_or_else(|| decode("its time"))?,
                actor: row.actor_id,
                actor_kind: row.actor_kind,
                actor_name: personal(row.actor_name_sha256, row.actor_salt, row.actor_name)
                    .map_err(|()| decode("a hash"))?,
                device: row.device_id,
                device_name: personal(row.device_name_sha256, row.device_salt, row.device_name)
                    .map_err(|()| decode("a hash"))?,
                request_id: row.request_id,
                key: row.idempotency_key,
                action: row.action,
                subject: row.subject_id,
                reason_code: row.reason_code,
                reason: personal(row.reason_sha256, row.reason_salt, row.reason)
                    .map_err(|()| decode("a hash"))?,
                before: row.before,
                after: row.after,
                prev: hash(&row.prev_hash)?,
                hash: hash(&row.hash)?,
            })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    say_erased(db, tenant, &mut page).await?;
    Ok(page)
}

/// Says by which order a text was erased that is not there. Asks only where
/// one is missing.
async fn say_erased(
    db: &mut PgConnection,
    tenant: TenantId,
    page: &mut [EventRecord],
) -> Result<(), sqlx::Error> {
    let mut missing: Vec<&mut Personal> = page
        .iter_mut()
        .flat_map(|record| {
            [
                &mut record.actor_name,
                &mut record.device_name,
                &mut record.reason,
            ]
        })
        .flatten()
        .filter(|personal| personal.text.is_none())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let hashes: Vec<Vec<u8>> = missing
        .iter()
        .filter_map(|personal| personal.sha256.parse::<Digest>().ok())
        .map(|digest| digest.0.to_vec())
        .collect();
    let orders = super::erasure::order_of(db, tenant, "personal_field", &hashes).await?;
    for personal in &mut missing {
        personal.erased_by = orders
            .iter()
            .find(|(sha256, _)| format!("sha256:{}", hex::encode(sha256)) == personal.sha256)
            .map(|(_, number)| number.to_string());
    }
    Ok(())
}

/// Where an item's chain stands; none where there is no such item.
pub(crate) async fn item_head(
    db: &mut PgConnection,
    tenant: TenantId,
    item: ItemId,
) -> Result<Option<Head>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT last_event_seq, last_event_hash FROM item WHERE tenant_id = $1 AND id = $2",
        tenant.0,
        item.0,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        head(
            tenant,
            Stream::Item(item),
            row.last_event_seq,
            row.last_event_hash,
        )
    })
    .transpose()
}

/// Where a tenant's own stream stands.
pub(crate) async fn tenant_head(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<Head, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT last_event_seq, last_event_hash FROM tenant_stream WHERE tenant_id = $1",
        tenant.0
    )
    .fetch_optional(db)
    .await?;
    let (seq, hash) = row.map_or((0, None), |row| (row.last_event_seq, row.last_event_hash));
    head(tenant, Stream::Tenant, seq, hash)
}

/// Locks a tenant's stream: its last number, hash and time.
pub(crate) async fn lock_tenant(
    db: &mut PgConnection,
    tenant: TenantId,
) -> Result<chain::Head, sqlx::Error> {
    sqlx::query!(
        "INSERT INTO tenant_stream (tenant_id) VALUES ($1) ON CONFLICT ON CONSTRAINT tenant_stream_pkey DO NOTHING",
        tenant.0,
    )
    .execute(&mut *db)
    .await?;
    let row = sqlx::query!(
        "SELECT last_event_seq, last_event_hash, last_event_at FROM tenant_stream WHERE tenant_id = $1 FOR UPDATE",
        tenant.0,
    )
    .fetch_one(db)
    .await?;
    let genesis = chain::Head::genesis(tenant, Stream::Tenant);
    match (row.last_event_hash, row.last_event_at) {
        (Some(hash), Some(at)) => Ok(chain::Head {
            seq: u64::try_from(row.last_event_seq).unwrap_or_default(),
            hash: Digest::from_slice(&hash)
                .map_err(|fault| sqlx::Error::Decode(Box::new(fault)))?,
            time_us: db::micros(at),
        }),
        _ => Ok(genesis),
    }
}

/// The database's time, read after a lock, later than `after_us`.
pub(crate) async fn now_after(db: &mut PgConnection, after_us: i64) -> Result<i64, sqlx::Error> {
    let after = (after_us != i64::MIN).then(|| db::moment(after_us));
    let row = sqlx::query!(
        r#"SELECT greatest(clock_timestamp(), $1::timestamptz + interval '1 microsecond') AS "now!""#,
        after,
    )
    .fetch_one(db)
    .await?;
    Ok(db::micros(row.now))
}

/// The id a stream's rows carry.
pub(crate) const fn stream_id(tenant: TenantId, stream: Stream) -> Uuid {
    match stream {
        Stream::Item(item) => item.0,
        Stream::Tenant => tenant.0,
    }
}

fn head(
    tenant: TenantId,
    stream: Stream,
    seq: i64,
    hash: Option<Vec<u8>>,
) -> Result<Head, sqlx::Error> {
    let hash = match hash {
        Some(hash) => {
            Digest::from_slice(&hash).map_err(|fault| sqlx::Error::Decode(Box::new(fault)))?
        }
        None => chain::Head::genesis(tenant, stream).hash,
    };
    Ok(Head {
        seq,
        hash: hash.to_string(),
    })
}

fn personal(
    sha256: Option<Vec<u8>>,
    salt: Option<Vec<u8>>,
    value: Option<String>,
) -> Result<Option<Personal>, ()> {
    let Some(sha256) = sha256 else {
        return Ok(None);
    };
    let sha256 = Digest::from_slice(&sha256).map_err(|_| ())?.to_string();
    let text = match (salt, value) {
        (Some(salt), Some(value)) => Some(SaltedText {
            salt: hex::encode(salt),
            value,
        }),
        _ => None,
    };
    Ok(Some(Personal {
        sha256,
        text,
        erased_by: None,
    }))
}
