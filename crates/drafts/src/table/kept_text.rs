//! Texts that were refused as a conflict.

use crate::{Micros, StudioError, store::Db};

/// The most that is kept for one character; the oldest goes first.
const KEPT: i64 = 50;

pub(crate) async fn add(
    db: &mut Db,
    character: &str,
    field: &str,
    revision: i64,
    text: &str,
    now: Micros,
) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO kept_text (character, field, revision, text, kept_at) VALUES (?, ?, ?, ?, ?)",
        character,
        field,
        revision,
        text,
        now
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "DELETE FROM kept_text WHERE character = ?1 AND id NOT IN
            (SELECT id FROM kept_text WHERE character = ?1 ORDER BY id DESC LIMIT ?2)",
        character,
        KEPT
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Field, text and time of what was kept, the newest first.
pub(crate) async fn list(
    db: &mut Db,
    character: &str,
) -> Result<Vec<(String, String, Micros)>, StudioError> {
    let rows = sqlx::query!(
        "SELECT field, text, kept_at FROM kept_text WHERE character = ? ORDER BY id DESC",
        character
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.field, row.text, row.kept_at))
        .collect())
}
