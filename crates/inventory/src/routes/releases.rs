//! Releases: publishing them, looking at them, taking steps.

use super::{
    body::{Body, Params},
    caching,
};
use crate::{
    app::App,
    auth::{Caller, Key, Scope},
    command,
    error::Fault,
    exchange::Answer,
    publish, read,
    table::release::{self, Found, Name},
};
use axum::{extract::State, http::HeaderMap, response::Response};
use dramatis_api::{
    Code, Problem,
    command::{StepRequest, Stepped},
    item::Release,
    paths,
    publish::{PublishRequest, Published},
};
use dramatis_domain::{ReleaseId, TenantId};
use sqlx::PgConnection;

/// A card of 16 MiB as a JSON string may double by its escapes.
pub(super) const PUBLISH_BODY: usize = 48 * 1024 * 1024;

/// Publishes: one transaction, exactly once.
#[utoipa::path(
    post, path = paths::RELEASES, request_body = PublishRequest, tag = "releases",
    params(("Idempotency-Key" = String, Header, description = "A UUID as a quoted string")),
    responses(
        (status = 201, body = Published, description = "A new release"),
        (status = 200, body = Published, description = "Unchanged: the published release already says the same"),
        (status = 409, body = Problem, description = "slug_taken, slug_changed, base_outdated, base_blocked, blob_missing, pin_refused (every one listed), busy, cancelled"),
        (status = 410, body = Problem, description = "erased: this very card was erased by an order"),
        (status = 422, body = Problem, description = "invalid (every failure listed), manifest_refused, idempotency_key_reused"),
    ),
)]
pub(super) async fn publish(
    State(app): State<App>,
    caller: Caller,
    Key(key): Key,
    Body(request): Body<PublishRequest>,
) -> Result<Answer, Fault> {
    caller.may(Scope::Write)?;
    publish::publish(&app, caller, key, request).await
}

/// Takes one lifecycle step.
#[utoipa::path(
    post, path = paths::RELEASE_STEPS, request_body = StepRequest, tag = "releases",
    params(
        ("release" = String, Path, description = "The release's id"),
        ("Idempotency-Key" = String, Header, description = "A UUID as a quoted string"),
    ),
    responses(
        (status = 200, body = Stepped),
        (status = 403, body = Problem, description = "forbidden"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "state_changed, busy, cancelled"),
        (status = 410, body = Problem, description = "gone, with notice"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
        (status = 422, body = Problem, description = "step_refused (every reason listed), idempotency_key_reused"),
    ),
)]
pub(super) async fn step(
    State(app): State<App>,
    caller: Caller,
    Key(key): Key,
    Params(release): Params<String>,
    Body(request): Body<StepRequest>,
) -> Result<Answer, Fault> {
    caller.may(Scope::Write)?;
    let Name::Id(release) = parse_name(&release)? else {
        return Err(Fault::new(
            Code::BadRequest,
            "A step names the release by its id.",
        ));
    };
    command::step::step(&app, caller, key, ReleaseId(release), request).await
}

/// A release, by id or by `sha256:` of its manifest.
#[utoipa::path(
    get, path = paths::RELEASE, tag = "releases",
    params(("release" = String, Path, description = "The release's id, or `sha256:` of its manifest")),
    responses(
        (status = 200, body = Release, description = "`ETag` and a short life: its state may change"),
        (status = 304, description = "The client has it"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with notice"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(name): Params<String>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let mut tx = app.read(&caller).await?;
    let found = find(&mut tx, caller.tenant, &name).await?;
    shown(&asked, &read::by_hash(&caller, found)?)
}

/// How a release stands.
pub(super) fn shown(asked: &HeaderMap, release: &Release) -> Result<Response, Fault> {
    let keep = caching::of_standing(release.state.parse().map_err(Fault::internal)?);
    let body = serde_json::to_vec(release).map_err(Fault::internal)?;
    Ok(caching::reply(asked, keep, "application/json", body))
}

/// The release that a name in a path stands for.
pub(super) async fn find(
    db: &mut PgConnection,
    tenant: TenantId,
    name: &str,
) -> Result<Found, Fault> {
    release::find(db, tenant, parse_name(name)?)
        .await?
        .ok_or_else(read::unknown)
}

pub(super) fn parse_name(name: &str) -> Result<Name, Fault> {
    if name.starts_with("sha256:") {
        return name
            .parse()
            .map(Name::Manifest)
            .map_err(|fault| Fault::new(Code::BadRequest, format!("“{name}”: {fault}.")));
    }
    name.parse().map(Name::Id).map_err(|_| {
        Fault::new(
            Code::BadRequest,
            format!("“{name}” is neither a release's id nor a digest."),
        )
    })
}
