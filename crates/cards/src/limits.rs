//! How much a file may ask of us before it is refused.
//!
//! Every reader in this crate works within these numbers, so that a malicious
//! file gets a clear sentence in bounded time and memory (cards.md, What real
//! files do). The largest real card known is 470 KB of JSON.

/// Largest file looked at, in bytes.
pub const MAX_FILE_BYTES: usize = 256 << 20;

/// Largest payload of a PNG text chunk that is looked at as a card, in bytes,
/// as it stands in the file. Base64 makes four bytes of three, so this is what
/// [`MAX_CARD_TEXT_BYTES`] of card can take, with some slack.
pub const MAX_CARD_CHUNK_BYTES: usize = 24 << 20;

/// Largest base64 text that comes out of a compressed chunk (`zTXt`, `iTXt`),
/// in bytes. Reading stops one byte later, however much the chunk would expand.
pub const MAX_INFLATED_BYTES: usize = MAX_CARD_CHUNK_BYTES;

/// Largest card document, in bytes of UTF-8. Decoded once more it is a tree of
/// bounded size and depth (`dramatis_domain::limits`).
pub const MAX_CARD_TEXT_BYTES: usize = dramatis_domain::limits::CARD_TEXT;

/// Most chunks walked in one PNG. A 256 MiB file of empty chunks has 22 million.
pub const MAX_CHUNKS: usize = 200_000;

/// Most card chunks (`chara`, `ccv3`) looked into in one PNG.
pub const MAX_CARD_CHUNKS: usize = 16;

/// Largest width or height of a portrait, in pixels.
pub const MAX_SIDE_PIXELS: u32 = 16_384;

/// Largest portrait, in pixels: the house's limit. It decodes to 256 MiB of RGBA.
pub const MAX_PIXELS: u64 = dramatis_domain::limits::PIXELS;
