//! The tenant's own stream: what happens outside items (tokens, members,
//! refusals), in a transaction of its own, outside publish
//! (inventory.md, Audit).

use crate::{
    audit::chain::{Chain, Circumstances, Happened},
    db::Database,
    table,
};
use dramatis_domain::event::Stream;

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

/// Appends in the caller's transaction: the change and its event are one fact.
pub(crate) async fn append_in(
    tx: &mut sqlx::PgConnection,
    about: Circumstances,
    what: Happened,
) -> Result<(), sqlx::Error> {
    let tenant = about.caller.tenant;
    let head = table::event::lock_tenant(tx, tenant).await?;
    let now = table::event::now_after(tx, head.time_us).await?;
    let mut chain = Chain::new(head, Stream::Tenant, now, about);
    chain.push(what);
    table::facts::insert_tenant(tx, tenant, chain.links()).await
}
