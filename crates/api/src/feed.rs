//! News for apps: what was published, taken back or moved.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A part of the feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Feed {
    /// In the order of their numbers. Nothing is ever put in before a number
    /// that was shown.
    pub entries: Vec<FeedEntry>,
    /// Give it as `?after=` to go on from here; also where nothing is new.
    pub next: String,
}

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FeedEntry {
    /// Its number in the tenant: rises, each is given once; some are missing
    /// where the news was not for apps.
    pub number: i64,
    /// `release.published`, `release.deprecated`, `release.archived`,
    /// `release.quarantined`, `release.revoked` or `channel.moved`.
    pub what: String,
    /// The item.
    pub item: Uuid,
    /// `character`, …
    pub kind: String,
    /// Its owner's handle.
    pub creator: String,
    /// Its name in addresses.
    pub slug: String,
    /// The release it is about.
    pub release: Uuid,
    /// That release's number.
    pub release_number: i32,
    /// The hash of that release's manifest.
    pub manifest_sha256: String,
    /// The channel that was moved to it.
    pub channel: Option<String>,
    /// The reason code of a revocation.
    pub reason_code: Option<String>,
    /// Why, in words.
    pub message: Option<String>,
    /// When it happened, RFC 3339. The order is that of the numbers, not of these.
    pub at: String,
}
