//! Health, readiness and metrics: for operators, without a token.

use crate::{app::App, error::Fault, observe, serve};
use axum::{extract::State, http::header, response::IntoResponse};
use dramatis_api::{Code, Problem, paths};

/// Alive; asks nobody.
#[utoipa::path(get, path = paths::HEALTH, tag = "status", security(()), responses((status = 200, description = "ok")))]
pub(crate) async fn health() -> &'static str {
    "ok\n"
}

/// Able to serve.
#[utoipa::path(
    get, path = paths::READY, tag = "status", security(()),
    responses((status = 200, description = "ready"), (status = 503, body = Problem)),
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, Fault> {
    if serve::ready(&app).await? {
        return Ok("ready\n");
    }
    Err(Fault::new(
        Code::Unavailable,
        "The database's schema is older than this version, or another: run `dramatis-inventory migrate` with this very version.",
    ))
}

/// Prometheus text.
#[utoipa::path(get, path = paths::METRICS, tag = "status", security(()), responses((status = 200, description = "Prometheus text")))]
pub(crate) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        observe::render(&app),
    )
}
