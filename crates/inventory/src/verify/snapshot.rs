//! One moment of the database, read by several connections at once: whatever
//! commits meanwhile, all of them see the same rows.

use crate::db::{Database, DbRole, Tx};
use sqlx::AssertSqlSafe;
use std::sync::{Arc, Mutex, PoisonError};

/// Statements here are short or walk an index: compiling one takes longer than
/// running it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL jit = off; \
     SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";

/// The moment, for as long as its first transaction lives.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    db: Database,
    /// By Postgres: letters, digits and hyphens.
    id: String,
    /// Transactions of this moment that nobody uses just now.
    idle: Arc<Mutex<Vec<Tx>>>,
}

impl Snapshot {
    /// Fixes the moment for so many readers; answers its first transaction with it.
    pub(super) async fn take(url: &str, readers: usize) -> Result<(Self, Tx), sqlx::Error> {
        let connections = u32::try_from(readers).unwrap_or(1).saturating_add(1);
        let db = Database::open(url, DbRole::Auditor, connections)?;
        let mut tx = db.pool().begin_with(BEGIN).await?;
        let id = sqlx::query_scalar!(r#"SELECT pg_export_snapshot() AS "id!""#)
            .fetch_one(&mut *tx)
            .await?;
        let idle = Arc::default();
        Ok((Self { db, id, idle }, tx))
    }

    /// A transaction that sees this moment.
    pub(super) async fn reader(&self) -> Result<Tx, sqlx::Error> {
        let idle = self.lock().pop();
        match idle {
            Some(tx) => Ok(tx),
            None => {
                let begin = format!("{BEGIN}; SET TRANSACTION SNAPSHOT '{}'", self.id);
                self.db.pool().begin_with(AssertSqlSafe(begin)).await
            }
        }
    }

    /// Keeps a reader for the next one who asks.
    pub(super) fn done_with(&self, tx: Tx) {
        self.lock().push(tx);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Tx>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
