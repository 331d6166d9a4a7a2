//! Migrations: compiled in, forward only, with their seed data.

use crate::table;
use sqlx::{PgPool, migrate::Migrator};

/// Every migration this program knows.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/inventory");

/// Brings a database up to date. Idempotent. `url` names an administrator of
/// the database: roles are made, and every file acts as `dramatis_owner`.
///
/// # Errors
/// Where the database does not answer or a migration fails; each migration is
/// one transaction, so that nothing half-done stays behind. What lists and
/// search show of older releases is made afterwards, from manifests and cards.
pub async fn migrate(url: &str) -> Result<(), sqlx::migrate::MigrateError> {
    let pool = PgPool::connect(url).await?;
    let done = match MIGRATIONS.run(&pool).await {
        Ok(()) => afterwards(&pool)
            .await
            .map_err(sqlx::migrate::MigrateError::Execute),
        Err(fault) => Err(fault),
    };
    pool.close().await;
    done
}

async fn afterwards(pool: &PgPool) -> Result<(), sqlx::Error> {
    table::identity::settle(pool).await?;
    table::face::make_missing(pool).await
}

/// Whether exactly the migrations compiled in are applied.
///
/// # Errors
/// Where the database does not answer.
pub async fn matches(pool: &PgPool) -> Result<bool, sqlx::Error> {
    let rows =
        sqlx::query!("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(pool)
            .await?;
    Ok(rows.len() == MIGRATIONS.iter().count()
        && MIGRATIONS.iter().zip(rows).all(|(known, row)| {
            row.success && row.version == known.version && row.checksum == *known.checksum
        }))
}
