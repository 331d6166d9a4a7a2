//! Approvals: what waits for a decision, and deciding it.

use crate::{audit::Device, item::Release, publish::SaltedText};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A reviewer's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The stage says yes.
    Approved,
    /// The stage says no; the release is rejected for good.
    Rejected,
}

/// The body of `POST /v1/releases/{release}/decisions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionRequest {
    /// The word.
    pub decision: Decision,
    /// The stage it decides: the one the person saw waiting. Another one
    /// answers `state_changed` and does nothing.
    pub stage: i16,
    /// `sha256:` of the manifest the person looked at: a decision is on these bytes.
    pub manifest_sha256: String,
    /// Why, in words, with its salt; needed to reject.
    pub message: Option<SaltedText>,
    /// The studio it comes from.
    pub device: Device,
}

/// The answer to a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Decided {
    /// The release after it: `submitted` where further stages wait, `published`
    /// after the last, or `rejected`.
    pub release: Release,
    /// The stage that was decided.
    pub stage: i16,
    /// How many stages there are.
    pub stages: i16,
}

/// What `GET /v1/reviews` answers: a page of releases that wait, longest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reviews {
    /// The releases.
    pub reviews: Vec<Review>,
    /// Give it as `?after=` to get the next page; none at the end.
    pub next: Option<String>,
}

/// A release that waits for approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Review {
    /// The release, with the manifest that the decision is on.
    pub release: Release,
    /// What its character is called.
    pub name: String,
    /// The creator's handle.
    pub creator: String,
    /// The item's slug.
    pub slug: String,
    /// Where it goes when it is published.
    pub channel: Option<String>,
    /// Every stage in order.
    pub stages: Vec<Stage>,
    /// The stage that waits.
    pub next: i16,
    /// Why this account cannot decide it; none where it can.
    pub why_not: Option<String>,
}

/// One stage of an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stage {
    /// Its place: 1, 2, 3 …
    pub stage: i16,
    /// What people call it.
    pub name: String,
    /// The role it asks for.
    pub role: String,
    /// Who said yes, where somebody has.
    pub approved_by: Option<String>,
}
