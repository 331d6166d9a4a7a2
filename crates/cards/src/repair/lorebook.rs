//! `character_book` and its entries (cards.md, Lorebook).

use dramatis_domain::card::CardFormat;
use dramatis_domain::json::Tree;

use super::RepairCode as Code;
use super::fields::{Members, Need, as_text};
use super::log::{Log, join};

/// SillyTavern's default where an entry has no order.
const DEFAULT_ORDER: &str = "100";

/// Mends the lorebook inside `body`, where there is one.
pub(super) fn mend(body: &mut Members<'_>, format: CardFormat) {
    let path = join(body.path, "character_book");
    if body.get("character_book") == Some(&Tree::Null) {
        body.log.note(
            Code::NullLorebook,
            &path,
            "“character_book” is null; it was read as no lorebook.",
        );
        body.list.retain(|(key, _)| key != "character_book");
        return;
    }
    body.each(
        "character_book",
        Need::Optional,
        |value, path, log| match value {
            Tree::Object(mut list) => {
                mend_book(
                    &mut Members {
                        list: &mut list,
                        path,
                        log,
                    },
                    format,
                );
                Some(Tree::Object(list))
            }
            Tree::Array(elements) if elements.is_empty() => {
                log.note(
                    Code::NotALorebook,
                    path,
                    "“character_book” is an empty list; it was read as no lorebook.",
                );
                None
            }
            other => {
                log.note(
                    Code::NotALorebook,
                    path,
                    "“character_book” holds no lorebook; it was left as it is.",
                );
                Some(other)
            }
        },
    );
}

fn mend_book(book: &mut Members<'_>, format: CardFormat) {
    for key in ["name", "description"] {
        book.text(key, Need::Optional);
    }
    for key in ["scan_depth", "token_budget"] {
        book.number(key, Need::Optional);
    }
    book.truth("recursive_scanning", Need::Optional);
    book.object(
        "extensions",
        Need::Required(Tree::Object(Vec::new())),
        Code::LorebookExtensions,
    );
    book.each("entries", Need::Required(Tree::Array(Vec::new())), |value, path, log| {
        let entries = match value {
            Tree::Array(entries) => entries,
            Tree::Object(entries) => {
                log.note(Code::EntriesAsObject, path, "The lorebook's entries are an object; they were read as a list in its order.");
                entries.into_iter().map(|(_, entry)| entry).collect()
            }
            other => {
                log.note(Code::NotALorebook, path, "The lorebook's entries are no list; they were left as they are.");
                return Some(other);
            }
        };
        let mend = |(index, entry)| mend_entry(entry, &format!("{path}/{index}"), format, log);
        Some(Tree::Array(entries.into_iter().enumerate().map(mend).collect()))
    });
}

fn mend_entry(entry: Tree, path: &str, format: CardFormat, log: &mut Log) -> Tree {
    let mut list = match entry {
        Tree::Object(list) => list,
        other => {
            log.note(
                Code::OddEntry,
                path,
                "An entry is no object; its text was read as the content.",
            );
            vec![("content".to_owned(), Tree::String(as_text(&other)))]
        }
    };
    let mut entry = Members {
        list: &mut list,
        path,
        log,
    };
    entry.texts("keys", Need::Required(Tree::Array(Vec::new())), Some(','));
    entry.text("content", Need::Required(Tree::String(String::new())));
    entry.object(
        "extensions",
        Need::Required(Tree::Object(Vec::new())),
        Code::LorebookExtensions,
    );
    entry.truth("enabled", Need::Required(Tree::Bool(true)));
    entry.number(
        "insertion_order",
        Need::Required(Tree::Number(DEFAULT_ORDER.to_owned())),
    );
    if format == CardFormat::V3 {
        entry.truth("use_regex", Need::Required(Tree::Bool(false)));
    }
    for key in ["name", "comment"] {
        entry.text(key, Need::Optional);
    }
    for key in ["case_sensitive", "selective", "constant"] {
        entry.truth(key, Need::Optional);
    }
    entry.number("priority", Need::Optional);
    entry.texts("secondary_keys", Need::Optional, Some(','));
    mend_id(&mut entry, format);
    mend_position(&mut entry);
    Tree::Object(list)
}

/// V2 counts entries by number; V3 takes text too.
fn mend_id(entry: &mut Members<'_>, format: CardFormat) {
    match entry.get("id") {
        Some(Tree::String(_)) if format == CardFormat::V3 => {}
        _ => entry.number("id", Need::Optional),
    }
}

fn mend_position(entry: &mut Members<'_>) {
    entry.each("position", Need::Optional, |value, path, log| {
        let read = match as_text(&value).as_str() {
            "before_char" | "after_char" if value.as_str().is_some() => return Some(value),
            "" => None,
            "before_char" | "before_char_defs" | "0" => Some("before_char"),
            "after_char" | "after_char_defs" | "1" => Some("after_char"),
            _ => {
                log.note(
                    Code::OddPosition,
                    path,
                    "“position” has a value the format does not know; it was left as it is.",
                );
                return Some(value);
            }
        };
        log.note(
            Code::OddPosition,
            path,
            format!(
                "“position” is not as the format spells it; it was read as {}.",
                read.unwrap_or("absent")
            ),
        );
        read.map(|text| Tree::String(text.to_owned()))
    });
}
