//! Finding the card in a PNG: which chunk, and what is odd about it.

use super::chunks::{Chunk, Walk, walk};
use super::payload::json_of_chunk;
use super::text::{TextFault, TextKind, keyword, text};
use crate::document::CardDocument;
use crate::error::CardError;
use crate::limits::{MAX_CARD_CHUNK_BYTES, MAX_CARD_CHUNKS, MAX_INFLATED_BYTES};
use crate::repair::{Repair, RepairCode};
use dramatis_domain::card::CardFormat;

/// Where in a PNG a card stood.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChunkPlace {
    /// `chara` or `ccv3`, in the letters found.
    pub keyword: String,
    /// Which kind of text chunk.
    pub kind: TextKind,
    /// Whether it stands behind the pixels.
    pub after_pixels: bool,
    /// The size of the chunk's payload in bytes.
    pub bytes: usize,
}

/// A card found in a PNG.
pub(crate) struct Found {
    pub(crate) place: ChunkPlace,
    pub(crate) document: CardDocument,
    pub(crate) animated: bool,
}

/// Which of the two keywords; ordered by preference (cards.md, Containers:
/// both present, `ccv3` wins).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Keyword {
    Ccv3,
    Chara,
}

impl Keyword {
    /// The keyword of a card's chunk, in any letters.
    pub(crate) fn of(chunk: &Chunk<'_>) -> Option<Self> {
        let found = keyword(chunk)?;
        if found.eq_ignore_ascii_case(b"ccv3") {
            Some(Self::Ccv3)
        } else if found.eq_ignore_ascii_case(b"chara") {
            Some(Self::Chara)
        } else {
            None
        }
    }
}

/// Reads the card of a PNG.
pub(crate) fn read(bytes: &[u8]) -> Result<Found, CardError> {
    let walk = walk(bytes);
    let mut candidates: Vec<(Keyword, usize)> = (walk.chunks.iter().enumerate())
        .filter_map(|(at, chunk)| Keyword::of(chunk).map(|keyword| (keyword, at)))
        .take(MAX_CARD_CHUNKS)
        .collect();
    candidates.sort();

    let mut first_error = None;
    let mut best: Option<(usize, Keyword, CardDocument, TextKind)> = None;
    let mut repairs = Vec::new();
    let mut compared = false;
    for &(keyword, at) in &candidates {
        if let Some((_, taken, document, _)) = &best {
            if *taken == keyword {
                continue;
            }
            if !compared {
                compared = true;
                repairs.extend(differences(document, &walk.chunks[at]));
            }
            continue;
        }
        match card_of(&walk.chunks[at]) {
            Ok((document, kind)) => best = Some((at, keyword, document, kind)),
            Err(fault) => {
                first_error.get_or_insert(fault);
            }
        }
    }
    let Some((at, taken, document, kind)) = best else {
        return Err(first_error.unwrap_or(if walk.is_cut_off() {
            CardError::CutOffBeforeCard
        } else {
            CardError::NoCardInPng
        }));
    };
    let chunk = &walk.chunks[at];
    let place = ChunkPlace {
        keyword: String::from_utf8_lossy(keyword(chunk).unwrap_or_default()).into_owned(),
        kind,
        after_pixels: walk.chunks[..at].iter().any(|chunk| &chunk.kind == b"IDAT"),
        bytes: chunk.data.len(),
    };
    if let Some(fault) = first_error {
        repairs.push(Repair::new(
            RepairCode::OtherChunkTaken,
            "",
            format!(
                "Another card chunk could not be read ({fault}); the {} chunk was taken.",
                place.keyword
            ),
        ));
    }
    if candidates
        .iter()
        .filter(|(keyword, _)| *keyword == taken)
        .count()
        > 1
    {
        repairs.push(Repair::new(
            RepairCode::SeveralCards,
            "",
            format!(
                "There are several {} chunks; the first readable one was taken.",
                place.keyword
            ),
        ));
    }
    if taken == Keyword::Chara && document.format() == CardFormat::V3 {
        repairs.push(Repair::new(
            RepairCode::V3InChara,
            "",
            "The V3 card stands in the chara chunk, where older programs expect V2.",
        ));
    }
    repairs.extend(oddities(&walk, at));
    let animated = walk.chunks.iter().any(|chunk| &chunk.kind == b"acTL");
    Ok(Found {
        place,
        document: document.with_repairs_before(repairs),
        animated,
    })
}

