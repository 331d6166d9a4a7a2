//! What the inventory answered to a key, kept for good.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The answer of `GET /v1/receipts/{key}` and of a cancel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The key.
    pub key: Uuid,
    /// `publish`, `step`, `promote`, or `cancel` where the key was cancelled first.
    pub operation: String,
    /// Whether the key was cancelled before anything happened.
    pub cancelled: bool,
    /// The status of the original answer.
    pub status: u16,
    /// The original answer's exact body.
    pub body: String,
    /// When, RFC 3339.
    pub created_at: String,
}
