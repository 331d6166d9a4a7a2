//! A lenient, typed view over a card document. It never changes the document:
//! what it repairs is repaired in the reading only (cards.md, rule 1).

use crate::json::Tree;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The card specification a document follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardFormat {
    /// Six fields at the top level (`spec_v1.md`).
    V1,
    /// `chara_card_v2` (`spec_v2.md`).
    V2,
    /// `chara_card_v3` (`SPEC_V3.md`).
    V3,
}

impl CardFormat {
    /// The word as it is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }
}

/// How a field is edited and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text.
    Line,
    /// Text of any length.
    Text,
    /// Texts in order.
    List,
}

/// A field that creators write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its key in the document.
    pub key: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// How it is edited.
    pub kind: FieldKind,
    /// The first format that has it.
    pub since: CardFormat,
}

const fn field(
    key: &'static str,
    label: &'static str,
    kind: FieldKind,
    since: CardFormat,
) -> FieldSpec {
    FieldSpec {
        key,
        label,
        kind,
        since,
    }
}

/// Every field that creators write, in the order they are shown.
pub const FIELDS: &[FieldSpec] = &[
    field("name", "Name", FieldKind::Line, CardFormat::V1),
    field("nickname", "Nickname", FieldKind::Line, CardFormat::V3),
    field(
        "description",
        "Description",
        FieldKind::Text,
        CardFormat::V1,
    ),
    field(
        "personality",
        "Personality",
        FieldKind::Text,
        CardFormat::V1,
    ),
    field("scenario", "Scenario", FieldKind::Text, CardFormat::V1),
    field(
        "first_mes",
        "First message",
        FieldKind::Text,
        CardFormat::V1,
    ),
    field(
        "alternate_greetings",
        "Greetings",
        FieldKind::List,
        CardFormat::V2,
    ),
    field(
        "group_only_greetings",
        "Group greetings",
        FieldKind::List,
        CardFormat::V3,
    ),
    field(
        "mes_example",
        "Example dialogue",
        FieldKind::Text,
        CardFormat::V1,
    ),
    field(
        "system_prompt",
        "System prompt",
        FieldKind::Text,
        CardFormat::V2,
    ),
    field(
        "post_history_instructions",
        "Post-history instructions",
        FieldKind::Text,
        CardFormat::V2,
    ),
    field("tags", "Tags", FieldKind::List, CardFormat::V2),
    field(
        "creator_notes",
        "Creator notes",
        FieldKind::Text,
        CardFormat::V2,
    ),
    field("creator", "Creator", FieldKind::Line, CardFormat::V2),
    field(
        "character_version",
        "Character version",
        FieldKind::Line,
        CardFormat::V2,
    ),
];

/// The field called `key`.
#[must_use]
pub fn field_spec(key: &str) -> Option<&'static FieldSpec> {
    FIELDS.iter().find(|field| field.key == key)
}

/// A document seen as a card.
#[derive(Clone, Copy, Debug)]
pub struct CardView<'a> {
    root: &'a Tree,
    body: &'a Tree,
    format: CardFormat,
}

impl<'a> CardView<'a> {
    /// Sees any document as a card: what is not there is empty.
    #[must_use]
    pub fn new(root: &'a Tree) -> Self {
        let body = match root.get("data") {
            Some(data @ Tree::Object(_)) => data,
            _ => root,
        };
        let format = match root.get("spec").and_then(Tree::as_str) {
            Some("chara_card_v3") => CardFormat::V3,
            Some("chara_card_v2") => CardFormat::V2,
            // A newer one is read as the newest we know, never refused.
            Some(spec) if is_newer(spec) => CardFormat::V3,
            // A wrapped card without a readable `spec`: V2 is the one reading.
            _ if !std::ptr::eq(body, root) && body.get("name").is_some() => CardFormat::V2,
            _ => CardFormat::V1,
        };
        let body = if format == CardFormat::V1 { root } else { body };
        Self { root, body, format }
    }

    /// The specification it follows.
    #[must_use]
    pub const fn format(&self) -> CardFormat {
        self.format
    }

    /// The whole document.
    #[must_use]
    pub const fn root(&self) -> &'a Tree {
        self.root
    }

    /// The object that holds the fields: `data`, or the root where a document
    /// is not wrapped.
    #[must_use]
    pub const fn body(&self) -> &'a Tree {
        self.body
    }

    /// Whether the fields stand in `data`.
    #[must_use]
    pub fn is_wrapped(&self) -> bool {
        !std::ptr::eq(self.root, self.body)
    }

    /// A text field; empty where it is missing, `null` or no text.
    #[must_use]
    pub fn text(&self, key: &str) -> Cow<'a, str> {
        self.body.get(key).map_or(Cow::Borrowed(""), as_text)
    }

    /// A list of texts; one text alone counts as a list of one, tags in one
    /// text are split at commas.
    #[must_use]
    pub fn list(&self, key: &str) -> Vec<Cow<'a, str>> {
        match self.body.get(key) {
            Some(Tree::Array(elements)) => elements.iter().map(as_text).collect(),
            Some(Tree::String(text)) if key == "tags" => at_commas(text),
            Some(text @ (Tree::String(_) | Tree::Number(_) | Tree::Bool(_)))
                if !as_text(text).trim().is_empty() =>
            {
                vec![as_text(text)]
            }
            _ => Vec::new(),
        }
    }

    /// The character's name.
    #[must_use]
    pub fn name(&self) -> Cow<'a, str> {
        self.text("name")
    }

    /// The lorebook, where there is one.
    #[must_use]
    pub fn lorebook(&self) -> Option<LorebookView<'a>> {
        match self.body.get("character_book") {
            Some(book @ Tree::Object(_)) => Some(LorebookView { book }),
            _ => None,
        }
    }
}

