//! A character as its editor shows it.

use super::{CheckItem, ReleaseRef, Repair};

super::words! {
    /// A card's format.
    pub enum CardFormat {
        /// V1.
        V1 = "v1",
        /// V2.
        V2 = "v2",
        /// V3.
        V3 = "v3",
    }

    /// How a field is edited.
    pub enum FieldKind {
        /// One line.
        Line = "line",
        /// Text of any length.
        Text = "text",
        /// Texts in order.
        List = "list",
    }

    /// What happened to a field.
    pub enum ChangeKind {
        /// It is new.
        Added = "added",
        /// It is gone.
        Removed = "removed",
        /// It reads otherwise.
        Changed = "changed",
        /// It stands elsewhere in its list.
        Moved = "moved",
    }

    /// Which side stands where both changed the same.
    pub enum SideChoice {
        /// The draft's.
        Mine = "mine",
        /// The release's.
        Theirs = "theirs",
    }

    /// The container of an export.
    pub enum ExportContainer {
        /// A picture with the card in it.
        Png = "png",
        /// The card alone.
        Json = "json",
    }

    /// The format of an export.
    pub enum ExportFormat {
        /// The document's own bytes.
        AsIs = "as_is",
        /// V1.
        V1 = "v1",
        /// V2.
        V2 = "v2",
        /// V3.
        V3 = "v3",
    }
}

