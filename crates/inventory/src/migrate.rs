//! Migrations: compiled in, forward only, with their seed data; made beside a
//! service that goes on serving.

use crate::table;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr as _, time::Duration};

/// Why a database was not brought up to date, or not to the end.
#[derive(Debug, thiserror::Error)]
pub enum MigrateFault {
    /// A migration was not made.
    #[error(transparent)]
    Schema(#[from] MigrateError),
    /// Every migration was made; what is made from older releases was not.
    #[error("what lists and search show of older releases was not finished: {0}")]
    Afterwards(#[source] sqlx::Error),
}

/// Every migration this program knows.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/inventory");

/// The longest a migration waits for a lock. Whoever comes after it on that
/// table waits behind it: a transaction that runs for long would stop everybody.
const LOCK: &str = "2s";
/// How often it comes back for the lock before it gives up.
const TRIES: u32 = 30;

/// Brings a database up to date. Idempotent. `url` names an administrator of
/// the database: roles are made, and every file acts as `dramatis_owner`.
///
/// # Errors
/// Where the database does not answer or a migration fails; each migration is
/// one transaction, so that nothing half-done stays behind. What lists and
/// search show of older releases is made afterwards, from manifests and cards.
pub async fn migrate(url: &str) -> Result<Migrated, MigrateFault> {
    run(url, &MIGRATIONS).await
}

/// What a run of the migrations came to: the schema is up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// How many were made now.
    pub applied: usize,
    /// The newest there is.
    pub version: i64,
}

/// The same with other migrations than those compiled in: for tests.
///
/// # Errors
/// As [`migrate`].
pub(crate) async fn run(url: &str, migrations: &Migrator) -> Result<Migrated, MigrateFault> {
    let options = PgConnectOptions::from_str(url)
        .map_err(MigrateError::from)?
        .application_name("dramatis-migrate")
        .options([("lock_timeout", LOCK)]);
    let mut tries = 0;
    let mut before = None;
    let migrated = loop {
        match attempt(&options, migrations, &mut before).await {
            Err(fault) if waits_for_a_lock(&fault) && tries < TRIES => {
                tries += 1;
                tracing::info!(%fault, tries, "somebody uses that table; trying again");
                let pause = Duration::from_millis(rand::random_range(100..1000));
                tokio::time::sleep(pause).await;
            }
            Err(fault) => return Err(fault.into()),
            Ok(migrated) => break migrated,
        }
    };
    let done = afterwards(options).await;
    done.map(|()| migrated).map_err(MigrateFault::Afterwards)
}

/// One run, on one connection: with it goes the migrator's lock, which sqlx
/// keeps where a migration fails. `before` is how many there were when the first
/// run began.
async fn attempt(
    options: &PgConnectOptions,
    migrations: &Migrator,
    before: &mut Option<usize>,
) -> Result<Migrated, MigrateError> {
    let mut db = options.connect().await?;
    let already = match *before {
        Some(already) => already,
        None => *before.insert(applied(&mut db).await?.len()),
    };
    let done = migrations.run(&mut db).await;
    if done.is_err()
        && let Err(fault) = sweep(&mut db).await
    {
        tracing::warn!(%fault, "an index that is half-made was not taken away");
    }
    let now = match done {
        Ok(()) => applied(&mut db).await.map_err(MigrateError::from),
        Err(fault) => Err(fault),
    };
    db.close().await?;
    let now = now?;
    Ok(Migrated {
        applied: now.len().saturating_sub(already),
        version: now.last().copied().unwrap_or_default(),
    })
}

/// The versions that are applied, in their order; none in an empty database.
async fn applied(db: &mut PgConnection) -> Result<Vec<i64>, sqlx::Error> {
    let kept: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *db)
        .await?;
    if !kept {
        return Ok(Vec::new());
    }
    sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
        .fetch_all(db)
        .await
}

async fn afterwards(options: PgConnectOptions) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new().connect_with(options).await?;
    let done = async {
        table::identity::settle(&pool).await?;
        table::face::make_missing(&pool).await
    };
    let done = done.await;
    pool.close().await;
    done
}

/// An index made `CONCURRENTLY` stays behind, invalid, where its making fails.
/// Only whoever holds the migrator's lock may take it away.
async fn sweep(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    let invalid: Vec<String> = sqlx::query_scalar(
        "SELECT format('%I.%I', n.nspname, c.relname)
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname = current_schema()
           AND EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted)",
    )
    .fetch_all(&mut *db)
    .await?;
    if !invalid.is_empty() {
        // This waits for who still uses it, and nobody waits behind it.
        sqlx::raw_sql("SET lock_timeout = 0")
            .execute(&mut *db)
            .await?;
    }
    for index in invalid {
        let statement = format!("DROP INDEX CONCURRENTLY {index}");
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *db)
            .await?;
    }
    Ok(())
}

/// A lock was not free in time, or two waited for each other.
fn waits_for_a_lock(fault: &MigrateError) -> bool {
    let (MigrateError::Execute(fault) | MigrateError::ExecuteMigration(fault, _)) = fault else {
        return false;
    };
    fault
        .as_database_error()
        .and_then(|fault| fault.code())
        .is_some_and(|code| matches!(code.as_ref(), "55P03" | "40P01"))
}

/// Whether this program can serve over a database: every migration it knows is
/// applied as it knows it. Newer ones are those of the next version, which
/// only adds until this one is gone (docs/operate.md, A new version).
///
/// # Errors
/// Where the database does not answer.
pub async fn matches(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let rows =
        sqlx::query!("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(pool)
            .await?;
    let known = MIGRATIONS.iter().count();
    Ok(rows.len() >= known
        && rows.iter().all(|row| row.success)
        && MIGRATIONS
            .iter()
            .zip(rows)
            .all(|(known, row)| row.version == known.version && row.checksum == *known.checksum))
}
