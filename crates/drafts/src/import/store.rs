//! What was brought in, written: as a new character, or as the draft of one
//! that is here. In the caller's transaction.

use super::{bring::Brought, free_slug};
use crate::{
    Micros, StudioError,
    draft::{
        change::{self, Change},
        facts::Facts,
        journal,
    },
    show,
    store::Write,
    table::{self, blob, draft::Draft, original::Original},
    view::ImportChoice,
};
use dramatis_cards::CardDocument;
use dramatis_domain::Digest;
use uuid::Uuid;

/// Writes one; gives its character, or none for *skip*.
pub(super) async fn store(
    write: &mut Write<'_>,
    brought: &Brought,
    choice: &ImportChoice,
    origin: &str,
    now: Micros,
) -> Result<Option<String>, StudioError> {
    let portrait = brought.portrait.as_ref().map(|(digest, _)| digest.clone());
    if *choice == ImportChoice::Skip {
        return Ok(None);
    }
    if let Some((sha256, bytes)) = &brought.portrait {
        blob::put_as(write.db(), sha256, bytes, blob::PNG, now).await?;
    }
    let character = if let ImportChoice::DraftOf { character } = choice {
        let draft = table::draft::get(write.db(), character).await?;
        let change = Change {
            field: journal::DOCUMENT,
            card: &brought.card,
            portrait: portrait.or_else(|| draft.portrait.clone()),
            coalesce: false,
        };
        change::make(write, &draft, change, origin, now).await?;
        character.clone()
    } else {
        add_character(write, &brought.card, portrait, now).await?
    };
    keep_file(write, brought, &character, now).await?;
    Ok(Some(character))
}

/// A new character with its first draft.
pub(crate) async fn add_character(
    write: &mut Write<'_>,
    card: &CardDocument,
    portrait: Option<String>,
    now: Micros,
) -> Result<String, StudioError> {
    let id = Uuid::now_v7().to_string();
    let facts = Facts::of(card);
    let slug = free_slug(write.db(), &facts.name, &id).await?;
    table::character::add(write.db(), &id, slug.as_str(), now).await?;
    let draft = Draft {
        character: id.clone(),
        revision: 1,
        document: card.text().to_owned(),
        sha256: Digest::of(card.text().as_bytes()).hex(),
        portrait,
        undo_seq: 0,
        name: facts.name,
        tags: facts.tags,
        excerpt: facts.excerpt,
        saved_at: now,
    };
    table::draft::put(write.db(), &draft).await?;
    write.tag("library");
    write.tag(format!("character:{id}"));
    Ok(id)
}

/// Keeps the very bytes of the file: as the picture and the piece that makes
/// the file of it, or whole.
async fn keep_file(
    write: &mut Write<'_>,
    brought: &Brought,
    character: &str,
    now: Micros,
) -> Result<(), StudioError> {
    let (sha256, bytes) = &brought.file;
    let made_of = brought.portrait.as_ref().zip(brought.piece);
    if made_of.is_none() {
        blob::put_as(write.db(), sha256, bytes, brought.media_type(), now).await?;
    }
    let repairs: Vec<_> = brought.card.repairs().iter().map(show::repair).collect();
    let original = Original {
        file_name: brought.file_name.clone(),
        container: brought.container.clone(),
        file: sha256.clone(),
        picture: made_of.map(|((digest, _), _)| digest.clone()),
        piece_at: made_of.map(|(_, piece)| i64::try_from(piece.at).unwrap_or(i64::MAX)),
        piece: made_of.map(|(_, piece)| bytes[piece.at..piece.at + piece.len].to_vec()),
        document: brought.document.clone(),
        repairs: serde_json::to_string(&repairs).unwrap_or_else(|_| "[]".to_owned()),
        imported_at: now,
    };
    table::original::add(write.db(), character, &original).await
}
