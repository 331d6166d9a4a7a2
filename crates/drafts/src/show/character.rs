//! A character as its editor shows it.

use super::{
    card::{self, Against},
    format_word,
    history::release_ref,
    overlap,
};
use crate::{
    Studio, StudioError,
    clock::shown,
    draft::desk::Open,
    store::Db,
    table::{self, account::Account, blob, draft::Draft, item::Item},
    view::{Character, NewerRelease, Overlap, ReleaseRef, Saved, Source},
};
use dramatis_domain::json::Tree;
use std::sync::Arc;

/// Everything a view of a character is made of.
struct Parts {
    open: Arc<Open>,
    slug: String,
    slug_locked: bool,
    item: Option<Item>,
    against: Option<Against>,
    base: Option<ReleaseRef>,
    newer: Option<NewerRelease>,
    overlaps: Vec<Overlap>,
    source: Option<Source>,
}

/// A character, opened.
pub(crate) async fn character(
    studio: &Studio,
    db: &mut Db,
    id: &str,
    account: Option<&Account>,
) -> Result<Character, StudioError> {
    let parts = parts(studio, db, id, account).await?;
    Ok(tokio::task::spawn_blocking(move || whole(&parts)).await?)
}

/// What an edit came to; `field` is the one that was edited.
pub(crate) async fn saved(
    studio: &Studio,
    open: Arc<Open>,
    field: &str,
) -> Result<Saved, StudioError> {
    let mut db = studio.store().reader().await?;
    let id = &open.draft.character;
    let account = studio.account(&mut db).await?;
    let item = item_of(&mut db, id, account.as_ref()).await?;
    let slug = table::character::slug(&mut db, id).await?;
    let against = against(studio, &mut db, item.as_ref()).await?;
    drop(db);
    let field = field.to_owned();
    let brief = move || brief(&open, slug, against.as_ref(), &field);
    Ok(tokio::task::spawn_blocking(brief).await?)
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

async fn parts(
    studio: &Studio,
    db: &mut Db,
    id: &str,
    account: Option<&Account>,
) -> Result<Parts, StudioError> {
    let open = Arc::new(Open::load(db, id).await?);
    studio.inner.desk.lay(Arc::clone(&open));
    let item = item_of(db, id, account).await?;
    let source = table::original::latest(db, id)
        .await?
        .map(|original| Source {
            file_name: original.file_name,
            container: original.container,
            imported_at: shown(original.imported_at),
            repairs: serde_json::from_str(&original.repairs).unwrap_or_default(),
        });
    Ok(Parts {
        slug: table::character::slug(db, id).await?,
        slug_locked: table::item::has_slug(db, id).await?,
        against: against(studio, db, item.as_ref()).await?,
        base: base(db, item.as_ref()).await?,
        newer: overlap::newer(db, item.as_ref()).await?,
        overlaps: overlap::shown(db, id, item.as_ref()).await?,
        source,
        item,
        open,
    })
}

/// What was last frozen or taken over, where its bytes are here.
pub(crate) async fn against(
    studio: &Studio,
    db: &mut Db,
    item: Option<&Item>,
) -> Result<Option<Against>, StudioError> {
    let Some((item, sha256)) = item.and_then(|item| Some((item, item.base_card.as_deref()?)))
    else {
        return Ok(None);
    };
    let portrait = item.base_portrait.clone();
    if let Some(card) = studio.inner.desk.base(sha256) {
        return Ok(Some(Against { card, portrait }));
    }
    let Some(text) = blob::text(db, sha256).await? else {
        return Ok(None);
    };
    let Ok(card) = Tree::parse_strict(&text).map(Arc::new) else {
        return Ok(None);
    };
    studio.inner.desk.keep_base(sha256, Arc::clone(&card));
    Ok(Some(Against { card, portrait }))
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

fn whole(parts: &Parts) -> Character {
    let (draft, card) = (&parts.open.draft, &parts.open.card);
    let view = card.view();
    Character {
        id: draft.character.clone(),
        revision: revision(draft),
        name: draft.name.clone(),
        slug: parts.slug.clone(),
        slug_locked: parts.slug_locked,
        creator: parts.item.as_ref().map(|item| item.creator.clone()),
        format: format_word(view.format()),
        portrait: draft.portrait.clone(),
        saved_at: shown(draft.saved_at),
        can_undo: parts.open.last.is_some(),
        can_redo: parts.open.ahead,
        fields: card::fields(&view),
        lorebook: card::lorebook(&view),
        rest: card::rest(&view),
        tokens: card::totals(&view),
        base: parts.base.clone(),
        newer: parts.newer.clone(),
        overlaps: parts.overlaps.clone(),
        changes: card::changes(card, draft.portrait.as_deref(), parts.against.as_ref()),
        checklist: card::checklist(card),
        source: parts.source.clone(),
    }
}

fn brief(open: &Open, slug: String, against: Option<&Against>, field: &str) -> Saved {
    let (draft, card) = (&open.draft, &open.card);
    let view = card.view();
    Saved {
        revision: revision(draft),
        saved_at: shown(draft.saved_at),
        can_undo: open.last.is_some(),
        can_redo: open.ahead,
        name: draft.name.clone(),
        slug,
        tokens: card::totals(&view),
        field_tokens: card::field_tokens(&view, field),
        changes: card::changes(card, draft.portrait.as_deref(), against),
        checklist: card::checklist(card),
        portrait: draft.portrait.clone(),
    }
}

fn revision(draft: &Draft) -> u32 {
    u32::try_from(draft.revision).unwrap_or(u32::MAX)
}
