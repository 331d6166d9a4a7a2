//! Who owns an item: owner, co-owners, and how it is handed over. Its address
//! stays what it was.

use crate::audit::Device;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What becomes of an item's owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnershipChange {
    /// The owner shares the item with a co-owner, who may do all that the
    /// owner may but change the owners.
    Add,
    /// The owner takes a co-owner's part back, or a co-owner leaves.
    Remove,
    /// The owner offers the item to another creator.
    Offer,
    /// The owner takes the offer back, or its receiver declines.
    EndOffer,
    /// The receiver takes the item over.
    Accept,
    /// An operator hands the item to another creator, with the reason.
    Impose,
}

/// The body of `POST /v1/items/{item}/owners`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnershipRequest {
    /// What becomes of the owners.
    pub change: OwnershipChange,
    /// Whom it is about, by handle; none to end or accept the offer that stands.
    pub account: Option<String>,
    /// Why, in words, with its salt; needed to impose.
    pub message: Option<crate::publish::SaltedText>,
    /// The studio it comes from.
    pub device: Device,
}

/// The answer to `GET` and `POST /v1/items/{item}/owners`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Owners {
    /// The item.
    pub item: Uuid,
    /// The handle in its address, for good: who made it.
    pub creator: String,
    /// Its name in addresses.
    pub slug: String,
    /// Who owns it now.
    pub owner: Owner,
    /// With whom it is shared, by handle.
    pub co_owners: Vec<Owner>,
    /// The offer that stands.
    pub offer: Option<Offer>,
}

/// An account that owns an item, or is to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Owner {
    /// Its identity.
    pub account: Uuid,
    /// Its name in addresses.
    pub handle: String,
    /// What people call it.
    pub name: String,
}

/// An item is offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offer {
    /// To whom.
    pub to: Owner,
    /// Since when, RFC 3339.
    pub since: String,
}

/// The answer to `GET /v1/offers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Offers {
    /// Items that are offered to the account, longest first.
    pub offers: Vec<Owners>,
}
