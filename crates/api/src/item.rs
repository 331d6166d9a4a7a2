//! Items, releases and channels as they are shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A page of items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Items {
    /// In the order of their last change, newest first.
    pub items: Vec<ItemSummary>,
    /// Give it as `?after=` to get the next page; none at the end.
    pub next: Option<String>,
}

/// An item in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemSummary {
    /// Its identity.
    pub id: Uuid,
    /// `character`, …
    pub kind: String,
    /// Its owner's handle.
    pub creator: String,
    /// Its name in addresses.
    pub slug: String,
    /// The newest release's name of the character.
    pub name: String,
    /// The newest release.
    pub latest: Option<ReleaseRef>,
    /// When it last changed, RFC 3339.
    pub updated_at: String,
    /// The number of its last event: a cheap way to see that something is new.
    pub last_event: i64,
}

/// A release, briefly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReleaseRef {
    /// Its identity.
    pub id: Uuid,
    /// 1, 2, 3 … per item.
    pub number: i32,
    /// Its current state.
    pub state: String,
}

/// An item with everything that its timeline shows but the events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Item {
    /// Its identity.
    pub id: Uuid,
    /// `character`, …
    pub kind: String,
    /// Its owner's handle.
    pub creator: String,
    /// Its name in addresses.
    pub slug: String,
    /// Every release, oldest first.
    pub releases: Vec<Release>,
    /// Every channel.
    pub channels: Vec<Channel>,
    /// The head of its event chain.
    pub head: crate::audit::Head,
}

/// A channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// The release it points at.
    pub release: Uuid,
    /// That release's number.
    pub number: i32,
}

/// A release as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Release {
    /// Its identity.
    pub id: Uuid,
    /// Whose.
    pub item: Uuid,
    /// 1, 2, 3 … per item.
    pub number: i32,
    /// Its current state.
    pub state: String,
    /// The manifest's canonical text.
    pub manifest: String,
    /// Its SHA-256.
    pub manifest_sha256: String,
    /// The notes with their salt; none where there are none or they were erased.
    pub notes: Option<crate::publish::SaltedText>,
    /// When it was frozen into the inventory, RFC 3339.
    pub created_at: String,
    /// Why it is deprecated, quarantined or revoked.
    pub notice: Option<Notice>,
    /// Channels that point at it.
    pub channels: Vec<String>,
    /// The releases it refers to, as each of them stands now: a pack's members
    /// in their order, then what its targets run on. Left out where it refers
    /// to none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<Pinned>,
}

/// A release that another one refers to by the hash of its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pinned {
    /// `member` of a pack, or the `runtime` of a target.
    pub used_as: String,
    /// What a member is in its pack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Its item.
    pub item: Uuid,
    /// It.
    pub release: Uuid,
    /// The hash it is pinned by.
    pub manifest_sha256: String,
    /// `character`, `lorebook`, …
    pub kind: String,
    /// Its owner's handle.
    pub creator: String,
    /// Its item's name in addresses.
    pub slug: String,
    /// Its number.
    pub number: i32,
    /// How it stands now: `published` or `deprecated`, or it was taken back since.
    pub state: String,
    /// Why it is deprecated, withheld or gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
}

/// Why a release is not what one would take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notice {
    /// The reason code of a revocation.
    pub code: Option<String>,
    /// In words.
    pub message: Option<String>,
    /// The release to use instead.
    pub successor: Option<ReleaseRef>,
}

/// What `GET /v1/resolve/…` answers with 200.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Resolved {
    /// The channel asked for.
    pub channel: String,
    /// The owner's handle.
    pub creator: String,
    /// The item's slug.
    pub slug: String,
    /// The release; `deprecated` ones carry their notice.
    pub release: Release,
}
