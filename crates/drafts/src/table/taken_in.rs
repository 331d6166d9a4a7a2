//! Newer releases that were taken in to drafts.

use super::item::Base;
use crate::{Micros, StudioError, store::Db};

/// A merge, as it is remembered.
#[derive(Clone, Debug)]
pub(crate) struct TakenIn {
    pub(crate) id: i64,
    pub(crate) item: String,
    /// The release that was taken in.
    pub(crate) release: String,
    pub(crate) before_release: Option<String>,
    pub(crate) before_manifest: Option<String>,
    pub(crate) before_card: Option<String>,
    pub(crate) before_portrait: Option<String>,
}

impl TakenIn {
    /// What the draft was made from before it.
    pub(crate) fn before(&self) -> Base {
        Base {
            release: self.before_release.clone(),
            manifest: self.before_manifest.clone(),
            card: self.before_card.clone(),
            portrait: self.before_portrait.clone(),
        }
    }
}

/// A merge about to be remembered.
pub(crate) struct New<'a> {
    pub(crate) character: &'a str,
    pub(crate) item: &'a str,
    pub(crate) release: &'a str,
    pub(crate) number: i64,
    pub(crate) before: &'a Base,
    /// Number and beginning of the edit that made it.
    pub(crate) edit: (i64, Micros),
    pub(crate) at: Micros,
}

/// Remembers a merge; gives its id.
pub(crate) async fn add(db: &mut Db, new: &New<'_>) -> Result<i64, StudioError> {
    let (seq, began) = new.edit;
    let row = sqlx::query!(
        "INSERT INTO taken_in (character, item, release, number, before_release, before_manifest, before_card, before_portrait,
            edit_seq, edit_at, taken_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        new.character,
        new.item,
        new.release,
        new.number,
        new.before.release,
        new.before.manifest,
        new.before.card,
        new.before.portrait,
        seq,
        began,
        new.at,
    )
    .execute(db)
    .await?;
    Ok(row.last_insert_rowid())
}

/// The merge that an edit of the journal made, where it made one.
pub(crate) async fn by_edit(
    db: &mut Db,
    character: &str,
    seq: i64,
    began: Micros,
) -> Result<Option<TakenIn>, StudioError> {
    Ok(sqlx::query_as!(
        TakenIn,
        "SELECT id, item, release, before_release, before_manifest, before_card, before_portrait
         FROM taken_in WHERE character = ? AND edit_seq = ? AND edit_at = ?",
        character,
        seq,
        began
    )
    .fetch_optional(db)
    .await?)
}

pub(crate) async fn set_undone(db: &mut Db, id: i64, undone: bool) -> Result<(), StudioError> {
    sqlx::query!("UPDATE taken_in SET undone = ? WHERE id = ?", undone, id)
        .execute(db)
        .await?;
    Ok(())
}
