//! This inventory: its id and epoch.

use dramatis_domain::InventoryId;
use sqlx::{PgConnection, PgPool};

/// Which inventory this is, and how often it was restored from a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Never changes.
    pub id: InventoryId,
    /// Raised by every restore.
    pub epoch: i32,
    /// Whether the database stands elsewhere than where it was last known: it
    /// was restored from a dump, and nobody has said so yet.
    pub elsewhere: bool,
}

/// Reads it.
pub(crate) async fn load(db: &PgPool) -> Result<Identity, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT inventory_id, epoch, coalesce(home <> inventory_home(), false) AS "elsewhere!" FROM inventory_identity"#
    )
    .fetch_one(db)
    .await?;
    Ok(Identity {
        id: InventoryId(row.inventory_id),
        epoch: row.epoch,
        elsewhere: row.elsewhere,
    })
}

/// Remembers where the database stands, where that is not known yet. `db`
/// belongs to an administrator.
pub(crate) async fn settle(db: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!("UPDATE inventory_identity SET home = inventory_home() WHERE home IS NULL")
        .execute(db)
        .await?;
    Ok(())
}

/// Raises the epoch and remembers where the database stands now. `db` acts as
/// the owner.
pub(crate) async fn raise(db: &mut PgConnection) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE inventory_identity SET epoch = epoch + 1, home = inventory_home() RETURNING epoch"
    )
    .fetch_one(db)
    .await
}
