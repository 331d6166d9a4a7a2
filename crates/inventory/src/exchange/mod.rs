//! One request with a key, carried out exactly once: claim, effect, events,
//! news and answer commit together (inventory.md, Publish and Idempotency
//! contract). Every change of an item goes through here.

mod attempt;
pub(crate) mod cancel;
pub(crate) mod fingerprint;
pub(crate) mod lanes;

use crate::{
    app::App,
    audit::{
        chain::{Chain, Circumstances, Happened},
        tenant_stream,
    },
    auth::Caller,
    db::{Database, wants_restart},
    error::Fault,
    failpoint,
    table::{
        facts::Facts,
        item::{Locked, NewItem},
        receipt::Claim,
        release::Glimpse,
    },
    traces::step,
};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use dramatis_api::{Code, Problem, headers};
use dramatis_domain::{Digest, ItemId, ReleaseId, TenantId};
use rand::Rng as _;
use sqlx::PgConnection;
use std::time::Duration;
use tracing::Instrument as _;

/// A request with its key.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) about: Circumstances,
    pub(crate) operation: &'static str,
    pub(crate) fingerprint: Digest,
    /// The item it changes; none where the request is too broken to name one.
    pub(crate) item: Option<ItemId>,
}

/// What stands when the item's row is locked and the key is ours.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) item: Option<&'a Locked>,
    /// What was read before the transaction and still stands.
    pub(crate) glimpse: Option<Glimpse>,
    /// Whether this transaction has made the item's row.
    pub(crate) founded: bool,
    pub(crate) now_us: i64,
    pub(crate) chain: Chain,
    pub(crate) about: &'a Circumstances,
}

/// What a change leaves behind, and the answer to it.
#[derive(Debug)]
pub(crate) struct Effect {
    pub(crate) facts: Facts,
    pub(crate) answer: Success,
}

/// A body to answer with.
#[derive(Debug)]
pub(crate) struct Success {
    pub(crate) status: u16,
    pub(crate) outcome: &'static str,
    pub(crate) release: Option<ReleaseId>,
    pub(crate) body: Reply,
}

/// How the body is made.
#[derive(Debug)]
pub(crate) enum Reply {
    /// It is known.
    Ready(Vec<u8>),
    /// It shows a release as it stands after the change.
    Shows(
        ReleaseId,
        fn(dramatis_api::item::Release, &serde_json::Value) -> serde_json::Result<Vec<u8>>,
        serde_json::Value,
    ),
}

/// A change of an item. Decides and writes its own rows; the facts are written
/// by the exchange.
pub(crate) trait Command: Sync {
    /// The item to make, where this request most likely is its first: then the
    /// insert is the lock.
    fn founds(&self, _about: &Circumstances) -> Option<NewItem> {
        None
    }

    /// What can be read before the transaction, so that it reads less.
    fn glimpse(
        &self,
        _db: &Database,
        _tenant: TenantId,
    ) -> impl Future<Output = Result<Option<Glimpse>, Fault>> + Send {
        std::future::ready(Ok(None))
    }

    /// Whether the account may still ask for this: looked at before the answer
    /// of a known key is given again (inventory.md, Idempotency contract 2).
    fn may(&self, caller: &Caller) -> Result<(), Fault>;

    /// Runs behind a savepoint, with the item's row locked and the key claimed.
    fn decide(
        &self,
        db: &mut PgConnection,
        scene: Scene<'_>,
    ) -> impl Future<Output = Result<Effect, Fault>> + Send;
}

/// What is sent, now or again.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: HeaderValue,
    pub(crate) body: Bytes,
    pub(crate) replayed: bool,
    /// Set on the refusal that this very request caused.
    pub(crate) refused: Option<String>,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, self.content_type);
        if self.replayed {
            response.headers_mut().insert(
                headers::IDEMPOTENCY_REPLAYED,
                HeaderValue::from_static("true"),
            );
        }
        response
    }
}

/// How long a request waits for its turn before it is told to come back.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a transaction is run again; measured, 20 were enough for 32
/// clients on one item across two processes.
const RESTARTS: u32 = 60;

