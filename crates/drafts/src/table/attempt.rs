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
