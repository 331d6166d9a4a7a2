//! What a release has to fulfil. The studio runs these rules before sending,
//! the inventory runs the very same before it takes a release, and every
//! failure is listed, not the first (inventory.md, Publish; seed 004).

use crate::{
    Digest,
    canonical::{CanonicalFault, canonical_json},
    card::CardView,
    json::{JsonFault, Tree},
    limits,
    manifest::Asset,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One failed rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable, for programs: `name_missing`.
    pub code: String,
    /// The field it is about, as in the card: `name`, `first_mes`, `notes`,
    /// `assets/0`; `document` for the whole.
    pub field: String,
    /// For people.
    pub message: String,
}

impl Failure {
    /// A failure of one rule.
    #[must_use]
    pub fn new(code: &str, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            field: field.into(),
            message: message.into(),
        }
    }
}

/// What is about to be released.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The card document.
    pub card: &'a str,
    /// The notes, where there are any.
    pub notes: Option<&'a str>,
    /// The assets named in the manifest.
    pub assets: &'a [Asset],
}

/// The version of the rules below. Raise it with every change of a rule.
const RULES_VERSION: u32 = 1;

/// The rules as a document: what is stored and served as `rule_set`.
#[must_use]
pub fn document() -> Value {
    json!({
        "schema": "dramatis.rules/1",
        "version": RULES_VERSION,
        "kind": "character",
        "document": { "max_bytes": limits::CARD_TEXT, "max_depth": limits::CARD_DEPTH, "duplicate_keys": "refused" },
        "fields": {
            "name": { "required": true, "max_bytes": limits::NAME, "control_characters": "refused" },
            "first_mes": { "required": true },
            "description|personality|scenario": { "required": "one of them" }
        },
        "notes": { "max_bytes": limits::NOTES },
        "assets": { "max": limits::ASSETS, "max_bytes": limits::BLOB, "media_types": MEDIA_TYPES, "portraits": 1 }
    })
}

/// The bytes and the hash of [`document`].
///
/// # Errors
/// Never in practice: the document has a canonical form.
pub fn current() -> Result<(Vec<u8>, Digest), CanonicalFault> {
    let bytes = canonical_json(&document())?;
    let digest = Digest::of(&bytes);
    Ok((bytes, digest))
}

/// The media types an asset may have. No SVG: it can carry script.
const MEDIA_TYPES: &[&str] = &["image/png"];

/// Checks everything. An empty list means that it may be released.
#[must_use]
pub fn check(candidate: &Candidate<'_>) -> Vec<Failure> {
    let mut failures = Vec::new();
    match Tree::parse_strict(candidate.card) {
        Ok(tree) => check_card(&tree, &mut failures),
        Err(fault) => failures.push(Failure::new(
            json_code(&fault),
            "document",
            fault.to_string(),
        )),
    }
    check_notes(candidate.notes, &mut failures);
    check_assets(candidate.assets, &mut failures);
    failures
}

/// Checks a document that is already parsed: what a checklist shows while
/// somebody writes.
pub fn check_card(tree: &Tree, failures: &mut Vec<Failure>) {
    if tree.members().is_none() {
        failures.push(Failure::new(
            "not_an_object",
            "document",
            "A card is a JSON object; this is something else.",
        ));
        return;
    }
    let card = CardView::new(tree);
    let name = card.name();
    if name.trim().is_empty() {
        failures.push(Failure::new(
            "name_missing",
            "name",
            "The character needs a name.",
        ));
    }
    if name.len() > limits::NAME {
        let message = format!(
            "The name has {} bytes; {} is the most.",
            name.len(),
            limits::NAME
        );
        failures.push(Failure::new("name_too_long", "name", message));
    }
    if name.chars().any(char::is_control) {
        failures.push(Failure::new(
            "name_control",
            "name",
            "The name holds a line break or another control character.",
        ));
    }
    if ["description", "personality", "scenario"]
        .iter()
        .all(|key| card.text(key).trim().is_empty())
    {
        failures.push(Failure::new(
            "description_missing",
            "description",
            "Write at least one of description, personality and scenario: an app has nothing to play otherwise.",
        ));
    }
    if card.text("first_mes").trim().is_empty() {
        failures.push(Failure::new(
            "first_message_missing",
            "first_mes",
            "The first message is missing: it opens every chat.",
        ));
    }
}

