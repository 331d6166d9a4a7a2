//! What a real file has that its format does not, and the one obvious reading
//! of it (cards.md, What real files do).
//!
//! Importing never changes a document's text: a repair says how a spot was
//! *read*. Only where the creator exports *repaired* is it written.

mod assets;
mod fields;
mod log;
mod lorebook;
mod scan;
mod shape;
mod times;

use serde::{Deserialize, Serialize};

pub use scan::{Repaired, scan};
pub(crate) use shape::{free_data_key, repeats, wrap_loose};

/// One repair: what is off, where, and how it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// What kind it is.
    pub code: RepairCode,
    /// Where, as a JSON Pointer (RFC 6901) into the document; empty for the
    /// file or the document as a whole.
    pub path: String,
    /// One sentence for people.
    pub message: String,
}

impl Repair {
    pub(crate) fn new(
        code: RepairCode,
        path: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            path: path.into(),
            message: message.into(),
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// The kinds of repairs. Codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum RepairCode {
            $($(#[$doc])* #[serde(rename = $code)] $name,)*
        }

        impl RepairCode {
            /// The stable code, as in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

codes! {
    // The file around the document.
    /// A byte order mark stood before the JSON.
    ByteOrderMark = "byte_order_mark",
    /// NUL bytes or line ends stood behind the payload.
    TrailingNul = "trailing_nul",
    /// JSON stood where base64 belongs.
    RawJson = "raw_json",
    /// Base64 with line breaks, missing padding or the URL alphabet.
    LooseBase64 = "loose_base64",
    /// The picture is cut off, the card is whole.
    PictureCutOff = "picture_cut_off",
    /// A chunk's checksum does not fit its bytes.
    ChecksumMismatch = "checksum_mismatch",
    /// Bytes that are no chunk stand behind the picture.
    TrailingBytes = "trailing_bytes",
    /// The card stands behind the picture's end marker.
    CardAfterEnd = "card_after_end",
    /// Several chunks of one keyword; the first readable one was taken.
    SeveralCards = "several_cards",
    /// The preferred chunk could not be read; the other was taken.
    OtherChunkTaken = "other_chunk_taken",
    /// `ccv3` and `chara` differ; `ccv3` was taken.
    ChunksDiffer = "chunks_differ",
    /// A V3 document in a `chara` chunk.
    V3InChara = "v3_in_chara",

    // The document's outer form.
    /// A newer `spec_version` than we know.
    NewerVersion = "newer_version",
    /// `spec` or `spec_version` is missing, or they contradict each other.
    SpecUnclear = "spec_unclear",
    /// V2 or V3 fields stand at the top level instead of in `data`.
    NotWrapped = "not_wrapped",
    /// A field repeated at the top level differs from `data`'s; `data` counts.
    RepeatDiffers = "repeat_differs",

    // Fields.
    /// A required field is missing; read as empty.
    MissingField = "missing_field",
    /// `null` where a value belongs; read as empty.
    NullField = "null_field",
    /// Something else where text belongs; read as its text.
    NotText = "not_text",
    /// One text where a list belongs.
    NotAList = "not_a_list",
    /// A list element that is no text.
    OddElement = "odd_element",
    /// Neither an object nor absent, where an object belongs.
    NotAnObject = "not_an_object",
    /// A number as text.
    NumberAsText = "number_as_text",
    /// Empty or other text where a number belongs; read as absent.
    NotANumber = "not_a_number",
    /// Text or a number where true or false belongs.
    NotABool = "not_a_bool",

    // Lorebook.
    /// `character_book: null`; read as absent.
    NullLorebook = "null_lorebook",
    /// Something else than a lorebook stands in `character_book`.
    NotALorebook = "not_a_lorebook",
    /// A lorebook or entry without `extensions`.
    LorebookExtensions = "lorebook_extensions",
    /// Entries as an object keyed by number.
    EntriesAsObject = "entries_as_object",
    /// An entry that is no object; read as absent.
    OddEntry = "odd_entry",
    /// `position` with a value the format does not know.
    OddPosition = "odd_position",

    // The rest.
    /// A timestamp in milliseconds; the format counts seconds.
    Milliseconds = "milliseconds",
    /// An asset type the format does not know.
    AssetType = "asset_type",
    /// An asset address the format does not know.
    AssetUri = "asset_uri",
    /// An asset's `ext` with a dot or capitals.
    AssetExt = "asset_ext",
    /// Several icons without exactly one `main`.
    MainIcon = "main_icon",
}
