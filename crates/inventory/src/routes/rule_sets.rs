//! The rules that releases are checked with.

use super::{
    body::{Asked, Params},
    caching,
};
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    table,
};
use axum::{extract::State, http::HeaderMap, response::Response};
use dramatis_api::{Code, Problem, paths};
use dramatis_domain::{ItemKind, rules};
use serde::Deserialize;
use utoipa::IntoParams;

/// Whose rules.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesQuery {
    /// The kind that `current` is meant for: `character` without it,
    /// `lorebook`, `pack` or `runtime`.
    #[param(value_type = Option<String>)]
    kind: Option<ItemKind>,
}

/// A rule set's document, by hash or `current`.
#[utoipa::path(
    get, path = paths::RULE_SET, tag = "rule sets",
    params(("hash" = String, Path, description = "`sha256:…`, or `current`"), RulesQuery),
    responses(
        (status = 200, description = "The document's exact bytes; `ETag` is their SHA-256; by its hash to be kept for good", content_type = "application/json"),
        (status = 304, description = "The client has them"),
        (status = 404, body = Problem),
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(hash): Params<String>,
    Asked(query): Asked<RulesQuery>,
    asked: HeaderMap,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let (sha256, keep) = match hash.as_str() {
        "current" => {
            let kind = query.kind.unwrap_or(ItemKind::Character);
            let (_, sha256) = rules::current(kind).map_err(Fault::internal)?;
            (sha256, caching::SHORT)
        }
        text => {
            let bad = |fault| Fault::new(Code::BadRequest, format!("“{text}”: {fault}."));
            (text.parse().map_err(bad)?, caching::BY_HASH)
        }
    };
    let document = app
        .db
        .fresh(|| table::rule_set::find(app.db.pool(), sha256))
        .await?;
    let document = document
        .ok_or_else(|| Fault::new(Code::NotFound, "This inventory knows no such rule set."))?;
    Ok(caching::reply(&asked, keep, "application/json", document))
}