/// Carries the request out, once, or finds what came of it before.
pub(crate) async fn settle(app: &App, ask: &Ask, command: &impl Command) -> Result<Answer, Fault> {
    let caller = &ask.about.caller;
    let Some(key) = ask.about.key else {
        return Err(Fault::internal("a change without a key"));
    };
    let busy = || {
        Fault::new(
            Code::Busy,
            "The same request, or another one on the same item, is still being carried out. Nothing is lost; send it again.",
        )
    };
    // First by key, then by item, always: no two requests wait for each other.
    let _key_turn = app
        .by_key
        .enter((caller.tenant, caller.account, key), PATIENCE)
        .await
        .ok_or_else(busy)?;
    let _item_turn = match ask.item {
        Some(item) => Some(
            app.by_item
                .enter((caller.tenant, item), PATIENCE)
                .await
                .ok_or_else(busy)?,
        ),
        None => None,
    };
    let claim = Claim {
        tenant: caller.tenant,
        account: caller.account,
        key,
        operation: ask.operation,
        fingerprint: ask.fingerprint,
    };
    let mut restarts = 0;
    let mut attempts = 0_u32;
    let mut may_found = true;
    let answer = loop {
        attempts += 1;
        let run = attempt::run(app, ask, &claim, command, may_found).instrument(step!(
            "transaction",
            dramatis.operation = ask.operation,
            dramatis.attempt = attempts
        ));
        match run.await {
            Ok(Outcome::Answered(answer)) => break answer,
            // The item's row came before the savepoint: it goes with the whole
            // transaction, and the refusal is kept by one that makes none.
            Ok(Outcome::RefusedAfterFounding) => may_found = false,
            Err(Fault::Database(fault)) if may_found && slug_is_taken(&fault) => may_found = false,
            Err(Fault::Database(fault)) if wants_restart(&fault) && restarts < RESTARTS => {
                restarts += 1;
                metrics::counter!("dramatis_restarts_total").increment(1);
                pause(restarts).await;
            }
            Err(fault) => {
                // Never a key's answer, but an event: somebody tried what they may not.
                if let Fault::Problem(problem) = &fault
                    && problem.status == 403
                {
                    note_refusal(app, ask, &problem.code).await;
                }
                return Err(fault);
            }
        }
    };
    failpoint::reach("publish.before_answer").await;
    if let Some(code) = &answer.refused {
        metrics::counter!("dramatis_problems_total", "code" => code.clone()).increment(1);
        note_refusal(app, ask, code).await;
    }
    Ok(answer)
}

/// What one run of the transaction came to.
enum Outcome {
    Answered(Answer),
    RefusedAfterFounding,
}

fn slug_is_taken(fault: &sqlx::Error) -> bool {
    fault
        .as_database_error()
        .is_some_and(|fault| fault.constraint() == Some("item_slug_is_unique_per_creator"))
}

/// Whether a refusal is kept as the key's answer: every one that depends on
/// content or state; never 400, 401, 403, 429 and 5xx, nor what passes by
/// itself (inventory.md, Idempotency contract 7).
pub(crate) fn is_kept(problem: &Problem) -> bool {
    let passing = problem.code.parse::<Code>().is_ok_and(Code::is_retryable);
    (404..500).contains(&problem.status)
        && problem.status != 429
        && !passing
        && problem.code != Code::BlobMissing.as_str()
}

/// A jittered wait before the transaction is run again: at most 1 ms at first,
/// at most 64 ms later.
async fn pause(restarts: u32) {
    let most = 1_000_u64 << restarts.min(6);
    let wait = rand::rng().random_range(0..=most);
    tokio::time::sleep(Duration::from_micros(wait)).await;
}

/// A refusal is an event of the tenant's stream, outside the transaction. The
/// answer is already settled: that this fails is logged, not told.
async fn note_refusal(app: &App, ask: &Ask, code: &str) {
    let what = Happened {
        action: "request.refused",
        subject: ask.item.map(|item| item.0),
        after: Some(serde_json::json!({ "operation": ask.operation, "code": code })),
        ..Happened::default()
    };
    let about = Circumstances {
        device: None,
        ..ask.about.clone()
    };
    if let Err(fault) = tenant_stream::append(&app.db, about, what).await {
        metrics::counter!("dramatis_unnoted_total").increment(1);
        tracing::warn!(%fault, "a refusal was not noted in the tenant's stream");
    }
}
