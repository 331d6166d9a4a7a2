//! Giving numbers. Two transactions: one takes the lease, one gives numbers
//! with the lease's fence. Whatever happens in between, or within, no number is
//! given twice and none is shown before it is sure.

use crate::db::Database;
use std::time::Duration;
use uuid::Uuid;

/// How many get a number in one transaction.
const AT_ONCE: i64 = 500;

/// One of those who may give numbers.
#[derive(Debug)]
pub struct Sequencer {
    db: Database,
    me: Uuid,
    lease: Duration,
}

/// A lease on a tenant's feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    tenant: Uuid,
    fence: i64,
}

/// Why no numbers were given.
#[derive(Debug, thiserror::Error)]
pub enum NumberFault {
    /// The lease ran out and another holds one: nothing was given.
    #[error("another sequencer holds the feed now")]
    Fenced,
    /// Postgres.
    #[error("Postgres: {0}")]
    Database(#[from] sqlx::Error),
}

impl Sequencer {
    /// One with a name of its own. `db` acts as the worker.
    #[must_use]
    pub fn new(db: Database, lease: Duration) -> Self {
        Self {
            db,
            me: Uuid::now_v7(),
            lease,
        }
    }

    /// Numbers for everything that waits and is not another's to number. What
    /// fails for one tenant keeps no other waiting.
    ///
    /// # Errors
    /// Where the database does not answer: the first fault there was.
    pub async fn all(&self) -> Result<(), sqlx::Error> {
        let waiting =
            sqlx::query!("SELECT DISTINCT tenant_id FROM outbox WHERE feed_number IS NULL")
                .fetch_all(self.db.pool())
                .await?;
        let mut all = Ok(());
        for row in waiting {
            all = all.and(self.of(row.tenant_id).await);
        }
        all
    }

    /// Numbers for everything of one tenant that waits.
    async fn of(&self, tenant: Uuid) -> Result<(), sqlx::Error> {
        let Some(lease) = self.lease(tenant).await? else {
            return Ok(());
        };
        loop {
            match self.number(lease).await {
                Ok(given) if given > 0 => {}
                Ok(_) | Err(NumberFault::Fenced) => return Ok(()),
                Err(NumberFault::Database(fault)) => return Err(fault),
            }
        }
    }

    /// The lease on a tenant's feed, where nobody else holds one.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn lease(&self, tenant: Uuid) -> Result<Option<Lease>, sqlx::Error> {
        let row = sqlx::query!(
            "INSERT INTO feed AS f (tenant_id, fence, holder, held_until)
             VALUES ($1, 1, $2, clock_timestamp() + make_interval(secs => $3))
             ON CONFLICT ON CONSTRAINT feed_pkey
             DO UPDATE SET fence = f.fence + 1, holder = excluded.holder, held_until = excluded.held_until
             WHERE f.holder = excluded.holder OR f.held_until < clock_timestamp()
             RETURNING fence",
            tenant,
            self.me,
            self.lease.as_secs_f64(),
        )
        .fetch_optional(self.db.pool())
        .await?;
        Ok(row.map(|row| Lease {
            tenant,
            fence: row.fence,
        }))
    }

    /// Gives the next numbers to what is committed and has none, in the order
    /// of an item's own history; how many.
    ///
    /// # Errors
    /// [`NumberFault::Fenced`] where the lease has passed to another.
    pub async fn number(&self, lease: Lease) -> Result<u64, NumberFault> {
        let mut tx = self.db.pool().begin().await?;
        // The row is the lock: what is committed before it is taken is seen by
        // the statement after it.
        let held = sqlx::query!(
            "SELECT last_number FROM feed WHERE tenant_id = $1 AND holder = $2 AND fence = $3 FOR NO KEY UPDATE",
            lease.tenant,
            self.me,
            lease.fence,
        )
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(NumberFault::Fenced)?;
        let waiting = sqlx::query!(
            "SELECT id FROM outbox WHERE tenant_id = $1 AND feed_number IS NULL ORDER BY created_at, id LIMIT $2",
            lease.tenant,
            AT_ONCE,
        )
        .fetch_all(&mut *tx)
        .await?;
        if waiting.is_empty() {
            return Ok(0);
        }
        let count = i64::try_from(waiting.len()).unwrap_or(AT_ONCE);
        sqlx::query!(
            "UPDATE feed SET last_number = last_number + $2 WHERE tenant_id = $1",
            lease.tenant,
            count,
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "UPDATE outbox o SET feed_number = $2 + w.place, feed_fence = $3
             FROM unnest($4::uuid[]) WITH ORDINALITY AS w (id, place)
             WHERE o.tenant_id = $1 AND o.id = w.id",
            lease.tenant,
            held.last_number,
            lease.fence,
            &waiting.iter().map(|row| row.id).collect::<Vec<_>>(),
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(waiting.len() as u64)
    }
}
