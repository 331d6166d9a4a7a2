//! Characters on this device.

use crate::{Micros, StudioError, store::Db};

pub(crate) async fn add(db: &mut Db, id: &str, slug: &str, now: Micros) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO character (id, slug, created_at) VALUES (?, ?, ?)",
        id,
        slug,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Another character with that slug.
pub(crate) async fn with_slug(
    db: &mut Db,
    slug: &str,
    but: &str,
) -> Result<Option<String>, StudioError> {
    Ok(sqlx::query_scalar!(
        "SELECT id FROM character WHERE slug = ? AND id <> ? LIMIT 1",
        slug,
        but
    )
    .fetch_optional(db)
    .await?)
}

pub(crate) async fn slug(db: &mut Db, id: &str) -> Result<String, StudioError> {
    sqlx::query_scalar!("SELECT slug FROM character WHERE id = ?", id)
        .fetch_optional(db)
        .await?
        .ok_or(StudioError::NotFound { what: "character" })
}

pub(crate) async fn set_slug(db: &mut Db, id: &str, slug: &str) -> Result<(), StudioError> {
    sqlx::query!("UPDATE character SET slug = ? WHERE id = ?", slug, id)
        .execute(db)
        .await?;
    Ok(())
}
