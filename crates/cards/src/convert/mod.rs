//! From one format to another, and the list of what the other cannot hold.
//!
//! Losses are computed without writing anything, so that they can be shown
//! before (cards.md, rule 4). Keys that no format knows, and every
//! `extensions`, go along wherever the format has an object for them.

mod down;
mod loss;
mod up;

use dramatis_domain::card::CardFormat;
use dramatis_domain::json::Tree;

use crate::document::CardDocument;
pub use loss::{Loss, LossCode};

/// A document written in a chosen format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The new document's text; the very same bytes where nothing had to change.
    pub text: String,
    /// What it does not hold any more.
    pub losses: Vec<Loss>,
}

/// Writes a document in `format`. In its own format that is its exact text.
#[must_use]
pub fn to_format(document: &CardDocument, format: CardFormat) -> Converted {
    if format == document.format() {
        return Converted {
            text: document.text().to_owned(),
            losses: Vec::new(),
        };
    }
    write(document, document.tree().clone(), format)
}

/// Writes a document in `format` with every repair applied: required fields
/// are there, numbers are numbers, the lorebook has its `extensions`. Where
/// there is nothing to repair and the format is its own, that is its exact text.
#[must_use]
pub fn to_format_repaired(document: &CardDocument, format: CardFormat) -> Converted {
    let repaired = document.repaired_tree();
    if format == document.format() && &repaired == document.tree() {
        return Converted {
            text: document.text().to_owned(),
            losses: Vec::new(),
        };
    }
    let converted = write(document, repaired, format);
    // A conversion makes new required fields; a second scan finds none missing
    // but mends what only the new format is strict about.
    match CardDocument::parse(converted.text) {
        Ok(written) if !written.repairs().is_empty() => Converted {
            text: layout(document, &written.repaired_tree()),
            losses: converted.losses,
        },
        Ok(written) => Converted {
            text: written.into_text(),
            losses: converted.losses,
        },
        Err(_) => to_format(document, format),
    }
}

/// What `format` cannot hold of a document.
#[must_use]
pub fn losses(document: &CardDocument, format: CardFormat) -> Vec<Loss> {
    if format == document.format() {
        return Vec::new();
    }
    convert(document.tree(), format).1
}

fn write(document: &CardDocument, tree: Tree, format: CardFormat) -> Converted {
    let (tree, losses) = if format == document.format() {
        (tree, Vec::new())
    } else {
        convert(&tree, format)
    };
    Converted {
        text: layout(document, &tree),
        losses,
    }
}

fn convert(tree: &Tree, format: CardFormat) -> (Tree, Vec<Loss>) {
    match format {
        CardFormat::V1 => down::to_v1(tree),
        CardFormat::V2 => down::or_up_to_v2(tree),
        CardFormat::V3 => (up::to_v3(tree), Vec::new()),
    }
}

/// In lines where the original was, in one line otherwise.
fn layout(document: &CardDocument, tree: &Tree) -> String {
    if document.text().trim_end().contains('\n') {
        tree.to_json_pretty()
    } else {
        tree.to_json()
    }
}
