//! One change of a draft: document, portrait, journal and projections, in the
//! caller's transaction.

use super::{facts::Facts, journal};
use crate::{
    Micros, StudioError,
    store::Write,
    table::{self, draft::Draft},
};
use dramatis_cards::CardDocument;
use dramatis_domain::Digest;

/// What a draft becomes.
pub(crate) struct Change<'a> {
    /// The field that is named in the journal, and that conflicts with edits
    /// of the same field.
    pub(crate) field: &'a str,
    /// The card after it.
    pub(crate) card: &'a CardDocument,
    /// The portrait after it.
    pub(crate) portrait: Option<String>,
    /// Whether typing on goes on with the same journal entry.
    pub(crate) coalesce: bool,
}

/// Makes a change and writes it into the journal.
pub(crate) async fn make(
    write: &mut Write<'_>,
    draft: &Draft,
    change: Change<'_>,
    origin: &str,
    now: Micros,
) -> Result<Draft, StudioError> {
    let undo_seq = journal::record(write, draft, &change, origin, now).await?;
    put(
        write,
        draft,
        change.card,
        change.portrait,
        undo_seq,
        &[change.field.to_owned()],
        now,
    )
    .await
}

/// Writes a draft's new content; `fields` are those that an edit on an older
/// revision conflicts with.
pub(crate) async fn put(
    write: &mut Write<'_>,
    draft: &Draft,
    card: &CardDocument,
    portrait: Option<String>,
    undo_seq: i64,
    fields: &[String],
    now: Micros,
) -> Result<Draft, StudioError> {
    let next = next(draft, card, portrait, undo_seq, now);
    table::draft::put(write.db(), &next).await?;
    for field in fields {
        table::field_revision::set(write.db(), &next.character, field, next.revision).await?;
    }
    write.tag("library");
    write.tag(format!("character:{}", next.character));
    Ok(next)
}

/// The draft's next revision.
pub(super) fn next(
    draft: &Draft,
    card: &CardDocument,
    portrait: Option<String>,
    undo_seq: i64,
    now: Micros,
) -> Draft {
    let facts = Facts::of(card);
    Draft {
        character: draft.character.clone(),
        revision: draft.revision + 1,
        document: card.text().to_owned(),
        sha256: Digest::of(card.text().as_bytes()).hex(),
        portrait,
        undo_seq,
        name: facts.name,
        tags: facts.tags,
        excerpt: facts.excerpt,
        saved_at: now,
    }
}
