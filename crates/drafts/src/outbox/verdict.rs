//! What an answer means for an entry: decided from the answer alone.

use super::plan::restored;
use crate::{
    remote::{Answer, RemoteFault},
    table::outbox::Entry,
    view::{IpcError, Operation},
};
use dramatis_api::{
    Code, Problem,
    command::{Promoted, Stepped},
    item::Release,
    owners::Owners,
    publish::{PublishOutcome, Published},
    review::Decided,
};

/// How the outcome of a submission begins; the number of its release follows.
/// What became of the release since is not the request's to say.
pub(super) const SUBMITTED_AS: &str = "Submitted as release ";

/// What becomes of an entry.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    /// It happened, once.
    Settled(Box<Happened>),
    /// The inventory said no, and says so again to the same key.
    Refused { status: u16, error: IpcError },
    /// It waits until the person decides.
    Wedged(IpcError),
    /// Whether it happened is not known, or it could not happen now: the same
    /// key is sent again.
    Again {
        error: IpcError,
        retry_after: Option<u64>,
        files_missing: bool,
    },
    /// The token is not taken: the whole queue pauses.
    SignedOut(String),
    /// It did not happen and will not.
    Cancelled,
}

/// What a request came to.
#[derive(Clone, Debug)]
pub(super) struct Happened {
    /// The release it is about, as it stands now.
    pub(super) release: Option<Release>,
    pub(super) outcome: String,
    /// Nothing was released: the release is one that says the same already.
    pub(super) unchanged: bool,
    pub(super) creator: Option<String>,
    pub(super) slug: Option<String>,
}

/// Reads what came back for an entry.
pub(super) fn of(entry: &Entry, came: Result<&Answer, &RemoteFault>) -> Verdict {
    let answer = match came {
        Ok(answer) => answer,
        Err(RemoteFault::Lost(detail)) => {
            return again(
                "no_answer",
                format!("The inventory did not answer: {detail}."),
                None,
            );
        }
        Err(RemoteFault::Strange(detail)) => return strange(detail),
    };
    if let Some((inventory, epoch)) = answer.head.inventory {
        if inventory.to_string() != entry.inventory {
            let message =
                "Another inventory answers at this address than the one this was made for.";
            return Verdict::Wedged(IpcError::new(
                "other_inventory",
                message,
                &["It goes on by itself once its inventory is back, or cancel it."],
            ));
        }
        // An answer of the restored inventory is not an answer to this request.
        if i64::from(epoch) != entry.epoch {
            return Verdict::Wedged(restored(&entry.inventory_name));
        }
    }
    if answer.is_success() {
        return happened(entry, &answer.body).unwrap_or_else(|detail| strange(&detail));
    }
    match answer.problem() {
        Some((problem, code)) => refusal(entry, &problem, code, answer.head.retry_after),
        None => again(
            "bad_answer",
            format!(
                "Something between here and the inventory answered with status {}.",
                answer.head.status
            ),
            answer.head.retry_after,
        ),
    }
}

fn refusal(
    entry: &Entry,
    problem: &Problem,
    code: Option<Code>,
    retry_after: Option<u64>,
) -> Verdict {
    let error = told(problem);
    match code {
        Some(Code::Unauthorized) => Verdict::SignedOut(problem.detail.clone()),
        Some(Code::WrongInventory) => Verdict::Wedged(restored(&entry.inventory_name)),
        Some(Code::Cancelled) => Verdict::Cancelled,
        // Not kept by the inventory: the same request is taken once the files
        // are there.
        Some(Code::BlobMissing) => Verdict::Again {
            error,
            retry_after,
            files_missing: true,
        },
        Some(code) if code.is_retryable() => {
            let asked = retry_after.or(problem.retry_after.map(u64::from));
            Verdict::Again {
                error,
                retry_after: asked,
                files_missing: false,
            }
        }
        // Never kept either: the person may change the account's rights.
        Some(Code::Forbidden | Code::AnotherPerson) => Verdict::Wedged(error),
        _ if problem.status >= 500 => Verdict::Again {
            error,
            retry_after,
            files_missing: false,
        },
        _ => Verdict::Refused {
            status: problem.status,
            error,
        },
    }
}

