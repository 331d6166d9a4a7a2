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

/// Notes, beside the request and never in its way, that a token which has
/// ended was used: at most one event an hour and token, whichever process
/// sees it, so that a studio that goes on asking does not fill the stream.
pub(crate) fn note_refused(db: Database, caller: Caller, why: &'static str) {
    let (tenant, token) = (caller.tenant, caller.token);
    let what = Happened {
        action: "token.refused",
        subject: Some(token),
        after: Some(serde_json::json!({ "account": caller.account, "why": why })),
        ..Happened::default()
    };
    let about = Circumstances {
        caller,
        device: None,
        request_id: request_id::current().unwrap_or_default(),
        key: None,
    };
    tokio::spawn(async move {
        let noted = async {
            let mut tx = db.append(tenant).await?;
            if table::token::is_refused_anew(&mut tx, tenant, token).await? {
                append_in(&mut tx, about, what).await?;
            }
            tx.commit().await
        };
        if let Err(fault) = noted.await {
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
