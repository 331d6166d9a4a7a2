//! The tenant's own stream: what happens outside items (tokens, members,
//! refusals), in a transaction of its own, outside publish
//! (inventory.md, Audit).

use crate::{
    audit::chain::{Chain, Circumstances, Happened},
    auth::Caller,
    db::Database,
    request_id, table,
};
use dramatis_domain::{EventId, event::Stream};

/// Appends what happened in a transaction of its own.
pub(crate) async fn append(
    db: &Database,
    about: Circumstances,
    what: Happened,
) -> Result<(), sqlx::Error> {
    let mut tx = db.append(about.caller.tenant).await?;
    append_in(&mut tx, about, what).await?;
    tx.commit().await
}

/// Notes, beside the request and never in its way, that a token was refused.
pub(crate) fn note(db: Database, caller: Caller, action: &'static str) {
    let what = Happened {
        action,
        subject: Some(caller.token),
        ..Happened::default()
    };
    let about = Circumstances {
        caller,
        device: None,
        request_id: request_id::current().unwrap_or_default(),
        key: None,
    };
    tokio::spawn(async move {
        if let Err(fault) = append(&db, about, what).await {
            metrics::counter!("dramatis_unnoted_total").increment(1);
            tracing::warn!(%fault, "a refused token was not noted in the tenant's stream");
        }
    });
}

/// Appends in the caller's transaction: the change and its event are one fact.
pub(crate) async fn append_in(
    tx: &mut sqlx::PgConnection,
    about: Circumstances,
    what: Happened,
) -> Result<EventId, sqlx::Error> {
    let tenant = about.caller.tenant;
    let head = table::event::lock_tenant(tx, tenant).await?;
    let now = table::event::now_after(tx, head.time_us).await?;
    let mut chain = Chain::new(head, Stream::Tenant, now, about);
    let event = chain.push(what);
    table::facts::insert_tenant(tx, tenant, chain.links()).await?;
    Ok(event)
}
