//! Every size limit, with the reason for its value.

/// A card document's text, in bytes. The largest real ones are below 1 MiB;
/// sixteen leaves room for lorebooks of whole worlds and keeps a request, its
/// canonical body and its copy in the database within ordinary memory.
pub const CARD_TEXT: usize = 16 * 1024 * 1024;

/// Nesting of a card document. Real ones stay below twelve; parsers that
/// recurse are safe far beyond sixty-four.
pub const CARD_DEPTH: usize = 64;

/// A character's name, in bytes: about sixty words.
pub const NAME: usize = 512;

/// A slug, in bytes (one DNS label).
pub const SLUG: usize = 63;

/// Release notes, in bytes.
pub const NOTES: usize = 16 * 1024;

/// A reason or a message that goes with a transition, in bytes.
pub const REASON: usize = 4 * 1024;

/// One asset, in bytes.
pub const BLOB: usize = 32 * 1024 * 1024;

/// Assets of one release.
pub const ASSETS: usize = 256;

/// Members of one pack: a cast and its worlds, each looked up in the very
/// transaction that publishes the pack.
pub const MEMBERS: usize = 256;

/// What a member is in its pack, in bytes.
pub const ROLE: usize = 64;

/// Models that one runtime names.
pub const MODELS: usize = 64;

/// Pixels of one picture: 64 megapixels is above what cameras make and what a
/// window can show.
pub const PIXELS: u64 = 64 * 1024 * 1024;

/// A channel's name, in bytes.
pub const CHANNEL: usize = 32;

/// A name of a device, in bytes.
pub const DEVICE_NAME: usize = 128;
