//! The three text chunks: `tEXt`, `zTXt`, `iTXt` (PNG specification, "Textual
//! information").

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use serde::{Deserialize, Serialize};

use super::chunks::Chunk;
use crate::limits::{MAX_CARD_CHUNK_BYTES, MAX_INFLATED_BYTES};

/// Which kind of text chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextKind {
    /// Plain.
    #[serde(rename = "tEXt")]
    Plain,
    /// Compressed.
    #[serde(rename = "zTXt")]
    Compressed,
    /// International, compressed or not.
    #[serde(rename = "iTXt")]
    International,
}

impl TextKind {
    /// The four letters that stand in the file.
    #[must_use]
    pub fn letters(self) -> &'static str {
        match self {
            Self::Plain => "tEXt",
            Self::Compressed => "zTXt",
            Self::International => "iTXt",
        }
    }
}

/// Why a text chunk's text cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextFault {
    /// The payload is larger than [`MAX_CARD_CHUNK_BYTES`].
    TooLarge(usize),
    /// It expands beyond [`MAX_INFLATED_BYTES`].
    Bomb,
    /// The compressed stream is damaged, or of an unknown method.
    Damaged,
}

/// The keyword of a text chunk, as written; `None` for other chunks.
pub(crate) fn keyword<'a>(chunk: &Chunk<'a>) -> Option<&'a [u8]> {
    if !chunk.is_text() {
        return None;
    }
    // A keyword has 1 to 79 bytes, so a longer search finds only nonsense.
    let head = &chunk.data[..chunk.data.len().min(80)];
    let end = head.iter().position(|byte| *byte == 0)?;
    (end > 0).then(|| &head[..end])
}

/// The text of a text chunk, decompressed within limits.
pub(crate) fn text(chunk: &Chunk<'_>) -> Result<(TextKind, Vec<u8>), TextFault> {
    if chunk.data.len() > MAX_CARD_CHUNK_BYTES {
        return Err(TextFault::TooLarge(chunk.data.len()));
    }
    let after_keyword = split_at_nul(chunk.data).ok_or(TextFault::Damaged)?.1;
    match &chunk.kind {
        b"tEXt" => Ok((TextKind::Plain, after_keyword.to_vec())),
        b"zTXt" => {
            let (method, packed) = after_keyword.split_first().ok_or(TextFault::Damaged)?;
            Ok((TextKind::Compressed, inflate(*method, packed)?))
        }
        _ => {
            let ([compressed, method], rest) = after_keyword
                .split_first_chunk::<2>()
                .ok_or(TextFault::Damaged)?;
            let (_language, rest) = split_at_nul(rest).ok_or(TextFault::Damaged)?;
            let (_translated, body) = split_at_nul(rest).ok_or(TextFault::Damaged)?;
            let body = if *compressed == 0 {
                body.to_vec()
            } else {
                inflate(*method, body)?
            };
            Ok((TextKind::International, body))
        }
    }
}

fn split_at_nul(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// Reads at most one byte beyond the limit, whatever the stream promises.
fn inflate(method: u8, packed: &[u8]) -> Result<Vec<u8>, TextFault> {
    if method != 0 {
        return Err(TextFault::Damaged);
    }
    let mut out = Vec::new();
    ZlibDecoder::new(packed)
        .take(MAX_INFLATED_BYTES as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|_| TextFault::Damaged)?;
    if out.len() > MAX_INFLATED_BYTES {
        Err(TextFault::Bomb)
    } else {
        Ok(out)
    }
}
