//! What an item began as, and what began as one of its releases.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::item::ReleaseRef;

/// The answer of `GET /v1/items/{item}/lineage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Lineage {
    /// The item.
    pub item: Uuid,
    /// The release it began as, then what that one's item began as, and so on.
    pub ancestors: Vec<Ancestor>,
    /// Items that began as a release of this one, as far as this account sees them.
    pub forks: Vec<Fork>,
    /// Give it as `?after=` to get the next page of forks; none at the end.
    pub next: Option<String>,
}

/// A release that something began as. The hash stands for good; the rest is
/// there as long as it may be seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ancestor {
    /// The hash of its manifest.
    pub manifest_sha256: String,
    /// How it stands now; none where it is from outside of this inventory or
    /// was never published here.
    pub state: Option<String>,
    /// Which release it is; none where it is withheld, gone or from outside.
    pub release: Option<Relative>,
}

/// An item that began as a release of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fork {
    /// The hash of the manifest it began as.
    pub forked_from: String,
    /// The newest of its releases that may be seen.
    pub release: Relative,
}

/// A release with its item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Relative {
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
    /// The release.
    pub release: ReleaseRef,
}
