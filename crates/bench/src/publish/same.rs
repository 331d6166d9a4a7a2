//! Whether the floor is one: that its transaction leaves the same rows as a
//! publish through the service, in every table, and about as many bytes.

use super::{
    client::Client,
    floor::{Floor, Script},
    line::Line,
};
use crate::{fault::Fault, ground::Ground};
use sqlx::{AssertSqlSafe, PgPool};
use std::collections::BTreeMap;

/// The two sides may differ by that much in what they write to the log: whole
/// pages after a checkpoint fall on either. A card left out would be more.
const BYTES_APART: f64 = 0.3;

/// Bytes of write-ahead log for one publish.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) ours: f64,
    pub(super) floor: f64,
}

/// Publishes `count` times on each side and compares what is there afterwards.
pub(super) async fn check(
    ground: &Ground,
    client: &Client,
    line: &Line,
    (floor, script): (&Floor, Script),
    count: u32,
) -> Result<Written, Fault> {
    // Once for nothing: what a checkpoint makes dear the first time is paid.
    publish(client, line, count).await?;
    floor.publish(script, count).await?;

    let begin = Trace::of(&ground.admin).await?;
    publish(client, line, count).await?;
    let between = Trace::of(&ground.admin).await?;
    floor.publish(script, count).await?;
    let end = Trace::of(&ground.admin).await?;

    let (ours, theirs) = (between.rows_since(&begin), end.rows_since(&between));
    let unlike: Vec<String> = ours
        .iter()
        .filter(|(table, rows)| theirs.get(*table) != Some(*rows))
        .map(|(table, rows)| {
            format!(
                "{table}: {rows} rows by ours, {} by the floor",
                theirs.get(table).unwrap_or(&0)
            )
        })
        .collect();
    if !unlike.is_empty() || !ours.values().any(|rows| *rows == i64::from(count)) {
        return Err(Fault::Unlike(format!(
            "{count} publishes each, {script:?}, left {unlike:?}"
        )));
    }
    let each = |from: &Trace, to: &Trace| (to.log - from.log) / f64::from(count);
    let written = Written {
        ours: each(&begin, &between),
        floor: each(&between, &end),
    };
    if (written.ours / written.floor - 1.0).abs() > BYTES_APART {
        return Err(Fault::Unlike(format!(
            "{:.0} bytes of log a publish by ours, {:.0} by the floor, {script:?}",
            written.ours, written.floor
        )));
    }
    Ok(written)
}

async fn publish(client: &Client, line: &Line, count: u32) -> Result<(), Fault> {
    for _ in 0..count {
        line.publish(client).await?;
    }
    Ok(())
}

struct Trace {
    rows: BTreeMap<String, i64>,
    log: f64,
}

impl Trace {
    /// `api_token_use` is written beside requests, not by a publish.
    async fn of(admin: &PgPool) -> Result<Self, Fault> {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT c.relname::text FROM pg_class c
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'api_token_use'",
        )
        .fetch_all(admin)
        .await?;
        let mut rows = BTreeMap::new();
        for table in tables {
            // The name comes from the catalog.
            let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
                .fetch_one(admin)
                .await?;
            rows.insert(table, count);
        }
        let log = sqlx::query_scalar("SELECT (pg_current_wal_insert_lsn() - '0/0')::float8")
            .fetch_one(admin)
            .await?;
        Ok(Self { rows, log })
    }

    fn rows_since(&self, before: &Self) -> BTreeMap<String, i64> {
        self.rows
            .iter()
            .map(|(table, count)| (table.clone(), count - before.rows.get(table).unwrap_or(&0)))
            .collect()
    }
}
