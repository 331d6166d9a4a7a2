//! What is true: identities, lifecycle, manifest, canonical bytes, digests,
//! validation, differences and the event chain.
//!
//! Nothing in this crate does I/O, reads a clock or makes up an identity;
//! time and ids are arguments. The studio and the inventory call the very same
//! functions, so that a dry run on the creator's machine and the inventory's
//! own answer cannot differ.

pub mod address;
pub mod canonical;
pub mod card;
pub mod chain;
pub mod diff;
pub mod digest;
pub mod event;
pub mod face;
pub mod ids;
pub mod json;
pub mod kinds;
pub mod lifecycle;
pub mod limits;
pub mod manifest;
pub mod names;
pub mod pins;
pub mod rules;
pub mod salted;
pub mod visibility;

pub use digest::Digest;
pub use ids::{
    AccountId, DeviceId, EventId, IdempotencyKey, InventoryId, ItemId, ReleaseId, TenantId,
};
pub use manifest::{ItemKind, Manifest};
