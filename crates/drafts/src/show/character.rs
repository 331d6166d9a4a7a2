//! A character as its editor shows it.

use super::{
    card::{self, Against},
    format_word,
    history::release_ref,
    overlap,
};
use crate::{
    StudioError,
    clock::shown,
    store::Db,
    table::{self, account::Account, blob, draft::Draft, item::Item},
    view::{Character, NewerRelease, Overlap, ReleaseRef, Saved, Source},
};
use dramatis_cards::CardDocument;

/// Everything a view of a character is made of.
struct Parts {
    draft: Draft,
    card: CardDocument,
    slug: String,
    slug_locked: bool,
    item: Option<Item>,
    against: Option<Against>,
    base: Option<ReleaseRef>,
    newer: Option<NewerRelease>,
    overlaps: Vec<Overlap>,
    source: Option<Source>,
    can_undo: bool,
    can_redo: bool,
}

/// A character, opened.
pub(crate) async fn character(
    db: &mut Db,
    id: &str,
    account: Option<&Account>,
) -> Result<Character, StudioError> {
    let parts = parts(db, id, account).await?;
    Ok(tokio::task::spawn_blocking(move || whole(parts)).await?)
}

/// What an edit came to; `field` is the one that was edited. `written` is what
/// was just written, so that every keystroke need not read it again.
pub(crate) async fn saved(
    db: &mut Db,
    id: &str,
    account: Option<&Account>,
    field: &str,
    written: Option<(Draft, CardDocument)>,
) -> Result<Saved, StudioError> {
    let (draft, card) = match written {
        Some(written) => written,
        None => {
            let draft = table::draft::get(db, id).await?;
            let card = CardDocument::parse(draft.document.clone())?;
            (draft, card)
        }
    };
    let item = item_of(db, id, account).await?;
    let (can_undo, can_redo) = table::edit::around(db, id, draft.undo_seq).await?;
    let parts = Brief {
        slug: table::character::slug(db, id).await?,
        against: against(db, item.as_ref()).await?,
        draft,
        card,
        can_undo,
        can_redo,
    };
    let field = field.to_owned();
    Ok(tokio::task::spawn_blocking(move || brief(parts, &field)).await?)
}

/// What is shown after an edit.
struct Brief {
    draft: Draft,
    card: CardDocument,
    slug: String,
    against: Option<Against>,
    can_undo: bool,
    can_redo: bool,
}

/// The character as the account releases it.
async fn item_of(
    db: &mut Db,
    id: &str,
    account: Option<&Account>,
) -> Result<Option<Item>, StudioError> {
    match account {
        Some(account) => table::item::of(db, id, account).await,
        None => Ok(None),
    }
}

async fn parts(db: &mut Db, id: &str, account: Option<&Account>) -> Result<Parts, StudioError> {
    let draft = table::draft::get(db, id).await?;
    let item = item_of(db, id, account).await?;
    let (can_undo, can_redo) = table::edit::around(db, id, draft.undo_seq).await?;
    let source = table::original::latest(db, id)
        .await?
        .map(|original| Source {
            file_name: original.file_name,
            container: original.container,
            imported_at: shown(original.imported_at),
            repairs: serde_json::from_str(&original.repairs).unwrap_or_default(),
        });
    Ok(Parts {
        card: CardDocument::parse(draft.document.clone())?,
        slug: table::character::slug(db, id).await?,
        slug_locked: table::item::has_slug(db, id).await?,
        against: against(db, item.as_ref()).await?,
        base: base(db, item.as_ref()).await?,
        newer: overlap::newer(db, item.as_ref()).await?,
        overlaps: overlap::shown(db, id, item.as_ref()).await?,
        source,
        can_undo,
        can_redo,
        item,
        draft,
    })
}

/// What was last frozen or taken over, where its bytes are here.
pub(crate) async fn against(
    db: &mut Db,
    item: Option<&Item>,
) -> Result<Option<Against>, StudioError> {
    let Some((item, card)) = item.and_then(|item| Some((item, item.base_card.as_deref()?))) else {
        return Ok(None);
    };
    let text = blob::text(db, card).await?;
    Ok(text.map(|card| Against {
        card,
        portrait: item.base_portrait.clone(),
    }))
}

async fn base(db: &mut Db, item: Option<&Item>) -> Result<Option<ReleaseRef>, StudioError> {
    let Some(item) = item else {
        return Ok(None);
    };
    let made_from = match &item.base_release {
        Some(release) => table::release::get(db, &item.id, release).await?,
        None => None,
    };
    // A publish that waits is no release yet: the newest one that is, is shown.
    let shown = match made_from {
        Some(release) => Some(release),
        None => table::release::newest(db, &item.id).await?,
    };
    match shown {
        Some(release) => {
            let channels = table::release::channels(db, &item.id).await?;
            release_ref(&release, &channels).map(Some)
        }
        None => Ok(None),
    }
}

fn whole(parts: Parts) -> Character {
    let view = parts.card.view();
    Character {
        id: parts.draft.character.clone(),
        revision: revision(&parts.draft),
        name: parts.draft.name.clone(),
        slug: parts.slug,
        slug_locked: parts.slug_locked,
        creator: parts.item.map(|item| item.creator),
        format: format_word(view.format()),
        portrait: parts.draft.portrait.clone(),
        saved_at: shown(parts.draft.saved_at),
        can_undo: parts.can_undo,
        can_redo: parts.can_redo,
        fields: card::fields(&view),
        lorebook: card::lorebook(&view),
        rest: card::rest(&view),
        tokens: card::totals(&view),
        base: parts.base,
        newer: parts.newer,
        overlaps: parts.overlaps,
        changes: card::changes(
            &parts.card,
            parts.draft.portrait.as_deref(),
            parts.against.as_ref(),
        ),
        checklist: card::checklist(&parts.card),
        source: parts.source,
    }
}

fn brief(parts: Brief, field: &str) -> Saved {
    let view = parts.card.view();
    Saved {
        revision: revision(&parts.draft),
        saved_at: shown(parts.draft.saved_at),
        can_undo: parts.can_undo,
        can_redo: parts.can_redo,
        name: parts.draft.name.clone(),
        slug: parts.slug,
        tokens: card::totals(&view),
        field_tokens: card::field_tokens(&view, field),
        changes: card::changes(
            &parts.card,
            parts.draft.portrait.as_deref(),
            parts.against.as_ref(),
        ),
        checklist: card::checklist(&parts.card),
        portrait: parts.draft.portrait,
    }
}

fn revision(draft: &Draft) -> u32 {
    u32::try_from(draft.revision).unwrap_or(u32::MAX)
}
