//! Connections. Every pool acts as exactly one of the roles of the schema;
//! every transaction names its tenant (inventory.md, schema rule 5).

use crate::{patience::Patience, traces::step};
use dramatis_api::Position;
use dramatis_domain::TenantId;
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, SqlSafeStr as _, Transaction,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::{str::FromStr, time::Instant};
use tracing::Instrument as _;

/// A transaction of its own connection.
pub(crate) type Tx = Transaction<'static, Postgres>;

/// Whom a connection acts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DbRole {
    /// Answers requests: one tenant at a time.
    Service,
    /// Works through what is due, in every tenant: files, news.
    Worker,
    /// Reads everything: for `verify`.
    Auditor,
    /// Takes away what an order of erasure names: one tenant at a time.
    Eraser,
    /// Makes tenants.
    Owner,
}

impl DbRole {
    /// The role's name in Postgres.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "dramatis_service",
            Self::Worker => "dramatis_worker",
            Self::Auditor => "dramatis_auditor",
            Self::Eraser => "dramatis_eraser",
            Self::Owner => "dramatis_owner",
        }
    }
}

/// A pool of connections that act as one role.
#[derive(Clone, Debug)]
pub struct Database {
    pool: PgPool,
}

impl Database {
    /// Opens a pool lazily: a database that is not there yet makes `/ready`
    /// fail, not the start.
    ///
    /// # Errors
    /// Where the URL cannot be read.
    pub fn open(url: &str, role: DbRole, connections: u32) -> Result<Self, sqlx::Error> {
        Self::open_with(url, role, connections, Patience::BACKGROUND)
    }

    /// The same, with its own patience for connections and statements.
    ///
    /// # Errors
    /// Where the URL cannot be read.
    pub fn open_with(
        url: &str,
        role: DbRole,
        connections: u32,
        patience: Patience,
    ) -> Result<Self, sqlx::Error> {
        let statement = patience.statement.as_millis().to_string();
        let options = PgConnectOptions::from_str(url)?
            .application_name("dramatis-inventory")
            .options([
                ("role", role.as_str()),
                ("timezone", "UTC"),
                ("statement_timeout", statement.as_str()),
                // On a small table the planner reads the whole of it, and a
                // serializable transaction then conflicts with every other
                // one. Each query here has an index that begins with its tenant.
                ("enable_seqscan", "off"),
                // For the same reason no plan of a request depends on values:
                // each is made once a connection. What does depend on them
                // (lists) is planned anew by its function.
                (
                    "plan_cache_mode",
                    if matches!(role, DbRole::Service) {
                        "force_generic_plan"
                    } else {
                        "auto"
                    },
                ),
                ("idle_in_transaction_session_timeout", "30s"),
                // What walks through all tenants has no such index for its
                // smallest tables; the price that stands for "never" then has
                // Postgres compile a statement of one millisecond for 300.
                (
                    "jit",
                    if matches!(role, DbRole::Worker) {
                        "off"
                    } else {
                        "on"
                    },
                ),
            ]);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(patience.connection)
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Ok(Self { pool })
    }

    /// The pool, for what needs no tenant.
    #[must_use]
    pub const fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// The time, by the one clock that counts (inventory.md, schema rule 6), in
    /// microseconds since 1970 UTC.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn now(&self) -> Result<i64, sqlx::Error> {
        let now = self.fresh(|| async {
            sqlx::query_scalar!(r#"SELECT clock_timestamp() AS "now!""#)
                .fetch_one(&self.pool)
                .await
        });
        Ok(micros(now.await?))
    }

