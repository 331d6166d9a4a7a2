//! Rebuilds every release, state, channel and projection from manifests and
//! events alone, compares with the tables, and names the first row that is off
//! (inventory.md, Audit). What it rebuilds from is proved by [`crate::verify`]
//! first: a replay of events that were changed would prove nothing.

mod faces;
mod news;
mod ownership;
mod people;
mod rebuilt;

use crate::{
    db::{Database, DbRole},
    verify::{VerifyFault, verify},
};
use dramatis_domain::lifecycle::{EDGES, LIFECYCLE_VERSION};
use rebuilt::{Rebuilt, TABLES};
use sqlx::{
    AssertSqlSafe, Column as _, Executor as _, PgConnection, Row as _, SqlSafeStr as _,
    Statement as _,
};
use std::fmt;

/// What was rebuilt and found equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Each table with the number of its rows.
    pub tables: Vec<(&'static str, u64)>,
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<_> = self
            .tables
            .iter()
            .map(|(table, rows)| format!("{rows} {table}"))
            .collect();
        f.write_str(&all.join(", "))
    }
}

/// Replays the whole inventory in one snapshot. `progress` is told of each
/// table as it begins. Postgres holds what it sorts, on disk where it is large;
/// it is kept from compiling each query, which takes longer than most of them.
///
/// # Errors
/// The first row that is off.
pub async fn replay(url: &str, mut progress: impl FnMut(&str)) -> Result<Replayed, VerifyFault> {
    progress("verifying what is replayed from");
    verify(url, None).await?;
    let db = Database::open(url, DbRole::Auditor, 1)?;
    let mut tx = db
        .pool()
        .begin_with(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; SET LOCAL jit = off",
        )
        .await?;
    let mut done = Replayed::default();
    for table in TABLES
        .iter()
        .chain(&ownership::TABLES)
        .chain(&people::TABLES)
        .chain([&news::OUTBOX])
    {
        progress(table.table);
        done.tables
            .push((table.table, compare(&mut tx, table).await?));
    }
    progress("the numbers of the feed");
    news::numbers(&mut tx).await?;
    progress("the edges of the lifecycle");
    edges(&mut tx).await?;
    progress("what lists and search know of releases");
    faces::compare(&mut tx).await?;
    progress(faces::LISTING.table);
    let lines = compare(&mut tx, &faces::LISTING).await?;
    done.tables.push((faces::LISTING.table, lines));
    Ok(done)
}

/// Compares one table. Answers how many rows it has.
async fn compare(db: &mut PgConnection, table: &Rebuilt) -> Result<u64, VerifyFault> {
    let Rebuilt {
        table,
        key,
        query,
        kept,
    } = table;
    let columns = columns_of(db, query).await?;
    let join: Vec<_> = std::iter::once(&"tenant_id")
        .chain(*key)
        .map(|column| format!("r.{column} = k.{column}"))
        .collect();
    let join = join.join(" AND ");
    let sql = format!(
        "WITH r AS MATERIALIZED ({query}), k AS MATERIALIZED (SELECT {columns} FROM {table} k WHERE {kept})
         SELECT to_jsonb(r)::text AS rebuilt, to_jsonb(k)::text AS kept, (SELECT count(*) FROM k) AS rows
         FROM r FULL JOIN k ON {join}
         WHERE to_jsonb(r) IS DISTINCT FROM to_jsonb(k)
         ORDER BY coalesce(to_jsonb(r), to_jsonb(k))::text LIMIT 1"
    );
    let off = sqlx::query(AssertSqlSafe(sql))
        .fetch_optional(&mut *db)
        .await?;
    if let Some(row) = off {
        let (rebuilt, kept): (Option<String>, Option<String>) = (row.get(0), row.get(1));
        let named = kept.as_ref().or(rebuilt.as_ref()).cloned();
        let what = match (rebuilt, kept) {
            (Some(rebuilt), Some(_)) => format!("history makes it {rebuilt}"),
            (None, _) => "history does not tell of it".to_owned(),
            (_, None) => "history tells of it, but it is not there".to_owned(),
        };
        let place = format!("{table} {}", named.unwrap_or_default());
        return Err(VerifyFault::Off { place, what });
    }
    let count = format!("SELECT count(*) FROM {table}");
    let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count))
        .fetch_one(db)
        .await?;
    Ok(u64::try_from(rows).unwrap_or_default())
}

/// The columns that are compared: those the query answers.
async fn columns_of(db: &mut PgConnection, query: &str) -> Result<String, sqlx::Error> {
    let asked = AssertSqlSafe(format!("SELECT * FROM ({query}) q")).into_sql_str();
    let prepared = db.prepare(asked).await?;
    let names: Vec<_> = prepared
        .columns()
        .iter()
        .map(|column| format!("k.{}", column.name()))
        .collect();
    Ok(names.join(", "))
}

/// Every step took an edge of the lifecycle; which edges there are, the code
/// says, not the table.
async fn edges(db: &mut PgConnection) -> Result<(), VerifyFault> {
    let column = |pick: fn(&dramatis_domain::lifecycle::Edge) -> String| -> Vec<String> {
        EDGES.iter().map(pick).collect()
    };
    let off = sqlx::query(
        "SELECT t.release_id::text || ', step ' || t.seq FROM release_transition t
         WHERE t.lifecycle_version <> $1 OR NOT EXISTS (
             SELECT FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS e (from_state, to_state, role, needs)
             WHERE (e.from_state, e.to_state, e.role, e.needs) = (t.from_state, t.to_state, t.role, t.needs))
         ORDER BY t.tenant_id, t.release_id, t.seq LIMIT 1",
    )
    .bind(i32::from(LIFECYCLE_VERSION))
    .bind(column(|edge| edge.from.to_string()))
    .bind(column(|edge| edge.to.to_string()))
    .bind(column(|edge| edge.role.to_string()))
    .bind(column(|edge| edge.needs.as_str().to_owned()))
    .fetch_optional(db)
    .await?;
    match off {
        None => Ok(()),
        Some(row) => Err(VerifyFault::Off {
            place: format!("release_transition {}", row.get::<String, _>(0)),
            what: "the lifecycle has no such edge".into(),
        }),
    }
}
