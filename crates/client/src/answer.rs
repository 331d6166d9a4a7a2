//! An answer with what its headers say.

use dramatis_api::{Code, Position, Problem, headers};
use dramatis_domain::InventoryId;
use reqwest::Response;
use serde::de::DeserializeOwned;
use std::{fmt, marker::PhantomData};

/// What an answer is that is no JSON, or is read elsewhere.
#[derive(Clone, Copy, Debug)]
pub enum Bytes {}

/// A whole answer; a success is read as a `T`.
pub struct Answer<T> {
    /// Status and headers.
    pub head: Head,
    /// The body, byte for byte.
    pub body: Vec<u8>,
    reads: PhantomData<fn() -> T>,
}

/// Status and headers.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// Seconds (RFC 9110, Retry-After; the form with a date is not used here).
    pub retry_after: Option<u64>,
    /// The inventory that answered, and its epoch.
    pub inventory: Option<(InventoryId, i32)>,
    /// What the form that was asked for cannot hold.
    pub losses: Option<String>,
    /// How far the inventory's log had come.
    pub position: Option<Position>,
}

impl Head {
    pub(crate) fn of(response: &Response) -> Self {
        let text = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        Self {
            status: response.status().as_u16(),
            retry_after: text("retry-after").and_then(|seconds| seconds.trim().parse().ok()),
            inventory: text(headers::INVENTORY).and_then(headers::parse_inventory),
            position: text(headers::POSITION).and_then(|position| position.parse().ok()),
            losses: text(headers::LOSSES).map(ToOwned::to_owned),
        }
    }
}

impl<T> Answer<T> {
    pub(crate) const fn new(head: Head, body: Vec<u8>) -> Self {
        Self {
            head,
            body,
            reads: PhantomData,
        }
    }

    /// Whether it is no refusal.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.head.status)
    }

    /// What the inventory said, where it is no success, with its code where
    /// this version knows it.
    #[must_use]
    pub fn problem(&self) -> Option<(Problem, Option<Code>)> {
        let problem: Problem = serde_json::from_slice(&self.body).ok()?;
        // A stranger's JSON is no problem of an inventory.
        if !problem.kind.starts_with("urn:dramatis:problem:") || problem.status != self.head.status
        {
            return None;
        }
        let code = problem.code.parse().ok();
        Some((problem, code))
    }
}

impl<T: DeserializeOwned> Answer<T> {
    /// Reads a success.
    ///
    /// # Errors
    /// Where the body is something else.
    pub fn read(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }
}

impl<T> Clone for Answer<T> {
    fn clone(&self) -> Self {
        Self::new(self.head.clone(), self.body.clone())
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {} bytes", self.head.status, self.body.len())
    }
}
