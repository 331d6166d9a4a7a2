//! Publishing over HTTP beside pgbench.

mod client;
mod floor;
mod ground;
mod lane;
mod line;
mod ours;
mod same;

use crate::{
    fault::Fault,
    plan::Plan,
    table::{Row, Table},
    turns::{self, Contest},
};
use client::Client;
use floor::{Clients, Floor};
use ground::Ground;
use lane::{CARD, Common, Items, Lane};
use line::Line;
use ours::Ours;
use std::{path::Path, sync::Arc};
use tokio::task::JoinSet;

/// The clients that publish at once, the most last.
const CLIENTS: [u32; 3] = [1, 8, 32];
const UNIT: &str = "publishes/s";
/// Wanted at 8 and 32 clients.
const AIM: f64 = 0.6;
const QUEUED: &str = "the same statements, queued before BEGIN";

type Lines = Vec<Arc<Line>>;

/// Measures, and takes everything away again.
pub(crate) async fn measure(plan: &Plan, folder: &Path, table: &mut Table) -> Result<(), Fault> {
    eprintln!("· a private Postgres, and the service over it");
    let ground = Ground::start(folder).await?;
    let measured = Box::pin(on(&ground, plan, folder, table)).await;
    let stopped = ground.stop().await;
    measured?;
    stopped
}

async fn on(ground: &Ground, plan: &Plan, folder: &Path, table: &mut Table) -> Result<(), Fault> {
    let portrait =
        dramatis_cards::strip_card(include_bytes!("../../../../samples/lighthouse.png"))?;
    let common = Common::new(&portrait)?;
    let client = Client::new(ground)?;
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

    // Whoever publishes lies far apart among all items: ours on the odd of 64
    // places, the floor on the even ones.
    let stride = count / (2 * CLIENTS[2]);
    let ours = |at: u32| lines.get(((2 * at + 1) * stride) as usize).cloned();
    let compared = ours(0).ok_or_else(|| Fault::made("too few items"))?;
    let answer = compared.publish(&client).await?.answer;
    let floor = Floor::new(ground, &common, &items, answer, folder).await?;
    let written = same::check(ground, &client, &compared, &floor, plan.compared).await?;
    table.note(format!(
        "Publish: {} releases were there before; a card has {CARD} bytes; one publish leaves the same rows on both sides and {:.1} KB of log by ours, {:.1} KB by the floor.",
        count * each,
        written.ours / 1000.0,
        written.floor / 1000.0,
    ));

    for count in CLIENTS {
        let beside = [(
            "the same statements",
            Clients {
                count,
                stride: 2 * stride,
            },
        )];
        let what = format!(
            "publish, {count} client{}, an item each",
            if count == 1 { "" } else { "s" }
        );
        contest(
            ground,
            plan,
            table,
            &floor,
            what,
            (0..count).filter_map(ours).collect(),
            &beside,
        )
        .await?;
    }
    for count in [CLIENTS[1], CLIENTS[2]] {
        let beside = [
            (
                QUEUED,
                Clients {
                    count: 1,
                    stride: 0,
                },
            ),
            (
                "the same statements, not queued",
                Clients { count, stride: 0 },
            ),
        ];
        contest(
            ground,
            plan,
            table,
            &floor,
            format!("publish, {count} clients, one item"),
            vec![compared.clone()],
            &beside,
        )
        .await?;
    }
    table.note(format!(
        "The service ran {} transactions again in all.",
        client.restarts().await?
    ));
    Ok(())
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

/// Ours and its floors in turns: a row for each floor.
async fn contest(
    ground: &Ground,
    plan: &Plan,
    table: &mut Table,
    floor: &Floor,
    what: String,
    lines: Lines,
    beside: &[(&'static str, Clients)],
) -> Result<(), Fault> {
    let count = beside
        .iter()
        .map(|(_, clients)| clients.count)
        .max()
        .unwrap_or(1);
    let clients = (0..count)
        .map(|_| Client::new(ground))
        .collect::<Result<Vec<_>, _>>()?;
    let mut sides = Sides {
        plan,
        ours: Ours::new(clients, lines)?,
        floor,
        beside,
        retries: vec![0; beside.len()],
    };
    let medians = turns::medians(&what, plan.turns, &mut sides).await?;
    for (&(beside, _), &rate) in beside.iter().zip(&medians[1..]) {
        let wanted = count > 1 && (beside == QUEUED || sides.beside.len() == 1);
        table.row(Row {
            what: what.clone(),
            beside,
            ours: medians[0],
            floor: rate,
            unit: UNIT,
            aim: wanted.then_some(AIM),
        });
    }
    let (again, retries) = (sides.ours.again, &sides.retries);
    if again > 0 || retries.iter().any(|count| *count > 0) {
        table.note(format!(
            "{what}: {again} publishes were sent again (they came before their parent); the floor retried {}.",
            retries.iter().map(u64::to_string).collect::<Vec<_>>().join(" and ")
        ));
    }
    Ok(())
}

struct Sides<'a> {
    plan: &'a Plan,
    ours: Ours,
    floor: &'a Floor,
    beside: &'a [(&'static str, Clients)],
    retries: Vec<u64>,
}

impl Contest for Sides<'_> {
    fn sides(&self) -> usize {
        1 + self.beside.len()
    }

    async fn turn(&mut self, side: usize) -> Result<f64, Fault> {
        let Some(floor) = side.checked_sub(1) else {
            return self.ours.turn(self.plan).await;
        };
        let (rate, retries) = self.floor.turn(self.plan, self.beside[floor].1).await?;
        self.retries[floor] += retries;
        Ok(rate)
    }
}
