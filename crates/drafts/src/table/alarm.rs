//! History that did not continue what was seen before.

use crate::{Micros, StudioError, store::Db};

pub(crate) struct Alarm {
    pub(crate) item: String,
    pub(crate) character_name: String,
    pub(crate) message: String,
    pub(crate) raised_at: Micros,
}

/// Raises an alarm, unless the very same one stands already. `by_verify`: a
/// whole verification found it.
pub(crate) async fn raise(
    db: &mut Db,
    item: &str,
    message: &str,
    theirs: &str,
    by_verify: bool,
    now: Micros,
) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO alarm (item, raised_at, message, theirs, by_verify)
         SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS
            (SELECT 1 FROM alarm WHERE item = ?1 AND message = ?3 AND theirs = ?4 AND by_verify = ?5 AND cleared_at IS NULL)",
        item,
        now,
        message,
        theirs,
        by_verify
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Ends an item's alarms: the inventory shows again what was seen before. The
/// rows stay. What a whole verification found, only another one ends.
pub(crate) async fn clear(
    db: &mut Db,
    item: &str,
    by_verify: bool,
    now: Micros,
) -> Result<u64, StudioError> {
    let cleared = sqlx::query!(
        "UPDATE alarm SET cleared_at = ? WHERE item = ? AND by_verify <= ? AND cleared_at IS NULL",
        now,
        item,
        by_verify
    )
    .execute(db)
    .await?;
    Ok(cleared.rows_affected())
}

/// Alarms that stand, the newest first.
pub(crate) async fn standing(db: &mut Db) -> Result<Vec<Alarm>, StudioError> {
    Ok(sqlx::query_as!(
        Alarm,
        "SELECT alarm.item, draft.name AS character_name, alarm.message, alarm.raised_at
         FROM alarm JOIN item ON item.id = alarm.item JOIN draft ON draft.character = item.character
         WHERE alarm.cleared_at IS NULL ORDER BY alarm.id DESC"
    )
    .fetch_all(db)
    .await?)
}
