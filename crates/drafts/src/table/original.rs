//! The files characters were imported from.

use crate::{Micros, StudioError, store::Db};

pub(crate) struct Original {
    pub(crate) file_name: String,
    pub(crate) container: String,
    /// The digest of the file.
    pub(crate) file: String,
    /// The picture that makes the file with the piece put in; the file is kept
    /// whole where there is none.
    pub(crate) picture: Option<String>,
    pub(crate) piece_at: Option<i64>,
    pub(crate) piece: Option<Vec<u8>>,
    pub(crate) document: String,
    /// A JSON list of [`crate::view::Repair`].
    pub(crate) repairs: String,
    pub(crate) imported_at: Micros,
}

pub(crate) async fn add(
    db: &mut Db,
    character: &str,
    original: &Original,
) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO original (character, file_name, container, file, picture, piece_at, piece, document, repairs, imported_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        character,
        original.file_name,
        original.container,
        original.file,
        original.picture,
        original.piece_at,
        original.piece,
        original.document,
        original.repairs,
        original.imported_at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The file that came last.
pub(crate) async fn latest(db: &mut Db, character: &str) -> Result<Option<Original>, StudioError> {
    Ok(sqlx::query_as!(
        Original,
        "SELECT file_name, container, file, picture, piece_at, piece, document, repairs, imported_at FROM original
         WHERE character = ? ORDER BY id DESC LIMIT 1",
        character
    )
    .fetch_optional(db)
    .await?)
}