    /// A transaction that changes an item: serializable, waits at most two
    /// seconds for a lock. One round trip, and no snapshot yet: the first
    /// statement that takes one has to lock the item's row.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn change(&self, tenant: TenantId) -> Result<Tx, sqlx::Error> {
        self.begin(
            "BEGIN ISOLATION LEVEL SERIALIZABLE; SET LOCAL lock_timeout = '2s'",
            tenant,
        )
        .await
    }

    /// A transaction that appends under a row lock of its own.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn append(&self, tenant: TenantId) -> Result<Tx, sqlx::Error> {
        self.begin("BEGIN; SET LOCAL lock_timeout = '2s'", tenant)
            .await
    }

    /// A transaction that sees one moment.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn read(&self, tenant: TenantId) -> Result<Tx, sqlx::Error> {
        self.begin(READ, tenant).await
    }

    /// The same on a server that has reached `position`; none where it has not.
    /// Asked on the very connection that then reads, and before its snapshot is
    /// taken: a snapshot may be older than what a function in it is told.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub(crate) async fn read_reached(
        &self,
        tenant: TenantId,
        position: Option<Position>,
    ) -> Result<Option<Tx>, sqlx::Error> {
        self.fresh(|| async {
            let mut connection = self.acquire().await?;
            if let Some(position) = position
                && end_of_log(&mut connection).await? < position
            {
                return Ok(None);
            }
            begin_on(connection, READ, tenant).await.map(Some)
        })
        .await
    }

    /// How far its log has come.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub(crate) async fn position(&self) -> Result<Position, sqlx::Error> {
        self.fresh(|| async { end_of_log(&mut *self.acquire().await?).await })
            .await
    }

    /// A connection, and how long it took to get one.
    pub(crate) async fn acquire(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        let _waiting = Waiting::begin();
        let since = Instant::now();
        let connection = self
            .pool
            .acquire()
            .instrument(step!("get connection"))
            .await;
        metrics::histogram!("dramatis_pool_wait_seconds").record(since.elapsed().as_secs_f64());
        connection
    }

    async fn begin(&self, begin: &'static str, tenant: TenantId) -> Result<Tx, sqlx::Error> {
        self.fresh(|| async { begin_on(self.acquire().await?, begin, tenant).await })
            .await
    }

    /// Runs something that may be run again, past connections that a restart of
    /// Postgres left dead in the pool.
    ///
    /// # Errors
    /// The last error, where fresh connections fail too.
    pub async fn fresh<T, F>(&self, run: impl Fn() -> F) -> Result<T, sqlx::Error>
    where
        F: Future<Output = Result<T, sqlx::Error>>,
    {
        let mut left = self.pool.options().get_max_connections();
        loop {
            match run().await {
                Err(fault) if left > 0 && is_dead_connection(&fault) => left -= 1,
                other => return other,
            }
        }
    }
}

const READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The tenant is a parsed UUID, so that its text is safe in the statement;
/// `SET` takes no parameters, and `set_config` would take a snapshot.
async fn begin_on(
    connection: PoolConnection<Postgres>,
    begin: &'static str,
    tenant: TenantId,
) -> Result<Tx, sqlx::Error> {
    let statement = format!("{begin}; SET LOCAL app.tenant = '{tenant}'");
    Tx::begin(connection, Some(AssertSqlSafe(statement).into_sql_str())).await
}

/// What a primary has put into its log, flushed or not: at least every commit
/// that was answered; and what a replica has replayed of it.
async fn end_of_log(db: &mut PgConnection) -> Result<Position, sqlx::Error> {
    let text: String = sqlx::query_scalar(
        "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END)::text",
    )
    .fetch_one(db)
    .await?;
    text.parse()
        .map_err(|()| sqlx::Error::Protocol(format!("“{text}” is no place in a log")))
}

/// One who waits for a connection, until dropped: waiting can be given up.
struct Waiting;

impl Waiting {
    fn begin() -> Self {
        metrics::gauge!("dramatis_pool_waiting").increment(1.0);
        Self
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        metrics::gauge!("dramatis_pool_waiting").decrement(1.0);
    }
}

fn is_dead_connection(fault: &sqlx::Error) -> bool {
    match fault {
        sqlx::Error::Io(cause) => !matches!(
            cause.kind(),
            std::io::ErrorKind::ConnectionRefused | std::io::ErrorKind::NotFound
        ),
        // Ended by an administrator, by a crash beside it, for being idle.
        sqlx::Error::Database(fault) => {
            matches!(
                fault.code().as_deref(),
                Some("57P01" | "57P02" | "57P05" | "25P03")
            )
        }
        _ => false,
    }
}

/// Whether the whole transaction has to be run again: serialization failure,
/// deadlock, or a lost race for the claim's key or a counter
/// (inventory.md, Publish).
#[must_use]
pub(crate) fn wants_restart(fault: &sqlx::Error) -> bool {
    let Some(fault) = fault.as_database_error() else {
        return false;
    };
    match fault.code().as_deref() {
        Some("40001" | "40P01") => true,
        Some("23505") => matches!(
            fault.constraint(),
            Some(
                "idempotency_key_pkey"
                    | "receipt_pkey"
                    | "release_number_is_unique"
                    | "event_pkey"
                    | "event_hash_of_seq"
                    | "item_pkey"
                    | "current_state_by_item"
                    | "channel_move_pkey"
                    | "release_transition_pkey"
                    | "personal_field_pkey"
                    | "content_pkey"
            )
        ),
        _ => false,
    }
}

/// Microseconds since 1970 UTC of a database time.
#[must_use]
pub(crate) fn micros(at: time::OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

/// The database time of microseconds since 1970 UTC.
#[must_use]
pub(crate) fn moment(micros: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}
