//! Walking a PNG's chunks without trusting a single length in it.
//!
//! An own walker, not a decoder: a card stands in a file whose pixels may be
//! cut off or damaged, and nothing may be allocated because a header says so.
//! The rules are the PNG specification's, "Chunk layout".

use crate::limits::MAX_CHUNKS;

/// The eight bytes every PNG starts with.
pub(crate) const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];

/// A chunk without payload: length, type, checksum.
pub(crate) const SMALLEST_CHUNK: usize = 12;

/// Whether the bytes start as a PNG does.
#[must_use]
pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(&SIGNATURE)
}

/// One chunk, borrowed from the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    /// The four letters of its type.
    pub(crate) kind: [u8; 4],
    /// Its payload; shorter than declared where the file ends inside it.
    pub(crate) data: &'a [u8],
    /// All its bytes as they stand in the file, length and checksum included.
    pub(crate) raw: &'a [u8],
    /// Whether length, payload and checksum are all there.
    pub(crate) complete: bool,
}

impl Chunk<'_> {
    /// Whether the checksum fits. A cut-off chunk has none that could.
    pub(crate) fn checksum_fits(&self) -> bool {
        let Some(written) = self.raw.last_chunk::<4>().filter(|_| self.complete) else {
            return false;
        };
        checksum(self.kind, self.data) == u32::from_be_bytes(*written)
    }

    /// Whether it is one of the three text kinds.
    pub(crate) fn is_text(&self) -> bool {
        matches!(&self.kind, b"tEXt" | b"zTXt" | b"iTXt")
    }
}

/// What a walk over a file found.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    /// The chunks in order; the last may be incomplete.
    pub(crate) chunks: Vec<Chunk<'a>>,
    /// Bytes after the last chunk that are no chunk themselves.
    pub(crate) rest: &'a [u8],
}

impl Walk<'_> {
    /// Whether the file stops before its end marker.
    pub(crate) fn is_cut_off(&self) -> bool {
        !self
            .chunks
            .iter()
            .any(|chunk| &chunk.kind == b"IEND" && chunk.complete)
    }
}

/// Splits a PNG into its chunks. Stops at the first thing that is no chunk, at
/// the end of the bytes, or after [`MAX_CHUNKS`]; what is left is `rest`.
/// The caller has looked at the signature.
pub(crate) fn walk(bytes: &[u8]) -> Walk<'_> {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    let mut chunks = Vec::new();
    let mut ended = false;
    while chunks.len() < MAX_CHUNKS {
        let Some((chunk, after)) = split_first(rest) else {
            break;
        };
        // Behind the end marker an unfinished chunk is only a tail of bytes
        // that happens to start with four letters.
        if !chunk.complete && ended {
            break;
        }
        let complete = chunk.complete;
        ended |= &chunk.kind == b"IEND";
        chunks.push(chunk);
        rest = after;
        if !complete {
            break;
        }
    }
    Walk { chunks, rest }
}

/// Appends a chunk to `out`: length, type, payload, checksum.
pub(crate) fn push(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&kind);
    out.extend_from_slice(data);
    out.extend_from_slice(&checksum(kind, data).to_be_bytes());
}

fn split_first(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let (length, after) = bytes.split_first_chunk::<4>()?;
    let (kind, body) = after.split_first_chunk::<4>()?;
    if !kind.iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    // A length above 2^31 - 1 is not allowed; like one beyond the end of the
    // file it simply finds no such payload, and nothing is reserved for it.
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let whole = length
        .checked_add(SMALLEST_CHUNK)
        .filter(|whole| *whole <= bytes.len());
    Some(match whole {
        Some(whole) => {
            let (raw, rest) = bytes.split_at(whole);
            (
                Chunk {
                    kind: *kind,
                    data: &body[..length],
                    raw,
                    complete: true,
                },
                rest,
            )
        }
        None => {
            let data = &body[..length.min(body.len())];
            (
                Chunk {
                    kind: *kind,
                    data,
                    raw: bytes,
                    complete: false,
                },
                &[],
            )
        }
    })
}

fn checksum(kind: [u8; 4], data: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&kind);
    hasher.update(data);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn file(parts: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        for (kind, data) in parts {
            push(&mut out, **kind, data);
        }
        out
    }

    #[test]
    fn every_chunk_is_found_and_put_together_again() {
        let bytes = file(&[(b"IHDR", &[0; 13]), (b"tEXt", b"a\0b"), (b"IEND", b"")]);
        let walk = walk(&bytes);
        assert_eq!(walk.chunks.len(), 3);
        assert!(walk.chunks.iter().all(Chunk::checksum_fits));
        assert!(!walk.is_cut_off());
        let again: Vec<u8> = SIGNATURE
            .iter()
            .copied()
            .chain(walk.chunks.iter().flat_map(|chunk| chunk.raw.to_vec()))
            .collect();
        assert_eq!(again, bytes);
    }

    #[test]
    fn a_four_gigabyte_length_allocates_nothing_and_ends_the_walk() {
        let mut bytes = file(&[(b"IHDR", &[0; 13])]);
        bytes.extend_from_slice(&u32::MAX.to_be_bytes());
        bytes.extend_from_slice(b"tEXtchara\0e30=");
        let walk = walk(&bytes);
        assert_eq!(walk.chunks.len(), 2);
        assert!(!walk.chunks[1].complete);
        assert!(!walk.chunks[1].checksum_fits());
        assert_eq!(walk.chunks[1].data, b"chara\0e30=");
        assert!(walk.is_cut_off());
    }

    #[test]
    fn bytes_after_the_end_that_are_no_chunk_are_kept_apart() {
        let mut bytes = file(&[(b"IEND", b"")]);
        bytes.extend_from_slice(b"\0\0\0\x04\x01\x02\x03\x04 tail");
        assert_eq!(walk(&bytes).rest, b"\0\0\0\x04\x01\x02\x03\x04 tail");
    }

    #[test]
    fn a_damaged_checksum_is_seen() {
        let mut bytes = file(&[(b"tEXt", b"a\0b"), (b"IEND", b"")]);
        bytes[18] ^= 1;
        assert!(!walk(&bytes).chunks[0].checksum_fits());
    }
}
