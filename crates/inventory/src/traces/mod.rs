//! Traces: where the time of a request went, for whoever has a collector
//! (OpenTelemetry). One span a request, below the caller's own, and a few below
//! it where a request waits. Spans name routes and steps; no token, no name and
//! no text is in any of them. The request's id is: the caller's own, where it
//! sends a short and plain one.

mod export;

pub(crate) use export::{Export, asked_for};

use axum::http::{HeaderMap, Method, StatusCode};
use opentelemetry::{
    Context,
    propagation::TextMapPropagator as _,
    trace::{SpanContext, TraceContextExt as _, TraceState},
};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use std::sync::atomic::{AtomicBool, Ordering};
use tracing::{Span, field::Empty, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use uuid::Uuid;

/// What tells spans of traces from the log: the one leaves out what has this
/// target, the other takes nothing else.
pub(crate) const TARGET: &str = "dramatis_traces";

/// Whether anybody collects them. Where nobody does, no span is ever made.
static ON: AtomicBool = AtomicBool::new(false);

/// A step of the request at hand, as a span to wait in. None where no trace is
/// under way: what happens in the background begins none of its own.
macro_rules! step {
    ($($told:tt)+) => {
        if $crate::traces::under_way() {
            tracing::info_span!(target: $crate::traces::TARGET, $($told)+)
        } else {
            tracing::Span::none()
        }
    };
}
pub(crate) use step;

fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// Whether this task is within a span of a trace.
pub(crate) fn under_way() -> bool {
    is_on()
        && Span::current()
            .metadata()
            .is_some_and(|span| span.target() == TARGET)
}

/// What a caller's W3C `traceparent` says: `00-TRACE-SPAN-FLAGS`. The
/// propagator takes shorter ids and signs too; the standard does not.
pub(crate) fn caller(given: &HeaderMap) -> Option<Context> {
    let mut parts = given.get("traceparent")?.to_str().ok()?.split('-');
    let mut hex = |length: usize| {
        let part = parts.next().unwrap_or_default();
        part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    if !(hex(2) && hex(32) && hex(16) && hex(2)) {
        return None;
    }
    let caller = TraceContextPropagator::new()
        .extract_with_context(&Context::new(), &HeaderExtractor(given));
    // Without its `tracestate`: anybody may have written anything there.
    let at = ids(&caller);
    at.is_valid().then(|| {
        Context::new().with_remote_span_context(SpanContext::new(
            at.trace_id(),
            at.span_id(),
            at.trace_flags(),
            true,
            TraceState::default(),
        ))
    })
}

/// The span of a request, by its route, never by its path: that says whose it
/// is. Without a caller's span it begins a trace.
pub(crate) fn request(
    method: &Method,
    route: Option<&str>,
    id: &str,
    caller: Option<&Context>,
) -> Span {
    if !is_on() {
        return Span::none();
    }
    // Whoever calls may write anything for a method; the convention's word for that.
    let known = known(method);
    let verb = known.unwrap_or("HTTP");
    let name = route.map_or_else(|| verb.to_owned(), |route| format!("{verb} {route}"));
    let span = info_span!(
        target: TARGET,
        parent: None,
        "request",
        otel.name = name,
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = known.unwrap_or("_OTHER"),
        http.route = route,
        http.response.status_code = Empty,
        "error.type" = Empty,
        url.scheme = "http",
        dramatis.request_id = id,
    );
    if let Some(caller) = caller {
        // It fails only for a span that has begun.
        let _ = span.set_parent(caller.clone());
    }
    span
}

/// What was answered: an error only where it is ours.
pub(crate) fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "ERROR")
            .record("error.type", status.as_str());
    }
}

/// A call to a webhook: a trace of its own, for it belongs to no request.
pub(crate) fn call(webhook: Uuid) -> Span {
    if !is_on() {
        return Span::none();
    }
    info_span!(
        target: TARGET,
        parent: None,
        "webhook",
        otel.name = "POST webhook",
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = "POST",
        http.response.status_code = Empty,
        "error.type" = Empty,
        dramatis.webhook = %webhook,
    )
}

/// What came of a call: the receiver's status, or none.
pub(crate) fn called(span: &Span, status: Option<StatusCode>) {
    let failed = match status {
        Some(status) => {
            span.record("http.response.status_code", status.as_u16());
            // Of a client's span, 4xx are errors too.
            (!status.is_success()).then_some(status.as_str().to_owned())
        }
        None => Some("no_answer".to_owned()),
    };
    if let Some(why) = failed {
        span.record("otel.status_code", "ERROR")
            .record("error.type", why);
    }
}

/// The trace that a span is of, and the span.
pub(crate) fn ids(context: &Context) -> SpanContext {
    context.span().span_context().clone()
}

/// The trace of a span of ours, where there is one.
pub(crate) fn of(span: &Span) -> Option<SpanContext> {
    if span.is_disabled() {
        return None;
    }
    Some(ids(&span.context())).filter(SpanContext::is_valid)
}

/// The `traceparent` that a request within a span is sent with; nothing where
/// there is no span.
pub(crate) fn headers(span: &Span) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if !span.is_disabled() {
        let mut into = HeaderInjector(&mut headers);
        TraceContextPropagator::new().inject_context(&span.context(), &mut into);
        // Of a trace that begins here it is empty.
        headers.remove("tracestate");
    }
    headers
}

/// A method that the standards know.
fn known(method: &Method) -> Option<&str> {
    [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ]
    .contains(method)
    .then_some(method.as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_trace_is_taken_as_w3c_writes_it_and_nothing_else() {
        let read = |value: &'static str| {
            let mut given = HeaderMap::new();
            given.insert("traceparent", HeaderValue::from_static(value));
            caller(&given).map(|caller| {
                let ids = ids(&caller);
                let sampled = ids.is_sampled();
                format!("{} {} {sampled}", ids.trace_id(), ids.span_id())
            })
        };
        let (of, by) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
        for (flags, sampled) in [("00", false), ("01", true)] {
            let text: &'static str = format!("00-{of}-{by}-{flags}").leak();
            assert_eq!(read(text), Some(format!("{of} {by} {sampled}")));
        }
        for broken in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-+1",
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
