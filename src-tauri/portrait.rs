//! `portrait://localhost/HASH`: pictures of the local store for the window,
//! which loads pictures from nowhere else.

use std::borrow::Cow;

use tauri::{
    Manager, Runtime, UriSchemeContext, UriSchemeResponder,
    http::{Request, Response, StatusCode, header},
};

use crate::state::Desk;

/// The first bytes of every PNG (ISO/IEC 15948, 5.2).
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Answers one request for a picture.
#[expect(clippy::needless_pass_by_value, reason = "the signature is Tauri's")]
pub(crate) fn serve<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let desk = context
        .app_handle()
        .try_state::<Desk>()
        .map(|desk| desk.inner().clone());
    let path = request.uri().path().trim_start_matches('/').to_owned();
    tauri::async_runtime::spawn(async move {
        let picture = match desk {
            Some(desk) => picture(&desk, &path).await,
            None => None,
        };
        responder.respond(match picture {
            Some(bytes) => found(bytes),
            None => missing(),
        });
    });
}

/// The picture with this hash. The store checks that its bytes have it.
async fn picture(desk: &Desk, path: &str) -> Option<Vec<u8>> {
    let hash = percent_encoding::percent_decode_str(path)
        .decode_utf8()
        .ok()?;
    let studio = desk.studio().await.ok()?;
    match studio.portrait(&hash).await {
        Ok(bytes) => bytes.filter(|bytes| bytes.starts_with(PNG)),
        Err(why) => {
            tracing::warn!(error = %why, hash = %hash, "a portrait could not be read");
            None
        }
    }
}

/// A hash never means other bytes, so the window may keep them for good.
fn found(bytes: Vec<u8>) -> Response<Cow<'static, [u8]>> {
    answer(StatusCode::OK, "public, max-age=31536000, immutable", bytes)
}

fn missing() -> Response<Cow<'static, [u8]>> {
    answer(StatusCode::NOT_FOUND, "no-store", Vec::new())
}

fn answer(
    status: StatusCode,
    caching: &'static str,
    bytes: Vec<u8>,
) -> Response<Cow<'static, [u8]>> {
    let mut answer = Response::new(Cow::Owned(bytes));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, caching),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    answer
}
