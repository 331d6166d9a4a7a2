//! Two versions side by side.

use super::ChangeKind;

super::words! {
    /// Which side a run of words stands on.
    pub enum SpanKind {
        /// Both.
        Same = "same",
        /// The first.
        Removed = "removed",
        /// The second.
        Added = "added",
    }
}

super::views! {
    /// What differs between two versions.
    pub struct Diff {
        /// What people call the first.
        pub a: String,
        /// What people call the second.
        pub b: String,
        /// Fields that differ.
        pub fields: Vec<DiffField>,
        /// Fields that do not.
        pub same: u32,
        /// Tokens of the first.
        pub tokens_before: u32,
        /// Tokens of the second.
        pub tokens_after: u32,
    }

    /// A field that differs.
    pub struct DiffField {
        /// Where.
        pub path: String,
        /// What people call it.
        pub label: String,
        /// What happened.
        pub kind: ChangeKind,
        /// Both texts, word by word.
        pub spans: Vec<Span>,
        /// The first portrait's hash, where the portrait differs.
        pub before_portrait: Option<String>,
        /// The second portrait's hash, where the portrait differs.
        pub after_portrait: Option<String>,
        /// Tokens of it in the first.
        pub tokens_before: u32,
        /// Tokens of it in the second.
        pub tokens_after: u32,
        /// Whether `restore_field` can take it into the draft.
        pub restorable: bool,
    }

    /// A run of words.
    pub struct Span {
        /// Which side it stands on.
        pub kind: SpanKind,
        /// The words.
        pub text: String,
    }
}
