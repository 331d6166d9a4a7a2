//! The library and what is brought into it.

use super::ReleaseRef;

super::words! {
    /// Why an import looks like something that is here already.
    pub enum DuplicateWhy {
        /// The very document.
        SameBytes = "same_bytes",
        /// The same name; perhaps another character.
        SameName = "same_name",
    }
}

super::views! {
    /// A character in the library.
    pub struct CharacterSummary {
        /// Its identity on this device.
        pub id: String,
        /// Its name.
        pub name: String,
        /// Its name in addresses.
        pub slug: String,
        /// The creator's handle; none before the first publish.
        pub creator: Option<String>,
        /// Its portrait's hash.
        pub portrait: Option<String>,
        /// Its tags.
        pub tags: Vec<String>,
        /// When it was last edited, RFC 3339.
        pub updated_at: String,
        /// Its newest release.
        pub latest: Option<ReleaseRef>,
        /// Whether the draft differs from what was last frozen.
        pub unpublished_changes: bool,
        /// Requests on their way.
        pub waiting: u32,
        /// Requests that need the person.
        pub needs_you: u32,
        /// How the description begins.
        pub excerpt: String,
    }

    /// A character that comes with the studio.
    pub struct Sample {
        /// Its name in `preview_sample`.
        pub id: String,
        /// Its name.
        pub name: String,
        /// How the description begins.
        pub excerpt: String,
        /// Its portrait's hash.
        pub portrait: String,
    }

    /// How an odd spot of a card was read.
    pub struct Repair {
        /// Stable.
        pub code: String,
        /// Where.
        pub path: String,
        /// For people.
        pub message: String,
    }

    /// What an import would bring.
    pub struct ImportPreview {
        /// Give it to `commit_import`.
        pub id: String,
        /// The file's name.
        pub file_name: String,
        /// `PNG`, `APNG`, `JSON`.
        pub container: String,
        /// `V1`, `V2`, `V3`.
        pub version: String,
        /// The character's name.
        pub name: String,
        /// How the description begins.
        pub excerpt: String,
        /// The hash of the card's document: two files with the same one hold
        /// the very same card.
        pub document: String,
        /// The portrait's hash.
        pub portrait: Option<String>,
        /// Entries of its lorebook.
        pub lorebook_entries: u32,
        /// Greetings, the first message included.
        pub greetings: u32,
        /// How odd spots were read.
        pub repairs: Vec<Repair>,
        /// What is here already.
        pub duplicates: Vec<Duplicate>,
    }

    /// A character that an import looks like.
    pub struct Duplicate {
        /// The character.
        pub character: String,
        /// Its name.
        pub name: String,
        /// In what.
        pub why: DuplicateWhy,
    }

    /// A preview, and what to do with it.
    pub struct ChosenImport {
        /// The preview's id.
        pub preview: String,
        /// What to do.
        pub choice: ImportChoice,
    }

    /// What to do with an import.
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum ImportChoice {
        /// A new character.
        New,
        /// The new draft of one that is here; the old draft stays in the journal.
        DraftOf {
            /// The character.
            character: String,
        },
        /// Nothing.
        Skip,
    }
}
