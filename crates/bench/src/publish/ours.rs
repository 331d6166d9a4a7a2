//! Our side: clients of the service.

use super::{
    client::{Client, Tally, Window},
    lane::Lane,
};
use crate::{fault::Fault, plan::Plan};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use tokio::task::JoinSet;

/// More publishes than any computer here answers in a second: made before the
/// clock runs.
const READY_PER_SECOND: usize = 1000;

/// Clients, and the lines of publishes that they send: one each, or one for all.
pub(super) struct Ours {
    clients: Vec<Client>,
    lanes: Vec<Arc<Mutex<Lane>>>,
    pub(super) again: u32,
}

impl Ours {
    pub(super) fn new(clients: Vec<Client>, lanes: Vec<Arc<Mutex<Lane>>>) -> Self {
        Self { clients, lanes, again: 0 }
    }

    /// Publishes a second, in one turn.
    pub(super) async fn turn(&mut self, plan: &Plan) -> Result<f64, Fault> {
        let seconds = (plan.warm + plan.counted).as_secs_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let each = READY_PER_SECOND * seconds.ceil() as usize / self.lanes.len();
        // In turn, so that releases are numbered in about the order of sending.
        for _ in 0..each {
            for lane in &self.lanes {
                lane.lock().unwrap_or_else(PoisonError::into_inner).prepare(each)?;
            }
        }
        let now = Instant::now();
        let window = Window { from: now + plan.warm, until: now + plan.warm + plan.counted };
        let mut running = JoinSet::new();
        for (client, lane) in self.clients.iter().zip(self.lanes.iter().cycle()) {
            running.spawn(client.clone().publish_during(window, Arc::clone(lane)));
        }
        let mut all = Tally::default();
        while let Some(done) = running.join_next().await {
            let tally = done.map_err(Fault::made)??;
            all.counted += tally.counted;
            all.again += tally.again;
        }
        self.again += all.again;
        Ok(f64::from(all.counted) / plan.counted.as_secs_f64())
    }
}
