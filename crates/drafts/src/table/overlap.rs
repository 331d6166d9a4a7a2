//! Fields that both sides had changed when a release was taken in.

use crate::{Micros, StudioError, store::Db};

/// A field with both texts.
#[derive(Clone, Debug)]
pub(crate) struct Overlap {
    pub(crate) id: i64,
    pub(crate) path: String,
    pub(crate) label: String,
    pub(crate) mine: String,
    pub(crate) theirs: String,
    /// The release that was taken in, and its number.
    pub(crate) release: String,
    pub(crate) number: i64,
}

pub(crate) async fn add(
    db: &mut Db,
    taken_in: i64,
    path: &str,
    label: &str,
    mine: &str,
    theirs: &str,
) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO overlap (taken_in, path, label, mine, theirs) VALUES (?, ?, ?, ?, ?)",
        taken_in,
        path,
        label,
        mine,
        theirs
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Those of a character that nobody has decided yet, as the account sees it,
/// without those of merges that were taken back.
pub(crate) async fn open_of(
    db: &mut Db,
    character: &str,
    item: &str,
) -> Result<Vec<Overlap>, StudioError> {
    Ok(sqlx::query_as!(
        Overlap,
        "SELECT overlap.id, path, label, mine, theirs, release, number
         FROM overlap JOIN taken_in ON taken_in.id = overlap.taken_in
         WHERE character = ? AND item = ? AND undone = 0 AND settled_at IS NULL ORDER BY overlap.id",
        character,
        item
    )
    .fetch_all(db)
    .await?)
}

/// Remembers which side stands.
pub(crate) async fn settle(
    db: &mut Db,
    id: i64,
    choice: &str,
    now: Micros,
) -> Result<(), StudioError> {
    sqlx::query!(
        "UPDATE overlap SET settled_at = ?, choice = ? WHERE id = ?",
        now,
        choice,
        id
    )
    .execute(db)
    .await?;
    Ok(())
}
