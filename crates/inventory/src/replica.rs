//! Reads from a streaming replica, where there is one and it has come far
//! enough. What an alarm or a settlement depends on (an item's history,
//! receipts), and whether a token is good, is always read from the primary:
//! a moment behind would look like a history cut off, or let a revoked token in.

use crate::{app::App, auth::Caller, db::Database, db::Tx, error::Fault};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header::HeaderName},
    middleware::Next,
    response::{IntoResponse, Response},
};
use dramatis_api::{Code, Position, headers};
use dramatis_domain::TenantId;
use metrics::{counter, gauge};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a replica that failed is left alone: its readers would each wait.
const REST: Duration = Duration::from_secs(5);
/// Between two looks at how far it is behind.
const LOOK: Duration = Duration::from_secs(5);

/// A replica, or several behind one address.
#[derive(Clone, Debug)]
pub(crate) struct Replica {
    db: Database,
    failed: Arc<Mutex<Option<Instant>>>,
}

impl Replica {
    pub(crate) fn new(db: Database) -> Self {
        Self {
            db,
            failed: Arc::default(),
        }
    }

    /// A transaction on it; none where it has not come as far or is not there.
    async fn read(&self, tenant: TenantId, position: Option<Position>) -> Option<Tx> {
        if self.rests() {
            passed_over("away");
            return None;
        }
        match self.db.read_reached(tenant, position).await {
            Ok(Some(tx)) => return Some(tx),
            Ok(None) => passed_over("behind"),
            Err(fault) => {
                tracing::warn!(%fault, "the replica does not answer; the primary does");
                *self.failed() = Some(Instant::now());
                passed_over("away");
            }
        }
        None
    }

    fn rests(&self) -> bool {
        self.failed().is_some_and(|at| at.elapsed() < REST)
    }

    fn failed(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn passed_over(reason: &'static str) {
    counter!("dramatis_replica_passed_over_total", "reason" => reason).increment(1);
}

impl App {
    /// A transaction that sees one moment: on the replica where it has reached
    /// the position that the request brings, else on the primary.
    pub(crate) async fn read(&self, caller: &Caller) -> Result<Tx, Fault> {
        if let Some(replica) = &self.replica
            && let Some(tx) = replica.read(caller.tenant, caller.position).await
        {
            counter!("dramatis_reads_total", "server" => "replica").increment(1);
            return Ok(tx);
        }
        counter!("dramatis_reads_total", "server" => "primary").increment(1);
        Ok(self.db.read(caller.tenant).await?)
    }
}

/// The position a request brings.
pub(crate) fn position(given: &HeaderMap) -> Result<Option<Position>, Fault> {
    let Some(value) = given.get(headers::POSITION) else {
        return Ok(None);
    };
    let read = value.to_str().ok().and_then(|text| text.parse().ok());
    read.map(Some).ok_or_else(|| {
        let detail = format!("{} is not one an answer gave.", headers::POSITION);
        Fault::new(Code::BadRequest, detail)
    })
}

/// Says with the answer to a change how far the log had come by then. Asked
/// after the commit, on any connection: the log's end is never before a commit
/// that was answered. Nobody asks where there is no replica to compare with.
pub(crate) async fn tell_position(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = next.run(request).await;
    if app.replica.is_none() || !changes || !response.status().is_success() {
        return response;
    }
    match app.db.position().await {
        Ok(position) => {
            if let Ok(value) = HeaderValue::from_str(&position.to_string()) {
                let name = HeaderName::from_static(headers::POSITION);
                response.headers_mut().insert(name, value);
            }
            response
        }
        // The change is done. Without its position the client could read the
        // state before it; the same key brings answer and position.
        Err(fault) => Fault::from(fault).into_response(),
    }
}

/// Measures how far the replica is behind, until dropped.
pub(crate) async fn watch(replica: Replica, primary: Database) {
    loop {
        let both = async {
            let written = primary.position().await?;
            Ok::<_, sqlx::Error>((written, replica.db.position().await?))
        };
        match both.await {
            Ok((written, replayed)) => {
                #[expect(clippy::cast_precision_loss)]
                let behind = written.0.saturating_sub(replayed.0) as f64;
                gauge!("dramatis_replica_lag_bytes").set(behind);
                gauge!("dramatis_replica_up").set(1.0);
            }
            Err(fault) => {
                tracing::warn!(%fault, "how far the replica is behind is not known");
                gauge!("dramatis_replica_up").set(0.0);
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}
