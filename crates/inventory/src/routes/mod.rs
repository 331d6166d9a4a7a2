//! Routes: one file a noun. Handlers parse, call, and answer.

mod body;
mod releases;
mod status;
mod whoami;

use crate::{app::App, error, error::Fault, request_id};
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use dramatis_api::{Code, Problem, headers, paths};
use std::time::Duration;
use tower_http::catch_panic::CatchPanicLayer;

/// Longer than any statement may take, so that a slow database answers first.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Every route.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route(paths::HEALTH, get(status::health))
        .route(paths::READY, get(status::ready))
        .route(paths::METRICS, get(status::metrics))
        .route(paths::WHOAMI, get(whoami::whoami))
        .route(paths::RELEASES, post(releases::publish))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(time_out))
        .layer(middleware::from_fn_with_state(app.clone(), name_inventory))
        .layer(middleware::from_fn(request_id::carry))
        .with_state(app)
}

async fn not_found() -> Fault {
    Fault::new(Code::NotFound, "There is no such address in this inventory's API.")
}

async fn method_not_allowed() -> Fault {
    Fault::new(Code::MethodNotAllowed, "That address exists, but not for this method.")
}

/// Every answer says which inventory gave it.
async fn name_inventory(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&headers::inventory(app.identity.id, app.identity.epoch)) {
        response.headers_mut().insert(HeaderName::from_static(headers::INVENTORY), value);
    }
    response
}

async fn time_out(request: Request, next: Next) -> Response {
    match tokio::time::timeout(TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => error::respond(Problem::new(
            Code::Unavailable,
            "The inventory took too long. Whether the request was carried out is not known; the same request with the same key settles it.",
        )),
    }
}

// The signature is the layer's.
#[expect(clippy::needless_pass_by_value)]
fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let what = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("a panic");
    Fault::internal(what).into_response()
}
