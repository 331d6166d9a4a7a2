//! Our side: clients of the service.

use super::{client::Client, line::Line};
use crate::{fault::Fault, plan::Plan};
use std::{sync::Arc, time::Instant};
use tokio::task::JoinSet;

/// Clients, and the lines of publishes that they send: one each, or one for all.
pub(crate) struct Ours {
    clients: Vec<Client>,
    lines: Vec<Arc<Line>>,
    /// Publishes sent again, since they had overtaken their parent.
    pub(crate) again: u32,
}

/// When answers count.
#[derive(Clone, Copy, Debug)]
struct Window {
    from: Instant,
    until: Instant,
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    counted: u32,
    again: u32,
}

impl Ours {
    pub(crate) fn new(clients: Vec<Client>, lines: Vec<Arc<Line>>) -> Result<Self, Fault> {
        let each = u32::try_from(clients.len().div_ceil(lines.len())).map_err(Fault::made)?;
        lines.iter().for_each(|line| line.open_to(each));
        Ok(Self {
            clients,
            lines,
            again: 0,
        })
    }

    /// Publishes a second, in one turn.
    pub(crate) async fn turn(&mut self, plan: &Plan) -> Result<f64, Fault> {
        self.prepare(plan)?;
        let now = Instant::now();
        let window = Window {
            from: now + plan.warm,
            until: now + plan.warm + plan.counted,
        };
        let mut running = JoinSet::new();
        for (client, line) in self.clients.iter().zip(self.lines.iter().cycle()) {
            running.spawn(publish_during(window, client.clone(), Arc::clone(line)));
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

    /// In turn, so that releases are numbered in about the order of sending.
    fn prepare(&self, plan: &Plan) -> Result<(), Fault> {
        let seconds = (plan.warm + plan.counted).as_secs();
        let all = usize::try_from(u64::from(plan.ready) * seconds).map_err(Fault::made)?;
        let each = all.div_ceil(self.lines.len());
        for _ in 0..each {
            for line in &self.lines {
                line.prepare(each)?;
            }
        }
        Ok(())
    }
}

/// Publishes one after another until the window closes.
async fn publish_during(window: Window, client: Client, line: Arc<Line>) -> Result<Tally, Fault> {
    let mut tally = Tally::default();
    while Instant::now() < window.until {
        tally.again += line.publish(&client).await?.again;
        let now = Instant::now();
        if now >= window.from && now < window.until {
            tally.counted += 1;
        }
    }
    Ok(tally)
}
