//! How a release came to be in its state: its steps, in their order.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The answer to `GET /v1/releases/{release}/steps`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Steps {
    /// The release.
    pub release: Uuid,
    /// The state it was in at the time asked for, or is in now; none before it was there.
    pub state: Option<String>,
    /// The steps, oldest first. Asked for by a state: empty where it has never been in it.
    pub steps: Vec<TakenStep>,
}

/// One step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TakenStep {
    /// Its number: 1, 2, 3 … per release. What orders steps.
    pub seq: i32,
    /// The state before.
    pub from: String,
    /// The state after.
    pub to: String,
    /// The role in which it was taken.
    pub role: String,
    /// Why, as a code.
    pub reason_code: Option<String>,
    /// The release to use instead.
    pub successor: Option<Uuid>,
    /// Who took it.
    pub actor: Uuid,
    /// The event that tells of it, with its words.
    pub event: Uuid,
    /// When, RFC 3339.
    pub at: String,
}
