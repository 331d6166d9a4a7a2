//! This inventory: its id and epoch.

use dramatis_domain::InventoryId;
use sqlx::PgPool;

/// Which inventory this is, and how often it was restored from a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Never changes.
    pub id: InventoryId,
    /// Raised by every restore.
    pub epoch: i32,
}

/// Reads it.
pub(crate) async fn load(db: &PgPool) -> Result<Identity, sqlx::Error> {
    let row = sqlx::query!("SELECT inventory_id, epoch FROM inventory_identity")
        .fetch_one(db)
        .await?;
    Ok(Identity {
        id: InventoryId(row.inventory_id),
        epoch: row.epoch,
    })
}