/// The answer to a request that was carried out. An answer that is not about
/// this request is never taken for one.
fn happened(entry: &Entry, body: &[u8]) -> Result<Verdict, String> {
    let wrong = |error: serde_json::Error| error.to_string();
    let happened = match entry.operation() {
        Operation::Publish => {
            let published: Published = serde_json::from_slice(body).map_err(wrong)?;
            let unchanged = published.outcome == PublishOutcome::Unchanged;
            if published.item.to_string() != entry.item {
                return Err("the answer is about something else".to_owned());
            }
            if !unchanged
                && entry.manifest_sha256.as_deref()
                    != Some(published.release.manifest_sha256.as_str())
            {
                return Err(
                    "the answer names another manifest than the one that was sent".to_owned(),
                );
            }
            let number = published.release.number;
            let outcome = match published.outcome {
                PublishOutcome::Published => format!("Published as release {number}."),
                PublishOutcome::Submitted => format!("{SUBMITTED_AS}{number}."),
                PublishOutcome::Unchanged => {
                    format!("Release {number} already says the same; nothing was published.")
                }
            };
            Happened {
                release: Some(published.release),
                outcome,
                unchanged,
                creator: Some(published.creator),
                slug: Some(published.slug),
            }
        }
        Operation::Approve | Operation::Reject => {
            let decided: Decided = serde_json::from_slice(body).map_err(wrong)?;
            let number = decided.release.number;
            let outcome = match decided.release.state.as_str() {
                "submitted" => format!(
                    "Stage {} of {} of release {number} is approved; the next one waits.",
                    decided.stage, decided.stages
                ),
                state => format!("Release {number} is {state} now."),
            };
            Happened {
                release: Some(decided.release),
                outcome,
                unchanged: false,
                creator: None,
                slug: None,
            }
        }
        Operation::Promote => {
            let promoted: Promoted = serde_json::from_slice(body).map_err(wrong)?;
            let outcome = format!(
                "{} points at release {} now.",
                promoted.channel, promoted.release.number
            );
            Happened {
                release: Some(promoted.release),
                outcome,
                unchanged: false,
                creator: None,
                slug: None,
            }
        }
        Operation::Owners => {
            let owners: Owners = serde_json::from_slice(body).map_err(wrong)?;
            if owners.item.to_string() != entry.item {
                return Err("the answer is about something else".to_owned());
            }
            Happened {
                outcome: whose(&owners),
                release: None,
                unchanged: false,
                creator: Some(owners.creator),
                slug: Some(owners.slug),
            }
        }
        _ => {
            let stepped: Stepped = serde_json::from_slice(body).map_err(wrong)?;
            let outcome = format!(
                "Release {} is {} now.",
                stepped.release.number, stepped.release.state
            );
            Happened {
                release: Some(stepped.release),
                outcome,
                unchanged: false,
                creator: None,
                slug: None,
            }
        }
    };
    let about = happened.release.as_ref().map(|one| one.id.to_string());
    if !happened.unchanged && about.unwrap_or_default() != entry.release {
        return Err("the answer is about another release".to_owned());
    }
    Ok(Verdict::Settled(Box::new(happened)))
}

/// Who owns a character, in a sentence.
fn whose(owners: &Owners) -> String {
    let mut said = format!(
        "{}/{} belongs to {}",
        owners.creator, owners.slug, owners.owner.handle
    );
    let shared: Vec<_> = owners
        .co_owners
        .iter()
        .map(|one| one.handle.as_str())
        .collect();
    if !shared.is_empty() {
        said = format!("{said}, is shared with {}", shared.join(", "));
    }
    if let Some(offer) = &owners.offer {
        said = format!("{said}, and is offered to {}", offer.to.handle);
    }
    format!("{said}.")
}

/// A problem as an error for people.
fn told(problem: &Problem) -> IpcError {
    IpcError {
        code: problem.code.clone(),
        message: problem.detail.clone(),
        hints: problem
            .failures
            .iter()
            .map(|failure| failure.message.clone())
            .collect(),
    }
}

fn again(code: &str, message: String, retry_after: Option<u64>) -> Verdict {
    let error = IpcError::new(
        code,
        message,
        &["Nothing is lost: the same request is sent again, and happens once."],
    );
    Verdict::Again {
        error,
        retry_after,
        files_missing: false,
    }
}

fn strange(detail: &str) -> Verdict {
    again(
        "bad_answer",
        format!("The answer cannot be read: {detail}."),
        None,
    )
}
