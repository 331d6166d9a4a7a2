//! An inventory whose history the service itself has written.

use super::{
    CLIENTS,
    client::Client,
    lane::{Common, Items, Lane},
    line::{Line, Lines},
};
use crate::{
    fault::Fault,
    ground::{BENCH, Ground, Server},
    plan::Plan,
};
use std::sync::Arc;
use tokio::task::JoinSet;

/// The inventory, and the lines of its items in order of place.
pub(crate) struct Filled {
    pub(crate) ground: Ground,
    pub(crate) client: Client,
    pub(crate) common: Common,
    pub(crate) items: Items,
    lines: Lines,
    /// A 64th of all places.
    pub(crate) stride: u32,
}

impl Filled {
    /// Publishes all of it.
    pub(crate) async fn make(server: &Server, plan: &Plan) -> Result<Self, Fault> {
        let ground = server.ground(BENCH).await?;
        let portrait = portrait()?;
        let common = Common::new(&portrait)?;
        let client = Client::new(&ground)?;
        client.upload(&portrait).await?;

        let (count, each) = plan.filled;
        eprintln!("· filling the tables: {count} items with {each} releases each");
        let items = Items::new();
        let lines: Lines = (0..count)
            .map(|place| Arc::new(Line::new(Lane::new(&common, &items, place))))
            .collect();
        fill(&client, &lines, each).await?;
        sqlx::raw_sql("VACUUM (ANALYZE)")
            .execute(&ground.admin)
            .await?;
        sqlx::raw_sql("CHECKPOINT").execute(&ground.admin).await?;
        Ok(Self {
            ground,
            client,
            common,
            items,
            lines,
            stride: count / (2 * CLIENTS[2]),
        })
    }

    /// Whoever publishes lies far apart among all items: ours on the odd of 64
    /// places, the floors on the even ones.
    pub(crate) fn lane_apart(&self, at: u32) -> Result<Arc<Line>, Fault> {
        self.lines
            .get(((2 * at + 1) * self.stride) as usize)
            .cloned()
            .ok_or_else(|| Fault::made("too few items"))
    }
}

/// The picture that every release names.
pub(crate) fn portrait() -> Result<Vec<u8>, Fault> {
    Ok(dramatis_cards::strip_card(include_bytes!(
        "../../../../samples/lighthouse.png"
    ))?)
}

/// Publishes `each` times in every line, 16 lines at once, in order of place.
async fn fill(client: &Client, lines: &Lines, each: u32) -> Result<(), Fault> {
    let mut running = JoinSet::new();
    for line in lines {
        if running.len() >= 16 {
            running
                .join_next()
                .await
                .transpose()
                .map_err(Fault::made)?
                .transpose()?;
        }
        let (client, line) = (client.clone(), Arc::clone(line));
        running.spawn(async move {
            for _ in 0..each {
                line.publish(&client).await?;
            }
            Ok::<(), Fault>(())
        });
    }
    while let Some(done) = running.join_next().await {
        done.map_err(Fault::made)??;
    }
    Ok(())
}
