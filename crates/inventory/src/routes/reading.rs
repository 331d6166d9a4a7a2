//! Releases as apps take them: by number, many at once, and as the files they
//! are made of.

use super::{
    body::{Asked, Body, Params},
    caching, releases,
};
use crate::{
    app::App,
    auth::{Caller, Scope},
    blobs,
    error::Fault,
    read,
    table::{self, release::Name},
    traces::step,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::Response,
};
use dramatis_api::{
    Code, Problem, headers,
    item::Release,
    paths,
    reading::{MOST_ADDRESSES, ResolveRequest, ResolvedMany, ResolvedOne},
};
use dramatis_cards::{CardDocument, Converted, Loss, blank_picture, embed, to_format};
use dramatis_domain::{Manifest, ReleaseId, card::CardFormat};
use futures::TryStreamExt as _;
use serde::Deserialize;
use tracing::Instrument as _;
use utoipa::{IntoParams, ToSchema};

/// How a card is written.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Written {
    /// `chara_card_v2`.
    V2,
    /// `chara_card_v3`.
    V3,
}

/// As what a card is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct CardQuery {
    /// `v2` or `v3`; its exact bytes without it.
    #[serde(rename = "as")]
    #[param(rename = "as", inline)]
    written: Option<Written>,
}

/// A release by its number.
#[utoipa::path(
    get, path = paths::NUMBERED, tag = "reading",
    params(("creator" = String, Path), ("slug" = String, Path), ("number" = i32, Path)),
    responses(
        (status = 200, body = Release, description = "`ETag` and a short life: its state may change"),
        (status = 304, description = "The client has it"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with notice; erased"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
    ),
)]
pub(super) async fn numbered(
    State(app): State<App>,
    caller: Caller,
    Params((creator, slug, number)): Params<(String, String, i32)>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let mut tx = app.read(&caller).await?;
    let address = format!("{creator}/{slug}#{number}");
    let release = read::at(&mut tx, &caller, &address).await?;
    releases::shown(&asked, &release)
}

/// Many releases at once, each with its own answer or problem.
#[utoipa::path(
    post, path = paths::RESOLVE_MANY, tag = "reading", request_body = ResolveRequest,
    responses((status = 200, body = ResolvedMany, description = "Whatever each address came to, all of one moment")),
)]
pub(super) async fn resolve_many(
    State(app): State<App>,
    caller: Caller,
    Body(request): Body<ResolveRequest>,
) -> Result<Json<ResolvedMany>, Fault> {
    caller.may(Scope::Read)?;
    if request.addresses.len() > MOST_ADDRESSES {
        return Err(Fault::new(
            Code::BadRequest,
            format!(
                "{} addresses; {MOST_ADDRESSES} is the most.",
                request.addresses.len()
            ),
        ));
    }
    let mut tx = app.read(&caller).await?;
    let mut answers = Vec::with_capacity(request.addresses.len());
    for address in request.addresses {
        let (release, problem) = match read::at(&mut tx, &caller, &address).await {
            Ok(release) => (Some(release), None),
            Err(Fault::Problem(problem)) => (None, Some(*problem)),
            // Where the database fails, none of the answers is one.
            Err(fault) => return Err(fault),
        };
        answers.push(ResolvedOne {
            address,
            release,
            problem,
        });
    }
    Ok(Json(ResolvedMany { answers }))
}

/// A release's manifest, byte for byte.
#[utoipa::path(
    get, path = paths::RELEASE_MANIFEST, tag = "reading",
    params(("release" = String, Path, description = "The release's id, or `sha256:` of its manifest")),
    responses(
        (status = 200, description = "The manifest's exact bytes; `ETag` is their SHA-256; to be kept for good", content_type = "application/json"),
        (status = 304, description = "The client has them"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with notice; erased"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
    ),
)]
pub(super) async fn manifest(
    State(app): State<App>,
    caller: Caller,
    Params(name): Params<String>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let name = releases::parse_name(&name)?;
    let open = match name {
        Name::Manifest(hash) => app.open_manifest(&caller, hash).await?,
        Name::Id(_) => None,
    };
    let (state, bytes) = match open {
        Some(open) => (open.state, open.bytes),
        None => {
            let mut tx = app.read(&caller).await?;
            let found = table::release::find(&mut tx, caller.tenant, name)
                .await?
                .ok_or_else(read::unknown)?;
            let release = read::by_hash(&caller, found)?;
            let state = release.state.parse().map_err(Fault::internal)?;
            (state, release.manifest.into_bytes())
        }
    };
    let keep = caching::of_bytes(state);
    Ok(caching::reply(&asked, keep, "application/json", bytes))
}

