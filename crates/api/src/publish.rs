//! Publishing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{audit::Device, item::Release};

/// A text with the salt it is hashed with (`dramatis_domain::salted`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaltedText {
    /// 16 random bytes, lower-case hex.
    pub salt: String,
    /// The text.
    pub value: String,
}

/// The body of `POST /v1/releases`. Everything in it was fixed when the draft
/// was frozen; the same key always comes with the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishRequest {
    /// The item's slug; on the first publish it makes the item, later it has
    /// to be the item's own.
    pub slug: String,
    /// The manifest's canonical text (RFC 8785). Item, release and parent are in it.
    pub manifest: String,
    /// The document's exact text: the card, or what the document of the
    /// manifest's kind is.
    pub card: String,
    /// The notes, where the manifest names any.
    pub notes: Option<SaltedText>,
    /// The channel that moves to the release when it is published; none: none moves.
    pub channel: Option<String>,
    /// The studio it comes from.
    pub device: Device,
}

/// The answer to a publish: 201 with a release, or 200 where nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Published {
    /// `published`, `submitted` (waits for approval) or `unchanged`.
    pub outcome: PublishOutcome,
    /// The release; for `unchanged` the one that already says the same.
    pub release: Release,
    /// The item's slug.
    pub slug: String,
    /// The creator's handle.
    pub creator: String,
    /// The owning item.
    pub item: Uuid,
}

/// What a publish came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublishOutcome {
    /// A new release, published.
    Published,
    /// A new release that waits for approval.
    Submitted,
    /// No new release: card and assets equal the base's.
    Unchanged,
}
