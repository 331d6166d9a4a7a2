//! Published characters: lists and search, for apps.

use super::body::Asked;
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    table::{
        self,
        listing::{Cursor, Filter},
    },
};
use axum::{Json, extract::State};
use dramatis_api::{Code, Problem, listing::Listing, paths, timestamp};
use dramatis_domain::{AccountId, ItemKind, face};
use serde::Deserialize;
use utoipa::IntoParams;

/// The longest text to search for, in bytes.
const TEXT: usize = 256;
/// The most tags to ask for at once.
const TAGS: usize = 8;
/// The most entries of a page.
const MOST: u16 = 100;

/// What is looked for: everything that is given has to fit.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListingQuery {
    /// `character` (without it), `lorebook`, `pack` or `runtime`.
    #[param(value_type = Option<String>)]
    pub kind: Option<ItemKind>,
    /// Words in name, tags, creator or description; `"a phrase"`, `or`, `-not`.
    pub q: Option<String>,
    /// Tags, parted by commas: all of them.
    pub tags: Option<String>,
    /// Whose, by handle.
    pub creator: Option<String>,
    /// What it is for.
    pub vertical: Option<String>,
    /// An app it names.
    pub app: Option<String>,
    /// A version of that app, as dotted numbers: within what the release names.
    pub app_version: Option<String>,
    /// `published` or `deprecated`; both without it.
    pub state: Option<String>,
    /// Only what has changed since: RFC 3339, as `updated_at` is given.
    pub since: Option<String>,
    /// `next` of the page before, with the very same query.
    pub after: Option<String>,
    /// At most so many: 50, at most 100.
    pub limit: Option<u16>,
}

impl ListingQuery {
    /// The filter, since when, and how many.
    pub(crate) fn filter(
        &self,
        creator: Option<AccountId>,
    ) -> Result<(Filter, Option<i64>, i64), Fault> {
        let wrong = |detail: &str| Fault::new(Code::BadRequest, detail);
        if self
            .q
            .as_ref()
            .is_some_and(|text| text.len() > TEXT || text.contains('\0'))
        {
            return Err(wrong("`q` may have 256 bytes, and no NUL."));
        }
        let tags = face::tags(self.tags.as_deref().into_iter());
        if tags.len() > TAGS {
            return Err(wrong("`tags` may name eight tags."));
        }
        if !matches!(
            self.state.as_deref(),
            None | Some("published" | "deprecated")
        ) {
            return Err(wrong(
                "`state` is `published` or `deprecated`: nothing else is listed.",
            ));
        }
        let app_version = match (&self.app, &self.app_version) {
            (_, None) => None,
            (None, Some(_)) => return Err(wrong("`app_version` goes with `app`.")),
            (Some(_), Some(text)) => Some(face::version(text).ok_or_else(|| {
                wrong("`app_version` is up to four numbers with dots between them.")
            })?),
        };
        let since = self
            .since
            .as_deref()
            .map(|text| {
                timestamp::to_micros(text)
                    .ok_or_else(|| wrong("`since` is a time like 2026-11-26T00:00:00Z."))
            })
            .transpose()?;
        let limit = self.limit.unwrap_or(50).clamp(1, MOST).into();
        let filter = Filter {
            kind: self.kind.unwrap_or(ItemKind::Character),
            creator,
            text: self.q.clone(),
            tags,
            vertical: self.vertical.as_deref().map(face::word),
            app: self.app.as_deref().map(face::word),
            app_version,
            state: self.state.clone(),
        };
        Ok((filter, since, limit))
    }
}

/// Published items, newest change first: by text, tags, creator, vertical and app.
#[utoipa::path(
    get, path = paths::LISTING, operation_id = "listing", tag = "reading", params(ListingQuery),
    responses(
        (status = 200, body = Listing),
        (status = 400, body = Problem, description = "bad_request"),
        (status = 404, body = Problem, description = "not_found: no creator by that name"),
    ),
)]
pub(super) async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<ListingQuery>,
) -> Result<Json<Listing>, Fault> {
    caller.may(Scope::Read)?;
    let mut tx = app.read(&caller).await?;
    let creator = match &query.creator {
        Some(handle) => Some(
            table::account::by_handle(&mut tx, caller.tenant, handle)
                .await?
                .ok_or_else(|| Fault::new(Code::NotFound, "There is no creator by that name."))?,
        ),
        None => None,
    };
    let (filter, since, limit) = query.filter(creator)?;
    let after = query
        .after
        .as_deref()
        .map(|text| Cursor::parse(text, &filter))
        .transpose()
        .map_err(|()| {
            Fault::new(
                Code::BadRequest,
                "`after` is not what a page of this very query gave.",
            )
        })?;
    Ok(Json(
        table::listing::page(&mut tx, caller.tenant, &filter, since, after, limit).await?,
    ))
}
