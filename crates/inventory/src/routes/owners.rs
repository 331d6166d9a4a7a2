//! Who owns items.

use super::body::{Body, Params};
use crate::{
    app::App,
    auth::{Caller, Key, Scope},
    command::owners,
    error::Fault,
    exchange::Answer,
    table,
};
use axum::{Json, extract::State};
use dramatis_api::{
    Code, Problem,
    owners::{Offers, Owners, OwnershipRequest},
    paths,
};
use dramatis_domain::{AccountId, ItemId};
use uuid::Uuid;

/// How many offers are shown at once; the rest follow when these are answered.
const AT_ONCE: i64 = 200;

/// Who owns an item: for its owners, whom it is offered to, reviewers,
/// operators and auditors.
#[utoipa::path(
    get, path = paths::ITEM_OWNERS, tag = "owners", params(("item" = Uuid, Path)),
    responses((status = 200, body = Owners), (status = 404, body = Problem, description = "not_found")),
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(item): Params<Uuid>,
) -> Result<Json<Owners>, Fault> {
    caller.may(Scope::Read)?;
    let mut tx = app.read(&caller).await?;
    let owners = table::owners::shown(&mut tx, caller.tenant, ItemId(item)).await?;
    owners
        .filter(|owners| {
            let mut own: Vec<_> = std::iter::once(&owners.owner)
                .chain(&owners.co_owners)
                .map(|owner| AccountId(owner.account))
                .collect();
            own.extend(owners.offer.iter().map(|offer| AccountId(offer.to.account)));
            caller.sees_all_of(&own)
        })
        .map(Json)
        .ok_or_else(|| {
            Fault::new(
                Code::NotFound,
                "There is nothing of that id in this inventory, or its owners are not for you to see.",
            )
        })
}

/// Shares an item, offers it, takes it over: one change of its owners. Its
/// address stays what it was.
#[utoipa::path(
    post, path = paths::ITEM_OWNERS, request_body = OwnershipRequest, tag = "owners",
    params(
        ("item" = Uuid, Path),
        ("Idempotency-Key" = String, Header, description = "A UUID as a quoted string"),
    ),
    responses(
        (status = 200, body = Owners),
        (status = 403, body = Problem, description = "forbidden, another_person"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "ownership_changed, busy, cancelled"),
        (status = 422, body = Problem, description = "ownership_refused, idempotency_key_reused"),
    ),
)]
pub(super) async fn change(
    State(app): State<App>,
    caller: Caller,
    Key(key): Key,
    Params(item): Params<Uuid>,
    Body(request): Body<OwnershipRequest>,
) -> Result<Answer, Fault> {
    caller.may(Scope::Write)?;
    owners::change(&app, caller, key, ItemId(item), request).await
}

/// What is offered to the account.
#[utoipa::path(get, path = paths::OFFERS, tag = "owners", responses((status = 200, body = Offers)))]
pub(super) async fn offers(State(app): State<App>, caller: Caller) -> Result<Json<Offers>, Fault> {
    caller.may(Scope::Read)?;
    let mut tx = app.read(&caller).await?;
    let items = table::owners::offered_to(&mut tx, caller.tenant, caller.account, AT_ONCE).await?;
    let mut offers = Vec::with_capacity(items.len());
    for item in items {
        offers.extend(table::owners::shown(&mut tx, caller.tenant, item).await?);
    }
    Ok(Json(Offers { offers }))
}
