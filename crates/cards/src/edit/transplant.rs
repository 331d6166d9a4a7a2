//! One part of another card taken over: its exact bytes, so that number text,
//! unknown keys and their order come with it, and every byte outside of the
//! part stays. Parts are named as a difference names them
//! ([`dramatis_domain::diff`]).

use std::collections::BTreeSet;

use dramatis_domain::diff::entry_keys;
use dramatis_domain::json::{JsonFault, Tree};
use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;

use super::splice::{Splice, addition, members_removal, parsed, removal};
use crate::document::CardDocument;
use crate::error::CardError;

const BOOK: &str = "character_book";
const ENTRIES: &str = "entries";
/// The path of a whole lorebook; `character_book` alone names its own values.
pub const WHOLE_LOREBOOK: &str = "character_book/*";

impl CardDocument {
    /// This card with one part as `from` has it; where `from` has none, the
    /// part is taken out. Paths are those of a difference outside of the
    /// fields, and [`WHOLE_LOREBOOK`].
    ///
    /// # Errors
    /// [`CardError::NoSuchPart`] where neither card has it.
    pub fn taking(&self, from: &Self, path: &str) -> Result<Self, CardError> {
        let text = if path == WHOLE_LOREBOOK {
            member(self, from, &[BOOK], Inside::Body)?
        } else if path == BOOK {
            own_values(self, from)?
        } else if let Some(key) = path.strip_prefix("character_book/entries/") {
            entry(self, from, key)?
        } else if let Some(beside) = path.strip_prefix('/') {
            let keys = keys(self.tree(), from.tree(), beside).ok_or_else(|| no_such(path))?;
            member(self, from, &borrowed(&keys), Inside::Root)?
        } else {
            let (mine, theirs) = (self.view(), from.view());
            let keys = keys(mine.body(), theirs.body(), path).ok_or_else(|| no_such(path))?;
            member(self, from, &borrowed(&keys), Inside::Body)?
        };
        Self::parse(text)
    }
}

/// The object a path starts in.
#[derive(Clone, Copy)]
enum Inside {
    Root,
    Body,
}

fn no_such(path: &str) -> CardError {
    CardError::NoSuchPart {
        path: path.to_owned(),
    }
}

fn borrowed(keys: &[String]) -> Vec<&str> {
    keys.iter().map(String::as_str).collect()
}

/// A path's keys; a key may itself hold a slash, so the documents say which.
fn keys(mine: &Tree, theirs: &Tree, path: &str) -> Option<Vec<String>> {
    let all: BTreeSet<&str> = [mine, theirs]
        .into_iter()
        .filter_map(Tree::members)
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    if all.contains(path) {
        return Some(vec![path.to_owned()]);
    }
    all.into_iter().find_map(|key| {
        let rest = path.strip_prefix(key)?.strip_prefix('/')?;
        let mut keys = keys(mine.get(key)?, theirs.get(key)?, rest)?;
        keys.insert(0, key.to_owned());
        Some(keys)
    })
}

/// The text with one member as `from` has it.
fn member(
    card: &CardDocument,
    from: &CardDocument,
    keys: &[&str],
    inside: Inside,
) -> Result<String, CardError> {
    let raw = read(from, |object| {
        let (last, outer) = keys.split_last()?;
        value(descend(start(object, from, inside)?, outer)?, last).map(|value| raw(from, value))
    })?;
    write(card, |object| {
        let (last, outer) = keys.split_last()?;
        let object = descend(start(object, card, inside)?, outer)?;
        Some(put(card.text(), object, last, raw.as_deref()))
    })
}

/// The text with the lorebook's own values as `from` has them, in its order,
/// around the entries that are here; the whole book where only one side has one.
fn own_values(card: &CardDocument, from: &CardDocument) -> Result<String, CardError> {
    if card.view().lorebook().is_none() || from.view().lorebook().is_none() {
        return member(card, from, &[BOOK], Inside::Body);
    }
    let entries = read(card, |object| {
        let book = book(start(object, card, Inside::Body)?)?;
        value(book, ENTRIES).map(|value| raw(card, value))
    })?;
    let theirs = read(from, |object| {
        let book = book(start(object, from, Inside::Body)?)?;
        let mut text = from.text()[book.start()..book.end()].to_owned();
        if let Some((range, new)) = put(from.text(), book, ENTRIES, entries.as_deref()) {
            let at = book.start();
            text.replace_range(range.start - at..range.end - at, &new);
        }
        Some(text)
    })?;
    write(card, |object| {
        let body = start(object, card, Inside::Body)?;
        Some(put(card.text(), body, BOOK, theirs.as_deref()))
    })
}

