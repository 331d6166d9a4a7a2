//! Items, their events and their channels.

use super::body::{Asked, Body, Params};
use crate::{
    app::App,
    auth::{Caller, Key, Scope},
    command,
    error::Fault,
    exchange::Answer,
    read, table,
};
use axum::{Json, extract::State};
use dramatis_api::{
    Code, Problem,
    audit::Events,
    command::{PromoteRequest, Promoted},
    item::{Item, Items},
    paths,
};
use dramatis_domain::{ItemId, event::Stream, lifecycle::ReleaseState};
use serde::Deserialize;
use sqlx::PgConnection;
use utoipa::IntoParams;
use uuid::Uuid;

/// Which items.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// Whose, by the handle in their addresses; what the account owns or shares
    /// in without it.
    creator: Option<String>,
    /// Where the page before ended.
    after: Option<String>,
    /// At most so many: 100, at most 500.
    limit: Option<u16>,
}

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// After this number.
    after: Option<u64>,
    /// At most so many: 100, at most 500.
    limit: Option<u16>,
}

impl PageQuery {
    fn bounds(&self) -> Result<(i64, i64), Fault> {
        let after = i64::try_from(self.after.unwrap_or(0))
            .map_err(|_| Fault::new(Code::BadRequest, "No event has a number as high as that."))?;
        Ok((after, bounded(self.limit)))
    }
}

fn bounded(limit: Option<u16>) -> i64 {
    limit.unwrap_or(100).clamp(1, 500).into()
}

/// Items, newest change first.
#[utoipa::path(get, path = paths::ITEMS, tag = "items", params(ListQuery), responses((status = 200, body = Items), (status = 404, body = Problem, description = "not_found")))]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ListQuery>,
) -> Result<Json<Items>, Fault> {
    caller.may(Scope::Read)?;
    let after = query
        .after
        .as_deref()
        .map(table::cursor::Cursor::parse)
        .transpose()
        .map_err(|()| Fault::new(Code::BadRequest, "`after` is not what a page before gave."))?;
    let mut tx = app.read(&caller).await?;
    let creator = match &query.creator {
        Some(handle) => Some(
            table::account::by_handle(&mut tx, caller.tenant, handle)
                .await?
                .ok_or_else(|| Fault::new(Code::NotFound, "There is no creator by that name."))?,
        ),
        None => None,
    };
    let asked = table::item_list::Asked {
        creator,
        viewer: caller.account,
        states: listed(&caller),
        after,
        limit: bounded(query.limit),
    };
    Ok(Json(
        table::item_list::page(&mut tx, caller.tenant, &asked).await?,
    ))
}

/// An item with all that this account may see of it.
#[utoipa::path(
    get, path = paths::ITEM, tag = "items", params(("item" = Uuid, Path)),
    responses(
        (status = 200, body = Item),
        (status = 403, body = Problem, description = "handed_over"),
        (status = 404, body = Problem),
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(item): Params<Uuid>,
) -> Result<Json<Item>, Fault> {
    caller.may(Scope::Read)?;
    let item = ItemId(item);
    let mut tx = app.db.read(caller.tenant).await?;
    let head = table::event::item_head(&mut tx, caller.tenant, item)
        .await?
        .ok_or_else(unknown)?;
    let all = table::release::of_item(&mut tx, caller.tenant, item).await?;
    let Some(first) = all.first() else {
        return Err(unknown());
    };
    let (creator, slug) = (first.creator.clone(), first.slug.clone());
    let kind = first.kind.clone();
    let releases: Vec<_> = all
        .into_iter()
        .filter_map(|found| read::by_hash(&caller, found).ok())
        .collect();
    if releases.is_empty() {
        let fault = handed_over(&mut tx, &caller, item).await?;
        return Err(fault.unwrap_or_else(unknown));
    }
    let channels = table::channel::of_item(&mut tx, caller.tenant, item).await?;
    Ok(Json(Item {
        id: item.0,
        kind,
        creator,
        slug,
        releases,
        channels,
        head,
    }))
}

