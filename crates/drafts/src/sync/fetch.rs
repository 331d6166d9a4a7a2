//! Asking the inventory, and keeping what cannot change.

use super::{check, release_row};
use crate::{
    Studio, StudioError,
    link::Reach,
    table::{blob, release::Release},
    version::Version,
};
use dramatis_api::{audit::EventRecord, item};
use dramatis_domain::{Digest, Manifest};

/// Events after `seq` up to the chain's end, page by page.
pub(super) async fn events_after(
    reach: &Reach,
    item: &str,
    seq: i64,
) -> Result<Vec<EventRecord>, StudioError> {
    let mut events: Vec<EventRecord> = Vec::new();
    loop {
        let after = events.last().map_or(seq, |event| event.seq);
        let page = reach.remote.events(item, after).await?;
        let end = page.events.is_empty()
            || page
                .events
                .last()
                .is_some_and(|last| last.seq <= after || last.seq >= page.head.seq);
        events.extend(page.events);
        if end {
            return Ok(events);
        }
    }
}

/// A release that no history here has, with everything its manifest names.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    pub(crate) manifest: Manifest,
    pub(crate) version: Version,
}

/// A release as it was answered: its manifest, card and picture, each with the
/// hash it is named by.
pub(crate) async fn version(
    studio: &Studio,
    release: &item::Release,
) -> Result<Checked, StudioError> {
    let manifest = check::release(release, &release.item.to_string())
        .map_err(|detail| StudioError::Answer { detail })?;
    let row = release_row(&release.item.to_string(), release, studio.now());
    let card = card_text(studio, &row).await?;
    if let Some(sha256) = &row.portrait {
        picture(studio, sha256).await?;
    }
    let version = Version {
        card,
        portrait: row.portrait,
        label: format!("Release {}", release.number),
    };
    Ok(Checked { manifest, version })
}

/// A release's card, from the cache or, once and checked, from the inventory.
pub(crate) async fn card_text(studio: &Studio, release: &Release) -> Result<String, StudioError> {
    let mut db = studio.store().reader().await?;
    if let Some(text) = blob::text(&mut db, &release.card).await? {
        return Ok(text);
    }
    drop(db);
    let reach = studio.reach_now()?;
    let bytes = reach.remote.card(&release.id).await?;
    keep(studio, bytes, &release.card, blob::JSON)
        .await
        .and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| StudioError::Answer {
                detail: "the card is not text".to_owned(),
            })
        })
}

/// A release's picture, likewise.
pub(crate) async fn picture(studio: &Studio, sha256: &str) -> Result<Vec<u8>, StudioError> {
    let mut db = studio.store().reader().await?;
    if let Some(bytes) = blob::get(&mut db, sha256).await? {
        return Ok(bytes);
    }
    drop(db);
    let reach = studio.reach_now()?;
    let bytes = reach.remote.blob(sha256).await?;
    keep(studio, bytes, sha256, blob::PNG).await
}

/// Keeps bytes that have the digest they were asked by; others are refused.
async fn keep(
    studio: &Studio,
    bytes: Vec<u8>,
    sha256: &str,
    media_type: &str,
) -> Result<Vec<u8>, StudioError> {
    if Digest::of(&bytes).hex() != sha256 {
        return Err(StudioError::Answer {
            detail: "the bytes are not those that the release names".to_owned(),
        });
    }
    let mut write = studio.store().begin().await?;
    blob::put(write.db(), &bytes, media_type, studio.now()).await?;
    write.commit().await?;
    Ok(bytes)
}
