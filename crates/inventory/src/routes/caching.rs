//! What whoever asked may keep, and for how long.

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use dramatis_domain::{
    Digest,
    lifecycle::ReleaseState,
    visibility::{self, Readers},
};

/// Bytes that a release is made of never change; that it was revoked is told
/// by the feed. Private: every answer depends on the token.
const FOR_GOOD: &str = "private, max-age=31536000, immutable";
/// What a channel points at, or how a release stands, may change at any time.
pub(super) const SHORT: &str = "private, max-age=10";
/// What a hash names never changes.
pub(super) const BY_HASH: &str = FOR_GOOD;
/// What is not for everybody is not kept.
const NOT_AT_ALL: &str = "private, no-store";

/// How long it may be kept how a release stands.
pub(super) fn of_standing(state: ReleaseState) -> &'static str {
    match visibility::readers(state) {
        Readers::All => SHORT,
        Readers::Holding(_) => NOT_AT_ALL,
    }
}

/// How long a release's bytes may be kept: those that everybody may have, for good.
pub(super) fn of_bytes(state: ReleaseState) -> &'static str {
    match visibility::readers(state) {
        Readers::All => FOR_GOOD,
        Readers::Holding(_) => NOT_AT_ALL,
    }
}

/// The bytes under a strong `ETag`, their SHA-256; 304 where the client has them.
pub(super) fn reply(
    asked: &HeaderMap,
    keep: &'static str,
    content_type: &'static str,
    bytes: Vec<u8>,
) -> Response {
    let sha256 = Digest::of(&bytes);
    unchanged(asked, keep, sha256).unwrap_or_else(|| whole(keep, content_type, sha256, bytes))
}

/// 304 where the client has the bytes of that SHA-256.
pub(super) fn unchanged(asked: &HeaderMap, keep: &'static str, sha256: Digest) -> Option<Response> {
    has(asked, &tag(sha256)).then(|| {
        let mut response = tagged(keep, sha256, Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    })
}

/// Bytes of that SHA-256, however they come.
pub(super) fn whole(
    keep: &'static str,
    content_type: &'static str,
    sha256: Digest,
    bytes: impl Into<Body>,
) -> Response {
    let mut response = tagged(keep, sha256, bytes.into());
    let content_type = HeaderValue::from_static(content_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

fn tagged(keep: &'static str, sha256: Digest, body: Body) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&tag(sha256)) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
    response
}

fn tag(sha256: Digest) -> String {
    format!("\"{sha256}\"")
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
