//! Who is asking whom.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The answer of `GET /v1/whoami`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WhoAmI {
    /// The inventory.
    pub inventory: Inventory,
    /// The tenant of the token.
    pub tenant: Tenant,
    /// The account of the token.
    pub account: Account,
    /// The token.
    pub token: Token,
    /// The rule set in force, `sha256:…`.
    pub rule_set: String,
}

/// An inventory as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Inventory {
    /// Never changes.
    pub id: Uuid,
    /// Raised by every restore from a backup.
    pub epoch: i32,
    /// What people call it.
    pub name: String,
    /// The program's version.
    pub version: String,
}

/// A provider's inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tenant {
    /// Its identity.
    pub id: Uuid,
    /// Its name in addresses.
    pub slug: String,
    /// What people call it.
    pub name: String,
}

/// A person or a service account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// Its identity.
    pub id: Uuid,
    /// Its name in addresses: `ana`.
    pub handle: String,
    /// What people call it.
    pub name: String,
    /// `person` or `service`.
    pub kind: String,
    /// `creator`, `reviewer`, `operator`, `auditor`, `app`.
    pub roles: Vec<String>,
}

/// A token, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    /// Its identity.
    pub id: Uuid,
    /// Its first characters, for people.
    pub prefix: String,
    /// What it is for.
    pub label: String,
    /// When it ends, RFC 3339; none for never.
    pub expires_at: Option<String>,
}