fn check_notes(notes: Option<&str>, failures: &mut Vec<Failure>) {
    let length = notes.map_or(0, str::len);
    if length > limits::NOTES {
        let message = format!(
            "The notes have {length} bytes; {} is the most.",
            limits::NOTES
        );
        failures.push(Failure::new("notes_too_long", "notes", message));
    }
}

fn check_assets(assets: &[Asset], failures: &mut Vec<Failure>) {
    if assets.len() > limits::ASSETS {
        let message = format!("{} assets; {} is the most.", assets.len(), limits::ASSETS);
        failures.push(Failure::new("assets_too_many", "assets", message));
    }
    if assets
        .iter()
        .filter(|asset| asset.role == "portrait")
        .count()
        > 1
    {
        failures.push(Failure::new(
            "portrait_twice",
            "assets",
            "There is more than one portrait.",
        ));
    }
    for (index, asset) in assets.iter().enumerate() {
        let field = format!("assets/{index}");
        if !MEDIA_TYPES.contains(&asset.media_type.as_str()) {
            let message = format!(
                "“{}” is not taken; {} is.",
                asset.media_type,
                MEDIA_TYPES.join(", ")
            );
            failures.push(Failure::new("asset_type", field.clone(), message));
        }
        if usize::try_from(asset.size).unwrap_or(usize::MAX) > limits::BLOB {
            let message = format!(
                "The file has {} bytes; {} is the most.",
                asset.size,
                limits::BLOB
            );
            failures.push(Failure::new("asset_too_large", field, message));
        }
    }
}

/// The stable code of a document that cannot be read.
#[must_use]
pub fn json_code(fault: &JsonFault) -> &'static str {
    match fault {
        JsonFault::TooLarge { .. } => "document_too_large",
        JsonFault::TooDeep => "document_too_deep",
        JsonFault::DuplicateKey { .. } => "duplicate_key",
        JsonFault::BadText { .. } => "bad_text",
        JsonFault::Syntax(_) => "not_json",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn codes(card: &str) -> Vec<String> {
        check(&Candidate {
            card,
            notes: None,
            assets: &[],
        })
        .into_iter()
        .map(|failure| failure.code)
        .collect()
    }

    #[test]
    fn every_failure_is_listed() {
        let notes = "n".repeat(limits::NOTES + 1);
        let asset = Asset {
            role: "portrait".into(),
            sha256: Digest::of(b""),
            size: u32::MAX,
            media_type: "image/svg+xml".into(),
        };
        let candidate = Candidate {
            card: r#"{"name":" "}"#,
            notes: Some(&notes),
            assets: &[asset.clone(), asset],
        };
        let fields: Vec<_> = check(&candidate)
            .into_iter()
            .map(|failure| failure.field)
            .collect();
        assert_eq!(
            fields,
            [
                "name",
                "description",
                "first_mes",
                "notes",
                "assets",
                "assets/0",
                "assets/0",
                "assets/1",
                "assets/1"
            ]
        );
    }

    #[test]
    fn names_of_every_script_pass_and_long_ones_do_not() {
        for name in ["مريم", "🦊", "e\u{301}", "שלום"] {
            assert!(
                codes(&format!(
                    r#"{{"name":"{name}","description":"d","first_mes":"f"}}"#
                ))
                .is_empty()
            );
        }
        let long = "n".repeat(100 * 1024);
        assert_eq!(
            codes(&format!(
                r#"{{"name":"{long}","description":"d","first_mes":"f"}}"#
            )),
            ["name_too_long"]
        );
        assert_eq!(
            codes(r#"{"name":"a\nb","description":"d","first_mes":"f"}"#),
            ["name_control"]
        );
    }

    #[test]
    fn an_unreadable_document_is_one_failure() {
        assert_eq!(codes("[]"), ["not_an_object"]);
        assert_eq!(codes("{"), ["not_json"]);
        assert_eq!(codes(r#"{"a":1,"a":1}"#), ["duplicate_key"]);
    }

    /// FROZEN per version: a manifest names the rule set by this hash.
    #[test]
    fn frozen_rule_set() {
        let (bytes, digest) = current().unwrap();
        insta::assert_snapshot!(format!("{digest}\n{}", String::from_utf8(bytes).unwrap()));
    }
}
