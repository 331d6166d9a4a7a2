//! A portrait's width and height, read from its header and never by decoding.

use super::chunks::{is_png, walk};
use crate::error::CardError;
use crate::limits::{MAX_PIXELS, MAX_SIDE_PIXELS};

/// Width and height of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PictureSize {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Reads the size a PNG declares, within limits.
///
/// # Errors
/// [`CardError::NotPng`] where there is no PNG header, and
/// [`CardError::PictureTooLarge`] for a pixel bomb: more than
/// [`MAX_SIDE_PIXELS`] on a side or [`MAX_PIXELS`] in all.
pub fn picture_size(bytes: &[u8]) -> Result<PictureSize, CardError> {
    if !is_png(bytes) {
        return Err(CardError::NotPng);
    }
    let header = walk(bytes.get(..bytes.len().min(64)).unwrap_or_default());
    let header = header
        .chunks
        .first()
        .filter(|chunk| &chunk.kind == b"IHDR" && chunk.data.len() >= 13)
        .ok_or(CardError::NotPng)?;
    let side = |at: usize| {
        header.data[at..]
            .first_chunk::<4>()
            .map_or(0, |bytes| u32::from_be_bytes(*bytes))
    };
    let size = PictureSize {
        width: side(0),
        height: side(4),
    };
    if size.width == 0 || size.height == 0 {
        return Err(CardError::NotPng);
    }
    let pixels = u64::from(size.width) * u64::from(size.height);
    if size.width > MAX_SIDE_PIXELS || size.height > MAX_SIDE_PIXELS || pixels > MAX_PIXELS {
        return Err(CardError::PictureTooLarge {
            width: size.width,
            height: size.height,
        });
    }
    Ok(size)
}
