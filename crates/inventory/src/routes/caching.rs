//! What whoever asked may keep, and for how long.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use dramatis_domain::{Digest, lifecycle::ReleaseState};

/// Bytes that a release is made of never change; that it was revoked is told
/// by the feed. Private: every answer depends on the token.
const FOR_GOOD: &str = "private, max-age=31536000, immutable";
/// What a channel points at, or how a release stands, may change at any time.
pub(super) const SHORT: &str = "private, max-age=10";
/// What is not for everybody is not kept.
const NOT_AT_ALL: &str = "private, no-store";

/// How long a release's bytes may be kept.
pub(super) const fn of_bytes(state: ReleaseState) -> &'static str {
    match state {
        ReleaseState::Published | ReleaseState::Deprecated | ReleaseState::Archived => FOR_GOOD,
        ReleaseState::Draft
        | ReleaseState::Submitted
        | ReleaseState::Rejected
        | ReleaseState::Withdrawn
        | ReleaseState::Quarantined
        | ReleaseState::Revoked => NOT_AT_ALL,
    }
}

/// The bytes under a strong `ETag`, their SHA-256; 304 where the client has them.
pub(super) fn reply(
    asked: &HeaderMap,
    keep: &'static str,
    content_type: &'static str,
    bytes: Vec<u8>,
) -> Response {
    let tag = format!("\"{}\"", Digest::of(&bytes));
    let has = has(asked, &tag);
    let mut response = Response::new(if has {
        Body::empty()
    } else {
        Body::from(bytes)
    });
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
    if has {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}

/// Whether `If-None-Match` names the tag (RFC 9110, 13.1.2: weak comparison).
fn has(asked: &HeaderMap, tag: &str) -> bool {
    asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|given| given == "*" || given.strip_prefix("W/").unwrap_or(given) == tag)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_tag_is_found_in_whatever_form_it_is_given_back() {
        for (given, same) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("*", true),
            ("\"b\"", false),
            ("a", false),
        ] {
            let mut asked = HeaderMap::new();
            asked.insert(header::IF_NONE_MATCH, given.parse().unwrap());
            assert_eq!(has(&asked, "\"a\""), same, "{given}");
        }
        assert!(!has(&HeaderMap::new(), "\"a\""));
    }
}
