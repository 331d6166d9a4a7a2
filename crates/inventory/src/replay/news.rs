//! What apps are told of, as the events make it: a revocation whose news is
//! gone, or is told under another name, is never heard of.

use super::rebuilt::{ALL, Rebuilt};
use crate::verify::VerifyFault;
use sqlx::{PgConnection, Row as _};

/// Every step is news but a submission that needed no decision; a channel's
/// move is, where it was the whole request (`promote`): else its release's step
/// tells of it. Nothing is delivered from here since webhooks have rows of
/// their own.
pub(super) const OUTBOX: Rebuilt = Rebuilt {
    table: "outbox",
    key: &["event_id"],
    query: "SELECT e.tenant_id, e.id AS event_id, e.stream_id AS item_id, e.action AS topic, 0 AS attempts,
                   NULL::timestamptz AS next_attempt_at, NULL::timestamptz AS delivered_at
            FROM event e
            LEFT JOIN event b ON e.action = 'channel.moved' AND b.tenant_id = e.tenant_id AND b.stream_id = e.stream_id
                             AND b.seq = e.seq - 1 AND b.actor_id = e.actor_id AND b.idempotency_key = e.idempotency_key
            WHERE e.item_id IS NOT NULL
              AND CASE e.action
                      WHEN 'channel.moved' THEN b.id IS NULL
                      WHEN 'release.submitted' THEN e.after::json->'policy' IS NOT NULL
                      ELSE e.action = 'release.' || (e.after::json->>'state')
                  END",
    kept: ALL,
};

/// Numbers go 1, 2, 3 … up to the one that the sequencer has given last, rise
/// with each item's history, and were given under leases that were had, in
/// their order.
pub(super) async fn numbers(db: &mut PgConnection) -> Result<(), VerifyFault> {
    let off = sqlx::query(
        "WITH numbered AS (
             SELECT o.tenant_id, o.event_id, o.feed_number AS number, o.feed_fence AS fence, e.seq,
                    coalesce(lag(o.feed_number) OVER tenant, 0) AS before,
                    lag(o.feed_fence) OVER tenant AS fence_before,
                    lag(e.seq) OVER (PARTITION BY o.tenant_id, o.item_id ORDER BY o.feed_number) AS seq_before,
                    row_number() OVER tenant AS place
             FROM outbox o
             JOIN event e ON e.tenant_id = o.tenant_id AND e.id = o.event_id
             WHERE o.feed_number IS NOT NULL OR o.feed_fence IS NOT NULL
             WINDOW tenant AS (PARTITION BY o.tenant_id ORDER BY o.feed_number)
         )
         SELECT format('outbox of event %s', n.event_id), format(CASE
                    WHEN n.number IS NULL OR n.fence IS NULL OR n.fence > coalesce(f.fence, 0) OR n.fence < n.fence_before
                        THEN 'its number %s was given under lease %s, which nobody had then'
                    WHEN n.number <> n.place THEN 'after number %3$s of the feed comes %1$s'
                    ELSE 'its number %s comes after the number of what happened to its item later' END,
                n.number, n.fence, n.before)
         FROM numbered n
         LEFT JOIN feed f ON f.tenant_id = n.tenant_id
         WHERE n.number IS DISTINCT FROM n.place OR n.fence IS NULL OR n.fence > coalesce(f.fence, 0)
            OR n.fence < n.fence_before OR n.seq < n.seq_before
         ORDER BY n.tenant_id, n.place LIMIT 1",
    )
    .fetch_optional(&mut *db)
    .await?;
    if let Some(row) = off {
        let (place, what) = (row.get(0), row.get(1));
        return Err(VerifyFault::Off { place, what });
    }
    let off = sqlx::query(
        "SELECT format('feed of tenant %s', t.id), format('%s news have a number, but the last one given is %s', n.count, t.last)
         FROM (SELECT t.id, coalesce(f.last_number, 0) AS last FROM tenant t LEFT JOIN feed f ON f.tenant_id = t.id) t
         CROSS JOIN LATERAL (SELECT count(feed_number) AS count FROM outbox o WHERE o.tenant_id = t.id) n
         WHERE n.count <> t.last
         ORDER BY t.id LIMIT 1",
    )
    .fetch_optional(db)
    .await?;
    match off {
        None => Ok(()),
        Some(row) => Err(VerifyFault::Off {
            place: row.get(0),
            what: row.get(1),
        }),
    }
}
