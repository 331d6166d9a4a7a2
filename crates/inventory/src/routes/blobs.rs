//! Files of releases, by the hash of their bytes: idempotent by that alone.

use super::body::Params;
use crate::{
    app::App,
    auth::{Caller, Scope},
    blobs,
    error::Fault,
    traces::step,
};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use dramatis_api::{Code, Problem, paths};
use dramatis_domain::Digest;
use tracing::Instrument as _;

/// Uploads a file; verified while it streams in.
#[utoipa::path(
    put, path = paths::BLOB, tag = "blobs", request_body(content = Vec<u8>, content_type = "image/png"),
    params(("sha256" = String, Path, description = "64 hex digits")),
    responses(
        (status = 201, description = "Kept"),
        (status = 200, description = "It was there already"),
        (status = 410, body = Problem, description = "erased"),
        (status = 413, body = Problem, description = "too_large"),
        (status = 415, body = Problem, description = "unsupported_type"),
        (status = 422, body = Problem, description = "digest_mismatch"),
    ),
)]
pub(super) async fn put(
    State(app): State<App>,
    caller: Caller,
    Params(sha256): Params<String>,
    request: Request,
) -> Result<StatusCode, Fault> {
    caller.may(Scope::Write)?;
    let sha256 = parse(&sha256)?;
    let fresh = blobs::keep(
        &app,
        caller.tenant,
        sha256,
        request.into_body().into_data_stream(),
    )
    .instrument(step!("upload blob"))
    .await?;
    Ok(if fresh {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    })
}

/// A file's bytes; `HEAD` tells whether it is there.
#[utoipa::path(
    get, path = paths::BLOB, tag = "blobs",
    params(("sha256" = String, Path, description = "64 hex digits")),
    responses(
        (status = 200, description = "The bytes", content_type = "application/octet-stream"),
        (status = 404, body = Problem),
        (status = 410, body = Problem, description = "erased"),
    ),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Params(sha256): Params<String>,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let sha256 = parse(&sha256)?;
    let found = blobs::open(&app, caller.tenant, sha256)
        .instrument(step!("fetch blob"))
        .await?;
    let (size, stream) = found
        .ok_or_else(|| Fault::new(Code::NotFound, "There is no such file in this inventory."))?;
    let about = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::ETAG, format!("\"{sha256}\"")),
        (
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable".to_owned(),
        ),
    ];
    Ok((about, Body::from_stream(stream)).into_response())
}

fn parse(text: &str) -> Result<Digest, Fault> {
    text.parse()
        .map_err(|fault| Fault::new(Code::BadRequest, format!("“{text}”: {fault}.")))
}
