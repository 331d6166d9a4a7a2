//! Down: to V2 and V1, naming what stays behind.

use dramatis_domain::card::{CardFormat, CardView, FIELDS};
use dramatis_domain::json::Tree;

use super::loss::{Loss, LossCode};
use super::up::{body_mut, each_entry, relabel, v1_to_v2};
use crate::format::V1_FIELDS;
use crate::repair::repeats;

/// V3's fields beyond those that creators write.
const V3_OTHERS: [&str; 5] = [
    "assets",
    "creator_notes_multilingual",
    "source",
    "creation_date",
    "modification_date",
];

/// To V2: from V1 upwards without loss, from V3 without V3's own fields.
pub(super) fn or_up_to_v2(tree: &Tree) -> (Tree, Vec<Loss>) {
    if CardView::new(tree).format() == CardFormat::V1 {
        return (v1_to_v2(tree), Vec::new());
    }
    let mut losses = Vec::new();
    let prefix = body_path(tree);
    let mut tree = tree.clone();
    relabel(&mut tree, CardFormat::V2);
    if let Some(body) = body_mut(&mut tree) {
        body.retain(|(key, value)| {
            let stays = !is_v3_only(key);
            if !stays && !says_nothing(value) {
                losses.push(Loss::new(
                    LossCode::Field,
                    format!("{prefix}/{key}"),
                    format!("V2 has no field “{key}”."),
                ));
            }
            stays
        });
        let (mut regex, mut named) = (0, 0);
        each_entry(body, |entry| {
            entry.retain(|(key, value)| {
                regex += usize::from(key == "use_regex" && *value == Tree::Bool(true));
                key != "use_regex"
            });
            if let Some((_, id)) = entry.iter_mut().find(|(key, _)| key == "id")
                && id.as_str().is_some()
            {
                named += 1;
                entry.retain(|(key, _)| key != "id");
            }
        });
        let path = format!("{prefix}/character_book/entries");
        if regex > 0 {
            let message = format!(
                "V2 has no “use_regex”: the patterns of {regex} lorebook entries would be read as plain words."
            );
            losses.push(Loss::new(LossCode::EntryField, path.clone(), message));
        }
        if named > 0 {
            let message = format!(
                "V2 counts lorebook entries by number: the names in “id” of {named} entries are left out."
            );
            losses.push(Loss::new(LossCode::EntryField, path, message));
        }
    }
    (tree, losses)
}

/// To V1: its six texts, and top-level keys that no format knows.
pub(super) fn to_v1(tree: &Tree) -> (Tree, Vec<Loss>) {
    let view = CardView::new(tree);
    let prefix = body_path(tree);
    let body = view.body().members().unwrap_or_default();
    let mut losses = Vec::new();
    for (outer, inner) in repeats(tree) {
        let (repeated, counts) = (tree.get(outer), view.body().get(inner));
        if repeated != counts && repeated.is_some_and(|value| !says_nothing(value)) {
            losses.push(Loss::new(
                LossCode::Repetition,
                format!("/{outer}"),
                format!(
                    "“{outer}” at the top level says something else than “data”, which is written."
                ),
            ));
        }
    }
    let mut out: Vec<(String, Tree)> = V1_FIELDS
        .iter()
        .map(|key| {
            let value = view.body().get(key).cloned();
            (
                (*key).to_owned(),
                value.unwrap_or_else(|| Tree::String(String::new())),
            )
        })
        .collect();
    for (key, value) in body
        .iter()
        .filter(|(key, _)| !V1_FIELDS.contains(&key.as_str()) && !is_label(key))
    {
        let lost = match key.as_str() {
            "extensions" => Some((LossCode::Extensions, "V1 has no “extensions”.".to_owned())),
            "character_book" => Some((LossCode::Lorebook, "V1 has no lorebook.".to_owned())),
            key if is_known(key) => Some((LossCode::Field, format!("V1 has no field “{key}”."))),
            key if out
                .iter()
                .chain(outer_keys(tree, view))
                .any(|(found, _)| found == key) =>
            {
                Some((
                    LossCode::UnknownKey,
                    format!("“{key}” stands at the top level too, where V1 keeps it."),
                ))
            }
            _ => None,
        };
        match lost {
            None => out.push((key.clone(), value.clone())),
            Some((code, message)) if code == LossCode::UnknownKey || !says_nothing(value) => {
                losses.push(Loss::new(code, format!("{prefix}/{key}"), message));
            }
            Some(_) => {}
        }
    }
    out.extend(outer_keys(tree, view).cloned());
    (Tree::Object(out), losses)
}

/// Top-level keys beside `data` that no format knows: V1 keeps them.
fn outer_keys<'a>(tree: &'a Tree, view: CardView<'a>) -> impl Iterator<Item = &'a (String, Tree)> {
    let members = if view.is_wrapped() {
        tree.members().unwrap_or_default()
    } else {
        &[]
    };
    members.iter().filter(|(key, _)| {
        !is_label(key)
            && key != "data"
            && !is_known(key)
            && key != "extensions"
            && key != "character_book"
    })
}

fn is_label(key: &str) -> bool {
    key == "spec" || key == "spec_version"
}

fn is_known(key: &str) -> bool {
    FIELDS.iter().any(|field| field.key == key) || V3_OTHERS.contains(&key)
}

fn is_v3_only(key: &str) -> bool {
    V3_OTHERS.contains(&key)
        || FIELDS
            .iter()
            .any(|field| field.key == key && field.since == CardFormat::V3)
}

/// Empty values are no loss.
fn says_nothing(value: &Tree) -> bool {
    match value {
        Tree::Null => true,
        Tree::String(text) => text.is_empty(),
        Tree::Array(elements) => elements.is_empty(),
        Tree::Object(members) => members.is_empty(),
        Tree::Number(text) => text == "0",
        Tree::Bool(_) => false,
    }
}

fn body_path(tree: &Tree) -> &'static str {
    if CardView::new(tree).is_wrapped() {
        "/data"
    } else {
        ""
    }
}
