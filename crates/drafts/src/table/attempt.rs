//! Every time something was put on the wire for an entry.

use crate::{Micros, StudioError, store::Db};

pub(crate) async fn begin(
    db: &mut Db,
    key: &str,
    fence: i64,
    what: &str,
    now: Micros,
) -> Result<i64, StudioError> {
    let row = sqlx::query!(
        "INSERT INTO attempt (key, fence, what, started_at) VALUES (?, ?, ?, ?)",
        key,
        fence,
        what,
        now
    )
    .execute(db)
    .await?;
    Ok(row.last_insert_rowid())
}

pub(crate) async fn end(
    db: &mut Db,
    id: i64,
    result: &str,
    now: Micros,
) -> Result<(), StudioError> {
    sqlx::query!(
        "UPDATE attempt SET ended_at = ?, result = ? WHERE id = ?",
        now,
        result,
        id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// How often something went on the wire for an entry and brought it no further.
pub(crate) async fn failures(db: &mut Db, key: &str) -> Result<i64, StudioError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!: i64" FROM attempt WHERE key = ? AND result IS NOT 'uploaded'"#,
        key
    )
    .fetch_one(db)
    .await?)
}
