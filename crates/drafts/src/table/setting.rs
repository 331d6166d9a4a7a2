//! Settings by name.

use crate::{StudioError, store::Db};

/// The address of a shared inventory; no row: this computer's own.
pub(crate) const INVENTORY_URL: &str = "inventory_url";

pub(crate) async fn get(db: &mut Db, name: &str) -> Result<Option<String>, StudioError> {
    Ok(
        sqlx::query_scalar!("SELECT value FROM setting WHERE name = ?", name)
            .fetch_optional(db)
            .await?,
    )
}

pub(crate) async fn set(db: &mut Db, name: &str, value: Option<&str>) -> Result<(), StudioError> {
    match value {
        Some(value) => {
            sqlx::query!(
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                name,
                value
            )
            .execute(db)
            .await?;
        }
        None => {
            sqlx::query!("DELETE FROM setting WHERE name = ?", name)
                .execute(db)
                .await?;
        }
    }
    Ok(())
}
