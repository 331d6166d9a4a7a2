//! Lists: texts by place, lorebook entries by id and then by keys.

use super::{Change, ChangeKind};
use crate::card::{EntryView, FieldSpec, LorebookView};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// Texts in a list. The same texts in another order are *moved*; otherwise
/// place by place.
pub(super) fn texts(
    field: &FieldSpec,
    before: &[Cow<'_, str>],
    after: &[Cow<'_, str>],
    changes: &mut Vec<Change>,
) {
    if before == after {
        return;
    }
    let sorted = |list: &[Cow<'_, str>]| -> Vec<String> {
        let mut list: Vec<_> = list.iter().map(|text| text.to_string()).collect();
        list.sort();
        list
    };
    if sorted(before) == sorted(after) {
        let place = before
            .iter()
            .zip(after)
            .position(|(a, b)| a != b)
            .unwrap_or_default();
        let path = format!("{}/{place}", field.key);
        changes.push(Change::new(
            path,
            field.label,
            ChangeKind::Moved,
            &before.join("\n"),
            &after.join("\n"),
        ));
        return;
    }
    for index in 0..before.len().max(after.len()) {
        let (a, b) = (
            before.get(index).map(AsRef::as_ref),
            after.get(index).map(AsRef::as_ref),
        );
        let label = format!("{} {}", field.label, index + 1);
        changes.extend(Change::of(format!("{}/{index}", field.key), label, a, b));
    }
}

/// Lorebooks: their own values as a whole, their entries one by one.
pub(super) fn lorebook(
    before: Option<LorebookView<'_>>,
    after: Option<LorebookView<'_>>,
    changes: &mut Vec<Change>,
) {
    let own = |book: Option<LorebookView<'_>>| {
        book.and_then(|book| {
            book.tree().members().map(|m| {
                m.iter()
                    .filter(|(key, _)| key != "entries")
                    .cloned()
                    .collect()
            })
        })
        .map(|members| crate::json::Tree::Object(members).to_json_pretty())
    };
    changes.extend(Change::of(
        "character_book",
        "Lorebook",
        own(before).as_deref(),
        own(after).as_deref(),
    ));
    let old = keyed(before);
    let new = keyed(after);
    let in_new: HashMap<&str, EntryView<'_>> = new
        .iter()
        .map(|(key, _, entry)| (key.as_str(), *entry))
        .collect();
    let in_old: HashSet<&str> = old.iter().map(|(key, ..)| key.as_str()).collect();
    for (key, index, entry) in &old {
        let other = in_new.get(key.as_str()).copied();
        if other.map(|other| other.tree()) != Some(entry.tree()) {
            push(key, *index, Some(*entry), other, changes);
        }
    }
    for (key, index, entry) in new
        .iter()
        .filter(|(key, ..)| !in_old.contains(key.as_str()))
    {
        push(key, *index, None, Some(*entry), changes);
    }
}

fn push(
    key: &str,
    index: usize,
    before: Option<EntryView<'_>>,
    after: Option<EntryView<'_>>,
    changes: &mut Vec<Change>,
) {
    let named = after
        .or(before)
        .map(|entry| entry.label(index))
        .unwrap_or_default();
    let text = |entry: Option<EntryView<'_>>| entry.map(readable);
    let (a, b) = (text(before), text(after));
    changes.extend(Change::of(
        format!("character_book/entries/{key}"),
        format!("Lorebook: {named}"),
        a.as_deref(),
        b.as_deref(),
    ));
}

/// An entry as people read it: keys, content, then every other value.
fn readable(entry: EntryView<'_>) -> String {
    let others = entry
        .tree()
        .members()
        .unwrap_or_default()
        .iter()
        .filter(|(key, _)| key != "keys" && key != "content");
    let mut text = format!(
        "{}\n\n{}\n",
        entry.list("keys").join(", "),
        entry.text("content")
    );
    for (key, value) in others {
        text.push_str(&format!("\n{key}: {}", value.to_json()));
    }
    text
}

/// What identifies each entry of a lorebook in a difference's path, in the
/// order of the book.
pub(super) fn entry_keys(book: Option<LorebookView<'_>>) -> Vec<String> {
    keyed(book).into_iter().map(|(key, ..)| key).collect()
}

/// Entries with what identifies them: their id, else their keys, each made
/// unique by a count where it repeats.
fn keyed<'a>(book: Option<LorebookView<'a>>) -> Vec<(String, usize, EntryView<'a>)> {
    let mut out: Vec<(String, usize, EntryView<'a>)> = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, entry) in book
        .map(|book| book.entries())
        .unwrap_or_default()
        .into_iter()
        .enumerate()
    {
        let id = entry.text("id");
        let base = if id.is_empty() {
            format!("keys:{}", entry.list("keys").join(","))
        } else {
            format!("id:{id}")
        };
        let times = seen
            .entry(base.clone())
            .and_modify(|times| *times += 1)
            .or_insert(1);
        let key = if *times == 1 {
            base
        } else {
            format!("{base}#{times}")
        };
        out.push((key, index, entry));
    }
    out
}
