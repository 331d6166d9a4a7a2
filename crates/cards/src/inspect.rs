//! Everything there is to say about a card file without importing it: what
//! `dramatis inspect FILE` prints.

use dramatis_domain::card::CardFormat;
use serde::{Deserialize, Serialize};

use crate::container::{Carried, Container, read};
use crate::convert::{Loss, losses};
use crate::error::CardError;
use crate::format::FORMATS;
use crate::png::chunks::is_png;
use crate::png::read::ChunkPlace;
use crate::png::size::{PictureSize, picture_size};
use crate::repair::Repair;
use crate::tokens::{TokenCounts, count};

/// What a file is and holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// The kind of file.
    pub container: Container,
    /// Where in a picture the card stands.
    pub chunk: Option<ChunkPlace>,
    /// The portrait's size, where there is a readable one.
    pub picture: Option<PictureSize>,
    /// The card's format.
    pub format: CardFormat,
    /// `spec` as written.
    pub spec: Option<String>,
    /// `spec_version` as written.
    pub spec_version: Option<String>,
    /// The character's name.
    pub name: String,
    /// The size of the card's JSON, in bytes.
    pub text_bytes: usize,
    /// Greetings: the first message where there is one, and the alternates.
    pub greetings: usize,
    /// Entries of the lorebook; `None` without a lorebook.
    pub lorebook_entries: Option<usize>,
    /// Token counts.
    pub tokens: TokenCounts,
    /// How odd spots were read.
    pub repairs: Vec<Repair>,
    /// What each other format cannot hold.
    pub losses: Vec<FormatLosses>,
}

/// What one format cannot hold of the card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatLosses {
    /// The format.
    pub format: CardFormat,
    /// The losses; empty where it holds everything.
    pub losses: Vec<Loss>,
}

/// Inspects a file's bytes.
///
/// # Errors
/// As [`read`].
pub fn inspect(bytes: &[u8]) -> Result<Inspection, CardError> {
    let carried = read(bytes)?;
    let picture = is_png(bytes).then(|| picture_size(bytes).ok()).flatten();
    Ok(describe(carried, picture))
}

fn describe(carried: Carried, picture: Option<PictureSize>) -> Inspection {
    let Carried {
        container,
        chunk,
        document,
    } = carried;
    let view = document.view();
    let first = usize::from(!view.text("first_mes").is_empty());
    Inspection {
        container,
        chunk,
        picture,
        format: document.format(),
        spec: document.spec().map(str::to_owned),
        spec_version: document.spec_version().map(str::to_owned),
        name: view.name().into_owned(),
        text_bytes: document.text().len(),
        greetings: first + view.list("alternate_greetings").len(),
        lorebook_entries: view.lorebook().map(|book| book.entries().len()),
        tokens: count(&view),
        repairs: document.repairs().to_vec(),
        losses: FORMATS
            .into_iter()
            .filter(|format| *format != document.format())
            .map(|format| FormatLosses {
                format,
                losses: losses(&document, format),
            })
            .collect(),
    }
}
