//! Up: V1 → V2 → V3. Nothing is lost on the way.

use dramatis_domain::card::{CardFormat, CardView, FIELDS, FieldKind};
use dramatis_domain::json::Tree;

use crate::format::{V1_FIELDS, spec};
use crate::repair::{free_data_key, wrap_loose};

/// To V3, from V1 or V2.
pub(super) fn to_v3(tree: &Tree) -> Tree {
    let mut wrapped = match CardView::new(tree).format() {
        CardFormat::V1 => v1_to_v2(tree),
        _ => tree.clone(),
    };
    relabel(&mut wrapped, CardFormat::V3);
    if let Some(body) = body_mut(&mut wrapped) {
        add_missing(body, CardFormat::V3);
        each_entry(body, |entry| {
            if !entry.iter().any(|(key, _)| key == "use_regex") {
                entry.push(("use_regex".to_owned(), Tree::Bool(false)));
            }
        });
    }
    wrapped
}

/// To V2, from V1: V1's fields, and others that V2 knows by the same name, move
/// into `data`; every other top-level key stays where it is, as SillyTavern
/// writes it. `creatorcomment` is V1's older name of `creator_notes`.
pub(super) fn v1_to_v2(tree: &Tree) -> Tree {
    let members = tree.members().unwrap_or_default();
    let v2_field = |key: &str| {
        FIELDS
            .iter()
            .any(|field| field.key == key && field.since <= CardFormat::V2)
            || key == "extensions"
            || key == "character_book"
    };
    let (mut body, mut outer): (Vec<_>, Vec<_>) =
        members.iter().cloned().partition(|(key, _)| v2_field(key));
    body.sort_by_key(|(key, _)| {
        V1_FIELDS
            .iter()
            .position(|field| field == key)
            .unwrap_or(V1_FIELDS.len())
    });
    if let (Some(notes @ Tree::String(_)), false) = (
        tree.get("creatorcomment"),
        body.iter().any(|(key, _)| key == "creator_notes"),
    ) {
        body.push(("creator_notes".to_owned(), notes.clone()));
    }
    add_missing(&mut body, CardFormat::V2);
    free_data_key(&mut outer);
    outer.retain(|(key, _)| key != "spec" && key != "spec_version");
    outer.insert(0, ("data".to_owned(), Tree::Object(body)));
    let mut wrapped = Tree::Object(outer);
    relabel(&mut wrapped, CardFormat::V2);
    wrapped
}

/// Writes `spec` and `spec_version`, in their place where they stand, first
/// where they do not; wraps loose fields into `data`.
pub(super) fn relabel(tree: &mut Tree, format: CardFormat) {
    let wrapped = matches!(tree.get("data"), Some(Tree::Object(_)));
    let Tree::Object(root) = tree else { return };
    if !wrapped {
        wrap_loose(root);
    }
    let Some((name, version)) = spec(format) else {
        return;
    };
    for (at, key, text) in [(0, "spec", name), (1, "spec_version", version)] {
        let value = Tree::String(text.to_owned());
        match root.iter_mut().find(|(found, _)| found == key) {
            Some((_, found)) => *found = value,
            None => root.insert(at, (key.to_owned(), value)),
        }
    }
}

/// The members of `data`.
pub(super) fn body_mut(tree: &mut Tree) -> Option<&mut Vec<(String, Tree)>> {
    let Tree::Object(root) = tree else {
        return None;
    };
    match root.iter_mut().find(|(key, _)| key == "data") {
        Some((_, Tree::Object(body))) => Some(body),
        _ => None,
    }
}

/// Runs over the lorebook's entries that are objects.
pub(super) fn each_entry(
    body: &mut [(String, Tree)],
    mut change: impl FnMut(&mut Vec<(String, Tree)>),
) {
    let book = body.iter_mut().find(|(key, _)| key == "character_book");
    let Some((_, Tree::Object(book))) = book else {
        return;
    };
    let entries: Box<dyn Iterator<Item = &mut Tree>> = match book
        .iter_mut()
        .find(|(key, _)| key == "entries")
    {
        Some((_, Tree::Array(entries))) => Box::new(entries.iter_mut()),
        Some((_, Tree::Object(entries))) => Box::new(entries.iter_mut().map(|(_, entry)| entry)),
        _ => return,
    };
    for entry in entries {
        if let Tree::Object(entry) = entry {
            change(entry);
        }
    }
}

fn add_missing(body: &mut Vec<(String, Tree)>, format: CardFormat) {
    let required = FIELDS
        .iter()
        .filter(|field| field.since <= format && field.key != "nickname")
        .map(|field| {
            let empty = match field.kind {
                FieldKind::List => Tree::Array(Vec::new()),
                FieldKind::Line | FieldKind::Text => Tree::String(String::new()),
            };
            (field.key, empty)
        });
    for (key, empty) in required.chain([("extensions", Tree::Object(Vec::new()))]) {
        if !body.iter().any(|(found, _)| found == key) {
            body.push((key.to_owned(), empty));
        }
    }
}
