//! What tells a publish from another one of the same character.

use crate::{
    StudioError,
    show::{self, Against},
    store::Db,
    table::{self, blob, outbox::Entry},
};
use dramatis_api::publish::SaltedText;
use dramatis_cards::CardDocument;
use serde::Deserialize;
use std::sync::Arc;

/// How many changed fields are named.
const NAMED: usize = 3;

/// The first line of its notes; without any, and while it is not answered, what
/// it changes. None for other requests: their summary says all.
pub(super) async fn of(db: &mut Db, entry: &Entry) -> Result<Option<String>, StudioError> {
    if !entry.is_publish() {
        return Ok(None);
    }
    if let Some(line) = first_line_of_notes(entry) {
        return Ok(Some(line));
    }
    if entry.settled_at.is_some() {
        return Ok(None);
    }
    let Some(parent) = &entry.parent_release else {
        return Ok(Some("the first release".to_owned()));
    };
    let below = match table::outbox::publish_of(db, parent).await? {
        Some(frozen) => frozen.card.map(|card| (card, frozen.portrait)),
        None => table::release::get(db, &entry.item, parent)
            .await?
            .map(|seen| (seen.card, seen.portrait)),
    };
    let (Some((before, before_portrait)), Some(card)) = (below, &entry.card) else {
        return Ok(None);
    };
    let (Some(before), Some(card)) = (blob::text(db, &before).await?, blob::text(db, card).await?)
    else {
        return Ok(None);
    };
    let against = Against {
        card: Arc::new(CardDocument::parse(before)?.tree().clone()),
        portrait: before_portrait,
    };
    let card = CardDocument::parse(card)?;
    let mut labels: Vec<String> = Vec::new();
    for change in show::changes(&card, entry.portrait.as_deref(), Some(&against)) {
        if !labels.contains(&change.label) {
            labels.push(change.label);
        }
    }
    let more = labels.len().saturating_sub(NAMED);
    labels.truncate(NAMED);
    let named = labels.join(", ");
    Ok((!named.is_empty()).then(|| match more {
        0 => named,
        more => format!("{named} and {more} more"),
    }))
}

/// The part of a publish that is looked at here.
#[derive(Deserialize)]
struct WithNotes {
    notes: Option<SaltedText>,
}

fn first_line_of_notes(entry: &Entry) -> Option<String> {
    let request: WithNotes = serde_json::from_str(&entry.body).ok()?;
    let notes = request.notes?.value;
    let mut lines = notes.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).map(str::to_owned)
}
