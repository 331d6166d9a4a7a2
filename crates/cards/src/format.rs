//! The three formats by name, and which one a document is in.

use dramatis_domain::card::{CardFormat, CardView};
use dramatis_domain::json::Tree;

use crate::error::CardError;

/// All formats, oldest first.
pub const FORMATS: [CardFormat; 3] = [CardFormat::V1, CardFormat::V2, CardFormat::V3];

/// `v1`, `v2` or `v3`, in any letters; `None` for anything else.
#[must_use]
pub fn parse_format(text: &str) -> Option<CardFormat> {
    FORMATS
        .into_iter()
        .find(|format| format.as_str().eq_ignore_ascii_case(text))
}

/// What people call a format: `V2`.
#[must_use]
pub fn label(format: CardFormat) -> &'static str {
    match format {
        CardFormat::V1 => "V1",
        CardFormat::V2 => "V2",
        CardFormat::V3 => "V3",
    }
}

/// What stands in `spec` and `spec_version`; V1 has neither.
#[must_use]
pub fn spec(format: CardFormat) -> Option<(&'static str, &'static str)> {
    match format {
        CardFormat::V1 => None,
        CardFormat::V2 => Some(("chara_card_v2", "2.0")),
        CardFormat::V3 => Some(("chara_card_v3", "3.0")),
    }
}

/// The six fields of V1, in the order of its specification.
pub(crate) const V1_FIELDS: [&str; 6] = [
    "name",
    "description",
    "personality",
    "scenario",
    "first_mes",
    "mes_example",
];

/// Refuses a document that is no card, with a sentence on what it is instead.
pub(crate) fn refuse_other_documents(tree: &Tree) -> Result<(), CardError> {
    let not = |what: &str| {
        Err(CardError::NotACard {
            what: what.to_owned(),
        })
    };
    match tree {
        Tree::Object(_) => {}
        Tree::Array(_) => return not("its JSON is a list"),
        _ => return not("its JSON is a single value"),
    }
    let spec = tree.get("spec").and_then(Tree::as_str).unwrap_or_default();
    if spec.starts_with("lorebook_v") {
        return Err(CardError::NotYet {
            what: "a lorebook alone",
        });
    }
    let view = CardView::new(tree);
    let known = V1_FIELDS
        .iter()
        .filter(|field| view.body().get(field).is_some())
        .count();
    let declared = spec.starts_with("chara_card_v");
    // A wrapped card says what it is; six loose texts need two to be one, or
    // every JSON with a `name` would pass.
    if (declared && (view.is_wrapped() || known > 0)) || known >= 2 {
        return Ok(());
    }
    if matches!(tree.get("entries"), Some(Tree::Object(_) | Tree::Array(_))) {
        return Err(CardError::NotYet {
            what: "a lorebook alone (SillyTavern's World Info)",
        });
    }
    if tree.get("char_name").is_some() || tree.get("char_persona").is_some() {
        return Err(CardError::NotYet {
            what: "a character in Pygmalion's format",
        });
    }
    not("its JSON has none of a card's fields")
}
