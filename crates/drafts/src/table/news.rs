//! What changed, for the windows of other processes. A trigger trims it.

use crate::{StudioError, store::Db};

pub(crate) async fn add(db: &mut Db, tags: &[String], origin: &str) -> Result<(), StudioError> {
    for tag in tags {
        sqlx::query!("INSERT INTO news (tag, origin) VALUES (?, ?)", tag, origin)
            .execute(&mut *db)
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
