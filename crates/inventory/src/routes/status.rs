//! Health, readiness and metrics: for operators, without a token.

use crate::{app::App, error::Fault, serve};
use axum::{extract::State, http::header, response::IntoResponse};
use dramatis_api::Code;

/// Alive; asks nobody.
pub(crate) async fn health() -> &'static str {
    "ok\n"
}

/// Able to serve.
pub(crate) async fn ready(State(app): State<App>) -> Result<&'static str, Fault> {
    if serve::ready(&app).await? {
        return Ok("ready\n");
    }
    Err(Fault::new(Code::Unavailable, "The database's schema is not the one of this version."))
}

/// Prometheus text.
pub(crate) async fn metrics(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render())
}