fn card_of(chunk: &Chunk<'_>) -> Result<(CardDocument, TextKind), CardError> {
    let name = String::from_utf8_lossy(keyword(chunk).unwrap_or_default()).into_owned();
    let (kind, payload) = text(chunk).map_err(|fault| match fault {
        TextFault::TooLarge(bytes) => CardError::ChunkTooLarge {
            keyword: name.clone(),
            bytes,
            limit: MAX_CARD_CHUNK_BYTES,
        },
        TextFault::Bomb => CardError::ChunkExpandsTooFar {
            keyword: name.clone(),
            limit: MAX_INFLATED_BYTES,
        },
        TextFault::Damaged if !chunk.complete => CardError::CutOffInsideCard,
        TextFault::Damaged => CardError::ChunkDamaged {
            keyword: name.clone(),
        },
    })?;
    // The end of a cut-off chunk may still hold the whole card: only the
    // checksum is missing then. Anything else is a card cut in two.
    let whole = |fault: CardError| match fault {
        CardError::Encrypted => fault,
        _ if !chunk.complete => CardError::CutOffInsideCard,
        _ => fault,
    };
    let (json, repairs) = json_of_chunk(&name, &payload).map_err(whole)?;
    let document = CardDocument::parse(json).map_err(whole)?;
    Ok((document.with_repairs_before(repairs), kind))
}

fn differences(taken: &CardDocument, other: &Chunk<'_>) -> Option<Repair> {
    let message = match card_of(other) {
        Ok((other, _)) => {
            let fields = taken.fields_differing_from(&other);
            if fields.is_empty() {
                return None;
            }
            format!(
                "The ccv3 and chara chunks differ in {}; ccv3 was taken.",
                fields.join(", ")
            )
        }
        Err(fault) => {
            format!("The chara chunk beside ccv3 could not be read ({fault}); ccv3 was taken.")
        }
    };
    Some(Repair::new(RepairCode::ChunksDiffer, "", message))
}

/// What is off about the picture around a card that could be read.
fn oddities(walk: &Walk<'_>, card_at: usize) -> Vec<Repair> {
    let mut repairs = Vec::new();
    if walk.is_cut_off() {
        repairs.push(Repair::new(
            RepairCode::PictureCutOff,
            "",
            "The picture is cut off; the card in it is whole, the portrait may not be.",
        ));
    }
    let bad: Vec<String> = walk
        .chunks
        .iter()
        .filter(|chunk| chunk.complete && !chunk.checksum_fits())
        .take(4)
        .map(|chunk| String::from_utf8_lossy(&chunk.kind).into_owned())
        .collect();
    if !bad.is_empty() {
        repairs.push(Repair::new(
            RepairCode::ChecksumMismatch,
            "",
            format!(
                "The checksum of {} does not fit its bytes; they were read as they stand.",
                bad.join(", ")
            ),
        ));
    }
    if walk.chunks[..card_at]
        .iter()
        .any(|chunk| &chunk.kind == b"IEND")
    {
        repairs.push(Repair::new(
            RepairCode::CardAfterEnd,
            "",
            "The card stands behind the picture's end marker, where many programs do not look.",
        ));
    }
    if !walk.rest.is_empty() {
        repairs.push(Repair::new(
            RepairCode::TrailingBytes,
            "",
            format!(
                "{} bytes that belong to no chunk stand behind the picture; they are kept.",
                walk.rest.len()
            ),
        ));
    }
    repairs
}
