//! What differs between two card documents, field by field, with words inside
//! a field (studio.md, Diff).

mod lists;
mod words;

pub use words::{Span, SpanKind, spans};

use crate::{
    card::{CardView, FIELDS, FieldKind},
    json::Tree,
};
use serde::{Deserialize, Serialize};

/// What happened to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only the second document has it.
    Added,
    /// Only the first document has it.
    Removed,
    /// Both have it, with other content.
    Changed,
    /// The same content at another place of its list.
    Moved,
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where: `personality`, `alternate_greetings/2`, `character_book/entries/id:7`,
    /// `extensions/depth_prompt/depth`; a leading `/` for what stands beside `data`.
    pub path: String,
    /// What people call it.
    pub label: String,
    /// What happened.
    pub kind: ChangeKind,
    /// The text of both sides, word by word.
    pub spans: Vec<Span>,
}

impl Change {
    fn new(
        path: impl Into<String>,
        label: impl Into<String>,
        kind: ChangeKind,
        before: &str,
        after: &str,
    ) -> Self {
        Self {
            path: path.into(),
            label: label.into(),
            kind,
            spans: spans(before, after),
        }
    }

    /// Added, removed or changed by what stands on either side; none where both are equal.
    fn of(
        path: impl Into<String>,
        label: impl Into<String>,
        before: Option<&str>,
        after: Option<&str>,
    ) -> Option<Self> {
        let kind = match (before, after) {
            (None, None) => return None,
            (Some(a), Some(b)) if a == b => return None,
            (None, Some(_)) => ChangeKind::Added,
            (Some(_), None) => ChangeKind::Removed,
            (Some(_), Some(_)) => ChangeKind::Changed,
        };
        Some(Self::new(
            path,
            label,
            kind,
            before.unwrap_or_default(),
            after.unwrap_or_default(),
        ))
    }
}

/// Compares two card documents. Empty only where they are equal, key order
/// and number text included.
#[must_use]
pub fn diff(before: &Tree, after: &Tree) -> Vec<Change> {
    let (a, b) = (CardView::new(before), CardView::new(after));
    let mut changes = Vec::new();
    for field in FIELDS {
        match field.kind {
            FieldKind::Line | FieldKind::Text => {
                let (old, new) = (a.text(field.key), b.text(field.key));
                changes.extend(Change::of(
                    field.key,
                    field.label,
                    filled(&old),
                    filled(&new),
                ));
            }
            FieldKind::List => {
                lists::texts(field, &a.list(field.key), &b.list(field.key), &mut changes);
            }
        }
    }
    lists::lorebook(a.lorebook(), b.lorebook(), &mut changes);
    rest(&a, &b, &mut changes);
    if changes.is_empty() && before != after {
        changes.push(Change::new(
            "document",
            "Form of the document",
            ChangeKind::Changed,
            &before.to_json_pretty(),
            &after.to_json_pretty(),
        ));
    }
    changes
}

/// What identifies each entry of a card's lorebook in a path
/// (`character_book/entries/…`), in the order of the book.
#[must_use]
pub fn entry_keys(card: CardView<'_>) -> Vec<String> {
    lists::entry_keys(card.lorebook())
}

/// An empty text and a missing one read the same to a creator.
fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Everything without an editor of its own: other keys of `data`, then what
/// stands beside `data`.
fn rest(a: &CardView<'_>, b: &CardView<'_>, changes: &mut Vec<Change>) {
    let known = |key: &str| crate::card::field_spec(key).is_some() || key == "character_book";
    members(Some(a.body()), Some(b.body()), "", &known, changes);
    if a.is_wrapped() || b.is_wrapped() {
        // V1 fields repeated at the top level are copies of fields compared above.
        let outer = |key: &str| known(key) || key == "data";
        let beside = |view: &CardView<'_>| {
            if view.is_wrapped() {
                Some(view.root().clone())
            } else {
                None
            }
        };
        let (a, b) = (beside(a), beside(b));
        members(a.as_ref(), b.as_ref(), "/", &outer, changes);
    }
}

fn members(
    before: Option<&Tree>,
    after: Option<&Tree>,
    prefix: &str,
    skip: &dyn Fn(&str) -> bool,
    changes: &mut Vec<Change>,
) {
    let none: &[(String, Tree)] = &[];
    let old = before.and_then(Tree::members).unwrap_or(none);
    let new = after.and_then(Tree::members).unwrap_or(none);
    let added = new
        .iter()
        .filter(|(key, _)| !old.iter().any(|(other, _)| other == key));
    for (key, _) in old.iter().chain(added) {
        if skip(key) {
            continue;
        }
        let path = format!("{prefix}{key}");
        match (
            before.and_then(|tree| tree.get(key)),
            after.and_then(|tree| tree.get(key)),
        ) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a @ Tree::Object(_)), Some(b @ Tree::Object(_))) => {
                members(Some(a), Some(b), &format!("{path}/"), &|_| false, changes);
            }
            (a, b) => {
                let (a, b) = (a.map(shown), b.map(shown));
                changes.extend(Change::of(path.clone(), path, a.as_deref(), b.as_deref()));
            }
        }
    }
}

/// A value as people read it: a string without its quotes.
fn shown(tree: &Tree) -> String {
    tree.as_str()
        .map_or_else(|| tree.to_json_pretty(), str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn changes(before: &str, after: &str) -> Vec<(String, ChangeKind)> {
        diff(
            &Tree::parse_strict(before).unwrap(),
            &Tree::parse_strict(after).unwrap(),
        )
        .into_iter()
        .map(|change| (change.path, change.kind))
        .collect()
    }

    #[test]
    fn fields_lists_entries_and_the_rest() {
        use ChangeKind::{Added, Changed, Moved, Removed};
        let before = r#"{"spec":"chara_card_v2","fav":true,"data":{"name":"A","personality":"calm","tags":["x","y"],"alternate_greetings":["one","two"],
            "character_book":{"entries":[{"id":1,"keys":["k"],"content":"c"},{"id":2,"keys":["l"],"content":"d"}]},"extensions":{"n":{"a":1}}}}"#;
        let after = r#"{"spec":"chara_card_v2","fav":false,"data":{"name":"A","scenario":"sea","tags":["y","x"],"alternate_greetings":["one","2","three"],
            "character_book":{"entries":[{"id":1,"keys":["k"],"content":"C"},{"id":3,"keys":["m"],"content":"e"}]},"extensions":{"n":{"a":1.0}}}}"#;
        assert_eq!(
            changes(before, after),
            [
                ("personality".into(), Removed),
                ("scenario".into(), Added),
                ("alternate_greetings/1".into(), Changed),
                ("alternate_greetings/2".into(), Added),
                ("tags/0".into(), Moved),
                ("character_book/entries/id:1".into(), Changed),
                ("character_book/entries/id:2".into(), Removed),
                ("character_book/entries/id:3".into(), Added),
                ("extensions/n/a".into(), Changed),
                ("/fav".into(), Changed),
            ]
        );
    }

    #[test]
    fn equal_documents_have_no_changes_and_other_key_order_is_said() {
        assert!(changes(r#"{"name":"A"}"#, r#"{ "name" : "A" }"#).is_empty());
        assert_eq!(
            changes(r#"{"name":"A","x":1}"#, r#"{"x":1,"name":"A"}"#),
            [("document".into(), ChangeKind::Changed)]
        );
    }
}
