//! Many releases in one request.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Problem, item::Release};

/// The most addresses of one request.
pub const MOST_ADDRESSES: usize = 100;

/// The body of `POST /v1/resolve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResolveRequest {
    /// `creator/slug@channel`, `creator/slug#number`, `sha256:…` or an id; at
    /// most 100.
    pub addresses: Vec<String>,
}

/// The answer to it: one for each address, in their order, all of one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResolvedMany {
    /// One for each address.
    pub answers: Vec<ResolvedOne>,
}

/// What one address came to: a release or a problem, never both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ResolvedOne {
    /// The address as it was asked for.
    pub address: String,
    /// The release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// Why there is none: the same that this address alone would get.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}
