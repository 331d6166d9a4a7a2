//! What creators bring and take: bytes ↔ card documents. No I/O.
//!
//! - [`read`] takes a file's bytes and gives the card in it;
//! - [`CardDocument`] is the card: its exact text, how it is read, and edits
//!   that leave everything else as it was;
//! - [`to_format`] writes it as V1, V2 or V3, [`losses`] says before what a
//!   format cannot hold;
//! - [`embed`] and [`strip_card`] put it into a picture and take it out;
//! - [`tokens`] counts, [`inspect()`] tells all of it about a file.
//!
//! The formats are described in cards.md of the design.

pub mod container;
pub mod convert;
pub mod document;
pub mod edit;
pub mod error;
pub mod format;
pub mod inspect;
pub mod limits;
mod png;
pub mod repair;
pub mod tokens;

pub use container::{Carried, Container, read};
pub use convert::{Converted, Loss, LossCode, losses, to_format, to_format_repaired};
pub use document::CardDocument;
pub use edit::{Edited, NewValue, WHOLE_LOREBOOK};
pub use error::CardError;
pub use inspect::{FormatLosses, Inspection, inspect};
pub use png::blank::blank_picture;
pub use png::chunks::is_png;
pub use png::read::ChunkPlace;
pub use png::size::{PictureSize, picture_size};
pub use png::text::TextKind;
pub use png::write::{embed, strip_card};
pub use repair::{Repair, RepairCode};
