//! What changed, for the windows of other processes.

use crate::{StudioError, store::Db};

/// Rows that are kept: far more than a window misses between two looks.
const KEPT: i64 = 2_000;

pub(crate) async fn add(db: &mut Db, tags: &[String], origin: &str) -> Result<(), StudioError> {
    let mut last = 0;
    for tag in tags {
        last = sqlx::query!("INSERT INTO news (tag, origin) VALUES (?, ?)", tag, origin)
            .execute(&mut *db)
            .await?
            .last_insert_rowid();
    }
    // Not with every change: trimming costs as much as the news itself.
    if last % 500 == 0 && last > 0 {
        let oldest = last - KEPT;
        sqlx::query!("DELETE FROM news WHERE seq < ?", oldest)
            .execute(db)
            .await?;
    }
    Ok(())
}

pub(crate) async fn newest(db: &mut Db) -> Result<i64, StudioError> {
    Ok(
        sqlx::query_scalar!(r#"SELECT coalesce(max(seq), 0) AS "seq!: i64" FROM news"#)
            .fetch_one(db)
            .await?,
    )
}

/// Tags that other processes wrote after `seq`.
pub(crate) async fn of_others(
    db: &mut Db,
    seq: i64,
    origin: &str,
) -> Result<Vec<String>, StudioError> {
    Ok(sqlx::query_scalar!(
        "SELECT DISTINCT tag FROM news WHERE seq > ? AND origin <> ?",
        seq,
        origin
    )
    .fetch_all(db)
    .await?)
}
