//! Files of releases, by the hash of their bytes: idempotent by that alone.

use super::{Deadline, body::Params, caching};
use crate::{
    app::App,
    auth::{Caller, Scope},
    blobs,
    error::Fault,
    read,
    traces::step,
};
use axum::{
    Extension,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
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
    Extension(Deadline(deadline)): Extension<Deadline>,
    request: Request,
) -> Result<StatusCode, Fault> {
    caller.may(Scope::Write)?;
    let sha256 = parse(&sha256)?;
    let fresh = blobs::keep(
        &app,
        caller.tenant,
        sha256,
        request.into_body().into_data_stream(),
        deadline,
    )
    .instrument(step!("upload blob"))
    .await?;
    Ok(if fresh {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    })
}

/// A file's bytes, for whoever sees a release that has it; one that no release
/// has yet, for those who may write. `HEAD` tells whether it is there.
#[utoipa::path(
    get, path = paths::BLOB, tag = "blobs",
    params(("sha256" = String, Path, description = "64 hex digits")),
    responses(
        (status = 200, description = "The bytes; `ETag` is their SHA-256; to be kept for good where everybody may have them", content_type = "application/octet-stream"),
        (status = 304, description = "The client has them"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with notice; erased"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
        (status = 500, body = Problem, description = "file_missing: only the operator brings it back; internal"),
    ),
)]
pub(super) async fn get(
    State(app): State<App>,
    caller: Caller,
    Params(sha256): Params<String>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let sha256 = parse(&sha256)?;
    // From the primary, as every read of a file's row. No connection is held
    // while the bytes go out.
    let (known, state) = {
        let mut tx = app.db.read(caller.tenant).await?;
        read::file(&mut tx, &caller, sha256).await?
    };
    let keep = caching::of_bytes(state);
    if !known.erased
        && let Some(unchanged) = caching::unchanged(&asked, keep, sha256)
    {
        return Ok(unchanged);
    }
    let (size, stream) = blobs::stream(&app, &known)
        .instrument(step!("fetch blob"))
        .await?;
    let bytes = Body::from_stream(stream);
    let mut response = caching::whole(keep, "application/octet-stream", sha256, bytes);
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    Ok(response)
}

fn parse(text: &str) -> Result<Digest, Fault> {
    text.parse()
        .map_err(|fault| Fault::new(Code::BadRequest, format!("“{text}”: {fault}.")))
}
