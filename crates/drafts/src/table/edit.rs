//! The journal of edits.

use crate::{Micros, StudioError, store::Db};

/// What one undo takes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) character: String,
    pub(crate) seq: i64,
    pub(crate) field: String,
    /// The byte of the document at which something was replaced.
    pub(crate) at: i64,
    pub(crate) removed: String,
    pub(crate) inserted: String,
    pub(crate) portrait_change: i64,
    pub(crate) portrait_before: Option<String>,
    pub(crate) portrait_after: Option<String>,
    pub(crate) origin: String,
    pub(crate) began_at: Micros,
    pub(crate) ended_at: Micros,
}

pub(crate) async fn get(
    db: &mut Db,
    character: &str,
    seq: i64,
) -> Result<Option<Edit>, StudioError> {
    Ok(sqlx::query_as!(
        Edit,
        "SELECT character, seq, field, at, removed, inserted, portrait_change, portrait_before, portrait_after, origin, began_at, ended_at
         FROM edit WHERE character = ? AND seq = ?",
        character,
        seq
    )
    .fetch_optional(db)
    .await?)
}

/// Whether there is an edit to take back at `seq`, and one to do again after it.
pub(crate) async fn around(
    db: &mut Db,
    character: &str,
    seq: i64,
) -> Result<(bool, bool), StudioError> {
    let row = sqlx::query!(
        r#"SELECT EXISTS (SELECT 1 FROM edit WHERE character = ?1 AND seq = ?2) AS "back!: bool",
            EXISTS (SELECT 1 FROM edit WHERE character = ?1 AND seq = ?2 + 1) AS "again!: bool""#,
        character,
        seq
    )
    .fetch_one(db)
    .await?;
    Ok((row.back, row.again))
}

/// Writes an edit, in place of the one with its number.
pub(crate) async fn put(db: &mut Db, edit: &Edit) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO edit (character, seq, field, at, removed, inserted, portrait_change, portrait_before, portrait_after, origin, began_at, ended_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (character, seq) DO UPDATE SET at = excluded.at, removed = excluded.removed, inserted = excluded.inserted,
            portrait_change = excluded.portrait_change, portrait_before = excluded.portrait_before,
            portrait_after = excluded.portrait_after, ended_at = excluded.ended_at",
        edit.character,
        edit.seq,
        edit.field,
        edit.at,
        edit.removed,
        edit.inserted,
        edit.portrait_change,
        edit.portrait_before,
        edit.portrait_after,
        edit.origin,
        edit.began_at,
        edit.ended_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Drops what was undone: a new edit goes another way.
pub(crate) async fn drop_after(db: &mut Db, character: &str, seq: i64) -> Result<(), StudioError> {
    sqlx::query!(
        "DELETE FROM edit WHERE character = ? AND seq > ?",
        character,
        seq
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Drops the oldest edits, so that the journal stays bounded.
pub(crate) async fn drop_before(db: &mut Db, character: &str, seq: i64) -> Result<(), StudioError> {
    sqlx::query!(
        "DELETE FROM edit WHERE character = ? AND seq < ?",
        character,
        seq
    )
    .execute(db)
    .await?;
    Ok(())
}
