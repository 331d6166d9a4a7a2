//! The id of the request at hand: in the log, in the answer and in every event
//! it causes.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use dramatis_api::headers;
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
    let span =
        tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let started = std::time::Instant::now();
    let (method, value) = (request.method().to_string(), HeaderValue::from_str(&id));
    CURRENT
        .scope(
            id,
            async move {
                let mut response = next.run(request).await;
                let status = response.status().as_u16();
                tracing::info!(status, elapsed_us = started.elapsed().as_micros(), "answered");
                metrics::counter!("dramatis_requests_total", "method" => method, "status" => status.to_string()).increment(1);
                metrics::histogram!("dramatis_request_seconds").record(started.elapsed().as_secs_f64());
                if let Ok(value) = value {
                    response.headers_mut().insert(HeaderName::from_static(headers::REQUEST_ID), value);
                }
                response
            }
            .instrument(span),
        )
        .await
}

fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
