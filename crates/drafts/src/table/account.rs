//! Who is signed in where.

use crate::{Micros, StudioError, store::Db, table::setting};
use dramatis_api::account::WhoAmI;

/// The place that stands for this computer's own inventory.
pub(crate) const THIS_COMPUTER: &str = "this_computer";

/// An account of an inventory, as its answer to *who am I* named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) place: String,
    pub(crate) inventory: String,
    pub(crate) epoch: i64,
    pub(crate) inventory_name: String,
    pub(crate) tenant: String,
    pub(crate) tenant_name: String,
    pub(crate) id: String,
    pub(crate) handle: String,
    pub(crate) name: String,
    pub(crate) token_prefix: String,
    pub(crate) rule_set: String,
    pub(crate) signed_in: i64,
}

impl Account {
    pub(crate) fn of(place: &str, who: &WhoAmI) -> Self {
        Self {
            place: place.to_owned(),
            inventory: who.inventory.id.to_string(),
            epoch: i64::from(who.inventory.epoch),
            inventory_name: who.inventory.name.clone(),
            tenant: who.tenant.id.to_string(),
            tenant_name: who.tenant.name.clone(),
            id: who.account.id.to_string(),
            handle: who.account.handle.clone(),
            name: who.account.name.clone(),
            token_prefix: who.token.prefix.clone(),
            rule_set: who.rule_set.clone(),
            signed_in: 1,
        }
    }
}

/// The place that is chosen in the settings.
pub(crate) async fn chosen_place(db: &mut Db) -> Result<String, StudioError> {
    let url = setting::get(db, setting::INVENTORY_URL).await?;
    Ok(url.map_or_else(
        || THIS_COMPUTER.to_owned(),
        |url| url.trim_end_matches('/').to_owned(),
    ))
}

/// The account of a place, signed in or not.
pub(crate) async fn get(db: &mut Db, place: &str) -> Result<Option<Account>, StudioError> {
    Ok(sqlx::query_as!(
        Account,
        "SELECT place, inventory, epoch, inventory_name, tenant, tenant_name, id, handle, name, token_prefix, rule_set, signed_in
         FROM account WHERE place = ?",
        place
    )
    .fetch_optional(db)
    .await?)
}

pub(crate) async fn put(db: &mut Db, account: &Account, now: Micros) -> Result<(), StudioError> {
    sqlx::query!(
        "INSERT INTO account (place, inventory, epoch, inventory_name, tenant, tenant_name, id, handle, name, token_prefix, rule_set, seen_at, signed_in)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (place) DO UPDATE SET inventory = excluded.inventory, epoch = excluded.epoch,
            inventory_name = excluded.inventory_name, tenant = excluded.tenant, tenant_name = excluded.tenant_name,
            id = excluded.id, handle = excluded.handle, name = excluded.name, token_prefix = excluded.token_prefix,
            rule_set = excluded.rule_set, seen_at = excluded.seen_at, signed_in = excluded.signed_in",
        account.place,
        account.inventory,
        account.epoch,
        account.inventory_name,
        account.tenant,
        account.tenant_name,
        account.id,
        account.handle,
        account.name,
        account.token_prefix,
        account.rule_set,
        now,
        account.signed_in,
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(crate) async fn sign_out(db: &mut Db, place: &str) -> Result<(), StudioError> {
    sqlx::query!("UPDATE account SET signed_in = 0 WHERE place = ?", place)
        .execute(db)
        .await?;
    Ok(())
}
