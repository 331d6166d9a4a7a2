//! Lifecycle steps and channel moves.

use crate::{audit::Device, item::Release};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The body of `POST /v1/releases/{release}/steps`: one lifecycle step, whatever it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepRequest {
    /// The state to go to: `deprecated`, `published` (back), `archived`, `revoked`, …
    pub to: String,
    /// The state the person saw; another one answers `state_changed` and does nothing.
    pub from: String,
    /// `error`, `rights`, `safety`, `security`, `superseded`, `other`; needed to revoke.
    pub reason_code: Option<String>,
    /// Why, in words, with its salt.
    pub message: Option<crate::publish::SaltedText>,
    /// The release to use instead: one of the same item that is published.
    pub successor: Option<Uuid>,
    /// Channels that move to other releases in the same transaction.
    #[serde(default)]
    pub repoint: Vec<Repoint>,
    /// The studio it comes from.
    pub device: Device,
}

/// A channel that moves with a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repoint {
    /// The channel.
    pub channel: String,
    /// Where it points then.
    pub release: Uuid,
}

/// The answer to a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stepped {
    /// The release after it.
    pub release: Release,
}

/// The body of `POST /v1/items/{item}/channels/{channel}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromoteRequest {
    /// Where the channel points then: a published or deprecated release of the item.
    pub release: Uuid,
    /// Why, in words, where the person said so.
    pub message: Option<crate::publish::SaltedText>,
    /// The studio it comes from.
    pub device: Device,
}

/// The answer to a channel move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Promoted {
    /// The channel.
    pub channel: String,
    /// The release it points at now.
    pub release: Release,
    /// The release it pointed at before.
    pub previous: Option<Uuid>,
}
