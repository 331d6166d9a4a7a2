//! How a release came to be in its state, and in which it once was (seed 004:
//! history, `state_at`, `has_been_in`).

use super::body::{Asked, Params};
use crate::{
    app::App,
    auth::{Caller, Scope},
    db,
    error::Fault,
    read, table,
};
use axum::{Json, extract::State};
use dramatis_api::{Code, Problem, history::Steps, paths, timestamp};
use dramatis_domain::lifecycle::ReleaseState;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which steps.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct StepsQuery {
    /// Only those into this state: none, where it has never been in it.
    to: Option<String>,
    /// Only those up to this moment, RFC 3339; `state` is then the one it was in.
    at: Option<String>,
    /// After this number.
    after: Option<u32>,
    /// At most so many: 100, at most 500.
    limit: Option<u16>,
}

/// The steps a release took, oldest first: for its owners, reviewers, operators
/// and auditors.
#[utoipa::path(
    get, path = paths::RELEASE_STEPS, tag = "releases",
    params(("release" = String, Path, description = "The release's id, or `sha256:` of its manifest"), StepsQuery),
    responses(
        (status = 200, body = Steps),
        (status = 403, body = Problem, description = "forbidden"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "gone, with notice"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
    ),
)]
pub(super) async fn steps(
    State(app): State<App>,
    caller: Caller,
    Params(name): Params<String>,
    Asked(query): Asked<StepsQuery>,
) -> Result<Json<Steps>, Fault> {
    caller.may(Scope::Read)?;
    let bad = |detail: String| Fault::new(Code::BadRequest, detail);
    let to = query.to.as_deref().map(str::parse::<ReleaseState>);
    let to = to.transpose().map_err(|fault| bad(format!("{fault}.")))?;
    let until = match query.at.as_deref() {
        None => None,
        Some(text) => Some(timestamp::to_micros(text).map(db::moment).ok_or_else(|| {
            bad("`at` has to be RFC 3339, like 2027-01-31T00:00:00Z.".to_owned())
        })?),
    };
    // History is read from the primary, as events are.
    let mut tx = app.db.read(caller.tenant).await?;
    let found = super::releases::find(&mut tx, caller.tenant, &name).await?;
    if !caller.sees_all_of(&found.owners) {
        // Whether it is there is told to those only who may see it.
        read::by_hash(&caller, found)?;
        return Err(Fault::new(
            Code::Forbidden,
            "The history of a release is for its creator, reviewers, operators and auditors.",
        ));
    }
    let asked = table::history::Asked {
        release: found.release.id,
        to,
        until,
        after: i32::try_from(query.after.unwrap_or(0)).unwrap_or(i32::MAX),
        limit: query.limit.unwrap_or(100).clamp(1, 500).into(),
    };
    Ok(Json(Steps {
        release: found.release.id,
        state: table::history::state(&mut tx, caller.tenant, &asked).await?,
        steps: table::history::page(&mut tx, caller.tenant, &asked).await?,
    }))
}
