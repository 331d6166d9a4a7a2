//! One run of the transaction, from BEGIN to COMMIT.

use super::{Answer, Ask, Command, Effect, Outcome, Reply, Scene, Success, is_kept};
use crate::{
    app::App,
    audit::chain::Chain,
    constraint,
    db::{self, wants_restart},
    error::Fault,
    failpoint, request_id, table,
    table::receipt::{Claim, Claimed, NewReceipt, Stored},
};
use axum::http::HeaderValue;
use bytes::Bytes;
use dramatis_api::{Code, Problem, headers, item::Release};
use dramatis_domain::{ItemId, event::Stream};
use sqlx::PgConnection;

const JSON: &str = "application/json";

pub(super) async fn run(
    app: &App,
    ask: &Ask,
    claim: &Claim,
    command: &impl Command,
    may_found: bool,
) -> Result<Outcome, Fault> {
    let tenant = claim.tenant;
    let glimpse = command.glimpse(&app.db, tenant).await?;
    let founds = command
        .founds(&ask.about)
        .filter(|_| may_found && glimpse.is_none());
    failpoint::reach("publish.before_begin").await;
    let mut tx = app.db.change(tenant).await?;
    failpoint::reach("publish.after_begin").await;
    let founded = match &founds {
        Some(new) => table::item::found(&mut tx, new).await?,
        None => false,
    };
    let item = match ask.item {
        Some(item) if !founded => table::item::lock(&mut tx, tenant, item).await?,
        _ => None,
    };
    let glimpse = glimpse.filter(|seen| {
        item.as_ref()
            .is_some_and(|item| item.head.seq == seen.last_event_seq)
    });
    failpoint::reach("publish.after_lock").await;
    let claimed =
        table::receipt::claim(&mut tx, claim, item.as_ref().map(|item| item.last_event_at)).await?;
    if !claimed.ours {
        let stored = table::receipt::find(&mut tx, tenant, claim.account, claim.key).await?;
        let stored = stored.ok_or_else(|| Fault::internal("a claim without its receipt"))?;
        // That a key was cancelled gives nobody anything: whoever cancelled it is told.
        if stored.outcome != "cancelled" {
            command.may(&ask.about.caller).map_err(not_repeated)?;
        }
        return replay(stored, claim).map(Outcome::Answered);
    }
    failpoint::reach("publish.after_claim").await;
    sqlx::raw_sql("SAVEPOINT effect").execute(&mut *tx).await?;
    failpoint::reach("publish.after_savepoint").await;

    let standing = Standing {
        item: item.as_ref(),
        glimpse,
        founded,
        now_us: db::micros(claimed.now),
    };
    let outcome = effect(&mut tx, ask, standing, command).await;
    let answer = match outcome {
        Ok((success, body)) => {
            let release = ask.item.zip(success.release);
            let new = NewReceipt {
                outcome: success.outcome,
                status: success.status,
                content_type: JSON,
                body: &body,
                release,
            };
            table::receipt::insert(&mut tx, claim, claimed, &new).await?;
            Answer {
                status: success.status,
                content_type: HeaderValue::from_static(JSON),
                body: Bytes::from(body),
                replayed: false,
                refused: None,
            }
        }
        Err(fault) => {
            let problem = refusal(fault)?;
            if founded {
                return Ok(Outcome::RefusedAfterFounding);
            }
            sqlx::raw_sql("ROLLBACK TO SAVEPOINT effect")
                .execute(&mut *tx)
                .await?;
            keep_refusal(&mut tx, claim, claimed, problem).await?
        }
    };
    failpoint::reach("publish.after_receipt").await;
    tx.commit().await?;
    failpoint::reach("publish.after_commit").await;
    Ok(Outcome::Answered(answer))
}

/// What the transaction knows when the key is ours.
struct Standing<'a> {
    item: Option<&'a table::item::Locked>,
    glimpse: Option<table::release::Glimpse>,
    founded: bool,
    now_us: i64,
}

