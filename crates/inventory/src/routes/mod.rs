//! Routes: one file a noun. Handlers parse, call, and answer.

pub(crate) mod blobs;
mod body;
mod caching;
pub(crate) mod channels;
pub(crate) mod feed;
pub(crate) mod history;
pub(crate) mod items;
pub(crate) mod lineage;
pub(crate) mod listing;
pub(crate) mod owners;
pub(crate) mod ownership;
pub(crate) mod reading;
pub(crate) mod receipts;
pub(crate) mod releases;
pub(crate) mod reviews;
pub(crate) mod rule_sets;
pub(crate) mod status;
pub(crate) mod whoami;

use crate::{app::App, error, error::Fault, openapi, replica, request_id};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use dramatis_api::{Code, Problem, headers, pace, paths};
use dramatis_domain::limits;
use std::time::Duration;
use tokio::time::Instant;
use tower_http::{catch_panic::CatchPanicLayer, timeout::TimeoutBody};

/// What a request other than a publish or an upload may weigh.
const SMALL_BODY: usize = 256 * 1024;

/// How long nothing may come of a body that is on its way, where a request may
/// take as long.
const SILENCE: Duration = Duration::from_secs(20);

/// When a request's time is over, for what goes on without it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(pub(crate) Instant);

/// Every route.
pub(crate) fn router(app: App) -> Router {
    Router::new()
        .route(paths::HEALTH, get(status::health))
        .route(paths::READY, get(status::ready))
        .route(paths::METRICS, get(status::metrics))
        .route(paths::WHOAMI, get(whoami::whoami))
        .route(paths::OPENAPI, get(described))
        .route(
            paths::RELEASES,
            post(releases::publish).layer(DefaultBodyLimit::max(releases::PUBLISH_BODY)),
        )
        .route(paths::RELEASE, get(releases::show))
        .route(paths::RELEASE_CARD, get(reading::card))
        .route(
            paths::RELEASE_STEPS,
            get(history::steps).post(releases::step),
        )
        .route(paths::RELEASE_DECISIONS, post(reviews::decide))
        .route(paths::REVIEWS, get(reviews::list))
        .route(paths::RELEASE_MANIFEST, get(reading::manifest))
        .route(paths::RELEASE_PNG, get(reading::png))
        .route(paths::RELEASE_OWNERSHIP, get(ownership::of_release))
        .route(paths::NUMBERED_OWNERSHIP, get(ownership::numbered))
        .route(paths::NUMBERED, get(reading::numbered))
        .route(paths::RESOLVE_MANY, post(reading::resolve_many))
        .route(paths::FEED, get(feed::show))
        .route(paths::ITEMS, get(items::list))
        .route(paths::LISTING, get(listing::list))
        .route(paths::ITEM, get(items::show))
        .route(paths::ITEM_LINEAGE, get(lineage::show))
        .route(paths::ITEM_EVENTS, get(items::events))
        .route(paths::ITEM_CHANNEL, post(items::promote))
        .route(paths::ITEM_OWNERS, get(owners::show).post(owners::change))
        .route(paths::OFFERS, get(owners::offers))
        .route(paths::RESOLVE, get(channels::resolve))
        .route(paths::EVENTS, get(items::tenant_events))
        .route(paths::RECEIPT, get(receipts::show))
        .route(paths::RECEIPT_CANCEL, post(receipts::cancel))
        .route(paths::RULE_SET, get(rule_sets::show))
        .route(paths::BLOB, put(blobs::put).get(blobs::get))
        .layer(DefaultBodyLimit::max(SMALL_BODY))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(
            app.clone(),
            replica::tell_position,
        ))
        .layer(middleware::from_fn_with_state(app.clone(), time_out))
        .layer(middleware::from_fn_with_state(app.clone(), name_inventory))
        .layer(middleware::from_fn(request_id::carry))
        .with_state(app)
}

async fn described() -> Result<impl IntoResponse, Fault> {
    let text = openapi::document().map_err(Fault::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}

async fn not_found() -> Fault {
    Fault::new(
        Code::NotFound,
        "There is no such address in this inventory's API.",
    )
}

async fn method_not_allowed() -> Fault {
    Fault::new(
        Code::MethodNotAllowed,
        "That address exists, but not for this method.",
    )
}

/// Every answer says which inventory gave it.
async fn name_inventory(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Ok(value) =
        HeaderValue::from_str(&headers::inventory(app.identity.id, app.identity.epoch))
    {
        response
            .headers_mut()
            .insert(HeaderName::from_static(headers::INVENTORY), value);
    }
    response
}

async fn time_out(State(app): State<App>, request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let largest = limits::BLOB.max(releases::PUBLISH_BODY);
    let on_the_line = length.unwrap_or_default().min(largest);
    let patience =
        app.patience.request + pace::on_the_line(u64::try_from(on_the_line).unwrap_or(u64::MAX));
    let silence = SILENCE.min(app.patience.request);
    let mut request = request.map(|body| Body::new(TimeoutBody::new(silence, body)));
    let deadline = Instant::now() + patience;
    request.extensions_mut().insert(Deadline(deadline));
    match tokio::time::timeout_at(deadline, next.run(request)).await {
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
