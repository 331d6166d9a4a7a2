//! A portrait for a card that has none.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::chunks::{SIGNATURE, push};

const WIDTH: u32 = 400;
const HEIGHT: u32 = 600;

/// The colour of paper, as the window has it.
const PAPER: [u8; 3] = [0xF4, 0xEF, 0xE6];

/// A blank sheet of 400 × 600 pixels: what a card that came as JSON is put into
/// when it leaves as PNG. Always the same bytes.
#[must_use]
pub fn blank_picture() -> Vec<u8> {
    let mut out = SIGNATURE.to_vec();
    let mut header = [WIDTH.to_be_bytes(), HEIGHT.to_be_bytes()].concat();
    // One bit a pixel, a palette, no interlacing.
    header.extend_from_slice(&[1, 3, 0, 0, 0]);
    push(&mut out, *b"IHDR", &header);
    push(&mut out, *b"PLTE", &PAPER);
    // Each row is its filter's number and fifty bytes of pixels, all zero.
    let rows = vec![0; (1 + WIDTH.div_ceil(8) as usize) * HEIGHT as usize];
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing into memory cannot fail.
    let packed = packer
        .write_all(&rows)
        .and_then(|()| packer.finish())
        .unwrap_or_default();
    push(&mut out, *b"IDAT", &packed);
    push(&mut out, *b"IEND", &[]);
    out
}
