//! The document's outer form: `spec`, `spec_version`, `data`, and V1 fields
//! repeated at the top level.

use dramatis_domain::card::{CardFormat, CardView, FIELDS};
use dramatis_domain::json::Tree;

use super::RepairCode as Code;
use super::fields::as_text;
use super::log::Log;
use crate::format::{V1_FIELDS, label, spec};

/// Notes and mends `spec` and `spec_version`. A newer version than ours is
/// noted and never changed (compared as a float, cards.md, Fields).
pub(super) fn spec_fields(root: &mut Vec<(String, Tree)>, format: CardFormat, log: &mut Log) {
    let Some((name, version)) = spec(format) else {
        return;
    };
    let value = |root: &[(String, Tree)], key: &str| {
        root.iter()
            .find(|(k, _)| k == key)
            .map(|(_, value)| as_text(value))
    };
    let (found_name, found_version) = (value(root, "spec"), value(root, "spec_version"));
    let newer_name = found_name
        .as_deref()
        .is_some_and(|found| found != name && is_newer_spec(found));
    let number = found_version
        .as_deref()
        .and_then(|text| text.trim().parse::<f64>().ok());
    let ours = version.parse::<f64>().unwrap_or_default();
    if newer_name
        || number.is_some_and(|number| number > ours && number < ours + 1.0)
        || (format == CardFormat::V3 && number.is_some_and(|number| number > ours))
    {
        log.note(
            Code::NewerVersion,
            "/spec_version",
            format!(
                "The card says {} {}, newer than the {version} Dramatis knows; it was read as {}.",
                found_name.unwrap_or_default(),
                found_version.unwrap_or_default(),
                label(format)
            ),
        );
        return;
    }
    if found_name.as_deref() != Some(name) {
        log.note(
            Code::SpecUnclear,
            "/spec",
            format!(
                "“spec” is not {name}; by its form the card was read as {}.",
                label(format)
            ),
        );
        set_first(root, "spec", name, 0);
    }
    if number != Some(ours) {
        log.note(
            Code::SpecUnclear,
            "/spec_version",
            format!(
                "“spec_version” is not {version}; the card was read as {}.",
                label(format)
            ),
        );
        set_first(root, "spec_version", version, 1);
    }
}

/// Wraps fields that stand loose at the top level into `data`.
pub(super) fn wrap(root: &mut Vec<(String, Tree)>, log: &mut Log) {
    log.note(
        Code::NotWrapped,
        "",
        "The fields stand at the top level instead of in “data”; they were read there.",
    );
    wrap_loose(root);
}

/// Moves everything but the labels into `data`. What stood under that key
/// without being a body is kept under another one.
pub(crate) fn wrap_loose(root: &mut Vec<(String, Tree)>) {
    free_data_key(root);
    let (outer, body) = std::mem::take(root)
        .into_iter()
        .partition(|(key, _)| key == "spec" || key == "spec_version");
    *root = outer;
    root.push(("data".to_owned(), Tree::Object(body)));
}

/// Renames a `data` that is no card's body to the first free of `x_data`,
/// `x_data_`, …; a `null` goes.
pub(crate) fn free_data_key(members: &mut Vec<(String, Tree)>) {
    members.retain(|(key, value)| key != "data" || *value != Tree::Null);
    let mut free = "x_data".to_owned();
    while members.iter().any(|(key, _)| *key == free) {
        free.push('_');
    }
    if let Some((key, _)) = members.iter_mut().find(|(key, _)| key == "data") {
        *key = free;
    }
}

/// The top-level keys that repeat a field of `data`, with the field: the same
/// key, and `creatorcomment`, SillyTavern's older name of `creator_notes`.
pub(crate) fn repeats(root: &Tree) -> Vec<(&'static str, &'static str)> {
    let view = CardView::new(root);
    if !view.is_wrapped() {
        return Vec::new();
    }
    FIELDS
        .iter()
        .map(|field| (field.key, field.key))
        .chain([("creatorcomment", "creator_notes")])
        .filter(|(outer, inner)| root.get(outer).is_some() && view.body().get(inner).is_some())
        .collect()
}

/// Notes V1's fields whose repetition at the top level says something else than
/// `data`; `data` counts, and the repetition is mended to it. (Other keys there
/// are some program's own, whatever their names: SillyTavern's `tags`.)
pub(super) fn mend_repeats(root: &mut Tree, log: &mut Log) {
    let differing: Vec<(&str, Tree)> = repeats(root)
        .into_iter()
        .filter(|(outer, _)| V1_FIELDS.contains(outer))
        .filter_map(|(outer, inner)| {
            let inside = CardView::new(root).body().get(inner)?.clone();
            (root.get(outer) != Some(&inside)).then_some((outer, inside))
        })
        .collect();
    let Tree::Object(members) = root else { return };
    for (outer, inside) in differing {
        log.note(
            Code::RepeatDiffers,
            &format!("/{outer}"),
            format!("“{outer}” at the top level differs from the one in “data”; the one in “data” was read."),
        );
        if let Some((_, value)) = members.iter_mut().find(|(key, _)| key == outer) {
            *value = inside;
        }
    }
}

fn is_newer_spec(text: &str) -> bool {
    text.strip_prefix("chara_card_v")
        .and_then(|number| number.parse::<u32>().ok())
        .is_some_and(|number| number > 3)
}

fn set_first(root: &mut Vec<(String, Tree)>, key: &str, text: &str, at: usize) {
    match root.iter_mut().find(|(name, _)| name == key) {
        Some((_, value)) => *value = Tree::String(text.to_owned()),
        None => root.insert(
            at.min(root.len()),
            (key.to_owned(), Tree::String(text.to_owned())),
        ),
    }
}