/// A release's document: its exact bytes, or a card written as V2 or V3.
#[utoipa::path(
    get, path = paths::RELEASE_CARD, tag = "reading",
    params(
        ("release" = String, Path, description = "The release's id, or `sha256:` of its manifest"),
        CardQuery,
    ),
    responses(
        (status = 200, description = "The card; `ETag` is the SHA-256 of these bytes; to be kept for good. \
                                      `Dramatis-Losses` lists what the asked format cannot hold", content_type = "application/json"),
        (status = 304, description = "The client has them"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with notice; erased"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
    ),
)]
pub(super) async fn card(
    State(app): State<App>,
    caller: Caller,
    Params(name): Params<String>,
    Asked(query): Asked<CardQuery>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    let Taken {
        release,
        card,
        kind,
    } = with_card(&app, &caller, &name).await?;
    let keep = keep(&release)?;
    let Some(written) = query.written else {
        return Ok(caching::reply(&asked, keep, "application/json", card));
    };
    only_cards(&kind)?;
    let format = match written {
        Written::V2 => CardFormat::V2,
        Written::V3 => CardFormat::V3,
    };
    let converted = apart(move || convert(card, format)).await??;
    let mut response = caching::reply(
        &asked,
        keep,
        "application/json",
        converted.text.into_bytes(),
    );
    if let Some(losses) = lost(&converted.losses) {
        response.headers_mut().insert(headers::LOSSES, losses);
    }
    Ok(response)
}

/// A release as a PNG card: the portrait, with the card in it.
#[utoipa::path(
    get, path = paths::RELEASE_PNG, tag = "reading",
    params(("release" = String, Path, description = "The release's id, or `sha256:` of its manifest")),
    responses(
        (status = 200, description = "The card in its portrait, or in a blank sheet where it has none; to be kept for good", content_type = "image/png"),
        (status = 304, description = "The client has it"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with notice; erased"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
        (status = 500, body = Problem, description = "file_missing: only the operator brings it back; internal"),
    ),
)]
pub(super) async fn png(
    State(app): State<App>,
    caller: Caller,
    Params(name): Params<String>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    let Taken {
        release,
        card,
        kind,
    } = with_card(&app, &caller, &name).await?;
    only_cards(&kind)?;
    let keep = keep(&release)?;
    let manifest =
        Manifest::parse_canonical(release.manifest.as_bytes()).map_err(Fault::internal)?;
    let portrait = manifest
        .assets
        .iter()
        .find(|asset| asset.role == "portrait");
    let picture = match portrait {
        Some(asset) => {
            let (size, stream) = blobs::open(&app, caller.tenant, asset.sha256)
                .instrument(step!("fetch blob"))
                .await?
                .ok_or_else(|| {
                    Fault::internal(format!("release {}: its portrait has no row", release.id))
                })?;
            let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
            let mut stream = stream;
            while let Some(part) = stream.try_next().await? {
                bytes.extend_from_slice(&part);
            }
            bytes
        }
        None => blank_picture(),
    };
    let whole = apart(move || {
        let card = String::from_utf8(card).map_err(Fault::internal)?;
        embed(&picture, &card).map_err(Fault::internal)
    })
    .await??;
    Ok(caching::reply(&asked, keep, "image/png", whole))
}

/// The release as this account may see it, and its card. No transaction stays
/// open while something is made of them.
async fn with_card(app: &App, caller: &Caller, name: &str) -> Result<Taken, Fault> {
    caller.may(Scope::Read)?;
    let mut tx = app.read(caller).await?;
    let found = releases::find(&mut tx, caller.tenant, name).await?;
    let kind = found.kind.clone();
    let release = read::by_hash(caller, found)?;
    let card = table::release::card(&mut tx, caller.tenant, ReleaseId(release.id))
        .await?
        .ok_or_else(read::unknown)?
        .ok_or_else(Fault::erased)?;
    Ok(Taken {
        release,
        card,
        kind,
    })
}

/// A release and its document.
struct Taken {
    release: Release,
    card: Vec<u8>,
    kind: String,
}

fn only_cards(kind: &str) -> Result<(), Fault> {
    if kind == "character" {
        return Ok(());
    }
    Err(Fault::new(
        Code::BadRequest,
        format!(
            "Only a character is taken as a card or a picture; this is a {kind}. Its document is had without `as`."
        ),
    ))
}

pub(super) fn keep(release: &Release) -> Result<&'static str, Fault> {
    Ok(caching::of_bytes(
        release.state.parse().map_err(Fault::internal)?,
    ))
}

fn convert(card: Vec<u8>, format: CardFormat) -> Result<Converted, Fault> {
    let card = String::from_utf8(card).map_err(Fault::internal)?;
    let document = CardDocument::parse(card).map_err(Fault::internal)?;
    Ok(to_format(&document, format))
}

/// Beside the requests: a card of many megabytes takes a while.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Fault::internal)
}

/// `code=path` for each loss, parted by commas; bytes that no header takes are
/// percent-encoded. None where nothing is lost.
fn lost(losses: &[Loss]) -> Option<HeaderValue> {
    const MOST: usize = 64;
    let mut parts: Vec<String> = losses.iter().take(MOST).map(one_loss).collect();
    if losses.len() > MOST {
        parts.push(format!("more={}", losses.len() - MOST));
    }
    (!parts.is_empty())
        .then(|| HeaderValue::from_str(&parts.join(", ")).ok())
        .flatten()
}

fn one_loss(loss: &Loss) -> String {
    let code = serde_json::to_value(loss.code).unwrap_or_default();
    let mut out = format!("{}=", code.as_str().unwrap_or("loss"));
    for byte in loss.path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/_-.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
