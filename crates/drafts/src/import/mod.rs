//! What is brought in: read, shown, and stored only when the person has chosen.

mod bring;
mod many;
mod previews;
mod store;

pub(crate) use bring::bare_picture;
pub(crate) use many::import as import_many;
pub use many::{CardFile, CardImported};
pub(crate) use previews::Previews;
pub(crate) use store::add_character;

use crate::{
    Studio, StudioError,
    draft::facts::excerpt,
    samples::Sample,
    store::Db,
    table,
    view::{Duplicate, DuplicateWhy, ImportChoice, ImportPreview},
};
use bring::{Brought, bring, put_together};
use dramatis_cards::CardDocument;
use dramatis_domain::{Digest, names::Slug};
use std::sync::Arc;

/// Reads a file and says what importing it would bring.
pub(crate) async fn preview(
    studio: &Studio,
    file_name: &str,
    bytes: Vec<u8>,
) -> Result<ImportPreview, StudioError> {
    let name = file_name.to_owned();
    let brought = tokio::task::spawn_blocking(move || bring(name, bytes)).await??;
    let mut db = studio.store().reader().await?;
    let duplicates = duplicates(&mut db, &brought).await?;
    let preview = brought.preview(duplicates);
    studio.inner.previews.keep(Arc::new(brought));
    Ok(preview)
}

/// The same for a character that comes with the studio.
pub(crate) async fn preview_sample(
    studio: &Studio,
    sample: &Sample,
) -> Result<ImportPreview, StudioError> {
    preview(studio, sample.file_name, sample.bytes.to_vec()).await
}

/// Does what was chosen for previews, all in one transaction or none of it.
pub(crate) async fn commit(
    studio: &Studio,
    chosen: &[(String, ImportChoice)],
) -> Result<Vec<Option<String>>, StudioError> {
    let ids: Vec<&str> = chosen.iter().map(|(id, _)| id.as_str()).collect();
    let brought = studio
        .inner
        .previews
        .take(&ids)
        .ok_or(StudioError::PreviewGone)?;
    let committed = store_all(studio, &brought, chosen).await;
    if committed.is_err() {
        // Nothing was stored: the same previews can be tried again.
        for one in brought {
            studio.inner.previews.keep(one);
        }
    }
    studio.noted(committed)
}

async fn store_all(
    studio: &Studio,
    brought: &[Arc<Brought>],
    chosen: &[(String, ImportChoice)],
) -> Result<Vec<Option<String>>, StudioError> {
    let now = studio.now();
    let mut write = studio.store().begin().await?;
    let mut characters = Vec::with_capacity(brought.len());
    for (brought, (_, choice)) in brought.iter().zip(chosen) {
        let origin = studio.store().origin();
        characters.push(store::store(&mut write, brought, choice, origin, now).await?);
    }
    write.commit().await?;
    Ok(characters)
}

/// The file that a character was last imported from: its name and its very
/// bytes.
pub(crate) async fn original(
    studio: &Studio,
    character: &str,
) -> Result<(String, Vec<u8>), StudioError> {
    let unreadable = || StudioError::Unreadable {
        what: "the file that this character was imported from",
    };
    let mut db = studio.store().snapshot().await?;
    let original =
        table::original::latest(&mut db, character)
            .await?
            .ok_or(StudioError::NotFound {
                what: "imported file",
            })?;
    let stored = original.picture.as_ref().unwrap_or(&original.file);
    let stored = table::blob::get(&mut db, stored)
        .await?
        .ok_or_else(unreadable)?;
    let bytes = match (&original.piece, original.piece_at) {
        (Some(piece), Some(at)) => usize::try_from(at)
            .ok()
            .and_then(|at| put_together(&stored, at, piece))
            .ok_or_else(unreadable)?,
        _ => stored,
    };
    if Digest::of(&bytes).hex() != original.file {
        return Err(unreadable());
    }
    Ok((original.file_name, bytes))
}

/// A slug that no other character on this device has.
pub(crate) async fn free_slug(
    db: &mut Db,
    name: &str,
    character: &str,
) -> Result<Slug, StudioError> {
    let suggested = Slug::suggest(name);
    let mut slug = suggested.clone();
    let mut number = 2;
    while table::character::with_slug(db, slug.as_str(), character)
        .await?
        .is_some()
    {
        slug = suggested.numbered(number);
        number += 1;
    }
    Ok(slug)
}

async fn duplicates(db: &mut Db, brought: &Brought) -> Result<Vec<Duplicate>, StudioError> {
    let (document, file) = (&brought.document, &brought.file.0);
    let mut found: Vec<Duplicate> = table::draft::with_bytes(db, document, file)
        .await?
        .into_iter()
        .map(|(character, name)| Duplicate {
            character,
            name,
            why: DuplicateWhy::SameBytes,
        })
        .collect();
    for (character, name) in table::draft::with_name(db, &brought.card.view().name()).await? {
        if found
            .iter()
            .all(|duplicate| duplicate.character != character)
        {
            found.push(Duplicate {
                character,
                name,
                why: DuplicateWhy::SameName,
            });
        }
    }
    Ok(found)
}

/// How a sample reads in a list.
pub(crate) fn excerpt_of(card: &CardDocument) -> String {
    excerpt(&card.view().text("description"))
}
