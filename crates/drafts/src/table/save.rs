//! A keystroke's save: everything it writes, in one statement and therefore in
//! one transaction and one trip to SQLite's thread.

use crate::{
    StudioError,
    table::{draft::Draft, edit::Edit},
};
use sqlx::SqlitePool;

/// Writes a draft's next revision with its entry of the journal; `goes_on`
/// says that the entry is the last one. Says no, and writes nothing, where the
/// draft is not at the revision before it.
pub(crate) async fn next(
    pool: &SqlitePool,
    draft: &Draft,
    edit: &Edit,
    goes_on: bool,
) -> Result<bool, StudioError> {
    let on_revision = draft.revision - 1;
    let written = sqlx::query!(
        "INSERT INTO save (character, on_revision, field, document, sha256, name, tags, excerpt, saved_at,
             seq, goes_on, at, removed, inserted, origin, began_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        draft.character,
        on_revision,
        edit.field,
        draft.document,
        draft.sha256,
        draft.name,
        draft.tags,
        draft.excerpt,
        draft.saved_at,
        edit.seq,
        goes_on,
        edit.at,
        edit.removed,
        edit.inserted,
        edit.origin,
        edit.began_at,
    )
    .execute(pool)
    .await;
    match written {
        Ok(_) => Ok(true),
        Err(error) if is_stale(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// SQLITE_CONSTRAINT_TRIGGER (sqlite.org/rescode.html), raised by `save_writes`.
fn is_stale(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|database| database.code().as_deref() == Some("1811"))
}
