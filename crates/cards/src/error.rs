//! Why a card cannot be read, changed or written: one sentence on what
//! happened and what is safe, one stable code, and hints on what to do.

use dramatis_domain::json::JsonFault;

use crate::format::label;
use dramatis_domain::card::{CardFormat, FIELDS};

/// Everything that can go wrong between bytes and a card document. Reading
/// never changes anything, so after any of these nothing is lost.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// No bytes at all.
    #[error("the file is empty; nothing was imported")]
    Empty,
    /// More bytes than [`crate::limits::MAX_FILE_BYTES`].
    #[error(
        "the file has {bytes} bytes, more than the {limit} Dramatis looks at; nothing was imported"
    )]
    FileTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A file of no kind that holds cards.
    #[error("this is not a character card: {what}; nothing was imported")]
    NotACard {
        /// What it is instead, as a part of the sentence.
        what: String,
    },
    /// A kind of file that holds characters, but that is not read yet.
    #[error("this is {what}, which Dramatis cannot read yet; nothing was imported")]
    NotYet {
        /// The kind of file, with its article.
        what: &'static str,
    },
    /// A kind of file that is refused for good.
    #[error("this is {what}, which Dramatis does not take; nothing was imported")]
    Refused {
        /// The kind of file, with its article and the reason.
        what: &'static str,
    },
    /// RisuAI's encrypted `rcc||` payload.
    #[error(
        "the card in this file is encrypted by RisuAI (rcc), so nobody else can read it; nothing was imported"
    )]
    Encrypted,
    /// A PNG whose text chunks hold no card.
    #[error("this picture holds no character card; nothing was imported")]
    NoCardInPng,
    /// A PNG that ends before a card was found.
    #[error("this picture is cut off before a character card was found; nothing was imported")]
    CutOffBeforeCard,
    /// A PNG that ends inside its card.
    #[error("this picture is cut off in the middle of its character card; nothing was imported")]
    CutOffInsideCard,
    /// A text chunk larger than [`crate::limits::MAX_CARD_CHUNK_BYTES`].
    #[error(
        "the {keyword} chunk of this picture has {bytes} bytes, more than the {limit} a card may take; nothing was imported"
    )]
    ChunkTooLarge {
        /// The chunk's keyword.
        keyword: String,
        /// Its size in bytes.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A compressed chunk that expands beyond [`crate::limits::MAX_INFLATED_BYTES`].
    #[error(
        "the compressed {keyword} chunk of this picture expands to more than {limit} bytes; reading stopped there and nothing was imported"
    )]
    ChunkExpandsTooFar {
        /// The chunk's keyword.
        keyword: String,
        /// The limit.
        limit: usize,
    },
    /// A text chunk whose inner form or compression is damaged.
    #[error(
        "the {keyword} chunk of this picture is damaged and cannot be unpacked; nothing was imported"
    )]
    ChunkDamaged {
        /// The chunk's keyword.
        keyword: String,
    },
    /// A card chunk that holds neither base64 nor JSON.
    #[error(
        "the {keyword} chunk of this picture holds neither base64 nor JSON; nothing was imported"
    )]
    NotBase64 {
        /// The chunk's keyword.
        keyword: String,
    },
    /// Text that is not UTF-8.
    #[error(
        "the card's text is not UTF-8 (first wrong byte at {at}); guessing would damage it, so nothing was imported"
    )]
    NotUtf8 {
        /// Offset of the first wrong byte.
        at: usize,
    },
    /// Not a document we take: syntax, repeated keys, lone surrogates, limits.
    #[error("the card's JSON cannot be taken: {0}")]
    Json(#[from] JsonFault),
    /// A PNG was expected.
    #[error("this is not a PNG picture that can be read; nothing was changed")]
    NotPng,
    /// A portrait with more pixels than [`crate::limits`] allows.
    #[error(
        "this picture claims {width} × {height} pixels, more than Dramatis opens; nothing was changed"
    )]
    PictureTooLarge {
        /// Declared width.
        width: u32,
        /// Declared height.
        height: u32,
    },
    /// A field that this document's format does not have.
    #[error("a {} card has no field “{field}”; nothing was changed", label(*format))]
    FieldNotInFormat {
        /// The field's name.
        field: &'static str,
        /// The document's format.
        format: CardFormat,
        /// The lowest format that has it.
        needs: CardFormat,
    },
    /// Text was given for a list, or a list for a text.
    #[error("“{field}” is a {expected}; nothing was changed")]
    WrongKindOfValue {
        /// The field's name.
        field: &'static str,
        /// `text` or `list of texts`.
        expected: &'static str,
    },
    /// A name that is no field of a card.
    #[error("a card has no editable field “{name}”")]
    UnknownField {
        /// The name given.
        name: String,
    },
    /// A part that is in neither of two cards.
    #[error("neither version has a part “{path}”")]
    NoSuchPart {
        /// The path given.
        path: String,
    },
}

