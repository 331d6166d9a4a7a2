//! What a channel points at.

use super::body::Params;
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    read, table,
};
use axum::{Json, extract::State};
use dramatis_api::{Code, Problem, item::Resolved, paths};

/// Resolves `creator/slug` at a channel.
#[utoipa::path(
    get, path = paths::RESOLVE, tag = "channels",
    params(("creator" = String, Path), ("slug" = String, Path), ("channel" = String, Path)),
    responses(
        (status = 200, body = Resolved),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with reason and successor"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
    ),
)]
pub(super) async fn resolve(
    State(app): State<App>,
    caller: Caller,
    Params((creator, slug, channel)): Params<(String, String, String)>,
) -> Result<Json<Resolved>, Fault> {
    caller.may(Scope::Read)?;
    let tenant = caller.tenant;
    let mut tx = app.db.read(tenant).await?;
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
    Ok(Json(Resolved {
        channel,
        creator,
        slug,
        release,
    }))
}
