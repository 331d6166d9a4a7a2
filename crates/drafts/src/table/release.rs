//! Releases and channels as the inventory showed them last.

use crate::{Micros, StudioError, store::Db};

#[derive(Clone, Debug)]
pub(crate) struct Release {
    pub(crate) item: String,
    pub(crate) id: String,
    pub(crate) number: i64,
    pub(crate) state: String,
    pub(crate) manifest: String,
    pub(crate) manifest_sha256: String,
    pub(crate) parent: Option<String>,
    /// The digest of its card, 64 hex digits.
    pub(crate) card: String,
    /// The digest of its portrait, 64 hex digits.
    pub(crate) portrait: Option<String>,
    pub(crate) notes: Option<String>,
    /// JSON of [`dramatis_api::item::Notice`].
    pub(crate) notice: Option<String>,
    pub(crate) created_at: String,
    pub(crate) checked_at: Micros,
    pub(crate) fault: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) name: String,
    pub(crate) release: String,
    pub(crate) number: i64,
}

/// Releases of an item, oldest first.
pub(crate) async fn list(db: &mut Db, item: &str) -> Result<Vec<Release>, StudioError> {
    Ok(sqlx::query_as!(
        Release,
        "SELECT item, id, number, state, manifest, manifest_sha256, parent, card, portrait, notes, notice, created_at, checked_at, fault
         FROM release WHERE item = ? ORDER BY number",
        item
    )
    .fetch_all(db)
    .await?)
}

pub(crate) async fn get(db: &mut Db, item: &str, id: &str) -> Result<Option<Release>, StudioError> {
    Ok(sqlx::query_as!(
        Release,
        "SELECT item, id, number, state, manifest, manifest_sha256, parent, card, portrait, notes, notice, created_at, checked_at, fault
         FROM release WHERE item = ? AND id = ?",
        item,
        id
    )
    .fetch_optional(db)
    .await?)
}

/// The newest release that is not rejected or withdrawn: what a next one follows.
pub(crate) async fn newest(db: &mut Db, item: &str) -> Result<Option<Release>, StudioError> {
    Ok(sqlx::query_as!(
        Release,
        "SELECT item, id, number, state, manifest, manifest_sha256, parent, card, portrait, notes, notice, created_at, checked_at, fault
         FROM release WHERE item = ? AND state NOT IN ('rejected', 'withdrawn') ORDER BY number DESC LIMIT 1",
        item
    )
    .fetch_optional(db)
    .await?)
}

/// Writes a release. What can change is replaced, what cannot is kept as it
/// was seen first; the caller has compared it. A fault stays until a whole
/// verification takes it back.
pub(crate) async fn put(db: &mut Db, release: &Release) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO release (item, id, number, state, manifest, manifest_sha256, parent, card, portrait, notes, notice, created_at, checked_at, fault)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (item, id) DO UPDATE SET state = excluded.state, notes = excluded.notes, notice = excluded.notice,
            checked_at = excluded.checked_at, fault = coalesce(excluded.fault, fault)",
        release.item,
        release.id,
        release.number,
        release.state,
        release.manifest,
        release.manifest_sha256,
        release.parent,
        release.card,
        release.portrait,
        release.notes,
        release.notice,
        release.created_at,
        release.checked_at,
        release.fault,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn mark(
    db: &mut Db,
    item: &str,
    id: &str,
    checked_at: Micros,
    fault: Option<&str>,
) -> Result<(), StudioError> {
    sqlx::query!(
        "UPDATE release SET checked_at = ?, fault = ? WHERE item = ? AND id = ?",
        checked_at,
        fault,
        item,
        id
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn channels(db: &mut Db, item: &str) -> Result<Vec<Channel>, StudioError> {
    Ok(sqlx::query_as!(
        Channel,
        "SELECT name, release, number FROM channel WHERE item = ? ORDER BY name",
        item
    )
    .fetch_all(db)
    .await?)
}

pub(crate) async fn set_channels(
    db: &mut Db,
    item: &str,
    channels: &[Channel],
) -> Result<(), StudioError> {
    sqlx::query!("DELETE FROM channel WHERE item = ?", item)
        .execute(&mut *db)
        .await?;
    for channel in channels {
        sqlx::query!(
            "INSERT INTO channel (item, name, release, number) VALUES (?, ?, ?, ?)",
            item,
            channel.name,
            channel.release,
            channel.number
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}
