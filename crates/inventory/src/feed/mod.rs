//! The feed: committed news get numbers, one order per tenant; readers see
//! numbered news only.

pub(crate) mod sequencer;

use crate::db::Database;
use sequencer::Sequencer;
use std::time::Duration;

/// Between two looks for news without a number.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a sequencer may be silent before another takes over.
const LEASE: Duration = Duration::from_secs(5);

/// Gives numbers until it is dropped.
pub(crate) async fn run(db: Database) {
    let sequencer = Sequencer::new(db, LEASE);
    loop {
        if let Err(fault) = sequencer.all().await {
            tracing::error!(%fault, "news got no numbers; trying again");
        }
        tokio::time::sleep(PAUSE.mul_f64(rand::random_range(0.5..1.5))).await;
    }
}
