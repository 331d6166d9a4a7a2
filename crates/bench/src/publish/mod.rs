//! Publishing over HTTP beside pgbench.

pub(crate) mod client;
mod filled;
mod floor;
pub(crate) mod lane;
pub(crate) mod line;
pub(crate) mod ours;
mod same;

pub(crate) use filled::{Filled, portrait};

use crate::{
    fault::Fault,
    ground::{Ground, Server},
    plan::Plan,
    table::{Aim, Row, Table},
    turns::{self, Contest},
};
use client::Client;
use floor::{Clients, Floor, Script};
use lane::CARD;
use line::Lines;
use ours::Ours;
use std::path::Path;

/// The clients that publish at once, the most last.
pub(crate) const CLIENTS: [u32; 3] = [1, 8, 32];
pub(crate) const UNIT: &str = "publishes/s";
/// Wanted at 8 and 32 clients: with an item each, and on one item.
const AIM: f64 = 0.6;
const AIM_QUEUED: f64 = 0.7;
const SAME: &str = "the same statements";
const ONE_CALL: &str = "the same in one round trip";
const QUEUED: &str = "the same statements, queued before BEGIN";
const NOT_QUEUED: &str = "the same statements, not queued";

/// Measures on what was filled.
pub(crate) async fn measure(
    plan: &Plan,
    folder: &Path,
    server: &Server,
    filled: &Filled,
    table: &mut Table,
) -> Result<(), Fault> {
    let Filled {
        ground,
        client,
        common,
        items,
        ..
    } = filled;
    let compared = filled.lane_apart(0)?;
    let answer = compared.publish(client).await?.answer;
    let floor = Floor::new(server, ground, common, items, answer, folder).await?;
    let by = |script| same::check(ground, client, &compared, (&floor, script), plan.compared);
    let (statements, one_call) = (by(Script::Statements).await?, by(Script::OneCall).await?);
    let (count, each) = plan.filled;
    table.note(format!(
        "Publish: {} releases were there before; a card has {CARD} bytes; one publish leaves the same rows on all sides and {:.1} KB of log by ours, {:.1} KB by the same statements, {:.1} KB by the one call.",
        count * each,
        statements.ours / 1000.0,
        statements.floor / 1000.0,
        one_call.floor / 1000.0,
    ));

    for count in CLIENTS {
        let apart = |script| Clients {
            script,
            count,
            stride: 2 * filled.stride,
        };
        let mut beside = vec![(SAME, apart(Script::Statements))];
        if count > 1 {
            beside.push((ONE_CALL, apart(Script::OneCall)));
        }
        let what = format!(
            "publish, {count} client{}, an item each",
            if count == 1 { "" } else { "s" }
        );
        let lines = (0..count)
            .map(|at| filled.lane_apart(at))
            .collect::<Result<Lines, _>>()?;
        contest(ground, plan, table, &floor, what, lines, &beside).await?;
    }
    for count in [CLIENTS[1], CLIENTS[2]] {
        let one_item = |count| Clients {
            script: Script::Statements,
            count,
            stride: 0,
        };
        let beside = [(QUEUED, one_item(1)), (NOT_QUEUED, one_item(count))];
        let what = format!("publish, {count} clients, one item");
        let lines = vec![compared.clone()];
        contest(ground, plan, table, &floor, what, lines, &beside).await?;
    }
    table.note(format!(
        "The service ran {} transactions again in all.",
        client.restarts().await?
    ));
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
        let aim = match beside {
            QUEUED => Some(AIM_QUEUED),
            NOT_QUEUED => None,
            _ => (count > 1).then_some(AIM),
        };
        table.row(Row {
            what: what.clone(),
            beside,
            ours: medians[0],
            floor: rate,
            unit: UNIT,
            aim: aim.map(Aim::AtLeast),
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
