//! What apps find: published characters in lists and by search.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::item::{Notice, ReleaseRef};

/// A page of what is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Listing {
    /// Newest change first.
    pub entries: Vec<Listed>,
    /// Give it as `?after=` with the very same query to get the next page;
    /// none at the end. Nothing may be read out of it.
    pub next: Option<String>,
}

/// An item, by the release it shows: the one `stable` points at, or, where it
/// has no such channel, the newest one offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Listed {
    /// The item.
    pub item: Uuid,
    /// `character`, …
    pub kind: String,
    /// Its owner's handle.
    pub creator: String,
    /// Its name in addresses.
    pub slug: String,
    /// What the release calls it.
    pub name: String,
    /// The release; `published` or `deprecated`.
    pub release: ReleaseRef,
    /// The hash of its manifest: fetch it by this.
    pub manifest_sha256: String,
    /// What it is for, where its card says so.
    pub vertical: Option<String>,
    /// Its tags, in lower case.
    pub tags: Vec<String>,
    /// The apps it names, in lower case.
    pub apps: Vec<String>,
    /// Since when it shows this, RFC 3339.
    pub updated_at: String,
    /// Why it is deprecated, and what to use instead.
    pub notice: Option<Notice>,
}
