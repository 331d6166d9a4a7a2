//! What can go wrong in answering a request, and how it is said.

use crate::{constraint, request_id};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use dramatis_api::{Code, Problem, headers};
use dramatis_domain::Digest;

/// Why a request is not answered with what it asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// It is refused, for a reason that has a code.
    #[error("{}: {}", .0.code, .0.detail)]
    Problem(Box<Problem>),
    /// The database refused or does not answer.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// The object store refused or does not answer.
    #[error("the object store: {0}")]
    Blobs(#[from] object_store::Error),
    /// Something stored cannot be read, or another fault of ours.
    #[error("{0}")]
    Internal(String),
}

impl Fault {
    /// A problem with its detail.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::from(Problem::new(code, detail))
    }

    /// A body that did not come to its end: nothing of it counts, whoever sent it.
    pub(crate) fn broke_off(cause: impl std::fmt::Display) -> Self {
        Self::new(
            Code::Unavailable,
            format!("The request broke off: {cause}. Nothing was done; send it again."),
        )
    }

    /// Bytes that were there once.
    pub(crate) fn erased() -> Self {
        Self::new(
            Code::Erased,
            "These bytes were erased from the inventory by an order. Their hash stands in its history; nothing brings them back.",
        )
    }

    /// A file whose row outlived its bytes: asking again brings nothing back.
    pub(crate) fn file_missing(sha256: Digest) -> Self {
        tracing::error!(%sha256, "a file of the inventory is not in its store");
        Self::new(
            Code::FileMissing,
            format!(
                "The file {sha256} is not whole in the inventory's store any more. The release and its hash stand, and nothing else is lost; asking again does not help. The inventory's operator restores the file from a backup, or it is uploaded again: `verify --blobs` names it."
            ),
        )
    }

    /// A fault of ours; the cause goes to the log, not to the caller.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }

    /// What is said of it. Causes inside are logged here and not told.
    #[must_use]
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Problem(problem) => *problem,
            Self::Database(fault) => database_problem(&fault),
            Self::Blobs(fault) => {
                tracing::error!(%fault, "the object store failed");
                Problem::new(
                    Code::Unavailable,
                    "The file store does not answer. Nothing was changed; send the same request again.",
                )
            }
            Self::Internal(cause) => {
                tracing::error!(%cause, "internal fault");
                Problem::new(
                    Code::Internal,
                    "The inventory could not answer. Sending the same request with the same key again is safe.",
                )
            }
        }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        respond(self.into_problem())
    }
}

/// A problem as an answer, with the request's id and `Retry-After`.
pub(crate) fn respond(mut problem: Problem) -> Response {
    problem.request_id = request_id::current();
    metrics::counter!("dramatis_problems_total", "code" => problem.code.clone()).increment(1);
    if problem.retry_after.is_none()
        && matches!(problem.status, 409 | 429 | 503)
        && retryable(&problem)
    {
        problem.retry_after = Some(1);
    }
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = (
        status,
        [(header::CONTENT_TYPE, headers::PROBLEM_JSON)],
        body,
    )
        .into_response();
    if let Some(seconds) = problem.retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn retryable(problem: &Problem) -> bool {
    problem.code.parse::<Code>().is_ok_and(Code::is_retryable)
}

fn database_problem(fault: &sqlx::Error) -> Problem {
    if let Some(error) = fault.as_database_error() {
        if let Some(problem) = error.constraint().and_then(constraint::problem) {
            return problem;
        }
        match error.code().as_deref() {
            // A replica had to go on replaying; the next read finds another moment.
            Some("40001") if error.message().contains("conflict with recovery") => {
                return unavailable();
            }
            // lock_not_available, and what is left when the restarts are used up.
            Some("55P03" | "40001" | "40P01" | "23505") => {
                return Problem::new(
                    Code::Busy,
                    "Another request on the same item took too long. Nothing was changed; the same request can be sent again.",
                );
            }
            // It stops, is full, cannot read its disk, ran out of time, or ended
            // a connection that was left idle.
            Some(code)
                if ["57", "53", "58", "08", "25P03"]
                    .iter()
                    .any(|class| code.starts_with(class)) =>
            {
                tracing::warn!(%fault, "the database is not available");
                return unavailable();
            }
            _ => {}
        }
    }
    if matches!(
        fault,
        sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
    ) {
        tracing::warn!(%fault, "the database does not answer");
        return unavailable();
    }
    tracing::error!(?fault, "the database refused");
    Problem::new(
        Code::Internal,
        "The inventory could not answer. Sending the same request with the same key again is safe.",
    )
}

fn unavailable() -> Problem {
    Problem::new(
        Code::Unavailable,
        "The inventory's database does not answer right now. Whether the last request was carried out is not known; the same request with the same key settles it.",
    )
}
