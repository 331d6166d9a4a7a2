//! What a channel points at.

use super::{body::Params, caching};
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    read,
    table::{self, open::ChannelName},
};
use axum::{extract::State, http::HeaderMap, response::Response};
use dramatis_api::{
    Code, Problem,
    item::{Release, Resolved},
    paths,
};

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
    let name = ChannelName {
        creator,
        slug,
        channel,
    };
    let release = match app.open_channel(&caller, &name).await? {
        Some(release) => release,
        None => in_any_state(&app, &caller, &name).await?,
    };
    let body = serde_json::to_vec(&Resolved {
        channel: name.channel,
        creator: name.creator,
        slug: name.slug,
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

async fn in_any_state(app: &App, caller: &Caller, name: &ChannelName) -> Result<Release, Fault> {
    let ChannelName {
        creator,
        slug,
        channel,
    } = name;
    let nothing = || {
        Fault::new(
            Code::NotFound,
            format!("There is no channel “{channel}” of {creator}/{slug}."),
        )
    };
    let mut tx = app.read(caller).await?;
    let release = table::channel::resolve(&mut tx, caller.tenant, creator, slug, channel)
        .await?
        .ok_or_else(nothing)?;
    let name = table::release::Name::Id(release);
    let found = table::release::find(&mut tx, caller.tenant, name)
        .await?
        .ok_or_else(nothing)?;
    read::by_channel(found)
}
