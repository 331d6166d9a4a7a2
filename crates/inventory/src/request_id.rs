//! The id of the request at hand: in the log, in the answer and in every event
//! it causes; and the trace that it is a part of, where the caller names one.

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use dramatis_api::headers;
use std::time::Instant;
use tracing::Instrument as _;

tokio::task_local! {
    static CURRENT: String;
}

/// The id of the request this task answers.
#[must_use]
pub(crate) fn current() -> Option<String> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Takes the caller's id where it is short and plain, else makes one.
pub(crate) async fn carry(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(headers::REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| is_plain(id))
        .map_or_else(|| uuid::Uuid::now_v7().to_string(), str::to_owned);
    let span = tracing::info_span!(
        "request", id, method = %request.method(), path = request.uri().path(),
        trace_id = tracing::field::Empty, parent_id = tracing::field::Empty,
    );
    if let Some((trace, parent)) = trace(request.headers()) {
        span.record("trace_id", trace).record("parent_id", parent);
    }
    let started = Instant::now();
    let method = request.method().to_string();
    // The pattern, never the path: that would be a metric for every release.
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let value = HeaderValue::from_str(&id);
    CURRENT
        .scope(
            id,
            async move {
                let mut response = next.run(request).await;
                let status = response.status().as_u16();
                tracing::info!(
                    status,
                    elapsed_us = started.elapsed().as_micros(),
                    "answered"
                );
                count(method, route, status, started);
                if let Ok(value) = value {
                    response
                        .headers_mut()
                        .insert(HeaderName::from_static(headers::REQUEST_ID), value);
                }
                response
            }
            .instrument(span),
        )
        .await
}

fn count(method: String, route: String, status: u16, started: Instant) {
    let status = status.to_string();
    metrics::histogram!("dramatis_request_seconds", "route" => route.clone(), "status" => status.clone())
        .record(started.elapsed().as_secs_f64());
    metrics::counter!("dramatis_requests_total", "method" => method, "route" => route, "status" => status)
        .increment(1);
}

/// Trace and caller's span of a W3C `traceparent`: `00-TRACE-SPAN-FLAGS`.
fn trace(given: &HeaderMap) -> Option<(&str, &str)> {
    let mut parts = given.get("traceparent")?.to_str().ok()?.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length
            && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && text.bytes().any(|b| b != b'0')
    };
    let known = version.len() == 2 && version != "ff";
    (known && hex(trace, 32) && hex(span, 16)).then_some((trace, span))
}

fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_trace_is_taken_as_w3c_writes_it_and_nothing_else() {
        let read = |value: &'static str| {
            let mut given = HeaderMap::new();
            given.insert("traceparent", HeaderValue::from_static(value));
            trace(&given).map(|(trace, span)| format!("{trace} {span}"))
        };
        let (of, by) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        assert_eq!(
            read("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            Some(format!("{of} {by}"))
        );
        for broken in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333-01",
        ] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
