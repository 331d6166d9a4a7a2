//! What a channel points at.

use super::{body::Params, caching};
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    read, table,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use dramatis_api::{Code, Problem, item::Resolved, paths};

/// Resolves `creator/slug` at a channel.
#[utoipa::path(
    get, path = paths::RESOLVE, tag = "channels",
    params(("creator" = String, Path), ("slug" = String, Path), ("channel" = String, Path)),
    responses(
        (status = 200, body = Resolved, description = "`ETag` and a short life: a channel moves"),
        (status = 304, description = "It answers what the client has"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with reason and successor"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
    ),
)]
pub(super) async fn resolve(
    State(app): State<App>,
    caller: Caller,
    Params((creator, slug, channel)): Params<(String, String, String)>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let tenant = caller.tenant;
    let mut tx = app.read(&caller).await?;
    let nothing = || {
        Fault::new(
            Code::NotFound,
            format!("There is no channel “{channel}” of {creator}/{slug}."),
        )
    };
    let release = table::channel::resolve(&mut tx, tenant, &creator, &slug, &channel)
        .await?
        .ok_or_else(nothing)?;
    let found = table::release::find(&mut tx, tenant, table::release::Name::Id(release))
        .await?
        .ok_or_else(nothing)?;
    let release = read::by_channel(found)?;
    let body = serde_json::to_vec(&Resolved {
        channel,
        creator,
        slug,
        release,
    })
    .map_err(Fault::internal)?;
    Ok(caching::reply(
        &asked,
        caching::SHORT,
        "application/json",
        body,
    ))
}