/// A lorebook seen leniently.
#[derive(Clone, Copy, Debug)]
pub struct LorebookView<'a> {
    book: &'a Tree,
}

impl<'a> LorebookView<'a> {
    /// Its object.
    #[must_use]
    pub const fn tree(&self) -> &'a Tree {
        self.book
    }

    /// A text of the book itself: `name`, `description`.
    #[must_use]
    pub fn text(&self, key: &str) -> Cow<'a, str> {
        self.book.get(key).map_or(Cow::Borrowed(""), as_text)
    }

    /// Its entries: an array, or an object keyed by number.
    #[must_use]
    pub fn entries(&self) -> Vec<EntryView<'a>> {
        match self.book.get("entries") {
            Some(Tree::Array(entries)) => entries.iter().map(|entry| EntryView { entry }).collect(),
            Some(Tree::Object(entries)) => entries
                .iter()
                .map(|(_, entry)| EntryView { entry })
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// One lorebook entry seen leniently.
#[derive(Clone, Copy, Debug)]
pub struct EntryView<'a> {
    entry: &'a Tree,
}

impl<'a> EntryView<'a> {
    /// Its node.
    #[must_use]
    pub const fn tree(&self) -> &'a Tree {
        self.entry
    }

    /// A text of it: `content`, `comment`, `name`, `insertion_order`, `id`.
    #[must_use]
    pub fn text(&self, key: &str) -> Cow<'a, str> {
        self.entry.get(key).map_or(Cow::Borrowed(""), as_text)
    }

    /// Texts of it: `keys`, `secondary_keys`; one text is split at commas.
    #[must_use]
    pub fn list(&self, key: &str) -> Vec<Cow<'a, str>> {
        match self.entry.get(key) {
            Some(Tree::Array(elements)) => elements.iter().map(as_text).collect(),
            Some(Tree::String(text)) => text
                .split(',')
                .map(str::trim)
                .filter(|key| !key.is_empty())
                .map(Cow::Borrowed)
                .collect(),
            _ => Vec::new(),
        }
    }

    /// A switch of it: `enabled`, `constant`; missing is `default`.
    #[must_use]
    pub fn flag(&self, key: &str, default: bool) -> bool {
        match self.entry.get(key) {
            Some(Tree::Bool(value)) => *value,
            Some(Tree::Number(text)) => text != "0",
            Some(Tree::String(text)) => text == "true" || text == "1",
            _ => default,
        }
    }

    /// What to call it: its name, comment, first key, or its place.
    #[must_use]
    pub fn label(&self, index: usize) -> String {
        [self.text("name"), self.text("comment")]
            .into_iter()
            .chain(self.list("keys"))
            .find(|text| !text.trim().is_empty())
            .map_or_else(|| format!("Entry {}", index + 1), Cow::into_owned)
    }
}

fn is_newer(spec: &str) -> bool {
    spec.strip_prefix("chara_card_v")
        .and_then(|number| number.parse::<u32>().ok())
        .is_some_and(|number| number > 3)
}

fn at_commas(text: &str) -> Vec<Cow<'_, str>> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(Cow::Borrowed)
        .collect()
}

fn as_text(tree: &Tree) -> Cow<'_, str> {
    match tree {
        Tree::String(text) | Tree::Number(text) => Cow::Borrowed(text),
        Tree::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Tree::Null => Cow::Borrowed(""),
        Tree::Array(_) | Tree::Object(_) => Cow::Owned(tree.to_json()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_format_is_seen_where_its_fields_stand() {
        for (text, format, wrapped) in [
            (r#"{"name":"A"}"#, CardFormat::V1, false),
            (r#"{"spec":"tavern_ai","name":"A"}"#, CardFormat::V1, false),
            (
                r#"{"spec":"chara_card_v2","name":"B","data":{"name":"A"}}"#,
                CardFormat::V2,
                true,
            ),
            (r#"{"data":{"name":"A"}}"#, CardFormat::V2, true),
            (
                r#"{"spec":"chara_card_v3","name":"A"}"#,
                CardFormat::V3,
                false,
            ),
        ] {
            let tree = Tree::parse_strict(text).unwrap();
            let view = CardView::new(&tree);
            assert_eq!(
                (view.format(), view.is_wrapped(), view.name().as_ref()),
                (format, wrapped, "A"),
                "{text}"
            );
        }
    }

    #[test]
    fn the_view_is_lenient() {
        let tree = Tree::parse_strict(
            r#"{"spec":"chara_card_v2","data":{"name":null,"character_version":1.10,"tags":"x","character_book":{"entries":{"7":{"key":1,"keys":"a, b","enabled":"true"}}}}}"#,
        )
        .unwrap();
        let view = CardView::new(&tree);
        assert_eq!(view.name(), "");
        assert_eq!(view.text("character_version"), "1.10");
        assert_eq!(view.list("tags"), ["x"]);
        let entry = view.lorebook().unwrap().entries()[0];
        assert_eq!(entry.list("keys"), ["a", "b"]);
        assert!(entry.flag("enabled", false));
        assert_eq!(entry.label(0), "a");
    }
}
