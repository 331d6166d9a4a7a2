//! The feed, read by apps.

use super::body::Asked;
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    table,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use dramatis_api::{Code, Problem, feed::Feed, paths};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::Instant;
use utoipa::IntoParams;

/// The longest wait for news, in seconds.
const LONGEST: u8 = 20;
/// Between two looks while somebody waits.
const PAUSE: Duration = Duration::from_millis(250);

/// From where, how many, how long.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedQuery {
    /// `next` of the answer before; from the beginning without it.
    after: Option<String>,
    /// At most so many: 100, at most 500.
    limit: Option<u16>,
    /// Where nothing is new: wait so many seconds for something, at most 20.
    wait: Option<u8>,
}

/// What was published, taken back or moved, in one order.
#[utoipa::path(
    get, path = paths::FEED, operation_id = "feed", tag = "reading", params(FeedQuery),
    responses(
        (status = 200, body = Feed),
        (status = 400, body = Problem, description = "bad_request"),
        (status = 409, body = Problem, description = "wrong_inventory: restored from a backup since; begin again without `after`"),
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Asked(query): Asked<FeedQuery>,
) -> Result<Response, Fault> {
    caller.may(Scope::Read)?;
    let epoch = app.identity.epoch;
    let after = query
        .after
        .as_deref()
        .map_or(Ok(0), |text| number(text, epoch))?;
    let limit = query.limit.unwrap_or(100).clamp(1, 500).into();
    let topics = table::feed::for_apps();
    let until = Instant::now() + Duration::from_secs(query.wait.unwrap_or(0).min(LONGEST).into());
    let mut stopping = app.stopping.subscribe();
    let entries = loop {
        let mut tx = app.read(&caller).await?;
        let entries = table::feed::page(&mut tx, caller.tenant, &topics, after, limit).await?;
        // Nobody waits with a connection in hand.
        drop(tx);
        if !entries.is_empty() || Instant::now() >= until || *stopping.borrow() {
            break entries;
        }
        // A process that stops answers with what there is: nothing.
        let _ = tokio::time::timeout(PAUSE, stopping.wait_for(|stopping| *stopping)).await;
    };
    let last = entries.last().map_or(after, |entry| entry.number);
    let feed = Feed {
        entries,
        next: format!("{epoch}-{last}"),
    };
    Ok(([(header::CACHE_CONTROL, "private, no-store")], Json(feed)).into_response())
}

/// The number of a cursor of this epoch.
fn number(cursor: &str, epoch: i32) -> Result<i64, Fault> {
    let parts = cursor
        .split_once('-')
        .and_then(|(of, number)| Some((of.parse::<i32>().ok()?, number.parse::<u32>().ok()?)));
    match parts {
        Some((of, number)) if of == epoch => Ok(number.into()),
        Some(_) => Err(Fault::new(
            Code::WrongInventory,
            "This inventory was restored from a backup since that was read: numbers may stand for other news now. Read the feed again from its beginning.",
        )),
        None => Err(Fault::new(
            Code::BadRequest,
            "`after` is not what the feed gave.",
        )),
    }
}
