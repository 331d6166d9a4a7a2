//! What came of a request is written in one transaction with everything that
//! follows from it.

use super::{
    backoff,
    verdict::{Happened, Verdict},
};
use crate::{
    Micros, Studio, StudioError,
    remote::{Answer, RemoteFault},
    store::Write,
    sync,
    table::{self, item::Base, outbox::Entry},
    view::{IpcError, OutboxState},
};

/// Writes a verdict, by whoever still holds the claim; gives it back, or none
/// where the entry was taken over.
pub(super) async fn settle(
    studio: &Studio,
    key: &str,
    fence: i64,
    attempt: i64,
    answered: Result<&Answer, &RemoteFault>,
    read: fn(&Entry, Result<&Answer, &RemoteFault>) -> Verdict,
) -> Result<Option<Verdict>, StudioError> {
    let now = studio.now();
    let mut write = studio.store().begin().await?;
    let mut entry = table::outbox::get(write.db(), key).await?;
    let result = match answered {
        Ok(answer) => format!("status {}", answer.head.status),
        Err(fault) => fault.to_string(),
    };
    table::attempt::end(write.db(), attempt, &result, now).await?;
    if entry.fence != Some(fence) || is_final(entry.state()) {
        write.commit().await?;
        return Ok(None);
    }
    let verdict = read(&entry, answered);
    if let Ok(answer) = answered
        && matches!(
            verdict,
            Verdict::Settled(_) | Verdict::Refused { .. } | Verdict::Cancelled
        )
    {
        entry.answer = Some(String::from_utf8_lossy(&answer.body).into_owned());
    }
    apply(&mut write, &mut entry, &verdict, now).await?;
    tag(&mut write, &entry);
    write.commit().await?;
    Ok(Some(verdict))
}

async fn apply(
    write: &mut Write<'_>,
    entry: &mut Entry,
    verdict: &Verdict,
    now: Micros,
) -> Result<(), StudioError> {
    match verdict {
        Verdict::Settled(happened) => {
            finish(entry, OutboxState::Settled, &happened.outcome, now);
            entry.answer_status = Some(if happened.unchanged { 200 } else { 201 });
            took_place(write, entry, happened, now).await?;
        }
        Verdict::Refused { status, error } => {
            entry.set_state(OutboxState::NeedsYou);
            entry.cancelling = 0;
            entry.answer_status = Some(i64::from(*status));
            entry.set_error(Some(error));
            dead(write, entry, "parent_refused").await?;
        }
        Verdict::Wedged(error) => {
            entry.set_state(OutboxState::NeedsYou);
            entry.cancelling = 0;
            entry.set_error(Some(error));
        }
        Verdict::Again {
            error,
            retry_after,
            files_missing,
        } => {
            // Uploads count too: a picture that is never taken is tried ever
            // more rarely.
            let failures = table::attempt::failures(write.db(), &entry.key).await?;
            entry.set_state(OutboxState::Retrying);
            entry.next_attempt_at = now + backoff::delay(failures, *retry_after, rand::random());
            entry.set_error(Some(error));
            if *files_missing {
                table::outbox::set_uploaded(write.db(), &entry.key, None, false).await?;
            }
        }
        Verdict::SignedOut(detail) => {
            entry.set_state(OutboxState::Waiting);
            entry.set_error(Some(&IpcError::new(
                "unauthorized",
                detail.clone(),
                &["It is sent after you have signed in again."],
            )));
        }
        Verdict::Cancelled => {
            finish(
                entry,
                OutboxState::Cancelled,
                "Cancelled; the inventory did not carry it out and will not.",
                now,
            );
            dead(write, entry, "parent_cancelled").await?;
        }
    }
    table::outbox::save(write.db(), entry).await
}

/// What follows from a request that was carried out.
async fn took_place(
    write: &mut Write<'_>,
    entry: &Entry,
    happened: &Happened,
    now: Micros,
) -> Result<(), StudioError> {
    if let (Some(creator), Some(slug)) = (&happened.creator, &happened.slug) {
        sync::remember_names(write.db(), &entry.item, creator, slug).await?;
    }
    let Some(release) = &happened.release else {
        return Ok(());
    };
    let row = sync::release_row(&entry.item, release, now);
    // Two releases of one number are an inventory's fault: the refresh that
    // follows raises the alarm, and the request is settled all the same.
    let known = table::release::list(write.db(), &entry.item).await?;
    if known
        .iter()
        .all(|seen| seen.number != row.number || seen.id == row.id)
    {
        table::release::put(write.db(), &row).await?;
    }
    if happened.unchanged
        && let Some(item) = table::item::get(write.db(), &entry.item).await?
        && item.base_release.as_deref() == Some(entry.release.as_str())
    {
        let base = Base {
            release: Some(row.id),
            manifest: Some(row.manifest_sha256),
            card: item.base_card,
            portrait: item.base_portrait,
        };
        table::item::set_base(write.db(), &entry.item, &base).await?;
    }
    Ok(())
}

