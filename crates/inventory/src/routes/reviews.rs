//! Approvals: what waits, and deciding it.

use super::body::{Asked, Body, Params};
use crate::{
    app::App,
    auth::{Caller, Key, Scope},
    command::decide,
    error::Fault,
    exchange::Answer,
    table::{self, cursor::Cursor},
};
use axum::{Json, extract::State};
use dramatis_api::{
    Code, Problem, paths,
    review::{Decided, DecisionRequest, Review, Reviews, Stage},
};
use dramatis_domain::{AccountId, ReleaseId, lifecycle::ReleaseState};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// The most of a page.
const MOST: u16 = 200;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewsQuery {
    /// `next` of the page before.
    after: Option<String>,
    /// At most so many: 200, at most 200.
    limit: Option<u16>,
}

/// What waits for a decision, longest first: all of it for reviewers and
/// operators, their own for others.
#[utoipa::path(get, path = paths::REVIEWS, tag = "reviews", params(ReviewsQuery), responses((status = 200, body = Reviews)))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ReviewsQuery>,
) -> Result<Json<Reviews>, Fault> {
    caller.may(Scope::Read)?;
    let after = query
        .after
        .as_deref()
        .map(Cursor::parse)
        .transpose()
        .map_err(|()| Fault::new(Code::BadRequest, "`after` is not what a page before gave."))?;
    let most = usize::from(query.limit.unwrap_or(MOST).clamp(1, MOST));
    let tenant = caller.tenant;
    let owner = (!caller.sees(ReleaseState::Submitted, &[])).then_some(caller.account);
    let mut tx = app.db.read(tenant).await?;
    let limit = i64::try_from(most + 1).map_err(Fault::internal)?;
    let mut waiting = table::approval::waiting(&mut tx, tenant, owner, after, limit).await?;
    let more = waiting.len() > most;
    waiting.truncate(most);
    let next = waiting
        .last()
        .filter(|_| more)
        .map(|last| last.cursor().text());
    let ids: Vec<Uuid> = waiting.iter().map(|one| one.release).collect();
    let all = table::approval::stages(&mut tx, tenant, &ids).await?;
    let mut reviews = Vec::with_capacity(waiting.len());
    for one in waiting {
        let name = table::release::Name::Id(one.release);
        let Some(found) = table::release::find(&mut tx, tenant, name).await? else {
            continue;
        };
        let stages: Vec<_> = all
            .iter()
            .filter(|stage| stage.release == one.release)
            .cloned()
            .collect();
        let own = [found.owners.as_slice(), &[AccountId(one.submitted_by)]].concat();
        let waits = stages.iter().find(|stage| stage.reviewer.is_none());
        let why_not = match waits {
            Some(next) => decide::may_decide(&caller, &own, &stages, next)
                .err()
                .map(|why| why.text()),
            None => Some("Its policy has no stage that could say yes; ask the operator.".into()),
        };
        reviews.push(Review {
            release: found.release,
            name: one.name,
            creator: found.creator,
            slug: found.slug,
            channel: one.channel,
            next: waits.map_or(0, |waits| waits.stage),
            why_not,
            stages: stages
                .into_iter()
                .map(|stage| Stage {
                    stage: stage.stage,
                    name: stage.name,
                    role: stage.role,
                    approved_by: stage.reviewer_name,
                })
                .collect(),
        });
    }
    Ok(Json(Reviews { reviews, next }))
}

/// Decides the stage that waits. The last yes publishes and moves the channel
/// in the same transaction.
#[utoipa::path(
    post, path = paths::RELEASE_DECISIONS, request_body = DecisionRequest, tag = "reviews",
    params(
        ("release" = Uuid, Path, description = "The release's id"),
        ("Idempotency-Key" = String, Header, description = "A UUID as a quoted string"),
    ),
    responses(
        (status = 200, body = Decided),
        (status = 403, body = Problem, description = "forbidden, another_person"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "state_changed, manifest_changed, approval_blocked, busy, cancelled"),
        (status = 410, body = Problem, description = "gone, with notice"),
        (status = 451, body = Problem, description = "quarantined, with notice"),
        (status = 422, body = Problem, description = "step_refused (a rejection without a message), idempotency_key_reused"),
    ),
)]
pub(super) async fn decide(
    State(app): State<App>,
    caller: Caller,
    Key(key): Key,
    Params(release): Params<Uuid>,
    Body(request): Body<DecisionRequest>,
) -> Result<Answer, Fault> {
    caller.may(Scope::Write)?;
    decide::decide(&app, caller, key, ReleaseId(release), request).await
}
