//! Publishing with few and with many releases stored: does it matter how many?

mod fill;
pub(crate) mod words;

use crate::{
    fault::Fault,
    ground::{Ground, LARGE, SMALL, Server},
    plan::Plan,
    publish::{
        self, UNIT,
        client::Client,
        lane::{Common, Items, Lane},
        line::{Line, Lines},
        ours::Ours,
    },
    table::{Aim, Row, Table},
    turns::{self, Contest},
};
use std::{sync::Arc, time::Instant};

/// Clients, and items they publish to, far apart among all others.
const CLIENTS: u32 = 8;
const STRIDES: u32 = 2 * CLIENTS;
/// What a filled release takes at most, indexes and what is only there
/// meanwhile included.
const BYTES: u64 = 12_000;
/// What else has to be free.
const SPARE: u64 = 5_000_000_000;

/// An inventory with so many releases, most of them filled in bulk.
pub(crate) struct Stored {
    pub(crate) ground: Ground,
    count: u32,
    lines: Lines,
}

/// Fills the many.
pub(crate) async fn large(
    server: &Server,
    plan: &Plan,
    table: &mut Table,
) -> Result<Stored, Fault> {
    let count = plan.stored.1;
    let begun = Instant::now();
    let stored = Stored::make(server, LARGE, count).await?;
    let bytes: i64 = sqlx::query_scalar("SELECT pg_database_size(current_database())")
        .fetch_one(&stored.ground.admin)
        .await?;
    #[expect(clippy::cast_precision_loss)]
    let gigabytes = bytes as f64 / 1e9;
    table.note(format!(
        "Stored: {count} releases, {gigabytes:.1} GB, filled in {:.0} s.",
        begun.elapsed().as_secs_f64()
    ));
    Ok(stored)
}

/// Measures the many beside the few.
pub(crate) async fn measure(
    plan: &Plan,
    server: &Server,
    large: &Stored,
    table: &mut Table,
) -> Result<(), Fault> {
    let small = Stored::make(server, SMALL, plan.stored.0).await?;
    let mut sides = Sides {
        plan,
        ours: [large.ours()?, small.ours()?],
    };
    let what = format!(
        "publish, {CLIENTS} clients, {} releases stored",
        large.count
    );
    let medians = turns::medians(&what, plan.turns, &mut sides).await?;
    table.row(Row {
        what,
        beside: "the same with few stored",
        ours: medians[0],
        floor: medians[1],
        unit: UNIT,
        aim: Some(Aim::AtLeast(0.9)),
    });
    table.note(format!("Few stored: {} releases.", small.count));
    server.clear(small.ground).await
}

impl Stored {
    async fn make(server: &Server, database: &'static str, count: u32) -> Result<Self, Fault> {
        has_room(server, count)?;
        eprintln!("· storing {count} releases");
        let ground = server.ground(database).await?;
        let portrait = publish::portrait()?;
        let common = Common::new(&portrait)?;
        let client = Client::new(&ground)?;
        client.upload(&portrait).await?;
        let items = Items::new();
        let stride = count / STRIDES;
        let places: Vec<u32> = (0..CLIENTS).map(|at| (2 * at + 1) * stride).collect();
        fill::fill(&ground, &common, &items, count, &places).await?;
        let lines: Lines = places
            .iter()
            .map(|place| Arc::new(Line::new(Lane::new(&common, &items, *place))))
            .collect();
        for line in &lines {
            line.publish(&client).await?;
        }
        Ok(Self {
            ground,
            count,
            lines,
        })
    }

    fn ours(&self) -> Result<Ours, Fault> {
        let clients = (0..CLIENTS)
            .map(|_| Client::new(&self.ground))
            .collect::<Result<Vec<_>, _>>()?;
        Ours::new(clients, self.lines.clone())
    }
}

/// Rather not at all than until the disk is full.
fn has_room(server: &Server, count: u32) -> Result<(), Fault> {
    let folder = server.folder();
    let found = nix::sys::statvfs::statvfs(folder)
        .map_err(|cause| Fault::io(format!("the folder {}", folder.display()))(cause.into()))?;
    // Narrower on other systems.
    #[allow(clippy::useless_conversion)]
    let free = u64::from(found.blocks_available()) * u64::from(found.fragment_size());
    let needed = u64::from(count) * BYTES + SPARE;
    if free >= needed {
        return Ok(());
    }
    Err(Fault::Made(format!(
        "{count} stored releases need {:.0} GB of disk at {}, where {:.0} GB are free. Name fewer with --stored.",
        needed as f64 / 1e9,
        folder.display(),
        free as f64 / 1e9
    )))
}

struct Sides<'a> {
    plan: &'a Plan,
    ours: [Ours; 2],
}

impl Contest for Sides<'_> {
    fn sides(&self) -> usize {
        2
    }

    fn name(&self, side: usize) -> &'static str {
        ["many stored", "few stored"][side]
    }

    async fn turn(&mut self, side: usize) -> Result<f64, Fault> {
        self.ours[side].turn(self.plan).await
    }
}
