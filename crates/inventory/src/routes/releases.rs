//! Releases: publishing them.

use super::body::Body;
use crate::{
    app::App,
    auth::{Caller, Key, Scope},
    error::Fault,
    exchange::Answer,
    publish,
};
use axum::extract::State;
use dramatis_api::publish::PublishRequest;

/// A card of 16 MiB as a JSON string may double by its escapes.
pub(crate) const BODY: usize = 48 * 1024 * 1024;

/// Publishes: one transaction, exactly once.
pub(crate) async fn publish(
    State(app): State<App>,
    caller: Caller,
    Key(key): Key,
    Body(request): Body<PublishRequest>,
) -> Result<Answer, Fault> {
    caller.may(Scope::Write)?;
    publish::publish(&app, caller, key, request).await
}
