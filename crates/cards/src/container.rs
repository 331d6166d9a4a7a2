//! What kind of file it is, and the card in it.

use serde::{Deserialize, Serialize};

use crate::document::CardDocument;
use crate::error::CardError;
use crate::limits::MAX_FILE_BYTES;
use crate::png::chunks::is_png;
use crate::png::payload::{json_of_file, looks_like_json, refuse_encrypted};
use crate::png::read::{ChunkPlace, read as read_png};

/// A kind of file that cards are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Container {
    /// A picture with the card in a text chunk.
    Png,
    /// The same, animated.
    Apng,
    /// The card alone.
    Json,
}

impl Container {
    /// What people call it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Apng => "APNG",
            Self::Json => "JSON",
        }
    }
}

/// A card read from a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The kind of file.
    pub container: Container,
    /// Where in a picture the card stood; `None` for JSON alone.
    pub chunk: Option<ChunkPlace>,
    /// The card.
    pub document: CardDocument,
}

/// Reads the card of a file. The bytes say what it is; its name does not count.
///
/// # Errors
/// One clear sentence for everything that cannot be read, in bounded time and
/// memory (see [`crate::limits`]).
pub fn read(bytes: &[u8]) -> Result<Carried, CardError> {
    if bytes.is_empty() {
        return Err(CardError::Empty);
    }
    if bytes.len() > MAX_FILE_BYTES {
        return Err(CardError::FileTooLarge {
            bytes: bytes.len(),
            limit: MAX_FILE_BYTES,
        });
    }
    if is_png(bytes) {
        let found = read_png(bytes)?;
        let container = if found.animated {
            Container::Apng
        } else {
            Container::Png
        };
        return Ok(Carried {
            container,
            chunk: Some(found.place),
            document: found.document,
        });
    }
    refuse_encrypted(bytes)?;
    if looks_like_json(bytes) || starts_as_other_json(bytes) {
        let (text, repairs) = json_of_file(bytes)?;
        let document = CardDocument::parse(text)?.with_repairs_before(repairs);
        return Ok(Carried {
            container: Container::Json,
            chunk: None,
            document,
        });
    }
    Err(other_kind(bytes))
}

/// JSON that is no object: parsed all the same, for the clearer sentence.
fn starts_as_other_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    matches!(bytes.trim_ascii_start().first(), Some(b'[' | b'"'))
}

/// The sentence for a file that is neither PNG nor JSON.
fn other_kind(bytes: &[u8]) -> CardError {
    let head = &bytes[..bytes.len().min(1024)];
    let not = |what: &str| CardError::NotACard {
        what: what.to_owned(),
    };
    match head {
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => CardError::NotYet {
            what: "a WebP picture",
        },
        [b'P', b'K', 3, 4, ..] if contains(bytes, b"card.json") => CardError::NotYet {
            what: "a CHARX archive",
        },
        [b'P', b'K', 3 | 5 | 7, ..] => not("it is a zip archive without a card.json"),
        [0xFF, 0xD8, 0xFF, ..] if contains(bytes, b"card.json") => CardError::NotYet {
            what: "a JPEG picture with a CHARX archive behind it (RisuAI)",
        },
        [0xFF, 0xD8, 0xFF, ..] => CardError::NotYet {
            what: "a JPEG picture",
        },
        [b'G', b'I', b'F', b'8', ..] => not("it is a GIF picture, which cannot hold a card"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => CardError::NotUtf8 { at: 0 },
        _ if is_svg(head) => CardError::Refused {
            what: "an SVG picture (it can carry programs)",
        },
        _ if bytes.starts_with(&[0x89, b'P', b'N']) => {
            not("it starts like a PNG picture, but its first bytes are damaged")
        }
        _ => not("it is neither a PNG picture nor JSON"),
    }
}

fn is_svg(head: &[u8]) -> bool {
    let head = head.trim_ascii_start().to_ascii_lowercase();
    head.starts_with(b"<") && contains(&head, b"<svg")
}

/// Whether a word stands near either end, where an archive lists its files.
fn contains(bytes: &[u8], word: &[u8]) -> bool {
    const NEAR: usize = 256 * 1024;
    let (head, tail) = (
        &bytes[..bytes.len().min(NEAR)],
        &bytes[bytes.len().saturating_sub(NEAR)..],
    );
    [head, tail]
        .iter()
        .any(|part| part.windows(word.len()).any(|window| window == word))
}