/// An item's events, oldest first: for its owner, reviewers, operators and auditors.
#[utoipa::path(
    get, path = paths::ITEM_EVENTS, tag = "audit", params(("item" = Uuid, Path), PageQuery),
    responses((status = 200, body = Events), (status = 403, body = Problem), (status = 404, body = Problem)),
)]
pub(super) async fn events(
    State(app): State<App>,
    caller: Caller,
    Params(item): Params<Uuid>,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Events>, Fault> {
    caller.may(Scope::Read)?;
    let (item, tenant) = (ItemId(item), caller.tenant);
    let mut tx = app.db.read(tenant).await?;
    let owners = table::owners::of_item(&mut tx, tenant, item).await?;
    if owners.is_empty() {
        return Err(unknown());
    }
    if !caller.sees_all_of(&owners) {
        return Err(handed_over(&mut tx, &caller, item)
            .await?
            .unwrap_or_else(|| {
                Fault::new(
                    Code::Forbidden,
                    "A history is for its owners, reviewers, operators and auditors.",
                )
            }));
    }
    let (after, limit) = query.bounds()?;
    let head = table::event::item_head(&mut tx, tenant, item)
        .await?
        .ok_or_else(unknown)?;
    let events = table::event::page(&mut tx, tenant, Stream::Item(item), after, limit).await?;
    Ok(Json(Events {
        tenant: tenant.0,
        item: Some(item.0),
        events,
        head,
    }))
}

/// The tenant's own events: for operators and auditors.
#[utoipa::path(
    get, path = paths::EVENTS, tag = "audit", params(PageQuery),
    responses((status = 200, body = Events), (status = 403, body = Problem)),
)]
pub(super) async fn tenant_events(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<PageQuery>,
) -> Result<Json<Events>, Fault> {
    caller.may(Scope::Read)?;
    if !caller.has_role("operator") && !caller.has_role("auditor") {
        return Err(Fault::new(
            Code::Forbidden,
            "The tenant's own events are for operators and auditors.",
        ));
    }
    let tenant = caller.tenant;
    let (after, limit) = query.bounds()?;
    let mut tx = app.db.read(tenant).await?;
    let head = table::event::tenant_head(&mut tx, tenant).await?;
    let events = table::event::page(&mut tx, tenant, Stream::Tenant, after, limit).await?;
    Ok(Json(Events {
        tenant: tenant.0,
        item: None,
        events,
        head,
    }))
}

/// Points a channel at a release.
#[utoipa::path(
    post, path = paths::ITEM_CHANNEL, request_body = PromoteRequest, tag = "channels",
    params(
        ("item" = Uuid, Path),
        ("channel" = String, Path),
        ("Idempotency-Key" = String, Header, description = "A UUID as a quoted string"),
    ),
    responses(
        (status = 200, body = Promoted),
        (status = 403, body = Problem, description = "forbidden"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 422, body = Problem, description = "step_refused, idempotency_key_reused"),
    ),
)]
pub(super) async fn promote(
    State(app): State<App>,
    caller: Caller,
    Key(key): Key,
    Params((item, channel)): Params<(Uuid, String)>,
    Body(request): Body<PromoteRequest>,
) -> Result<Answer, Fault> {
    caller.may(Scope::Write)?;
    command::promote::promote(&app, caller, key, ItemId(item), &channel, request).await
}

/// In which states releases of others stand in the account's lists: as everybody
/// finds them, or as it may see them where it works on what is not its own.
fn listed(caller: &Caller) -> Vec<String> {
    let mut states = caller.states_of_others();
    if !caller.sees_all() {
        states.retain(|state| {
            state
                .parse::<ReleaseState>()
                .is_ok_and(ReleaseState::is_offered)
        });
    }
    states
}

/// What a former owner is told instead of a bare refusal.
async fn handed_over(
    db: &mut PgConnection,
    caller: &Caller,
    item: ItemId,
) -> Result<Option<Fault>, sqlx::Error> {
    let handed = table::owners::handed_over(db, caller.tenant, item, caller.account).await?;
    Ok(handed.map(|handed| {
        let table::owners::HandedOver { creator, slug, to } = handed;
        Fault::new(
            Code::HandedOver,
            format!("“{creator}/{slug}” was handed over to {to}, and its history with it. What you wrote stays with you."),
        )
    }))
}

fn unknown() -> Fault {
    Fault::new(
        Code::NotFound,
        "There is nothing of that id in this inventory.",
    )
}