/// The text with one entry of the lorebook as `from` has it.
fn entry(card: &CardDocument, from: &CardDocument, key: &str) -> Result<String, CardError> {
    let (mine, theirs) = (entry_keys(card.view()), entry_keys(from.view()));
    let here = mine.iter().position(|one| one == key);
    let there = theirs.iter().position(|one| one == key);
    let raw = match there {
        Some(at) => read(from, |object| {
            let all = entries(start(object, from, Inside::Body)?)?;
            all.get(at).map(|value| raw(from, value))
        })?,
        None => None,
    };
    match (here, raw) {
        (Some(at), Some(raw)) => write(card, |object| {
            let all = entries(start(object, card, Inside::Body)?)?;
            let old = all.get(at)?;
            Some(Some((old.start()..old.end(), raw)))
        }),
        (Some(at), None) => write(card, |object| {
            match value(book(start(object, card, Inside::Body)?)?, ENTRIES)? {
                Value::Array(list) => Some(members_removal(list, at).map(|at| (at, String::new()))),
                Value::Object(list) => Some(Some((removal(list, at), String::new()))),
                _ => None,
            }
        }),
        (None, Some(raw)) => {
            let before = there
                .and_then(|at| {
                    let siblings = theirs.get(..at)?.iter().rev();
                    siblings
                        .filter_map(|key| mine.iter().position(|one| one == key))
                        .next()
                })
                .map(|at| at + 1)
                .unwrap_or(0);
            insert(card, before, &raw)
        }
        (None, None) => Err(no_such(key)),
    }
}

/// The text with one more entry, at a place among those that are there.
fn insert(card: &CardDocument, at: usize, entry: &str) -> Result<String, CardError> {
    write(card, |object| {
        let text = card.text();
        let body = start(object, card, Inside::Body)?;
        let Some(book) = book(body) else {
            let whole = format!("{{\"extensions\":{{}},\"entries\":[{entry}]}}");
            return Some(put(text, body, BOOK, Some(&whole)));
        };
        match value(book, ENTRIES) {
            Some(Value::Array(list)) => {
                let Some(first) = list.elements.first() else {
                    let at = list.start() + 1;
                    return Some(Some((at..at, entry.to_owned())));
                };
                let lead = &text[list.start() + 1..first.start()];
                Some(Some(match list.elements.get(at) {
                    Some(next) => (next.start()..next.start(), format!("{entry},{lead}")),
                    None => {
                        let end = list.elements.last().map_or(first.end(), Ranged::end);
                        (end..end, format!(",{lead}{entry}"))
                    }
                }))
            }
            Some(Value::Object(list)) => {
                // Numbered by key: the next number that is free.
                let next = (list.properties.len()..)
                    .map(|number| number.to_string())
                    .find(|number| value(list, number).is_none())?;
                Some(Some(addition(text, list, &next, |_| entry.to_owned())))
            }
            _ => Some(put(text, book, ENTRIES, Some(&format!("[{entry}]")))),
        }
    })
}

/// A member replaced, added or taken out; none where it was never there.
fn put(text: &str, object: &Object<'_>, key: &str, raw: Option<&str>) -> Option<Splice> {
    let at = object
        .properties
        .iter()
        .position(|property| property.name.as_str() == key);
    match (at, raw) {
        (None, None) => None,
        (Some(at), None) => Some((removal(object, at), String::new())),
        (Some(at), Some(raw)) => {
            let value = &object.properties[at].value;
            Some((value.start()..value.end(), raw.to_owned()))
        }
        (None, Some(raw)) => Some(addition(text, object, key, |_| raw.to_owned())),
    }
}

fn read<T>(
    card: &CardDocument,
    look: impl FnOnce(&Object<'_>) -> Option<T>,
) -> Result<Option<T>, CardError> {
    parsed(card.text(), look)
}

/// The text after what `look` found to replace; as it is where that is nothing.
fn write(
    card: &CardDocument,
    look: impl FnOnce(&Object<'_>) -> Option<Option<Splice>>,
) -> Result<String, CardError> {
    let splice = parsed(card.text(), look)?.ok_or_else(|| {
        CardError::Json(JsonFault::Syntax(
            "a part of the document is not an object".to_owned(),
        ))
    })?;
    let mut text = card.text().to_owned();
    if let Some((range, new)) = splice {
        text.replace_range(range, &new);
    }
    Ok(text)
}

fn start<'a, 'b>(
    root: &'b Object<'a>,
    card: &CardDocument,
    inside: Inside,
) -> Option<&'b Object<'a>> {
    match inside {
        Inside::Body if card.view().is_wrapped() => object(value(root, "data")?),
        _ => Some(root),
    }
}

fn descend<'a, 'b>(object_: &'b Object<'a>, keys: &[&str]) -> Option<&'b Object<'a>> {
    keys.iter()
        .try_fold(object_, |inner, key| object(value(inner, key)?))
}

fn book<'a, 'b>(body: &'b Object<'a>) -> Option<&'b Object<'a>> {
    object(value(body, BOOK)?)
}

/// A lorebook's entries, in order.
fn entries<'a, 'b>(body: &'b Object<'a>) -> Option<Vec<&'b Value<'a>>> {
    Some(match value(book(body)?, ENTRIES)? {
        Value::Array(list) => list.elements.iter().collect(),
        Value::Object(list) => list
            .properties
            .iter()
            .map(|property| &property.value)
            .collect(),
        _ => return None,
    })
}

fn value<'a, 'b>(object: &'b Object<'a>, key: &str) -> Option<&'b Value<'a>> {
    object
        .properties
        .iter()
        .find(|property| property.name.as_str() == key)
        .map(|property| &property.value)
}

fn object<'a, 'b>(value: &'b Value<'a>) -> Option<&'b Object<'a>> {
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn raw(card: &CardDocument, value: &Value<'_>) -> String {
    card.text()[value.start()..value.end()].to_owned()
}
