//! What an item began as, and its forks.

use super::body::{Asked, Params};
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    read, table,
};
use axum::{Json, extract::State};
use dramatis_api::{
    Code, Problem,
    lineage::{Ancestor, Lineage},
    paths,
};
use dramatis_domain::{ItemId, TenantId, lifecycle::ReleaseState};
use serde::Deserialize;
use sqlx::PgConnection;
use std::collections::HashSet;
use utoipa::IntoParams;
use uuid::Uuid;

/// How far back ancestors are followed in one answer.
const DEPTH: usize = 32;

/// Which forks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct ForksQuery {
    /// Where the page before ended.
    after: Option<Uuid>,
    /// At most so many forks: 100, at most 500.
    limit: Option<u16>,
}

/// What an item began as, nearest first, and what began as one of its releases.
#[utoipa::path(
    get, path = paths::ITEM_LINEAGE, operation_id = "lineage", tag = "items", params(("item" = Uuid, Path), ForksQuery),
    responses(
        (status = 200, body = Lineage, description = "At most 32 ancestors; one that was taken back shows its hash and its state"),
        (status = 404, body = Problem, description = "not_found"),
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(item): Params<Uuid>,
    Asked(query): Asked<ForksQuery>,
) -> Result<Json<Lineage>, Fault> {
    caller.may(Scope::Read)?;
    let tenant = caller.tenant;
    let mut tx = app.read(&caller).await?;
    let seen = table::release::of_item(&mut tx, tenant, ItemId(item))
        .await?
        .into_iter()
        .any(|found| read::by_hash(&caller, found).is_ok());
    if !seen {
        return Err(Fault::new(
            Code::NotFound,
            "There is no such item in this inventory.",
        ));
    }
    let ancestors = ancestors(&mut tx, tenant, &caller, item).await?;
    let limit = query.limit.unwrap_or(100).clamp(1, 500).into();
    let (viewer, states) = (caller.account, caller.states_of_others());
    let (forks, next) =
        table::fork::of_item(&mut tx, tenant, item, viewer, &states, query.after, limit).await?;
    Ok(Json(Lineage {
        item,
        ancestors,
        forks,
        next: next.map(|next| next.to_string()),
    }))
}

async fn ancestors(
    db: &mut PgConnection,
    tenant: TenantId,
    caller: &Caller,
    item: Uuid,
) -> Result<Vec<Ancestor>, Fault> {
    let (mut ancestors, mut item, mut met) = (Vec::new(), item, HashSet::new());
    while ancestors.len() < DEPTH && met.insert(item) {
        let Some((manifest, found)) = table::fork::origin(db, tenant, item).await? else {
            break;
        };
        let mut ancestor = Ancestor {
            manifest_sha256: manifest.to_string(),
            state: None,
            release: None,
        };
        let Some(found) = found else {
            ancestors.push(ancestor);
            break;
        };
        let said = found.relative.release.state.clone();
        let state: ReleaseState = said.parse().map_err(Fault::internal)?;
        let sees = caller.sees(state, &found.owners);
        let known = sees || state.was_published();
        item = found.relative.item;
        ancestor.state = known.then_some(said);
        ancestor.release = sees.then_some(found.relative);
        ancestors.push(ancestor);
        // What was never published says no more than a hash from outside.
        if !known {
            break;
        }
    }
    Ok(ancestors)
}
