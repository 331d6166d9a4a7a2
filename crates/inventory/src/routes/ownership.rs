//! Whose a release is, for other registries: EIP-721 metadata, made of bytes
//! that never change and so the same for good.

use super::{
    body::Params,
    caching,
    reading::{apart, keep},
    releases,
};
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    read, table,
    table::release::Found,
};
use axum::{
    extract::State,
    http::{HeaderMap, header, uri::Authority},
    response::Response,
};
use dramatis_api::{
    Problem,
    ownership::{Attribute, Ownership, OwnershipCreator, OwnershipProperties},
    paths,
};
use dramatis_domain::{ItemKind, Manifest, ReleaseId, canonical::canonical_json, face::Face};
use serde_json::{Value, json};
use sqlx::PgConnection;

/// A release's ownership metadata (EIP-721), by id or by `sha256:` of its manifest.
#[utoipa::path(
    get, path = paths::RELEASE_OWNERSHIP, operation_id = "ownership", tag = "reading",
    params(("release" = String, Path, description = "The release's id, or `sha256:` of its manifest")),
    responses(
        (status = 200, body = Ownership, description = "RFC 8785 bytes; `ETag` is their SHA-256; to be kept for good"),
        (status = 304, description = "The client has them"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with notice"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
    ),
)]
pub(super) async fn of_release(
    State(app): State<App>,
    caller: Caller,
    Params(name): Params<String>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let mut tx = app.read(&caller).await?;
    let found = releases::find(&mut tx, caller.tenant, &name).await?;
    answer(&mut tx, &caller, found, &asked).await
}

/// The same of a release by its number: a number stands for one release for good.
#[utoipa::path(
    get, path = paths::NUMBERED_OWNERSHIP, operation_id = "numbered_ownership", tag = "reading",
    params(("creator" = String, Path), ("slug" = String, Path), ("number" = i32, Path)),
    responses(
        (status = 200, body = Ownership, description = "RFC 8785 bytes; `ETag` is their SHA-256; to be kept for good"),
        (status = 304, description = "The client has them"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with notice"),
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
    let id = table::address::numbered(&mut tx, caller.tenant, &creator, &slug, number)
        .await?
        .ok_or_else(read::unknown)?;
    let found = releases::find(&mut tx, caller.tenant, &id.to_string()).await?;
    answer(&mut tx, &caller, found, &asked).await
}

async fn answer(
    db: &mut PgConnection,
    caller: &Caller,
    found: Found,
    asked: &HeaderMap,
) -> Result<Response, Fault> {
    let release = read::by_hash(caller, found)?;
    let keep = keep(&release)?;
    let tenant = caller.tenant;
    let card = table::release::card(db, tenant, ReleaseId(release.id))
        .await?
        .ok_or_else(read::unknown)?
        .ok_or_else(Fault::erased)?;
    let (account, handle) = table::ownership::published_by(db, tenant, release.id)
        .await?
        .ok_or_else(read::unknown)?;
    let creator = OwnershipCreator { account, handle };
    let root = root(asked);
    let number = release.number;
    let bytes = apart(move || {
        let manifest =
            Manifest::parse_canonical(release.manifest.as_bytes()).map_err(Fault::internal)?;
        let card = String::from_utf8(card).map_err(Fault::internal)?;
        let face = Face::of(&manifest, &card).map_err(Fault::internal)?;
        let said = describe(
            &manifest,
            &release.manifest_sha256,
            number,
            face,
            creator,
            root.as_deref(),
        );
        canonical_json(&said).map_err(Fault::internal)
    })
    .await??;
    Ok(caching::reply(asked, keep, "application/json", bytes))
}

fn describe(
    manifest: &Manifest,
    hash: &str,
    number: i32,
    face: Face,
    creator: OwnershipCreator,
    root: Option<&str>,
) -> Ownership {
    let portrait = manifest
        .assets
        .iter()
        .find(|asset| asset.role == "portrait");
    let picture = match portrait {
        Some(asset) => Some(paths::BLOB.replace("{sha256}", &asset.sha256.hex())),
        None if manifest.kind == ItemKind::Character => {
            Some(paths::RELEASE_PNG.replace("{release}", hash))
        }
        None => None,
    };
    let at_host = |path: String| root.map(|root| format!("{root}{path}"));
    let mut attributes = Vec::new();
    let mut add = |name: &str, value: Value| {
        attributes.push(Attribute {
            trait_type: name.to_owned(),
            value,
        });
    };
    add("kind", json!(manifest.kind));
    add("number", json!(number));
    if let Some(licence) = &manifest.licence {
        add("licence", json!(licence));
    }
    if let Some(vertical) = face.vertical {
        add("vertical", json!(vertical));
    }
    for tag in face.tags {
        add("tag", json!(tag));
    }
    for target in face.targets {
        add("app", json!(target.app));
    }
    Ownership {
        name: face.name,
        description: face.about,
        image: picture.and_then(at_host),
        external_url: at_host(paths::RELEASE.replace("{release}", hash)),
        attributes,
        properties: OwnershipProperties {
            manifest_sha256: hash.to_owned(),
            card_sha256: manifest.card.to_string(),
            item: manifest.item.0,
            release: manifest.release.0,
            creator,
            forked_from: manifest
                .forked_from
                .map(|origin| origin.manifest.to_string()),
        },
    }
}

/// Where whoever asks reached us: a URL has to be whole to be one. Kept
/// answers are private, so that nobody sees the host of another's request.
fn root(asked: &HeaderMap) -> Option<String> {
    let host: Authority = asked.get(header::HOST)?.to_str().ok()?.parse().ok()?;
    let proxied = asked.get("x-forwarded-proto");
    let scheme = match proxied.and_then(|value| value.to_str().ok()) {
        Some("https") => "https",
        _ => "http",
    };
    Some(format!("{scheme}://{host}"))
}
