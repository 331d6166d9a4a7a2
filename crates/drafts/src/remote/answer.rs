//! An answer with what its headers say.

use dramatis_api::{Position, headers};
use dramatis_domain::InventoryId;
use reqwest::Response;

/// A whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
}

/// Status and headers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// Seconds (RFC 9110, Retry-After; the form with a date is not used here).
    pub(crate) retry_after: Option<u64>,
    pub(crate) inventory: Option<(InventoryId, i32)>,
    /// What the form that was asked for cannot hold.
    pub(crate) losses: Option<String>,
    /// How far the inventory's log had come.
    pub(super) position: Option<Position>,
}

impl Head {
    pub(super) fn of(response: &Response) -> Self {
        let text = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        Self {
            status: response.status().as_u16(),
            retry_after: text("retry-after").and_then(|seconds| seconds.trim().parse().ok()),
            position: text(headers::POSITION).and_then(|position| position.parse().ok()),
            inventory: text(headers::INVENTORY).and_then(headers::parse_inventory),
            losses: text(headers::LOSSES).map(ToOwned::to_owned),
        }
    }
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.head.status)
    }
}
