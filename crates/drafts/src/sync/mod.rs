//! What the inventory says happened, checked against what was seen before
//! (inventory.md, Audit).
//!
//! `check` recomputes without I/O, `fetch` asks, `refresh` writes what held and
//! raises an alarm where something did not; `verify` does all of it from the
//! first event.

mod check;
mod fetch;
mod refresh;
mod verify;

pub(crate) use fetch::{Checked, card_text, picture, version};
pub(crate) use refresh::refresh_item;
pub(crate) use verify::verify;

use crate::{
    Micros, StudioError,
    store::Db,
    table::{self, release::Release},
};
use dramatis_api::item;
use dramatis_domain::Manifest;

/// A release as it is cached.
pub(crate) fn release_row(item: &str, release: &item::Release, now: Micros) -> Release {
    let manifest = Manifest::parse_canonical(release.manifest.as_bytes());
    let portrait = manifest.as_ref().ok().and_then(|manifest| {
        manifest
            .assets
            .iter()
            .find(|asset| asset.role == "portrait")
            .map(|asset| asset.sha256.hex())
    });
    Release {
        item: item.to_owned(),
        id: release.id.to_string(),
        number: i64::from(release.number),
        state: release.state.clone(),
        manifest: release.manifest.clone(),
        manifest_sha256: release.manifest_sha256.clone(),
        parent: manifest
            .as_ref()
            .ok()
            .and_then(|manifest| manifest.parent.map(|parent| parent.to_string())),
        card: manifest
            .as_ref()
            .map(|manifest| manifest.card.hex())
            .unwrap_or_default(),
        portrait,
        notes: release.notes.as_ref().map(|notes| notes.value.clone()),
        notice: release
            .notice
            .as_ref()
            .and_then(|notice| serde_json::to_string(notice).ok()),
        created_at: release.created_at.clone(),
        checked_at: now,
        fault: check::release(release, item).err(),
    }
}

/// Remembers under which names the inventory knows a character.
pub(crate) async fn remember_names(
    db: &mut Db,
    item: &str,
    creator: &str,
    slug: &str,
) -> Result<(), StudioError> {
    let fetched_at = table::item::get(db, item)
        .await?
        .and_then(|item| item.fetched_at);
    table::item::set_names(db, item, creator, slug, fetched_at).await
}
