//! What came of a key.

use super::body::Params;
use crate::{
    app::App,
    auth::{Caller, Scope},
    error::Fault,
    exchange::cancel,
    table,
};
use axum::{Json, extract::State};
use dramatis_api::{Code, Problem, paths, receipt::Receipt};
use dramatis_domain::IdempotencyKey;
use uuid::Uuid;

/// The receipt of a key of this account: for people.
#[utoipa::path(
    get, path = paths::RECEIPT, tag = "receipts", params(("key" = Uuid, Path)),
    responses(
        (status = 200, body = Receipt),
        (status = 404, body = Problem, description = "not_found: never to be read as *did not happen*"),
    ),
)]
pub(super) async fn show(
    State(app): State<App>,
    caller: Caller,
    Params(key): Params<Uuid>,
) -> Result<Json<Receipt>, Fault> {
    caller.may(Scope::Read)?;
    let key = IdempotencyKey(key);
    let mut tx = app.db.read(caller.tenant).await?;
    let stored = table::receipt::find(&mut tx, caller.tenant, caller.account, key).await?.ok_or_else(|| {
        Fault::new(
            Code::NotFound,
            "There is no receipt for that key yet. That does not mean that nothing happened: the request may still be under way. Send it again with the same key to settle it.",
        )
    })?;
    cancel::shown(stored, key).map(Json)
}

/// Cancels what a key names, unless it already has a receipt; the path's key
/// makes this idempotent by itself.
#[utoipa::path(
    post, path = paths::RECEIPT_CANCEL, tag = "receipts", params(("key" = Uuid, Path)),
    responses(
        (status = 200, body = Receipt, description = "Cancelled, or the receipt that was there first"),
        (status = 409, body = Problem, description = "busy: it is being carried out right now"),
    ),
)]
pub(super) async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Params(key): Params<Uuid>,
) -> Result<Json<Receipt>, Fault> {
    caller.may(Scope::Write)?;
    cancel::cancel(&app, &caller, IdempotencyKey(key))
        .await
        .map(Json)
}
