//! Writing down what came of a delivery: only with the fence that stands now.

use super::{Claim, Deliverer, Outcome, schedule};
use crate::provision::{self, ProvisionFault};
use std::time::{Duration, Instant};

/// How a delivery stands after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// The receiver has it.
    Delivered,
    /// It is tried again later.
    Again,
    /// It is not tried again unless an operator says so.
    Dead,
    /// The webhook was disabled; the delivery waits with it.
    Disabled,
    /// This process may not make it and leaves it to others; no attempt was counted.
    Held,
}

impl Settled {
    /// Its name in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Again => "failed",
            Self::Dead => "dead",
            Self::Disabled => "disabled",
            Self::Held => "held",
        }
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SettleFault {
    /// The lease ran out and another has the delivery.
    #[error("another has the delivery now")]
    Fenced,
    /// Postgres.
    #[error("Postgres: {0}")]
    Database(#[from] sqlx::Error),
    /// A webhook whose receiver is gone could not be disabled.
    #[error(transparent)]
    Disable(#[from] ProvisionFault),
}

impl Deliverer {
    /// Keeps an outcome.
    ///
    /// # Errors
    /// [`SettleFault::Fenced`] where the claim counts no more.
    pub async fn settle(&self, claim: &Claim, outcome: Outcome) -> Result<Settled, SettleFault> {
        if !matches!(outcome, Outcome::Held { .. }) {
            self.held.end(claim.webhook);
        }
        match outcome {
            Outcome::Delivered { status } => {
                self.delivered(claim, status).await?;
                Ok(Settled::Delivered)
            }
            Outcome::Gone => {
                // First this: who is cut off in between asks once more.
                provision::disable_gone(&self.service, claim.tenant, claim.webhook).await?;
                let told = "the receiver answered 410 Gone: the webhook was disabled";
                self.failed(claim, Some(410), told, Some(Duration::ZERO), 1)
                    .await?;
                Ok(Settled::Disabled)
            }
            Outcome::Held { why } => {
                // First this, for it is due again at once: for who may make it.
                if self.held.begin(claim.webhook, Instant::now()) {
                    tracing::warn!(webhook = %claim.webhook, number = claim.number, %why, "a webhook is held");
                }
                self.failed(claim, None, &why, Some(Duration::ZERO), 0)
                    .await?;
                Ok(Settled::Held)
            }
            Outcome::Failed {
                status,
                error,
                retry_after,
            } => {
                let wait = schedule::after(claim.attempts, retry_after, rand::random());
                self.failed(claim, status, &error, wait, 1).await?;
                Ok(wait.map_or(Settled::Dead, |_| Settled::Again))
            }
        }
    }

    async fn delivered(&self, claim: &Claim, status: u16) -> Result<(), SettleFault> {
        let done = sqlx::query!(
            "UPDATE webhook_delivery
             SET delivered_at = clock_timestamp(), last_status = $5, last_error = NULL, holder = NULL, held_until = NULL
             WHERE tenant_id = $1 AND webhook_id = $2 AND feed_number = $3 AND fence = $4 AND holder = $6",
            claim.tenant.0,
            claim.webhook,
            claim.number,
            claim.fence,
            i16::try_from(status).unwrap_or_default(),
            self.me,
        )
        .execute(self.worker.pool())
        .await?;
        counts(done.rows_affected())
    }

    /// Without a `wait` it is dead. `counted` is what it adds to the attempts:
    /// the claim has added one already.
    async fn failed(
        &self,
        claim: &Claim,
        status: Option<u16>,
        error: &str,
        wait: Option<Duration>,
        counted: i32,
    ) -> Result<(), SettleFault> {
        let mut tx = self.worker.pool().begin().await?;
        let done = sqlx::query!(
            "UPDATE webhook_delivery
             SET last_status = $5, last_error = $6, holder = NULL, held_until = NULL,
                 next_attempt_at = clock_timestamp() + make_interval(secs => coalesce($7::float8, 0)),
                 dead_at = CASE WHEN $7::float8 IS NULL THEN clock_timestamp() END,
                 attempts = attempts - 1 + $9
             WHERE tenant_id = $1 AND webhook_id = $2 AND feed_number = $3 AND fence = $4 AND holder = $8",
            claim.tenant.0,
            claim.webhook,
            claim.number,
            claim.fence,
            status.and_then(|status| i16::try_from(status).ok()),
            error,
            wait.map(|wait| wait.as_secs_f64()),
            self.me,
            counted,
        )
        .execute(&mut *tx)
        .await?;
        counts(done.rows_affected())?;
        // What waits for it need not be looked at sooner. A dead one holds up nothing.
        sqlx::query!(
            "UPDATE webhook_delivery f
             SET next_attempt_at = h.next_attempt_at
             FROM webhook_delivery h
             WHERE h.tenant_id = $1 AND h.webhook_id = $2 AND h.feed_number = $3 AND h.dead_at IS NULL
               AND f.tenant_id = $1 AND f.webhook_id = $2 AND f.item_id = $4 AND f.feed_number > $3
               AND f.delivered_at IS NULL AND f.dead_at IS NULL AND f.next_attempt_at < h.next_attempt_at",
            claim.tenant.0,
            claim.webhook,
            claim.number,
            claim.item,
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

const fn counts(rows: u64) -> Result<(), SettleFault> {
    if rows == 1 {
        Ok(())
    } else {
        Err(SettleFault::Fenced)
    }
}
