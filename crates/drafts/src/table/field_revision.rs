//! The revision that last touched each field.

use crate::{StudioError, store::Db};

pub(crate) async fn get(db: &mut Db, character: &str, field: &str) -> Result<i64, StudioError> {
    let revision = sqlx::query_scalar!(
        "SELECT revision FROM field_revision WHERE character = ? AND field = ?",
        character,
        field
    )
    .fetch_optional(db)
    .await?;
    Ok(revision.unwrap_or(0))
}

pub(crate) async fn set(
    db: &mut Db,
    character: &str,
    field: &str,
    revision: i64,
) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO field_revision (character, field, revision) VALUES (?, ?, ?)
         ON CONFLICT (character, field) DO UPDATE SET revision = excluded.revision",
        character,
        field,
        revision
    )
    .execute(db)
    .await?;
    Ok(())
}
