//! This installation.

use crate::{StudioError, store::Db};

pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
}

pub(crate) async fn get(db: &mut Db) -> Result<Option<Device>, StudioError> {
    Ok(
        sqlx::query_as!(Device, "SELECT id, name FROM device WHERE one = 1")
            .fetch_optional(db)
            .await?,
    )
}

/// Two processes may make it at once: the first one stands.
pub(crate) async fn make(db: &mut Db, id: &str, name: &str) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO device (one, id, name) VALUES (1, ?, ?) ON CONFLICT DO NOTHING",
        id,
        name
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn rename(db: &mut Db, name: &str) -> Result<(), StudioError> {
    sqlx::query!("UPDATE device SET name = ? WHERE one = 1", name)
        .execute(db)
        .await?;
    Ok(())
}
