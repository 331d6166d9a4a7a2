//! The id of the request at hand: in the log, in the answer and in every event
//! it causes; and the trace that it is a part of, where there is one.

use crate::traces;
use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue},
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
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map(|path| path.as_str().to_owned());
    let caller = traces::caller(request.headers());
    let traced = traces::request(request.method(), route.as_deref(), &id, caller.as_ref());
    let caller = caller.as_ref().map(traces::ids);
    if let Some(trace) = traces::of(&traced).as_ref().or(caller.as_ref()) {
        span.record("trace_id", trace.trace_id().to_string());
    }
    if let Some(caller) = caller {
        span.record("parent_id", caller.span_id().to_string());
    }
    let started = Instant::now();
    let method = request.method().to_string();
    // The pattern, never the path: that would be a metric for every release.
    let route = route.unwrap_or_else(|| "none".to_owned());
    let value = HeaderValue::from_str(&id);
    let answering = traced.clone();
    CURRENT
        .scope(
            id,
            async move {
                let mut response = next.run(request).await;
                traces::answered(&answering, response.status());
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
            .instrument(traced)
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

fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