/// What the command does, and the facts of it.
async fn effect(
    db: &mut PgConnection,
    ask: &Ask,
    standing: Standing<'_>,
    command: &impl Command,
) -> Result<(Success, Vec<u8>), Fault> {
    let caller = &ask.about.caller;
    let Standing {
        item,
        glimpse,
        founded,
        now_us,
    } = standing;
    let id = ask.item.unwrap_or(ItemId(uuid::Uuid::nil()));
    let head = item.map_or_else(|| table::item::genesis(caller.tenant, id), |item| item.head);
    let chain = Chain::new(head, Stream::Item(id), now_us, ask.about.clone());
    let scene = Scene {
        item,
        glimpse,
        founded,
        now_us,
        chain,
        about: &ask.about,
    };
    let Effect { mut facts, answer } = command.decide(db, scene).await?;
    if let Some(device) = &ask.about.device {
        facts.personal.push(("device_name", device.name.clone()));
    }
    table::facts::insert(db, caller.tenant, id, caller.account, &facts).await?;
    failpoint::reach("publish.after_facts").await;
    let body = match &answer.body {
        Reply::Ready(body) => body.clone(),
        Reply::Shows(release, write, rest) => {
            // The projection follows at the commit; what is shown needs it now.
            sqlx::raw_sql("SET CONSTRAINTS current_state_follows IMMEDIATE")
                .execute(&mut *db)
                .await?;
            let shown: Release =
                table::release::find(db, caller.tenant, table::release::Name::Id(release.0))
                    .await?
                    .ok_or_else(|| {
                        Fault::internal("the release is gone within its own transaction")
                    })?
                    .release;
            write(shown, rest).map_err(Fault::internal)?
        }
    };
    Ok((answer, body))
}

/// The refusal to keep; every other fault ends the attempt and leaves nothing.
fn refusal(fault: Fault) -> Result<Problem, Fault> {
    match fault {
        Fault::Problem(problem) if is_kept(&problem) => Ok(*problem),
        Fault::Database(fault) if !wants_restart(&fault) => {
            let named = fault
                .as_database_error()
                .and_then(|error| error.constraint())
                .and_then(constraint::problem);
            match named {
                Some(problem) if is_kept(&problem) => Ok(problem),
                Some(problem) => Err(Fault::from(problem)),
                None => Err(Fault::Database(fault)),
            }
        }
        other => Err(other),
    }
}

/// The refusal of an answer from before. What became of that request is not
/// told here, so nothing is said of it that may be untrue.
fn not_repeated(fault: Fault) -> Fault {
    match fault {
        Fault::Problem(problem) => Fault::new(
            problem.code.parse().unwrap_or(Code::Forbidden),
            "This request was answered before, and the account may not ask for it any more. What came of it stands; its receipt tells, and the item's history. An operator can grant the role again, then the same request is answered as before.",
        ),
        other => other,
    }
}

async fn keep_refusal(
    db: &mut PgConnection,
    claim: &Claim,
    claimed: Claimed,
    mut problem: Problem,
) -> Result<Answer, Fault> {
    problem.request_id = request_id::current();
    let body = serde_json::to_vec(&problem).map_err(Fault::internal)?;
    let new = NewReceipt {
        outcome: "refused",
        status: problem.status,
        content_type: headers::PROBLEM_JSON,
        body: &body,
        release: None,
    };
    table::receipt::insert(db, claim, claimed, &new).await?;
    Ok(Answer {
        status: problem.status,
        content_type: HeaderValue::from_static(headers::PROBLEM_JSON),
        body: Bytes::from(body),
        replayed: false,
        refused: Some(problem.code),
    })
}

/// The answer given before, or the word that the key stands for something else.
fn replay(stored: Stored, claim: &Claim) -> Result<Answer, Fault> {
    if stored.outcome != "cancelled" && stored.fingerprint != claim.fingerprint.0 {
        return Err(Fault::new(
            Code::KeyReused,
            "This idempotency key was used for another request. Nothing was done; a new request needs a new key.",
        ));
    }
    Ok(Answer {
        status: u16::try_from(stored.status).map_err(Fault::internal)?,
        content_type: HeaderValue::from_str(&stored.content_type).map_err(Fault::internal)?,
        body: Bytes::from(stored.body),
        replayed: true,
        refused: None,
    })
}
