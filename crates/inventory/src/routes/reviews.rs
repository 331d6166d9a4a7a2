//! Approvals: what waits, and deciding it.

use super::body::{Body, Params};
use crate::{
    app::App,
    auth::{Caller, Key, Scope},
    command::decide,
    error::Fault,
    exchange::Answer,
    table,
};
use axum::{Json, extract::State};
use dramatis_api::{
    Problem, paths,
    review::{Decided, DecisionRequest, Review, Reviews, Stage},
};
use dramatis_domain::{AccountId, ReleaseId};
use uuid::Uuid;

/// How many are shown at once; the rest follow when these are decided.
const AT_ONCE: i64 = 200;

/// What waits for a decision: all of it for reviewers, operators and auditors,
/// their own for others.
#[utoipa::path(get, path = paths::REVIEWS, tag = "reviews", responses((status = 200, body = Reviews)))]
pub(super) async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Reviews>, Fault> {
    caller.may(Scope::Read)?;
    let tenant = caller.tenant;
    let owner = (!caller.sees_all()).then_some(caller.account);
    let mut tx = app.db.read(tenant).await?;
    let waiting = table::approval::waiting(&mut tx, tenant, owner, AT_ONCE).await?;
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
        let next = stages.iter().find(|stage| stage.reviewer.is_none());
        let why_not = match next {
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
            next: next.map_or(0, |next| next.stage),
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
    Ok(Json(Reviews { reviews }))
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
