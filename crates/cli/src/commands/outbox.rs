//! `dramatis outbox`, and waiting for an answer.

use crate::{
    args::{OutboxAction, Wait},
    connect::Opened,
    exit::{Exit, Failure},
    output,
};
use dramatis_drafts::view::{OutboxEntry, OutboxState};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

pub(crate) async fn run(
    session: &Opened,
    action: Option<OutboxAction>,
    json: bool,
) -> Result<Exit, Failure> {
    let studio = &session.studio;
    match action {
        None => {
            let entries = studio.list_outbox().await?;
            output::print(json, &entries, |entries| match entries.as_slice() {
                [] => vec!["The outbox is empty.".to_owned()],
                entries => entries.iter().flat_map(lines).collect(),
            })?;
            Ok(Exit::Done)
        }
        Some(OutboxAction::Send(wait)) => {
            studio.outbox_send_now().await?;
            let open: Vec<_> = studio
                .list_outbox()
                .await?
                .into_iter()
                .filter(is_open)
                .map(|entry| entry.key)
                .collect();
            let mut worst = Exit::Done;
            let mut entries = Vec::new();
            for key in open {
                let entry = settled(session, &key, wait).await?;
                worst = worse(worst, exit_of(&entry));
                entries.push(entry);
            }
            output::print(json, &entries, |entries| {
                if entries.is_empty() {
                    vec!["Nothing waits.".to_owned()]
                } else {
                    entries.iter().flat_map(lines).collect()
                }
            })?;
            Ok(worst)
        }
        Some(OutboxAction::Retry { key }) => {
            let entry = studio.outbox_retry(&key).await?;
            follow(
                session,
                &entry.key,
                Wait {
                    no_wait: false,
                    timeout: 30,
                },
                json,
            )
            .await
        }
        Some(OutboxAction::Cancel { key }) => {
            let entry = studio.outbox_cancel(&key).await?;
            if entry.cancelling {
                return follow(
                    session,
                    &entry.key,
                    Wait {
                        no_wait: false,
                        timeout: 30,
                    },
                    json,
                )
                .await;
            }
            output::print(json, &entry, lines)?;
            Ok(if entry.state == OutboxState::Cancelled {
                Exit::Done
            } else {
                exit_of(&entry)
            })
        }
    }
}

/// Waits for the answer to one request, prints what became of it, and gives
/// the exit status for it.
pub(crate) async fn follow(
    session: &Opened,
    key: &str,
    wait: Wait,
    json: bool,
) -> Result<Exit, Failure> {
    let entry = settled(session, key, wait).await?;
    output::print(json, &entry, lines)?;
    Ok(exit_of(&entry))
}

/// The entry once it is answered, needs somebody, cannot be sent now, or the
/// time is up.
async fn settled(session: &Opened, key: &str, wait: Wait) -> Result<OutboxEntry, Failure> {
    let studio = &session.studio;
    let mut changes = studio.subscribe();
    let until = Instant::now() + Duration::from_secs(wait.timeout);
    let sender = (!wait.no_wait && session.is_connected()).then(|| studio.run_sender());
    loop {
        let entry = find(session, key).await?;
        let unreachable = entry.state == OutboxState::Retrying
            && entry
                .last_error
                .as_ref()
                .is_some_and(|error| error.code == "offline");
        if sender.is_none() || unreachable || !is_open(&entry) {
            return Ok(entry);
        }
        // A change in the store, not a clock, says when to look again.
        if timeout_at(until, changes.recv()).await.is_err() {
            return find(session, key).await;
        }
    }
}

async fn find(session: &Opened, key: &str) -> Result<OutboxEntry, Failure> {
    let entries = session.studio.list_outbox().await?;
    entries
        .into_iter()
        .find(|entry| entry.key == key)
        .ok_or_else(|| {
            Failure::new(
                "no_such_request",
                format!("There is no request {key} in the outbox."),
            )
        })
}

fn is_open(entry: &OutboxEntry) -> bool {
    matches!(
        entry.state,
        OutboxState::Waiting | OutboxState::Sending | OutboxState::Retrying
    )
}

fn exit_of(entry: &OutboxEntry) -> Exit {
    match entry.state {
        OutboxState::Settled => Exit::Done,
        OutboxState::Waiting | OutboxState::Sending | OutboxState::Retrying => Exit::Waiting,
        OutboxState::NeedsYou => Exit::NeedsYou,
        OutboxState::Refused | OutboxState::Cancelled => Exit::Failed,
    }
}

fn worse(a: Exit, b: Exit) -> Exit {
    if a == Exit::Done { b } else { a }
}

fn lines(entry: &OutboxEntry) -> Vec<String> {
    let state = match (entry.state, &entry.outcome) {
        (OutboxState::Settled, Some(outcome)) => outcome.clone(),
        (OutboxState::NeedsYou, _) => "needs you".to_owned(),
        (state, _) => state.to_string(),
    };
    let mut lines = vec![format!(
        "{}: {}  [{state}]",
        output::plain(&entry.character_name),
        output::plain(&entry.summary)
    )];
    lines.push(format!(
        "  key {}, {} attempts, made {}",
        entry.key, entry.attempts, entry.created_at
    ));
    if let Some(next) = &entry.next_attempt_at {
        lines.push(format!("  next attempt {next}"));
    }
    if let Some(error) = &entry.last_error {
        lines.push(format!("  {}", output::plain(&error.message)));
        lines.extend(
            error
                .hints
                .iter()
                .map(|hint| format!("  {}", output::plain(hint))),
        );
    }
    lines
}
