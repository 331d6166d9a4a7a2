//! Characters as an account of an inventory releases them.

use super::account::Account;
use crate::{Micros, StudioError, store::Db};

#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) character: String,
    pub(crate) tenant: String,
    pub(crate) creator: String,
    /// The slug that is frozen or released; none before.
    pub(crate) slug: Option<String>,
    pub(crate) base_release: Option<String>,
    pub(crate) base_manifest: Option<String>,
    pub(crate) base_card: Option<String>,
    pub(crate) base_portrait: Option<String>,
    pub(crate) pinned_seq: i64,
    pub(crate) pinned_hash: Option<String>,
    pub(crate) pinned_us: Option<i64>,
    pub(crate) fetched_at: Option<Micros>,
    pub(crate) verified_at: Option<Micros>,
}

/// What a draft was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) release: Option<String>,
    pub(crate) manifest: Option<String>,
    pub(crate) card: Option<String>,
    pub(crate) portrait: Option<String>,
}

macro_rules! select {
    ($rest:literal, $($argument:expr),*) => {
        sqlx::query_as!(
            Item,
            "SELECT id, character, tenant, creator, slug, base_release, base_manifest, base_card, base_portrait,
                pinned_seq, pinned_hash, pinned_us, fetched_at, verified_at FROM item WHERE " + $rest,
            $($argument),*
        )
    };
}

pub(crate) async fn get(db: &mut Db, id: &str) -> Result<Option<Item>, StudioError> {
    Ok(select!("id = ?", id).fetch_optional(db).await?)
}

/// The character as the given account releases it.
pub(crate) async fn of(
    db: &mut Db,
    character: &str,
    account: &Account,
) -> Result<Option<Item>, StudioError> {
    Ok(select!(
        "character = ? AND inventory = ? AND tenant = ? AND account = ?",
        character,
        account.inventory,
        account.tenant,
        account.id
    )
    .fetch_optional(db)
    .await?)
}

pub(crate) async fn list(db: &mut Db, account: &Account) -> Result<Vec<Item>, StudioError> {
    Ok(select!(
        "inventory = ? AND tenant = ? AND account = ? ORDER BY id",
        account.inventory,
        account.tenant,
        account.id
    )
    .fetch_all(db)
    .await?)
}

pub(crate) async fn add(
    db: &mut Db,
    id: &str,
    character: &str,
    account: &Account,
) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO item (id, character, inventory, tenant, account, creator) VALUES (?, ?, ?, ?, ?, ?)",
        id,
        character,
        account.inventory,
        account.tenant,
        account.id,
        account.handle
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn set_base(db: &mut Db, id: &str, base: &Base) -> Result<(), StudioError> {
    sqlx::query!(
        "UPDATE item SET base_release = ?, base_manifest = ?, base_card = ?, base_portrait = ? WHERE id = ?",
        base.release,
        base.manifest,
        base.card,
        base.portrait,
        id
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn set_slug(db: &mut Db, id: &str, slug: Option<&str>) -> Result<(), StudioError> {
    sqlx::query!("UPDATE item SET slug = ? WHERE id = ?", slug, id)
        .execute(db)
        .await?;
    Ok(())
}

/// Whether any inventory has, or is about to have, this character's slug.
pub(crate) async fn has_slug(db: &mut Db, character: &str) -> Result<bool, StudioError> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT 1 FROM item WHERE character = ? AND slug IS NOT NULL) AS "found!: bool""#,
        character
    )
    .fetch_one(db)
    .await?;
    Ok(found)
}

pub(crate) async fn pin(
    db: &mut Db,
    id: &str,
    seq: i64,
    hash: &str,
    time_us: i64,
) -> Result<(), StudioError> {
    sqlx::query!(
        "UPDATE item SET pinned_seq = ?, pinned_hash = ?, pinned_us = ? WHERE id = ?",
        seq,
        hash,
        time_us,
        id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Remembers under which names the inventory knows it, and when it was asked.
pub(crate) async fn set_names(
    db: &mut Db,
    id: &str,
    creator: &str,
    slug: &str,
    fetched_at: Option<Micros>,
) -> Result<(), StudioError> {
    sqlx::query!(
        "UPDATE item SET creator = ?, slug = ?, fetched_at = ? WHERE id = ?",
        creator,
        slug,
        fetched_at,
        id
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Remembers that the whole history was recomputed and held.
pub(crate) async fn set_verified(db: &mut Db, id: &str, now: Micros) -> Result<(), StudioError> {
    sqlx::query!("UPDATE item SET verified_at = ? WHERE id = ?", now, id)
        .execute(db)
        .await?;
    Ok(())
}
