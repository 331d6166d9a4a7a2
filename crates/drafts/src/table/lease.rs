//! Who sends: one process at a time.

use crate::{Micros, StudioError, store::Db};

/// Takes or renews the lease, and gives its fence: a new one where somebody
/// else held it last, so that whatever he still has under way is refused.
/// Only for the process that holds the sender's lock.
pub(crate) async fn take(
    db: &mut Db,
    name: &str,
    holder: &str,
    now: Micros,
    until: Micros,
) -> Result<i64, StudioError> {
    Ok(sqlx::query_scalar!(
        r#"INSERT INTO lease (name, holder, fence, until_us) VALUES (?1, ?2, 1, ?4)
         ON CONFLICT (name) DO UPDATE SET
            fence = CASE WHEN holder = excluded.holder AND until_us > ?3 THEN fence ELSE fence + 1 END,
            holder = excluded.holder, until_us = excluded.until_us
         RETURNING fence AS "fence!: i64""#,
        name,
        holder,
        now,
        until
    )
    .fetch_one(db)
    .await?)
}

/// Whether the lease is still held under this fence.
pub(crate) async fn holds(
    db: &mut Db,
    name: &str,
    holder: &str,
    fence: i64,
    now: Micros,
) -> Result<bool, StudioError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM lease WHERE name = ? AND holder = ? AND fence = ? AND until_us > ?) AS "holds!: bool""#,
        name,
        holder,
        fence,
        now
    )
    .fetch_one(db)
    .await?)
}

/// Gives the lease back, so that the next one need not wait for its end.
pub(crate) async fn give_back(
    db: &mut Db,
    name: &str,
    holder: &str,
    fence: i64,
) -> Result<(), StudioError> {
    sqlx::query!(
        "UPDATE lease SET until_us = 0 WHERE name = ? AND holder = ? AND fence = ?",
        name,
        holder,
        fence
    )
    .execute(db)
    .await?;
    Ok(())
}
