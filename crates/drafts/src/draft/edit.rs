//! Edits of one field: merged with what others changed, or refused, never
//! written over (studio.md, Local store).

use super::{
    change::{self, Change},
    desk::Open,
    journal,
};
use crate::{
    Studio, StudioError,
    store::Write,
    table::{self, draft::Draft},
    version::Version,
    view::FieldEdit,
};
use dramatis_cards::{CardDocument, NewValue};
use dramatis_domain::card::{CardView, FieldKind, FieldSpec, field_spec};

/// The field an edit is about.
pub(crate) fn key(edit: &FieldEdit) -> &str {
    match edit {
        FieldEdit::Text { field, .. } | FieldEdit::List { field, .. } => field,
    }
}

/// Writes an edit that was typed on `revision`; gives what was written, or none
/// where the field reads like that already.
pub(crate) async fn apply(
    studio: &Studio,
    character: &str,
    revision: u32,
    edit: &FieldEdit,
) -> Result<Option<Open>, StudioError> {
    let now = studio.now();
    let mut write = studio.store().begin().await?;
    let draft = table::draft::get(write.db(), character).await?;
    let card = CardDocument::parse(draft.document.clone())?;
    let edited = card.set_raising_format(key(edit), value(edit))?.document;
    if edited.text() == card.text() {
        return Ok(None);
    }
    if in_conflict(&mut write, &draft, i64::from(revision), key(edit)).await? {
        let text = match edit {
            FieldEdit::Text { text, .. } => text.clone(),
            FieldEdit::List { items, .. } => items.join("\n\n"),
        };
        table::kept_text::add(
            write.db(),
            character,
            key(edit),
            i64::from(revision),
            &text,
            now,
        )
        .await?;
        write.commit().await?;
        let label = field_spec(key(edit)).map_or(key(edit), |spec| spec.label);
        return Err(StudioError::EditConflict {
            label: label.to_owned(),
        });
    }
    let change = Change {
        field: key(edit),
        card: &edited,
        portrait: draft.portrait.clone(),
        coalesce: true,
    };
    let next = change::make(&mut write, &draft, change, studio.store().origin(), now).await?;
    let open = Open::with_journal(write.db(), next, edited).await?;
    write.commit().await?;
    Ok(Some(open))
}

/// Takes one field of a version into the draft.
pub(crate) async fn restore(
    studio: &Studio,
    character: &str,
    source: &Version,
    path: &str,
) -> Result<(), StudioError> {
    let now = studio.now();
    let field = path.split('/').next().unwrap_or_default();
    let mut write = studio.store().begin().await?;
    let draft = table::draft::get(write.db(), character).await?;
    let card = CardDocument::parse(draft.document.clone())?;
    let (card, portrait, field) = if field == journal::PORTRAIT {
        let portrait = match &source.portrait {
            Some(sha256) if table::blob::size(write.db(), sha256).await?.is_none() => {
                drop(write);
                crate::sync::picture(studio, sha256).await?;
                return Box::pin(restore(studio, character, source, path)).await;
            }
            portrait => portrait.clone(),
        };
        (card, portrait, journal::PORTRAIT)
    } else {
        let from = CardDocument::parse(source.card.clone())?;
        let card = match field_spec(field) {
            Some(spec) => taken(&card, &from.view(), spec)?,
            None if path == journal::DOCUMENT => return Err(StudioError::NotRestorable),
            None => card.taking(&from, path)?,
        };
        (card, draft.portrait.clone(), field)
    };
    if card.text() == draft.document && portrait == draft.portrait {
        return Ok(());
    }
    let change = Change {
        field,
        card: &card,
        portrait,
        coalesce: false,
    };
    change::make(&mut write, &draft, change, studio.store().origin(), now).await?;
    write.commit().await
}

/// A card with one field as another card has it.
pub(crate) fn taken(
    card: &CardDocument,
    from: &CardView<'_>,
    spec: &FieldSpec,
) -> Result<CardDocument, StudioError> {
    if from.body().get(spec.key).is_none() {
        return Ok(card.set(spec.key, NewValue::Removed)?);
    }
    let list: Vec<String>;
    let text;
    let value = match spec.kind {
        FieldKind::Line | FieldKind::Text => {
            text = from.text(spec.key);
            NewValue::Text(&text)
        }
        FieldKind::List => {
            list = from
                .list(spec.key)
                .into_iter()
                .map(std::borrow::Cow::into_owned)
                .collect();
            NewValue::List(&list)
        }
    };
    Ok(card.set_raising_format(spec.key, value)?.document)
}

pub(super) fn value(edit: &FieldEdit) -> NewValue<'_> {
    match edit {
        FieldEdit::Text { text, .. } => NewValue::Text(text),
        FieldEdit::List { items, .. } => NewValue::List(items),
    }
}

/// Whether the field was changed since `revision`, alone or with the whole
/// document. A revision that is not there yet belongs to another store.
async fn in_conflict(
    write: &mut Write<'_>,
    draft: &Draft,
    revision: i64,
    field: &str,
) -> Result<bool, StudioError> {
    if revision == draft.revision {
        return Ok(false);
    }
    let db = write.db();
    let touched = table::field_revision::get(db, &draft.character, field).await?;
    let whole = table::field_revision::get(db, &draft.character, journal::DOCUMENT).await?;
    Ok(revision > draft.revision || touched.max(whole) > revision)
}
