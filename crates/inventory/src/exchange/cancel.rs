//! Cancelling what was ever put on the wire: the key is claimed as *cancelled*,
//! or the receipt that is already there is answered; whichever commits first
//! wins (inventory.md, Idempotency contract 9).

use super::{PATIENCE, RESTARTS, pause};
use crate::{
    app::App,
    auth::Caller,
    db::{self, wants_restart},
    error::Fault,
    request_id, table,
    table::receipt::{Claim, NewReceipt, Stored},
};
use dramatis_api::{Code, Problem, headers, receipt::Receipt, timestamp};
use dramatis_domain::{Digest, IdempotencyKey};

/// Cancels, or answers what came of the key before.
pub(crate) async fn cancel(
    app: &App,
    caller: &Caller,
    key: IdempotencyKey,
) -> Result<Receipt, Fault> {
    let turn = app
        .by_key
        .enter((caller.tenant, caller.account, key), PATIENCE)
        .await;
    let _turn = turn.ok_or_else(|| {
        Fault::new(
            Code::Busy,
            "The request is being carried out right now. Ask again in a moment.",
        )
    })?;
    let mut restarts = 0;
    loop {
        match attempt(app, caller, key).await {
            Err(Fault::Database(fault)) if wants_restart(&fault) && restarts < RESTARTS => {
                restarts += 1;
                pause(restarts).await;
            }
            other => return shown(other?, key),
        }
    }
}

async fn attempt(app: &App, caller: &Caller, key: IdempotencyKey) -> Result<Stored, Fault> {
    let mut tx = app.db.change(caller.tenant).await?;
    let claim = Claim {
        tenant: caller.tenant,
        account: caller.account,
        key,
        operation: "cancel",
        fingerprint: Digest::of(b"cancel"),
    };
    let claimed = table::receipt::claim(&mut tx, &claim, None).await?;
    if claimed.ours {
        let mut problem = Problem::new(
            Code::Cancelled,
            "The request was cancelled before it was carried out. Nothing was published or changed by it, and nothing will be.",
        );
        problem.request_id = request_id::current();
        let body = serde_json::to_vec(&problem).map_err(Fault::internal)?;
        let new = NewReceipt {
            outcome: "cancelled",
            status: problem.status,
            content_type: headers::PROBLEM_JSON,
            body: &body,
            release: None,
        };
        table::receipt::insert(&mut tx, &claim, claimed, &new).await?;
    }
    let stored = table::receipt::find(&mut tx, caller.tenant, caller.account, key).await?;
    tx.commit().await?;
    stored.ok_or_else(|| Fault::internal("a claim without its receipt"))
}

/// A stored answer as people see it.
pub(crate) fn shown(stored: Stored, key: IdempotencyKey) -> Result<Receipt, Fault> {
    Ok(Receipt {
        key: key.0,
        cancelled: stored.outcome == "cancelled",
        operation: stored.operation,
        status: u16::try_from(stored.status).map_err(Fault::internal)?,
        body: String::from_utf8(stored.body).map_err(Fault::internal)?,
        created_at: timestamp::from_micros(db::micros(stored.recorded_at)).unwrap_or_default(),
    })
}
