//! One walk over a document that lists its repairs and applies them to a copy.

use dramatis_domain::card::{CardFormat, CardView, FIELDS, FieldKind};
use dramatis_domain::json::Tree;

use super::fields::{Members, Need};
use super::log::Log;
use super::{Repair, RepairCode, assets, lorebook, shape, times};
use crate::format::V1_FIELDS;

/// A document as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The document with every repair applied: what a *repaired* export
    /// writes. Keys keep their order; added ones stand at the end.
    pub tree: Tree,
    /// The repairs, in the order of the document; like ones are told once.
    pub repairs: Vec<Repair>,
}

/// Reads a card document leniently. The typed reading is
/// [`CardView`]'s; over the repaired tree it says the same as over the
/// document itself.
#[must_use]
pub fn scan(document: &Tree) -> Repaired {
    let view = CardView::new(document);
    let (format, wrapped) = (view.format(), view.is_wrapped());
    let mut tree = document.clone();
    let mut log = Log::default();
    if let Tree::Object(root) = &mut tree {
        shape::spec_fields(root, format, &mut log);
        if format == CardFormat::V1 {
            mend_body(root, "", format, &mut log);
        } else {
            let path = if wrapped { "/data" } else { "" };
            if !wrapped {
                shape::wrap(root, &mut log);
            }
            if let Some((_, Tree::Object(body))) = root.iter_mut().find(|(key, _)| key == "data") {
                mend_body(body, path, format, &mut log);
            }
        }
    }
    if wrapped {
        shape::mend_repeats(&mut tree, &mut log);
    }
    Repaired {
        tree,
        repairs: log.finish(),
    }
}

fn mend_body(body: &mut Vec<(String, Tree)>, path: &str, format: CardFormat, log: &mut Log) {
    let mut body = Members {
        list: body,
        path,
        log,
    };
    for key in V1_FIELDS {
        body.text(key, Need::Required(Tree::String(String::new())));
    }
    if format == CardFormat::V1 {
        return;
    }
    for field in FIELDS
        .iter()
        .filter(|field| field.since <= format && !V1_FIELDS.contains(&field.key))
    {
        match field.kind {
            FieldKind::List => {
                let separator = (field.key == "tags").then_some(',');
                body.texts(
                    field.key,
                    Need::Required(Tree::Array(Vec::new())),
                    separator,
                );
            }
            FieldKind::Line | FieldKind::Text if field.key == "nickname" => {
                body.text(field.key, Need::Optional);
            }
            FieldKind::Line | FieldKind::Text => {
                body.text(field.key, Need::Required(Tree::String(String::new())));
            }
        }
    }
    body.object(
        "extensions",
        Need::Required(Tree::Object(Vec::new())),
        RepairCode::MissingField,
    );
    lorebook::mend(&mut body, format);
    if format == CardFormat::V3 {
        body.texts("source", Need::Optional, None);
        body.object(
            "creator_notes_multilingual",
            Need::Optional,
            RepairCode::MissingField,
        );
        times::mend(&mut body);
        assets::mend(&mut body);
    }
}