impl CardError {
    /// A stable code for scripts and for the window.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "card_empty_file",
            Self::FileTooLarge { .. } => "card_file_too_large",
            Self::NotACard { .. } => "card_not_a_card",
            Self::NotYet { .. } => "card_not_yet",
            Self::Refused { .. } => "card_refused",
            Self::Encrypted => "card_encrypted",
            Self::NoCardInPng => "card_none_in_png",
            Self::CutOffBeforeCard => "card_cut_off",
            Self::CutOffInsideCard => "card_cut_off_inside",
            Self::ChunkTooLarge { .. } => "card_chunk_too_large",
            Self::ChunkExpandsTooFar { .. } => "card_chunk_expands_too_far",
            Self::ChunkDamaged { .. } => "card_chunk_damaged",
            Self::NotBase64 { .. } => "card_not_base64",
            Self::NotUtf8 { .. } => "card_not_utf8",
            Self::Json(fault) => match fault {
                JsonFault::TooLarge { .. } => "card_text_too_large",
                JsonFault::TooDeep => "card_too_deep",
                JsonFault::DuplicateKey { .. } => "card_duplicate_key",
                JsonFault::BadText { .. } => "card_bad_text",
                JsonFault::Syntax(_) => "card_not_json",
            },
            Self::NotPng => "picture_not_png",
            Self::PictureTooLarge { .. } => "picture_too_large",
            Self::FieldNotInFormat { .. } => "card_field_not_in_format",
            Self::WrongKindOfValue { .. } => "card_wrong_kind_of_value",
            Self::UnknownField { .. } => "card_unknown_field",
            Self::NoSuchPart { .. } => "card_no_such_part",
        }
    }

    /// What a person can do about it; may be empty.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        let hint: String = match self {
            Self::Empty | Self::CutOffBeforeCard | Self::CutOffInsideCard | Self::ChunkDamaged { .. } => {
                "Download or copy the file again; the copy at hand is damaged.".into()
            }
            Self::NotYet { .. } | Self::Encrypted => {
                "In the program it comes from, export the character as PNG or JSON.".into()
            }
            Self::NotACard { .. } | Self::Refused { .. } => {
                "Dramatis takes character cards (V1, V2, V3) as PNG or JSON.".into()
            }
            Self::NoCardInPng => {
                "Use the original file: many websites and chat programs strip the card from a picture.".into()
            }
            Self::NotUtf8 { .. } => "Save the file as UTF-8 in a text editor and import it again.".into(),
            Self::Json(JsonFault::DuplicateKey { .. }) => {
                "Open the JSON in a text editor and keep the one that is right.".into()
            }
            Self::FieldNotInFormat { needs, .. } => {
                format!("Convert the card to {} first; nothing of it is lost by that.", label(*needs))
            }
            Self::UnknownField { .. } => format!(
                "Fields are: {}.",
                FIELDS.iter().map(|field| field.key).collect::<Vec<_>>().join(", ")
            ),
            _ => return Vec::new(),
        };
        vec![hint]
    }
}
