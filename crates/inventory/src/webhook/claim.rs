//! Taking what is due. A claim is a lease with a fencing number: it may be
//! taken over when the lease is at an end, and then the old number counts no
//! more.

use super::{Deliverer, SLOTS_OF_ONE};
use dramatis_domain::TenantId;
use std::time::Instant;
use uuid::Uuid;

/// A delivery that is ours for a while.
#[derive(Clone, Debug)]
pub struct Claim {
    pub(super) tenant: TenantId,
    pub(super) webhook: Uuid,
    pub(super) number: i64,
    pub(super) outbox: Uuid,
    pub(super) item: Uuid,
    pub(super) topic: String,
    pub(super) url: String,
    /// This one included.
    pub(super) attempts: i32,
    pub(super) fence: i64,
    /// By the database's clock.
    pub(super) at: time::OffsetDateTime,
    /// By this process's, to know when the lease ends.
    pub(super) taken: Instant,
}

impl Claim {
    /// Whose news it is.
    #[must_use]
    pub const fn webhook(&self) -> Uuid {
        self.webhook
    }

    /// The news's number in the feed.
    #[must_use]
    pub const fn number(&self) -> i64 {
        self.number
    }

    /// How often it was begun, this time included.
    #[must_use]
    pub const fn attempts(&self) -> i32 {
        self.attempts
    }
}

impl Deliverer {
    /// Claims at most `limit` deliveries that are due, and few of one webhook;
    /// none of the webhooks in `full`, nor of those held here. One is due when no earlier one of the
    /// same webhook and item is open: neither delivered nor dead.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn claim(&self, limit: usize, full: &[Uuid]) -> Result<Vec<Claim>, sqlx::Error> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let taken = Instant::now();
        let passed_over = [full, &self.held.at(taken)].concat();
        // Webhooks in any order: who comes first must not always be the same.
        // `now()`, since an index cannot be asked with a clock that goes on.
        let rows = sqlx::query!(
            r#"WITH due AS MATERIALIZED (
                   SELECT n.tenant_id, n.webhook_id, n.feed_number, w.url
                   FROM (SELECT h.tenant_id, h.id, h.url FROM webhook h
                         WHERE h.disabled_at IS NULL AND h.id <> ALL($3) ORDER BY random()) w
                   CROSS JOIN LATERAL (
                       SELECT d.tenant_id, d.webhook_id, d.feed_number
                       FROM webhook_delivery d
                       WHERE d.tenant_id = w.tenant_id AND d.webhook_id = w.id
                         AND d.delivered_at IS NULL AND d.dead_at IS NULL
                         AND d.next_attempt_at <= now()
                         AND (d.held_until IS NULL OR d.held_until <= now())
                         AND d.feed_number = (
                             SELECT min(e.feed_number) FROM webhook_delivery e
                             WHERE e.tenant_id = d.tenant_id AND e.webhook_id = d.webhook_id
                               AND e.item_id = d.item_id
                               AND e.delivered_at IS NULL AND e.dead_at IS NULL)
                       ORDER BY d.next_attempt_at
                       LIMIT $4
                       FOR NO KEY UPDATE SKIP LOCKED
                   ) n
                   LIMIT $5
               )
               UPDATE webhook_delivery d
               SET attempts = d.attempts + 1, fence = d.fence + 1, holder = $1,
                   held_until = clock_timestamp() + make_interval(secs => $2)
               FROM due
               WHERE d.tenant_id = due.tenant_id AND d.webhook_id = due.webhook_id AND d.feed_number = due.feed_number
               RETURNING d.tenant_id, d.webhook_id, d.feed_number, d.outbox_id, d.item_id, d.topic, d.attempts, d.fence,
                         due.url, clock_timestamp() AS "at!""#,
            self.me,
            self.lease.as_secs_f64(),
            &passed_over,
            SLOTS_OF_ONE as i64,
            i64::try_from(limit).unwrap_or(i64::MAX),
        )
        .fetch_all(self.worker.pool())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Claim {
                tenant: TenantId(row.tenant_id),
                webhook: row.webhook_id,
                number: row.feed_number,
                outbox: row.outbox_id,
                item: row.item_id,
                topic: row.topic,
                url: row.url,
                attempts: row.attempts,
                fence: row.fence,
                at: row.at,
                taken,
            })
            .collect())
    }
}
