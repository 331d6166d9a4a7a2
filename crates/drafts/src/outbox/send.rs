//! Putting an entry on the wire: its files, then the request itself.

use super::{
    claim::{What, claim},
    confirm::came,
    settle,
    verdict::{self, Verdict},
};
use crate::{
    Studio, StudioError,
    link::{Came, Reach},
    remote::{Answer, RemoteFault},
    table::{self, outbox::Entry},
};
use dramatis_api::receipt::Receipt;
use dramatis_client::{Bytes, Request, operations};
use dramatis_domain::IdempotencyKey;

/// Sends an entry once.
pub(super) async fn request(
    studio: &Studio,
    reach: &Reach,
    key: &str,
    fence: i64,
) -> Result<(), StudioError> {
    if !files(studio, reach, key, fence).await? {
        return Ok(());
    }
    let Some(claimed) = claim(studio, key, fence, What::Request).await? else {
        return Ok(());
    };
    let entry = &claimed.entry;
    let body = entry.body.clone().into_bytes();
    let request = Request::frozen(&entry.path, key_of(entry)?, body);
    let came = reach.remote.ask(expecting(request, entry)).await;
    finish(
        studio,
        reach,
        key,
        fence,
        claimed.attempt,
        came,
        verdict::of,
    )
    .await
}

/// Asks the inventory to cancel: it does, or returns what had happened before.
pub(super) async fn cancel(
    studio: &Studio,
    reach: &Reach,
    key: &str,
    fence: i64,
) -> Result<(), StudioError> {
    let Some(claimed) = claim(studio, key, fence, What::Cancel).await? else {
        return Ok(());
    };
    let entry = &claimed.entry;
    let cancelled_key = key_of(entry)?;
    let request = operations::receipts_cancel(cancelled_key.0)
        .keyed(cancelled_key)
        .untyped();
    let came = reach.remote.ask(expecting(request, entry)).await;
    finish(studio, reach, key, fence, claimed.attempt, came, cancelled).await
}

/// Uploads what the request needs; says whether the request may follow.
async fn files(studio: &Studio, reach: &Reach, key: &str, fence: i64) -> Result<bool, StudioError> {
    let missing = {
        let mut db = studio.store().reader().await?;
        table::outbox::missing_blobs(&mut db, key).await?
    };
    for sha256 in missing {
        let Some(claimed) = claim(studio, key, fence, What::File).await? else {
            return Ok(false);
        };
        let bytes = {
            let mut db = studio.store().reader().await?;
            table::blob::get(&mut db, &sha256).await?
        };
        let bytes = bytes.ok_or(StudioError::Unreadable {
            what: "a picture of a request",
        })?;
        let request = operations::blobs_put(&sha256, bytes);
        let came = reach.remote.ask(expecting(request, &claimed.entry)).await;
        if matches!(&came, Ok(answer) if answer.is_success()) {
            settle::uploaded(studio, key, &sha256, claimed.attempt).await?;
        } else {
            finish(
                studio,
                reach,
                key,
                fence,
                claimed.attempt,
                came,
                verdict::of,
            )
            .await?;
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes what came back, and remembers how the connection is.
async fn finish(
    studio: &Studio,
    reach: &Reach,
    key: &str,
    fence: i64,
    attempt: i64,
    answered: Result<Answer, RemoteFault>,
    read: fn(&Entry, Result<&Answer, &RemoteFault>) -> Verdict,
) -> Result<(), StudioError> {
    let verdict = settle::settle(studio, key, fence, attempt, answered.as_ref(), read).await?;
    let outcome = match (&answered, &verdict) {
        (_, Some(Verdict::SignedOut(detail))) => Came::Unauthorized(detail.clone()),
        (_, Some(Verdict::Wedged(_))) => Came::Doubtful,
        (Err(fault), _) => Came::Lost(fault.to_string()),
        (Ok(_), _) => Came::Answered,
    };
    came(studio, reach, outcome);
    // A request that came too late is told what came before it.
    let changed = match &verdict {
        Some(Verdict::Settled(_)) => true,
        Some(Verdict::Refused { error, .. }) => error.code == "base_outdated",
        _ => false,
    };
    if changed {
        let item = {
            let mut db = studio.store().reader().await?;
            table::outbox::get(&mut db, key).await?.item
        };
        // The history follows; where it cannot be fetched now, the next refresh does.
        if let Err(error) = crate::sync::refresh_item(studio, reach, &item).await {
            tracing::debug!(%error, "the history could not be fetched after a request");
        }
    }
    Ok(())
}

/// What the answer to a cancel means: the receipt is either the cancellation
/// or what had happened before it.
fn cancelled(entry: &Entry, came: Result<&Answer, &RemoteFault>) -> Verdict {
    let Ok(answer) = came else {
        return verdict::of(entry, came);
    };
    if !answer.is_success() {
        return verdict::of(entry, came);
    }
    match serde_json::from_slice::<Receipt>(&answer.body) {
        Ok(receipt) if receipt.key.to_string() != entry.key => verdict::of(
            entry,
            Err(&RemoteFault::Strange(
                "the receipt is of another request".to_owned(),
            )),
        ),
        Ok(receipt) if receipt.cancelled => Verdict::Cancelled,
        Ok(receipt) => {
            let mut original = answer.clone();
            original.head.status = receipt.status;
            original.body = receipt.body.into_bytes();
            verdict::of(entry, Ok(&original))
        }
        Err(error) => verdict::of(entry, Err(&RemoteFault::Strange(error.to_string()))),
    }
}

/// Only for the inventory that an entry was made for.
fn expecting(request: Request<Bytes>, entry: &Entry) -> Request<Bytes> {
    match (entry.inventory.parse(), i32::try_from(entry.epoch)) {
        (Ok(inventory), Ok(epoch)) => request.expecting(inventory, epoch),
        _ => request,
    }
}

fn key_of(entry: &Entry) -> Result<IdempotencyKey, StudioError> {
    entry.key.parse().map_err(|_| StudioError::Unreadable {
        what: "the key of a request",
    })
}
