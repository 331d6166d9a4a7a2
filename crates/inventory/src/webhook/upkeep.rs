//! Beside the deliveries: the end of what was delivered long ago.

use super::Deliverer;
use std::time::Duration;

const PAUSE: Duration = Duration::from_secs(15);
/// How long a delivery that was made can still be looked at, where the tenant
/// has no rule of its own (`privacy::Class`).
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Deliverer {
    pub(super) async fn upkeep(&self) {
        loop {
            if let Err(fault) = self.forget().await {
                tracing::warn!(%fault, "old deliveries were not taken away");
            }
            tokio::time::sleep(PAUSE.mul_f64(rand::random_range(0.5..1.5))).await;
        }
    }

    /// A thousand of each webhook at a time.
    async fn forget(&self) -> Result<u64, sqlx::Error> {
        let done = sqlx::query!(
            "DELETE FROM webhook_delivery d
             USING webhook w
             LEFT JOIN retention_policy p ON p.tenant_id = w.tenant_id AND p.data_class = 'webhook_delivery'
             CROSS JOIN LATERAL (
                 SELECT o.feed_number FROM webhook_delivery o
                 WHERE o.tenant_id = w.tenant_id AND o.webhook_id = w.id
                   AND o.delivered_at < now() - CASE WHEN p.tenant_id IS NULL THEN make_interval(secs => $1)
                                                                 ELSE make_interval(days => p.days) END
                 ORDER BY o.delivered_at
                 LIMIT 1000
             ) old
             WHERE d.tenant_id = w.tenant_id AND d.webhook_id = w.id AND d.feed_number = old.feed_number",
            KEPT.as_secs_f64(),
        )
        .execute(self.worker.pool())
        .await?;
        Ok(done.rows_affected())
    }
}
