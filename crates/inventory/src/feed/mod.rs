//! The feed: committed news get numbers, one order per tenant; readers see
//! numbered news only.

pub(crate) mod sequencer;

use crate::db::Database;
use sequencer::Sequencer;
use std::time::{Duration, Instant};

/// Between two looks for news without a number.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a sequencer may be silent before another takes over.
const LEASE: Duration = Duration::from_secs(5);

/// Between two looks at how far it is behind.
const MEASURE: Duration = Duration::from_secs(5);

/// How much has no number, and for how long.
async fn measure(db: &Database) -> Result<(), sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT count(*) AS "waiting!",
                  coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS "oldest!"
           FROM outbox WHERE feed_number IS NULL"#
    )
    .fetch_one(db.pool())
    .await?;
    #[expect(clippy::cast_precision_loss)]
    metrics::gauge!("dramatis_feed_backlog").set(row.waiting as f64);
    metrics::gauge!("dramatis_feed_lag_seconds").set(row.oldest.max(0.0));
    Ok(())
}

/// Gives numbers until it is dropped.
pub(crate) async fn run(db: Database) {
    let sequencer = Sequencer::new(db.clone(), LEASE);
    let mut looked: Option<Instant> = None;
    loop {
        if let Err(fault) = sequencer.all().await {
            tracing::error!(%fault, "news got no numbers; trying again");
        }
        if looked.is_none_or(|at| at.elapsed() >= MEASURE) {
            looked = Some(Instant::now());
            if let Err(fault) = measure(&db).await {
                tracing::warn!(%fault, "how far the feed is behind is not known");
            }
        }
        tokio::time::sleep(PAUSE.mul_f64(rand::random_range(0.5..1.5))).await;
    }
}
