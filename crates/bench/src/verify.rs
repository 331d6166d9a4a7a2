//! `verify` over a history that the service wrote, beside nothing but reading
//! and hashing the same events, and the same rows of every table.

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
const EVENTS: &[&str] = &["COPY (
    SELECT tenant_id, stream_id, seq, id, item_id, at, actor_id, actor_kind, actor_name_sha256, device_id,
           device_name_sha256, request_id, idempotency_key, action, subject_id, reason_code, reason_sha256,
           before, after, format, prev_hash, hash
    FROM event ORDER BY tenant_id, stream_id, seq
) TO STDOUT (FORMAT binary)"];

/// What else verify reads, for every tenant: cards are most of it.
const OTHERS: &[&str] = &[
    "COPY (
    SELECT item_id, number, id, manifest, manifest_sha256, parent_sha256, card_sha256, notes_sha256, rule_set_sha256
    FROM release ORDER BY tenant_id, item_id, number
) TO STDOUT (FORMAT binary)",
    "COPY (SELECT sha256, bytes FROM content) TO STDOUT (FORMAT binary)",
    "COPY (
    SELECT k.account_id, k.key, k.operation, k.fingerprint, k.claimed_at, r.outcome, r.status, r.content_type, sha256(r.body),
           r.item_id, r.release_id, r.recorded_at, r.row_format, r.row_sha256
    FROM idempotency_key k
    JOIN receipt r ON r.tenant_id = k.tenant_id AND r.account_id = k.account_id AND r.key = k.key
    ORDER BY k.tenant_id, k.account_id, k.key
) TO STDOUT (FORMAT binary)",
    "COPY (SELECT sha256, salt, value, field FROM personal_field) TO STDOUT (FORMAT binary)",
    "COPY (
    SELECT release_id, seq, from_state, to_state, message_sha256, event_id FROM release_transition
    ORDER BY tenant_id, release_id, seq
) TO STDOUT (FORMAT binary)",
    "COPY (SELECT release_id, seq, state FROM current_state) TO STDOUT (FORMAT binary)",
    "COPY (
    SELECT item_id, name, seq, from_release_id, to_release_id, event_id FROM channel_move
    ORDER BY tenant_id, item_id, name, seq
) TO STDOUT (FORMAT binary)",
    "COPY (SELECT item_id, name, seq, release_id FROM channel) TO STDOUT (FORMAT binary)",
    "COPY (
    SELECT id, slug, creator_id, owner_id, release_count, last_event_seq, last_event_hash FROM item ORDER BY tenant_id, id
) TO STDOUT (FORMAT binary)",
];

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
    table.row(Row {
        what: "verify".into(),
        beside: "COPY of every row it reads, hashed",
        ours: medians[0],
        floor: medians[2],
        unit: "events/s",
        aim: None,
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
        3
    }

    fn name(&self, side: usize) -> &'static str {
        ["ours", "floor", "floor of every row"][side]
    }

    async fn turn(&mut self, side: usize) -> Result<f64, Fault> {
        let begun = Instant::now();
        match side {
            0 => verify(self.ground).await?,
            1 => copy(self.ground, EVENTS).await?,
            _ => copy(self.ground, &[EVENTS, OTHERS].concat()).await?,
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

async fn copy(ground: &Ground, statements: &[&'static str]) -> Result<(), Fault> {
    let mut connection = PgConnection::connect(&ground.auditor_url).await?;
    let mut hash = Sha256::new();
    for statement in statements {
        let mut rows = connection.copy_out_raw(statement).await?;
        while let Some(part) = rows.try_next().await? {
            hash.update(&part);
        }
    }
    // Used, so that nothing is left out as idle.
    std::hint::black_box(hash.finalize());
    connection.close().await?;
    Ok(())
}
