//! `verify` over a history that the service wrote, beside nothing but reading
//! and hashing the same events.

use crate::{
    fault::Fault,
    ground::{self, Ground},
    plan::Plan,
    table::{Aim, Row, Table},
    turns::{self, Contest},
};
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, PgConnection};
use std::{process::Stdio, time::Instant};
use tokio::process::Command;

/// Every column of an event, for every tenant.
const COPY: &str = "COPY (
    SELECT tenant_id, stream_id, seq, id, item_id, at, actor_id, actor_kind, actor_name_sha256, device_id,
           device_name_sha256, request_id, idempotency_key, action, subject_id, reason_code, reason_sha256,
           before, after, format, prev_hash, hash
    FROM event ORDER BY tenant_id, stream_id, seq
) TO STDOUT (FORMAT binary)";

/// Measures.
pub(crate) async fn measure(plan: &Plan, ground: &Ground, table: &mut Table) -> Result<(), Fault> {
    let events: i64 = sqlx::query_scalar("SELECT count(*) FROM event")
        .fetch_one(&ground.admin)
        .await?;
    let mut sides = Sides {
        ground,
        #[expect(clippy::cast_precision_loss)]
        events: events as f64,
    };
    // Once for nothing: both sides then find the pages in memory.
    for side in 0..sides.sides() {
        sides.turn(side).await?;
    }
    let medians = turns::medians("verify", plan.verify_turns, &mut sides).await?;
    table.row(Row {
        what: "verify".into(),
        beside: "COPY of the same events, hashed",
        ours: medians[0],
        floor: medians[1],
        unit: "events/s",
        aim: Some(Aim::AtLeast(0.5)),
    });
    table.note(format!("Verify: {events} events."));
    Ok(())
}

struct Sides<'a> {
    ground: &'a Ground,
    events: f64,
}

impl Contest for Sides<'_> {
    fn sides(&self) -> usize {
        2
    }

    async fn turn(&mut self, side: usize) -> Result<f64, Fault> {
        let begun = Instant::now();
        if side == 0 {
            verify(self.ground).await?;
        } else {
            copy(self.ground).await?;
        }
        Ok(self.events / begun.elapsed().as_secs_f64())
    }
}

/// The command as an operator runs it, its start included.
async fn verify(ground: &Ground) -> Result<(), Fault> {
    let output = Command::new(ground::inventory()?)
        .arg("verify")
        .env("INVENTORY_DATABASE_URL", &ground.auditor_url)
        .env_remove("INVENTORY_BLOBS")
        .env_remove("DRAMATIS_LOG")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(Fault::io("dramatis-inventory verify"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Fault::Program {
        program: "dramatis-inventory verify",
        said: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

async fn copy(ground: &Ground) -> Result<(), Fault> {
    let mut connection = PgConnection::connect(&ground.auditor_url).await?;
    let mut rows = connection.copy_out_raw(COPY).await?;
    let mut hash = Sha256::new();
    while let Some(part) = rows.try_next().await? {
        hash.update(&part);
    }
    // Used, so that nothing is left out as idle.
    std::hint::black_box(hash.finalize());
    drop(rows);
    connection.close().await?;
    Ok(())
}
