//! Bytes by their SHA-256.

use crate::{Micros, StudioError, store::Db};
use dramatis_domain::Digest;

/// A PNG picture.
pub(crate) const PNG: &str = "image/png";
/// A card document, or any other JSON.
pub(crate) const JSON: &str = "application/json";

/// Keeps bytes; gives their digest. Bytes that are here already stay as they are.
pub(crate) async fn put(
    db: &mut Db,
    bytes: &[u8],
    media_type: &str,
    now: Micros,
) -> Result<String, StudioError> {
    let sha256 = Digest::of(bytes).hex();
    put_as(db, &sha256, bytes, media_type, now).await?;
    Ok(sha256)
}

/// The same where the digest is known.
pub(crate) async fn put_as(
    db: &mut Db,
    sha256: &str,
    bytes: &[u8],
    media_type: &str,
    now: Micros,
) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO blob (sha256, media_type, bytes, added_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        sha256,
        media_type,
        bytes,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn get(db: &mut Db, sha256: &str) -> Result<Option<Vec<u8>>, StudioError> {
    Ok(
        sqlx::query_scalar!("SELECT bytes FROM blob WHERE sha256 = ?", sha256)
            .fetch_optional(db)
            .await?,
    )
}

/// Bytes of one media type.
pub(crate) async fn get_as(
    db: &mut Db,
    sha256: &str,
    media_type: &str,
) -> Result<Option<Vec<u8>>, StudioError> {
    Ok(sqlx::query_scalar!(
        "SELECT bytes FROM blob WHERE sha256 = ? AND media_type = ?",
        sha256,
        media_type
    )
    .fetch_optional(db)
    .await?)
}

pub(crate) async fn text(db: &mut Db, sha256: &str) -> Result<Option<String>, StudioError> {
    get(db, sha256)
        .await?
        .map(|bytes| {
            String::from_utf8(bytes).map_err(|_| StudioError::Unreadable { what: "a card" })
        })
        .transpose()
}

/// How long the bytes are, where they are here.
pub(crate) async fn size(db: &mut Db, sha256: &str) -> Result<Option<i64>, StudioError> {
    Ok(sqlx::query_scalar!(
        r#"SELECT length(bytes) AS "size!: i64" FROM blob WHERE sha256 = ?"#,
        sha256
    )
    .fetch_optional(db)
    .await?)
}
