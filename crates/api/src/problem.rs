//! Problems: RFC 9457 `application/problem+json` with a stable code.

use dramatis_domain::rules::Failure;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use utoipa::ToSchema;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $status:literal, $title:literal;)+) => {
        /// Every code the inventory answers with. Stable: programs match on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant),+ }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as it is sent.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Its HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// What it means, for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }
        }

        impl FromStr for Code {
            type Err = ();
            fn from_str(word: &str) -> Result<Self, ()> {
                match word { $($word => Ok(Self::$variant),)+ _ => Err(()) }
            }
        }
    };
}

codes! {
    /// The body, a header or a parameter cannot be read.
    BadRequest = "bad_request", 400, "The request cannot be read";
    /// A mutation without `Idempotency-Key`.
    KeyMissing = "idempotency_key_missing", 400, "The idempotency key is missing";
    /// The key is no quoted UUID.
    KeyMalformed = "idempotency_key_malformed", 400, "The idempotency key is not a quoted UUID";
    /// No token, or one that is unknown, expired or revoked.
    Unauthorized = "unauthorized", 401, "Sign in again: the token is missing or no longer valid";
    /// The account may not do this.
    Forbidden = "forbidden", 403, "This account may not do that";
    /// The stage needs somebody who is neither the creator nor has decided another stage.
    AnotherPerson = "another_person", 403, "Another person has to decide this";
    /// The account owned it once and handed it over.
    HandedOver = "handed_over", 403, "It was handed over to somebody else";
    /// Nothing by that name in this tenant.
    NotFound = "not_found", 404, "There is nothing by that name";
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405, "That is not done this way";
    /// Another request with the same key, or on the same item, is under way.
    Busy = "busy", 409, "Somebody else is at it; try again shortly";
    /// The creator already has an item with that slug.
    SlugTaken = "slug_taken", 409, "That slug is taken";
    /// The slug in the request is not the item's.
    SlugChanged = "slug_changed", 409, "What was published keeps its slug";
    /// The parent is not the newest release.
    BaseOutdated = "base_outdated", 409, "Somebody published a newer release in between";
    /// The parent's state does not allow a next release.
    BaseBlocked = "base_blocked", 409, "The release it is based on does not allow a next one";
    /// The release is no longer in the state the person saw.
    StateChanged = "state_changed", 409, "The release has changed its state in between";
    /// The item's owners, or the offer, are no longer those the person saw.
    OwnershipChanged = "ownership_changed", 409, "The owners have changed in between";
    /// A decision on other bytes than those that wait.
    ManifestChanged = "manifest_changed", 409, "The release is not the one that was looked at";
    /// Nobody could approve it: no policy, or one without stages.
    ApprovalBlocked = "approval_blocked", 409, "No approval can be given here";
    /// A release would be published without the approval the tenant asks for.
    ApprovalMissing = "approval_missing", 409, "The approval that is asked for is missing";
    /// An asset that was not uploaded.
    BlobMissing = "blob_missing", 409, "A file of this release was not uploaded yet";
    /// A release that this one refers to is not there, or not offered.
    PinRefused = "pin_refused", 409, "A release that this one refers to cannot be had";
    /// Another inventory, or the same one after a restore.
    WrongInventory = "wrong_inventory", 409, "This is another inventory than the request was made for";
    /// The request was cancelled before it came.
    Cancelled = "cancelled", 409, "The request was cancelled before it was carried out";
    /// Revoked for good.
    Gone = "gone", 410, "This release was revoked";
    /// Bytes that an order of erasure took away.
    Erased = "erased", 410, "This was erased by an order";
    /// Hidden by an operator.
    Quarantined = "quarantined", 451, "This release is withheld by the operator";
    /// More than the limit.
    TooLarge = "too_large", 413, "That is too large";
    /// The bytes are of a type that is not taken.
    UnsupportedType = "unsupported_type", 415, "Files of this type are not taken";
    /// The key stands for another request.
    KeyReused = "idempotency_key_reused", 422, "That idempotency key stands for another request";
    /// Rules that are not fulfilled, each listed.
    Invalid = "invalid", 422, "This cannot be published yet";
    /// No such step from that state, or something it needs is missing.
    StepRefused = "step_refused", 422, "The release cannot take this step";
    /// No such change of an item's owners, or something it needs is missing.
    OwnershipRefused = "ownership_refused", 422, "The owners cannot be changed like that";
    /// Manifest, card and request contradict each other.
    ManifestRefused = "manifest_refused", 422, "The manifest does not fit what was sent";
    /// The bytes do not have the digest they were announced by.
    DigestMismatch = "digest_mismatch", 422, "The file is not the one that was announced";
    /// Too many requests.
    RateLimited = "rate_limited", 429, "Too many requests; try again shortly";
    /// Our fault.
    Internal = "internal", 500, "Something went wrong in the inventory";
    /// A file of the inventory is lost from its store; only its operator brings it back.
    FileMissing = "file_missing", 500, "The inventory has lost this file";
    /// The database does not answer, or the service is stopping.
    Unavailable = "unavailable", 503, "The inventory is not available right now";
}

impl Code {
    /// Whether the same request may be sent again by itself, later.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::Busy | Self::RateLimited | Self::Internal | Self::Unavailable
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The body of every answer that is no success.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:dramatis:problem:CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The code's meaning.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This occurrence, for people: what happened, what is safe, what to do.
    pub detail: String,
    /// The stable code.
    pub code: String,
    /// The request's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Every failed rule, with its field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub failures: Vec<Failure>,
    /// Why a release is gone, and what to use instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<crate::item::Notice>,
    /// Seconds to wait, also in `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem with its detail.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:dramatis:problem:{code}"),
            title: code.title().to_owned(),
            status: code.status(),
            detail: detail.into(),
            code: code.as_str().to_owned(),
            request_id: None,
            failures: Vec::new(),
            notice: None,
            retry_after: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FROZEN: programs match on codes; one may be added, none changed.
    #[test]
    fn frozen_codes() {
        let all: Vec<_> = Code::ALL
            .iter()
            .map(|code| format!("{} {}", code.status(), code))
            .collect();
        insta::assert_snapshot!(all.join("\n"));
        assert!(
            Code::ALL
                .iter()
                .all(|code| code.as_str().parse() == Ok(*code))
        );
    }
}