super::views! {
    /// A version of a character.
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum VersionRef {
        /// The draft on this device.
        Draft,
        /// A release.
        Release {
            /// Its id.
            release: String,
        },
    }

    /// One edit of one field.
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum FieldEdit {
        /// Of a text.
        Text {
            /// The field's key.
            field: String,
            /// Its new text.
            text: String,
        },
        /// Of a list of texts.
        List {
            /// The field's key.
            field: String,
            /// Its new texts.
            items: Vec<String>,
        },
    }

    /// A character, opened.
    pub struct Character {
        /// Its identity on this device.
        pub id: String,
        /// Raised by every change; edits name it.
        pub revision: u32,
        /// Its name.
        pub name: String,
        /// Its name in addresses.
        pub slug: String,
        /// Whether the slug can no longer change.
        pub slug_locked: bool,
        /// The creator's handle; none before the first publish.
        pub creator: Option<String>,
        /// The document's format.
        pub format: CardFormat,
        /// The portrait's hash.
        pub portrait: Option<String>,
        /// When it was last saved, RFC 3339.
        pub saved_at: String,
        /// Whether there is something to undo.
        pub can_undo: bool,
        /// Whether there is something to redo.
        pub can_redo: bool,
        /// Every field that has an editor.
        pub fields: Vec<Field>,
        /// The lorebook.
        pub lorebook: Option<Lorebook>,
        /// Parts without an editor.
        pub rest: Vec<RestField>,
        /// Tokens of the whole.
        pub tokens: TokenTotals,
        /// The release the draft was made from.
        pub base: Option<ReleaseRef>,
        /// The release that has come in between, where one has.
        pub newer: Option<NewerRelease>,
        /// Fields that both sides changed and nobody has decided yet.
        pub overlaps: Vec<Overlap>,
        /// What differs from what was last frozen.
        pub changes: Vec<ChangedField>,
        /// What publishing still needs.
        pub checklist: Vec<CheckItem>,
        /// The file it came from.
        pub source: Option<Source>,
    }

    /// A field with its editor.
    pub struct Field {
        /// Its key in the document.
        pub key: String,
        /// What people call it.
        pub label: String,
        /// How it is edited.
        pub kind: FieldKind,
        /// Its text; empty for a list.
        pub text: String,
        /// Its texts; empty for a text.
        pub items: Vec<String>,
        /// Its tokens.
        pub tokens: u32,
        /// Whether publishing needs it.
        pub required: bool,
        /// Whether it can be written.
        pub available: bool,
        /// What writing it brings with it, or why it cannot be.
        pub unavailable_why: Option<String>,
    }

    /// A lorebook.
    pub struct Lorebook {
        /// Its name.
        pub name: String,
        /// Its description.
        pub description: String,
        /// Its entries.
        pub entries: Vec<LorebookEntry>,
        /// Tokens of all contents.
        pub tokens: u32,
    }

    /// A lorebook entry.
    pub struct LorebookEntry {
        /// What to call it.
        pub label: String,
        /// Its keys.
        pub keys: Vec<String>,
        /// Its secondary keys.
        pub secondary_keys: Vec<String>,
        /// Its content.
        pub content: String,
        /// Whether it is used.
        pub enabled: bool,
        /// Whether it is always in.
        pub constant: bool,
        /// Its insertion order, as written.
        pub order: String,
        /// Tokens of its content.
        pub tokens: u32,
    }

    /// A part of the document that has no editor: shown as it stands, kept as it is.
    pub struct RestField {
        /// Where.
        pub path: String,
        /// What, as JSON text.
        pub json: String,
    }

    /// Tokens of a card.
    pub struct TokenTotals {
        /// Of everything a chat may take in.
        pub total: u32,
        /// Of what is always in.
        pub permanent: u32,
        /// What counted.
        pub tokenizer: String,
    }

    /// A field that differs.
    pub struct ChangedField {
        /// Where.
        pub path: String,
        /// What people call it.
        pub label: String,
        /// What happened.
        pub kind: ChangeKind,
    }

    /// The file a character came from.
    pub struct Source {
        /// Its name.
        pub file_name: String,
        /// `PNG`, `APNG`, `JSON`.
        pub container: String,
        /// When, RFC 3339.
        pub imported_at: String,
        /// How odd spots were read.
        pub repairs: Vec<Repair>,
    }

    /// What an edit came to; sent only after the commit.
    pub struct Saved {
        /// The revision after it.
        pub revision: u32,
        /// When, RFC 3339.
        pub saved_at: String,
        /// Whether there is something to undo.
        pub can_undo: bool,
        /// Whether there is something to redo.
        pub can_redo: bool,
        /// The character's name.
        pub name: String,
        /// Its slug.
        pub slug: String,
        /// Tokens of the whole.
        pub tokens: TokenTotals,
        /// Tokens of the edited field.
        pub field_tokens: u32,
        /// What differs from what was last frozen.
        pub changes: Vec<ChangedField>,
        /// What publishing still needs.
        pub checklist: Vec<CheckItem>,
        /// The portrait's hash.
        pub portrait: Option<String>,
    }

    /// A release that is newer than what the draft was made from.
    pub struct NewerRelease {
        /// Its id.
        pub release: String,
        /// Its number.
        pub number: u32,
        /// Who published it; empty where the name was erased.
        pub actor: String,
        /// From which studio; empty where that is unknown or erased.
        pub device: String,
        /// When, RFC 3339.
        pub at: String,
        /// Its notes.
        pub notes: Option<String>,
    }

    /// A field that both sides had changed when a release was taken in. The
    /// draft's own stands until the person says otherwise; both texts are kept.
    pub struct Overlap {
        /// Where.
        pub path: String,
        /// What people call it.
        pub label: String,
        /// The draft's text when the release was taken in.
        pub mine: String,
        /// The release's text.
        pub theirs: String,
        /// The draft's portrait, where it is about the portrait.
        pub my_portrait: Option<String>,
        /// The release's portrait, likewise.
        pub their_portrait: Option<String>,
        /// The release's number.
        pub number: u32,
        /// The field's key, where its text can be edited.
        pub field: Option<String>,
    }

    /// A newer release, merged into the draft.
    pub struct TakenIn {
        /// The character with it; its `overlaps` are the fields that both
        /// sides changed.
        pub character: Character,
        /// The release's number.
        pub number: u32,
        /// What the draft took from it.
        pub taken: Vec<ChangedField>,
    }

    /// An export.
    pub struct Exported {
        /// The file; none on a dry run.
        pub file: Option<String>,
        /// What the format cannot hold.
        pub losses: Vec<String>,
    }
}
