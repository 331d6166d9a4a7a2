//! What a release has to fulfil. The studio runs these rules before sending,
//! the inventory runs the very same before it takes a release, and every
//! failure is listed, not the first (inventory.md, Publish; seed 004).

use crate::{
    Digest,
    canonical::{CanonicalFault, canonical_json},
    card::CardView,
    json::{JsonFault, Tree},
    kinds, limits,
    manifest::{Asset, ItemKind},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// One failed rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable, for programs: `name_missing`.
    pub code: String,
    /// The field it is about, as in the card: `name`, `first_mes`, `notes`,
    /// `assets/0`; the whole path in other kinds: `members/0/item`;
    /// `document` for the whole.
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
    /// What it is.
    pub kind: ItemKind,
    /// The card, or whatever the document of its kind is.
    pub card: &'a str,
    /// The notes, where there are any.
    pub notes: Option<&'a str>,
    /// The assets named in the manifest.
    pub assets: &'a [Asset],
}

/// The version of each kind's rules. Raise it with every change of a rule.
const fn version(kind: ItemKind) -> u32 {
    match kind {
        ItemKind::Character | ItemKind::Lorebook | ItemKind::Pack | ItemKind::Runtime => 1,
    }
}

/// A kind's rules as a document: what is stored and served as `rule_set`.
#[must_use]
pub fn document(kind: ItemKind) -> Value {
    let fields = match kind {
        ItemKind::Character => json!({
            "name": { "required": true, "max_bytes": limits::NAME, "control_characters": "refused" },
            "first_mes": { "required": true },
            "description|personality|scenario": { "required": "one of them" }
        }),
        ItemKind::Lorebook => kinds::lorebook::rules(),
        ItemKind::Pack => kinds::pack::rules(),
        ItemKind::Runtime => kinds::runtime::rules(),
    };
    json!({
        "schema": "dramatis.rules/1",
        "version": version(kind),
        "kind": kind,
        "document": { "max_bytes": limits::CARD_TEXT, "max_depth": limits::CARD_DEPTH, "duplicate_keys": "refused" },
        "fields": fields,
        "notes": { "max_bytes": limits::NOTES },
        "assets": { "max": limits::ASSETS, "max_bytes": limits::BLOB, "media_types": MEDIA_TYPES, "portraits": 1 }
    })
}

/// The bytes and the hash of a kind's [`document`].
///
/// # Errors
/// Never in practice: the document has a canonical form.
pub fn current(kind: ItemKind) -> Result<(Vec<u8>, Digest), CanonicalFault> {
    let bytes = canonical_json(&document(kind))?;
    let digest = Digest::of(&bytes);
    Ok((bytes, digest))
}

/// The kind whose current rules have that hash.
#[must_use]
pub fn kind_of(rule_set: Digest) -> Option<ItemKind> {
    static KNOWN: LazyLock<Vec<(Digest, ItemKind)>> = LazyLock::new(|| {
        let all = ItemKind::ALL.iter();
        all.filter_map(|kind| Some((current(*kind).ok()?.1, *kind)))
            .collect()
    });
    let found = KNOWN.iter().find(|(hash, _)| *hash == rule_set);
    found.map(|(_, kind)| *kind)
}

/// The media types an asset may have. No SVG: it can carry script.
const MEDIA_TYPES: &[&str] = &["image/png"];

/// Checks everything. An empty list means that it may be released.
#[must_use]
pub fn check(candidate: &Candidate<'_>) -> Vec<Failure> {
    let mut failures = Vec::new();
    match Tree::parse_strict(candidate.card) {
        Ok(tree) => kinds::check(candidate.kind, &tree, &mut failures),
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
    check_name(
        &card.name(),
        "name",
        "The character needs a name.",
        failures,
    );
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

/// What holds for the name of every kind.
pub(crate) fn check_name(name: &str, field: &str, missing: &str, failures: &mut Vec<Failure>) {
    if name.trim().is_empty() {
        failures.push(Failure::new("name_missing", field, missing));
    }
    if name.len() > limits::NAME {
        let message = format!(
            "The name has {} bytes; {} is the most.",
            name.len(),
            limits::NAME
        );
        failures.push(Failure::new("name_too_long", field, message));
    }
    if name.chars().any(char::is_control) {
        failures.push(Failure::new(
            "name_control",
            field,
            "The name holds a line break or another control character.",
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
            kind: ItemKind::Character,
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
            kind: ItemKind::Character,
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
        let (bytes, digest) = current(ItemKind::Character).unwrap();
        insta::assert_snapshot!(format!("{digest}\n{}", String::from_utf8(bytes).unwrap()));
    }

    /// FROZEN per version, as that of characters.
    #[test]
    fn frozen_rule_sets_of_the_other_kinds() {
        let all: Vec<_> = [ItemKind::Lorebook, ItemKind::Pack, ItemKind::Runtime]
            .into_iter()
            .map(|kind| {
                let (bytes, digest) = current(kind).unwrap();
                format!("{digest}\n{}", String::from_utf8(bytes).unwrap())
            })
            .collect();
        insta::assert_snapshot!(all.join("\n"));
    }
}
