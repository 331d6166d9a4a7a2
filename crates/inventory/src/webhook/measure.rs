//! How deliveries stand, for operators: counted by every process that has the
//! worker's login. Where none has the webhooks' key, nobody but these says so.

use crate::{db::Database, table};
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(15);

/// Counts until it is dropped.
pub(crate) async fn run(worker: Database) {
    loop {
        if let Err(fault) = measure(&worker).await {
            tracing::warn!(%fault, "webhooks were not counted");
        }
        tokio::time::sleep(PAUSE.mul_f64(rand::random_range(0.5..1.5))).await;
    }
}

/// What waits, since when, and what is dead; of webhooks that are not disabled.
/// News waits from its commit on, whether it was made into deliveries or not.
async fn measure(worker: &Database) -> Result<(), sqlx::Error> {
    let open = sqlx::query!(
        r#"SELECT count(*) AS "waiting!",
                  coalesce(extract(epoch FROM clock_timestamp() - min(n.since)), 0)::float8 AS "oldest!"
           FROM webhook w
           CROSS JOIN LATERAL (
               SELECT d.created_at AS since FROM webhook_delivery d
               WHERE d.tenant_id = w.tenant_id AND d.webhook_id = w.id
                 AND d.delivered_at IS NULL AND d.dead_at IS NULL
               UNION ALL
               SELECT o.created_at FROM outbox o
               WHERE o.tenant_id = w.tenant_id AND o.item_id IS NOT NULL AND o.topic = ANY(coalesce(w.topics, $1))
                 AND (o.feed_number > w.fanned_out_to OR o.feed_number IS NULL)
           ) n
           WHERE w.disabled_at IS NULL"#,
        &table::feed::for_apps(),
    )
    .fetch_one(worker.pool())
    .await?;
    let dead = sqlx::query_scalar!(
        r#"SELECT count(*) AS "dead!"
               FROM webhook w
               JOIN webhook_delivery d ON d.tenant_id = w.tenant_id AND d.webhook_id = w.id AND d.dead_at IS NOT NULL"#
    )
    .fetch_one(worker.pool())
    .await?;
    // As counts go, these are far below where a float loses one.
    #[expect(clippy::cast_precision_loss)]
    let gauge = |count: i64| count as f64;
    metrics::gauge!("dramatis_webhook_backlog").set(gauge(open.waiting));
    metrics::gauge!("dramatis_webhook_oldest_seconds").set(open.oldest);
    metrics::gauge!("dramatis_webhook_dead").set(gauge(dead));
    Ok(())
}
