//! A card's fields, what differs of it, and what it still needs.

use crate::view::{
    self, ChangeKind, ChangedField, CheckItem, Field, FieldKind, Lorebook, LorebookEntry,
    RestField, TokenTotals,
};
use dramatis_cards::{CardDocument, tokens};
use dramatis_domain::{
    card::{self, CardView, FIELDS},
    diff::{self, diff},
    json::Tree,
    rules,
};
use std::{borrow::Cow, sync::Arc};

/// Fields that publishing needs (`rules`); of the three that describe, one is enough.
const REQUIRED: &[&str] = &["name", "description", "first_mes"];

/// The frozen or released version that a draft is compared with.
#[derive(Clone, Debug)]
pub(crate) struct Against {
    pub(crate) card: Arc<Tree>,
    pub(crate) portrait: Option<String>,
}

pub(crate) fn format_word(format: card::CardFormat) -> view::CardFormat {
    match format {
        card::CardFormat::V1 => view::CardFormat::V1,
        card::CardFormat::V2 => view::CardFormat::V2,
        card::CardFormat::V3 => view::CardFormat::V3,
    }
}

pub(super) fn fields(view: &CardView<'_>) -> Vec<Field> {
    FIELDS
        .iter()
        .map(|spec| {
            let (kind, text, items) = match spec.kind {
                card::FieldKind::Line => (FieldKind::Line, view.text(spec.key).into_owned(), Vec::new()),
                card::FieldKind::Text => (FieldKind::Text, view.text(spec.key).into_owned(), Vec::new()),
                card::FieldKind::List => (FieldKind::List, String::new(), owned(view.list(spec.key))),
            };
            let raises = view.format() < spec.since && view.body().get(spec.key).is_none();
            Field {
                key: spec.key.to_owned(),
                label: spec.label.to_owned(),
                kind,
                tokens: field_tokens(view, spec.key),
                text,
                items,
                required: REQUIRED.contains(&spec.key),
                available: true,
                unavailable_why: raises.then(|| {
                    format!(
                        "This is a {} card, which has no such field; writing it makes it a {} card. Nothing is lost by that.",
                        dramatis_cards::format::label(view.format()),
                        dramatis_cards::format::label(spec.since)
                    )
                }),
            }
        })
        .collect()
}

/// A field's tokens; a list's are those of its texts together.
pub(super) fn field_tokens(view: &CardView<'_>, key: &str) -> u32 {
    let is_list = card::field_spec(key).is_some_and(|spec| spec.kind == card::FieldKind::List);
    let tokens = if is_list {
        view.list(key)
            .iter()
            .map(|text| tokens::count_text(text))
            .sum()
    } else {
        tokens::count_text(&view.text(key))
    };
    count(tokens)
}

pub(super) fn totals(view: &CardView<'_>) -> TokenTotals {
    let counts = tokens::count(view);
    TokenTotals {
        total: count(counts.total),
        permanent: count(counts.permanent),
        tokenizer: counts.tokenizer,
    }
}

pub(super) fn lorebook(view: &CardView<'_>) -> Option<Lorebook> {
    let book = view.lorebook()?;
    let entries: Vec<_> = book
        .entries()
        .iter()
        .enumerate()
        .map(|(index, entry)| LorebookEntry {
            label: entry.label(index),
            keys: owned(entry.list("keys")),
            secondary_keys: owned(entry.list("secondary_keys")),
            content: entry.text("content").into_owned(),
            enabled: entry.flag("enabled", true),
            constant: entry.flag("constant", false),
            order: entry.text("insertion_order").into_owned(),
            tokens: count(tokens::count_text(&entry.text("content"))),
        })
        .collect();
    Some(Lorebook {
        name: book.text("name").into_owned(),
        description: book.text("description").into_owned(),
        tokens: entries
            .iter()
            .map(|entry| entry.tokens)
            .fold(0, u32::saturating_add),
        entries,
    })
}

/// Everything that has no editor, as it stands.
pub(super) fn rest(view: &CardView<'_>) -> Vec<RestField> {
    let known = |key: &str| card::field_spec(key).is_some() || key == "character_book";
    let part = |prefix: &str, key: &str, value: &Tree| RestField {
        path: format!("{prefix}{key}"),
        json: value.to_json_pretty(),
    };
    let members = |tree: &Tree| tree.members().unwrap_or_default().to_vec();
    let mut rest: Vec<_> = members(view.body())
        .iter()
        .filter(|(key, _)| !known(key))
        .map(|(key, value)| part("", key, value))
        .collect();
    if view.is_wrapped() {
        let beside = members(view.root());
        rest.extend(
            beside
                .iter()
                .filter(|(key, _)| key != "data")
                .map(|(key, value)| part("/", key, value)),
        );
    }
    rest
}

/// What differs from what was last frozen or released; nothing where that is
/// not here.
pub(crate) fn changes(
    card: &CardDocument,
    portrait: Option<&str>,
    against: Option<&Against>,
) -> Vec<ChangedField> {
    let Some(against) = against else {
        return Vec::new();
    };
    let mut changes: Vec<_> = diff(&against.card, card.tree())
        .into_iter()
        .map(|change| ChangedField {
            path: change.path,
            label: change.label,
            kind: kind(change.kind),
        })
        .collect();
    if let Some(kind) = portrait_change(against.portrait.as_deref(), portrait) {
        changes.push(ChangedField {
            path: "portrait".to_owned(),
            label: "Portrait".to_owned(),
            kind,
        });
    }
    changes
}

pub(super) fn portrait_change(before: Option<&str>, after: Option<&str>) -> Option<ChangeKind> {
    match (before, after) {
        (a, b) if a == b => None,
        (None, _) => Some(ChangeKind::Added),
        (_, None) => Some(ChangeKind::Removed),
        _ => Some(ChangeKind::Changed),
    }
}

pub(super) fn kind(kind: diff::ChangeKind) -> ChangeKind {
    match kind {
        diff::ChangeKind::Added => ChangeKind::Added,
        diff::ChangeKind::Removed => ChangeKind::Removed,
        diff::ChangeKind::Changed => ChangeKind::Changed,
        diff::ChangeKind::Moved => ChangeKind::Moved,
    }
}

/// What publishing still needs of the card itself.
pub(crate) fn checklist(card: &CardDocument) -> Vec<CheckItem> {
    let mut failures = Vec::new();
    rules::check_card(card.tree(), &mut failures);
    failures.into_iter().map(CheckItem::from).collect()
}

impl From<rules::Failure> for CheckItem {
    fn from(failure: rules::Failure) -> Self {
        Self {
            code: failure.code,
            field: failure.field,
            message: failure.message,
        }
    }
}

/// Whether a draft differs from what it was made from; a draft that was never
/// frozen is all news.
pub(crate) fn unpublished(
    sha256: &str,
    portrait: Option<&str>,
    base_card: Option<&str>,
    base_portrait: Option<&str>,
) -> bool {
    base_card != Some(sha256) || base_portrait != portrait
}

fn owned(texts: Vec<Cow<'_, str>>) -> Vec<String> {
    texts.into_iter().map(Cow::into_owned).collect()
}

pub(super) fn count(tokens: usize) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX)
}
