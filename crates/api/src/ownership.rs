//! Whose a release is, as a document that other registries read: the metadata
//! schema of EIP-721, with the hashes of what it stands for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// EIP-721, *ERC721 Metadata JSON Schema*; `external_url` and `attributes` as
/// marketplaces have come to read them. Of one release and never another: the
/// same address always gives the same bytes (RFC 8785).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ownership {
    /// What the release is called.
    pub name: String,
    /// The beginning of its description.
    pub description: String,
    /// A picture, at the host that was asked; none where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The release, by the hash of its manifest, at the host that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_url: Option<String>,
    /// Kind, number, licence, vertical, each tag and each app.
    pub attributes: Vec<Attribute>,
    /// What it stands for.
    pub properties: OwnershipProperties,
}

/// One trait.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Attribute {
    /// `kind`, `number`, `licence`, `vertical`, `tag`, `app`.
    pub trait_type: String,
    /// A text, or a number.
    #[schema(value_type = Object)]
    pub value: serde_json::Value,
}

/// The content's hashes, and who made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnershipProperties {
    /// The hash of the manifest: the release itself.
    pub manifest_sha256: String,
    /// The hash of the document: the card, for a character.
    pub card_sha256: String,
    /// The item.
    pub item: Uuid,
    /// The release.
    pub release: Uuid,
    /// Who published it.
    pub creator: OwnershipCreator,
    /// The hash of the manifest it was forked from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<String>,
}

/// Who published a release. It stays so when the item is given to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnershipCreator {
    /// The account.
    pub account: Uuid,
    /// Its name in addresses.
    pub handle: String,
}
