//! The rules that releases are checked with.

use super::body::{Asked, Params};
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    table,
};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
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
        (status = 200, description = "The document's exact bytes; `ETag` is their SHA-256", content_type = "application/json"),
        (status = 404, body = Problem),
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(hash): Params<String>,
    Asked(query): Asked<RulesQuery>,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let sha256 = match hash.as_str() {
        "current" => {
            let kind = query.kind.unwrap_or(ItemKind::Character);
            rules::current(kind).map_err(Fault::internal)?.1
        }
        text => text
            .parse()
            .map_err(|fault| Fault::new(Code::BadRequest, format!("“{text}”: {fault}.")))?,
    };
    let document = app
        .db
        .fresh(|| table::rule_set::find(app.db.pool(), sha256))
        .await?;
    let document = document
        .ok_or_else(|| Fault::new(Code::NotFound, "This inventory knows no such rule set."))?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/json".to_owned()),
            (header::ETAG, format!("\"{sha256}\"")),
        ],
        document,
    )
        .into_response())
}
