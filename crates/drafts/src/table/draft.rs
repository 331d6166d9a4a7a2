//! Drafts: the mutable workspace of each character.

use crate::{Micros, StudioError, store::Db};

/// A draft as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) character: String,
    pub(crate) revision: i64,
    pub(crate) document: String,
    pub(crate) sha256: String,
    pub(crate) portrait: Option<String>,
    /// The last edit of the journal that is applied; 0 for none.
    pub(crate) undo_seq: i64,
    pub(crate) name: String,
    /// A JSON list.
    pub(crate) tags: String,
    pub(crate) excerpt: String,
    pub(crate) saved_at: Micros,
}

/// A draft in a list, without its document.
pub(crate) struct Listed {
    pub(crate) character: String,
    pub(crate) slug: String,
    pub(crate) sha256: String,
    pub(crate) portrait: Option<String>,
    pub(crate) name: String,
    pub(crate) tags: String,
    pub(crate) excerpt: String,
    pub(crate) saved_at: Micros,
}

pub(crate) async fn get(db: &mut Db, character: &str) -> Result<Draft, StudioError> {
    sqlx::query_as!(
        Draft,
        "SELECT character, revision, document, sha256, portrait, undo_seq, name, tags, excerpt, saved_at
         FROM draft WHERE character = ?",
        character
    )
    .fetch_optional(db)
    .await?
    .ok_or(StudioError::NotFound { what: "character" })
}

pub(crate) async fn put(db: &mut Db, draft: &Draft) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO draft (character, revision, document, sha256, portrait, undo_seq, name, tags, excerpt, saved_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (character) DO UPDATE SET revision = excluded.revision, document = excluded.document,
            sha256 = excluded.sha256, portrait = excluded.portrait, undo_seq = excluded.undo_seq,
            name = excluded.name, tags = excluded.tags, excerpt = excluded.excerpt, saved_at = excluded.saved_at",
        draft.character,
        draft.revision,
        draft.document,
        draft.sha256,
        draft.portrait,
        draft.undo_seq,
        draft.name,
        draft.tags,
        draft.excerpt,
        draft.saved_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn list(db: &mut Db) -> Result<Vec<Listed>, StudioError> {
    Ok(sqlx::query_as!(
        Listed,
        "SELECT draft.character, character.slug, draft.sha256, draft.portrait, draft.name, draft.tags, draft.excerpt, draft.saved_at
         FROM draft JOIN character ON character.id = draft.character
         ORDER BY draft.saved_at DESC, draft.character"
    )
    .fetch_all(db)
    .await?)
}

/// Characters whose draft, or any file they were imported from, is this very
/// document or file.
pub(crate) async fn with_bytes(
    db: &mut Db,
    document: &str,
    file: &str,
) -> Result<Vec<(String, String)>, StudioError> {
    let rows = sqlx::query!(
        "SELECT character, name FROM draft WHERE sha256 = ?1
            OR character IN (SELECT character FROM original WHERE document = ?1 OR file = ?2)
         ORDER BY saved_at DESC LIMIT 20",
        document,
        file
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.character, row.name))
        .collect())
}

pub(crate) async fn with_name(
    db: &mut Db,
    name: &str,
) -> Result<Vec<(String, String)>, StudioError> {
    let rows = sqlx::query!(
        "SELECT character, name FROM draft WHERE name = ? ORDER BY saved_at DESC LIMIT 20",
        name
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.character, row.name))
        .collect())
}
