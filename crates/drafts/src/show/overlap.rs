//! What has overtaken a draft, and what both sides changed.

use super::event;
use crate::{
    StudioError, freeze,
    store::Db,
    table::{
        self,
        account::Account,
        item::Item,
        overlap::{self, Overlap},
    },
    view,
};
use dramatis_cards::CardDocument;
use dramatis_domain::{
    card::{FieldKind, field_spec},
    diff::{Span, SpanKind, diff},
};
use std::collections::HashMap;

const PORTRAIT: &str = "portrait";

/// The release that is newer than what the draft was made from, and who made it.
pub(super) async fn newer(
    db: &mut Db,
    item: Option<&Item>,
) -> Result<Option<view::NewerRelease>, StudioError> {
    let Some(item) = item else {
        return Ok(None);
    };
    let Some(release) = freeze::newer(db, item).await? else {
        return Ok(None);
    };
    let made = table::event::list(db, &item.id)
        .await?
        .iter()
        .find(|event| event.subject.is_some_and(|id| id.to_string() == release.id))
        .map(|record| event::line(record, &HashMap::new()));
    let (actor, device) = made
        .map(|event| (event.actor, event.device))
        .unwrap_or_default();
    Ok(Some(view::NewerRelease {
        release: release.id,
        number: u32::try_from(release.number).unwrap_or(u32::MAX),
        actor,
        device,
        at: release.created_at,
        notes: release.notes,
    }))
}

/// Fields that nobody has decided yet, as the account sees the character.
pub(crate) async fn open_overlaps(
    db: &mut Db,
    character: &str,
    account: Option<&Account>,
) -> Result<Vec<Overlap>, StudioError> {
    let item = match account {
        Some(account) => table::item::of(db, character, account).await?,
        None => None,
    };
    match item {
        Some(item) => overlap::open_of(db, character, &item.id).await,
        None => Ok(Vec::new()),
    }
}

/// The same, as a window shows them.
pub(super) async fn shown(
    db: &mut Db,
    character: &str,
    item: Option<&Item>,
) -> Result<Vec<view::Overlap>, StudioError> {
    let Some(item) = item else {
        return Ok(Vec::new());
    };
    let open = overlap::open_of(db, character, &item.id).await?;
    Ok(open
        .into_iter()
        .map(|overlap| {
            let is_portrait = overlap.path == PORTRAIT;
            let picture = |text: &String| (is_portrait && !text.is_empty()).then(|| text.clone());
            view::Overlap {
                my_portrait: picture(&overlap.mine),
                their_portrait: picture(&overlap.theirs),
                mine: if is_portrait {
                    String::new()
                } else {
                    overlap.mine
                },
                theirs: if is_portrait {
                    String::new()
                } else {
                    overlap.theirs
                },
                number: u32::try_from(overlap.number).unwrap_or(u32::MAX),
                field: field_spec(&overlap.path)
                    .filter(|spec| spec.kind != FieldKind::List)
                    .map(|spec| spec.key.to_owned()),
                path: overlap.path,
                label: overlap.label,
            }
        })
        .collect())
}

/// A part that both sides changed, with both texts.
pub(crate) struct Side {
    pub(crate) path: String,
    pub(crate) label: String,
    pub(crate) mine: String,
    pub(crate) theirs: String,
}

/// Both texts of each path; a portrait's text is its digest.
pub(crate) fn sides(
    mine: &CardDocument,
    theirs: &CardDocument,
    portraits: (Option<&str>, Option<&str>),
    paths: &[String],
) -> Vec<Side> {
    let changes = diff(mine.tree(), theirs.tree());
    let (my_view, their_view) = (mine.view(), theirs.view());
    paths
        .iter()
        .map(|path| {
            let side = |label: &str, mine: String, theirs: String| Side {
                path: path.clone(),
                label: label.to_owned(),
                mine,
                theirs,
            };
            if path == PORTRAIT {
                let digest = |portrait: Option<&str>| portrait.unwrap_or_default().to_owned();
                return side("Portrait", digest(portraits.0), digest(portraits.1));
            }
            if let Some(spec) = field_spec(path) {
                let text = |view: &dramatis_domain::card::CardView<'_>| match spec.kind {
                    FieldKind::List => view.list(path).join("\n\n"),
                    FieldKind::Line | FieldKind::Text => view.text(path).into_owned(),
                };
                return side(spec.label, text(&my_view), text(&their_view));
            }
            match changes.iter().find(|change| change.path == *path) {
                Some(change) => side(
                    &change.label,
                    one_side(&change.spans, SpanKind::Added),
                    one_side(&change.spans, SpanKind::Removed),
                ),
                // Ours is where theirs was taken out, or the other way round,
                // below another path: named, with what is there to be compared.
                None => side(path, String::new(), String::new()),
            }
        })
        .collect()
}

/// One side's text of a difference: everything but the other side's words.
fn one_side(spans: &[Span], other: SpanKind) -> String {
    spans
        .iter()
        .filter(|span| span.kind != other)
        .map(|span| span.text.as_str())
        .collect()
}