/// A request that did not happen and will not: what was frozen on top of it
/// needs the person, and the draft stands again on what came before.
pub(crate) async fn dead(
    write: &mut Write<'_>,
    entry: &Entry,
    code: &str,
) -> Result<(), StudioError> {
    let mut gone = vec![entry.clone()];
    let mut next = 0;
    while next < gone.len() {
        let parent = gone[next].clone();
        next += 1;
        for mut child in table::outbox::needing(write.db(), &parent.key).await? {
            if is_final(child.state()) {
                continue;
            }
            child.set_state(OutboxState::NeedsYou);
            child.set_error(Some(&orphaned(code, &parent)));
            table::outbox::save(write.db(), &child).await?;
            gone.push(child);
        }
    }
    let Some(item) = table::item::get(write.db(), &entry.item).await? else {
        return Ok(());
    };
    let stands_on_gone = gone.iter().any(|gone| {
        gone.is_publish() && item.base_release.as_deref() == Some(gone.release.as_str())
    });
    if entry.is_publish() && stands_on_gone {
        let base = base_of_parent(write, entry).await?;
        table::item::set_base(write.db(), &item.id, &base).await?;
    }
    if entry.is_publish()
        && table::release::list(write.db(), &item.id).await?.is_empty()
        && item.fetched_at.is_none()
    {
        table::item::set_slug(write.db(), &item.id, None).await?;
    }
    write.tag("library");
    write.tag(format!("character:{}", entry.character));
    Ok(())
}

/// What a publish was made from.
async fn base_of_parent(write: &mut Write<'_>, entry: &Entry) -> Result<Base, StudioError> {
    let Some(parent) = &entry.parent_release else {
        return Ok(Base::default());
    };
    if let Some(frozen) = table::outbox::publish_of(write.db(), parent).await? {
        return Ok(Base {
            release: Some(frozen.release),
            manifest: frozen.manifest_sha256,
            card: frozen.card,
            portrait: frozen.portrait,
        });
    }
    let seen = table::release::get(write.db(), &entry.item, parent).await?;
    let card = match &seen {
        Some(release)
            if table::blob::size(write.db(), &release.card)
                .await?
                .is_some() =>
        {
            Some(release.card.clone())
        }
        _ => None,
    };
    Ok(Base {
        release: Some(parent.clone()),
        manifest: entry.parent_manifest.clone(),
        card,
        portrait: seen.and_then(|release| release.portrait),
    })
}

fn orphaned(code: &str, parent: &Entry) -> IpcError {
    let message = format!(
        "It stands on a request that did not happen: “{}”.",
        parent.summary
    );
    IpcError::new(
        code,
        message,
        &[
            "It was not sent.",
            "Try again to publish the same text on what is there now, or cancel it.",
        ],
    )
}

/// Holds an entry until the person decides.
pub(super) async fn wedge(studio: &Studio, key: &str, error: &IpcError) -> Result<(), StudioError> {
    let mut write = studio.store().begin().await?;
    let mut entry = table::outbox::get(write.db(), key).await?;
    if matches!(
        entry.state(),
        OutboxState::Waiting | OutboxState::Retrying | OutboxState::Sending
    ) {
        entry.set_state(OutboxState::NeedsYou);
        entry.cancelling = 0;
        entry.set_error(Some(error));
        table::outbox::save(write.db(), &entry).await?;
        tag(&mut write, &entry);
    }
    write.commit().await
}

/// Lets an entry go on.
pub(super) async fn free(studio: &Studio, key: &str) -> Result<(), StudioError> {
    let mut write = studio.store().begin().await?;
    let mut entry = table::outbox::get(write.db(), key).await?;
    if entry.state() == OutboxState::NeedsYou && entry.answer_status.is_none() {
        entry.set_state(OutboxState::Waiting);
        entry.set_error(None);
        entry.next_attempt_at = studio.now();
        table::outbox::save(write.db(), &entry).await?;
        tag(&mut write, &entry);
    }
    write.commit().await
}

/// A file is there.
pub(super) async fn uploaded(
    studio: &Studio,
    key: &str,
    sha256: &str,
    attempt: i64,
) -> Result<(), StudioError> {
    let mut write = studio.store().begin().await?;
    table::outbox::set_uploaded(write.db(), key, Some(sha256), true).await?;
    table::attempt::end(write.db(), attempt, "uploaded", studio.now()).await?;
    write.commit().await
}

/// Brings an entry to its end.
pub(crate) fn finish(entry: &mut Entry, state: OutboxState, outcome: &str, now: Micros) {
    entry.set_state(state);
    entry.cancelling = 0;
    entry.settled_at = Some(now);
    entry.outcome = Some(outcome.to_owned());
    entry.set_error(None);
}

pub(crate) fn is_final(state: OutboxState) -> bool {
    matches!(
        state,
        OutboxState::Settled | OutboxState::Refused | OutboxState::Cancelled
    )
}

pub(crate) fn tag(write: &mut Write<'_>, entry: &Entry) {
    write.tag("outbox");
    write.tag("status");
    write.tag("library");
    write.tag(format!("timeline:{}", entry.character));
}
