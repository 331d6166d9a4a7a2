//! From numbered news to deliveries, webhook by webhook, in the order of
//! numbers: that of the commits.

use super::Deliverer;
use crate::table;
use uuid::Uuid;

/// How many numbers are looked at in one transaction.
const AT_ONCE: i64 = 500;

impl Deliverer {
    /// Writes the deliveries of everything that has a number by now. Several
    /// processes may do so at once: a webhook that another one has in hand is
    /// left to it.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn fan_out(&self) -> Result<(), sqlx::Error> {
        let behind = sqlx::query!(
            "SELECT w.tenant_id, w.id
             FROM webhook w
             JOIN feed f ON f.tenant_id = w.tenant_id
             WHERE w.disabled_at IS NULL AND w.fanned_out_to < f.last_number"
        )
        .fetch_all(self.worker.pool())
        .await?;
        for webhook in behind {
            while self.fan_out_some(webhook.tenant_id, webhook.id).await? {}
        }
        Ok(())
    }

    /// Whether there may be more.
    async fn fan_out_some(&self, tenant: Uuid, webhook: Uuid) -> Result<bool, sqlx::Error> {
        let mut tx = self.worker.pool().begin().await?;
        // The row is the lock on its cursor. The feed's last number is moved in
        // the transaction that gives the numbers: up to it all are there.
        let cursor = sqlx::query!(
            r#"SELECT w.fanned_out_to AS after, least(f.last_number, w.fanned_out_to + $3) AS "to!", f.last_number AS last
               FROM webhook w
               JOIN feed f ON f.tenant_id = w.tenant_id
               WHERE w.tenant_id = $1 AND w.id = $2 AND w.disabled_at IS NULL
               FOR NO KEY UPDATE OF w SKIP LOCKED"#,
            tenant,
            webhook,
            AT_ONCE,
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(cursor) = cursor.filter(|cursor| cursor.after < cursor.to) else {
            return Ok(false);
        };
        sqlx::query!(
            "INSERT INTO webhook_delivery (tenant_id, webhook_id, feed_number, outbox_id, item_id, topic)
             SELECT o.tenant_id, w.id, o.feed_number, o.id, o.item_id, o.topic
             FROM webhook w
             JOIN outbox o ON o.tenant_id = w.tenant_id AND o.feed_number > $3 AND o.feed_number <= $4
                  AND o.item_id IS NOT NULL
             WHERE w.tenant_id = $1 AND w.id = $2 AND o.topic = ANY(coalesce(w.topics, $5))",
            tenant,
            webhook,
            cursor.after,
            cursor.to,
            &table::feed::for_apps(),
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "UPDATE webhook SET fanned_out_to = $3 WHERE tenant_id = $1 AND id = $2",
            tenant,
            webhook,
            cursor.to,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(cursor.to < cursor.last)
    }
}
