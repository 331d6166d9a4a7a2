//! What a format cannot hold.

use serde::{Deserialize, Serialize};

/// One thing a conversion leaves behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// What kind it is.
    pub code: LossCode,
    /// Where it stands in the document as it is, as a JSON Pointer (RFC 6901).
    pub path: String,
    /// One sentence for people.
    pub message: String,
}

/// The kinds of losses. Codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossCode {
    /// A field the format does not have.
    Field,
    /// The lorebook.
    Lorebook,
    /// A field of lorebook entries that the format does not have.
    EntryField,
    /// `extensions`, which the format has no place for.
    Extensions,
    /// A key of no format that cannot go along.
    UnknownKey,
    /// A top-level repetition that said something else than `data`.
    Repetition,
}

impl Loss {
    pub(super) fn new(code: LossCode, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code,
            path: path.into(),
            message: message.into(),
        }
    }
}
