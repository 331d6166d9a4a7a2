//! The journal of edits: what one undo takes back, across restarts.

use super::{
    change::{self, Change},
    splice::Splice,
};
use crate::{
    Micros, StudioError,
    store::Write,
    table::{self, draft::Draft, edit::Edit},
};
use dramatis_cards::CardDocument;

/// A pause after which typing starts a new undo step.
const PAUSE: Micros = 2_000_000;
/// The longest that one undo step goes on.
const BURST: Micros = 15_000_000;
/// Undo steps that are kept per character.
const KEPT: i64 = 2_000;

/// A field's name in the journal for the whole document.
pub(crate) const DOCUMENT: &str = "document";
/// The same for the portrait.
pub(crate) const PORTRAIT: &str = "portrait";

/// Writes a change into the journal; gives the number of its entry. Typing in
/// one field goes on in the last entry, so that one undo takes back a sensible
/// burst; what was undone is dropped.
pub(super) async fn record(
    write: &mut Write<'_>,
    draft: &Draft,
    change: &Change<'_>,
    origin: &str,
    now: Micros,
) -> Result<i64, StudioError> {
    let db = write.db();
    let character = &draft.character;
    let last = table::edit::get(db, character, draft.undo_seq).await?;
    let (_, ahead) = table::edit::around(db, character, draft.undo_seq).await?;
    let (edit, goes_on) = next(draft, last.as_ref(), ahead, change, origin, now);
    if !goes_on {
        table::edit::drop_after(db, character, draft.undo_seq).await?;
    }
    table::edit::put(db, &edit).await?;
    if wants_trimming(&edit) {
        table::edit::drop_before(db, character, edit.seq - KEPT).await?;
    }
    Ok(edit.seq)
}

/// The entry that a change comes to, and whether it is the last one, which
/// goes on. `last` is the one that is applied last, `ahead` says whether
/// others could be done again.
pub(super) fn next(
    draft: &Draft,
    last: Option<&Edit>,
    ahead: bool,
    change: &Change<'_>,
    origin: &str,
    now: Micros,
) -> (Edit, bool) {
    let going_on = last.filter(|last| {
        change.coalesce
            && !ahead
            && last.field == change.field
            && last.origin == origin
            && now - last.ended_at <= PAUSE
            && now - last.began_at <= BURST
    });
    let merged = going_on.and_then(|last| {
        let before = splice_of(last).revert(&draft.document)?;
        Some(entry(last.clone(), &before, change, now))
    });
    if let Some(edit) = merged {
        return (edit, true);
    }
    let fresh = Edit {
        character: draft.character.clone(),
        seq: draft.undo_seq + 1,
        field: change.field.to_owned(),
        at: 0,
        removed: String::new(),
        inserted: String::new(),
        portrait_change: 0,
        portrait_before: draft.portrait.clone(),
        portrait_after: None,
        origin: origin.to_owned(),
        began_at: now,
        ended_at: now,
    };
    (entry(fresh, &draft.document, change, now), false)
}

/// Whether the oldest entries are dropped with this one: not with every entry,
/// since that costs as much as writing one.
pub(super) fn wants_trimming(edit: &Edit) -> bool {
    edit.seq % 100 == 0
}

/// Takes the last edit back.
pub(crate) async fn undo(
    write: &mut Write<'_>,
    draft: &Draft,
    now: Micros,
) -> Result<Draft, StudioError> {
    let edit = table::edit::get(write.db(), &draft.character, draft.undo_seq)
        .await?
        .ok_or(StudioError::NothingToUndo)?;
    let text = splice_of(&edit).revert(&draft.document);
    let portrait = if edit.portrait_change == 1 {
        edit.portrait_before.clone()
    } else {
        draft.portrait.clone()
    };
    go(write, draft, &edit, text, portrait, edit.seq - 1, now).await
}

/// Does the last undone edit again.
pub(crate) async fn redo(
    write: &mut Write<'_>,
    draft: &Draft,
    now: Micros,
) -> Result<Draft, StudioError> {
    let edit = table::edit::get(write.db(), &draft.character, draft.undo_seq + 1)
        .await?
        .ok_or(StudioError::NothingToRedo)?;
    let text = splice_of(&edit).apply(&draft.document);
    let portrait = if edit.portrait_change == 1 {
        edit.portrait_after.clone()
    } else {
        draft.portrait.clone()
    };
    go(write, draft, &edit, text, portrait, edit.seq, now).await
}

async fn go(
    write: &mut Write<'_>,
    draft: &Draft,
    edit: &Edit,
    text: Option<String>,
    portrait: Option<String>,
    undo_seq: i64,
    now: Micros,
) -> Result<Draft, StudioError> {
    let text = text.ok_or(StudioError::Unreadable {
        what: "a step of the journal",
    })?;
    let card = CardDocument::parse(text)?;
    change::put(
        write,
        draft,
        &card,
        portrait,
        undo_seq,
        std::slice::from_ref(&edit.field),
        now,
    )
    .await
}

fn entry(edit: Edit, before: &str, change: &Change<'_>, now: Micros) -> Edit {
    let splice = Splice::between(before, change.card.text());
    Edit {
        at: i64::try_from(splice.at).unwrap_or(i64::MAX),
        removed: splice.removed,
        inserted: splice.inserted,
        portrait_change: i64::from(edit.portrait_before != change.portrait),
        portrait_after: change.portrait.clone(),
        ended_at: now,
        ..edit
    }
}

fn splice_of(edit: &Edit) -> Splice {
    Splice {
        // A negative number cannot come from here; it reverts nothing.
        at: usize::try_from(edit.at).unwrap_or(usize::MAX),
        removed: edit.removed.clone(),
        inserted: edit.inserted.clone(),
    }
}
