//! `dramatis outbox`, and waiting for an answer.

use crate::{
    args::{OutboxAction, Wait},
    connect::Opened,
    exit::{Exit, Failure},
    output, when,
};
use dramatis_drafts::view::{ConnectionState, OutboxEntry, OutboxState};
use serde::Serialize;
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
                entries => entries
                    .iter()
                    .flat_map(|entry| numbered(entry, entries))
                    .collect(),
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
            let mut answers = Vec::new();
            for key in open.iter().rev() {
                let answer = settled(session, key, wait).await?;
                worst = worse(worst, exit_of(&answer.entry));
                answers.push(answer);
            }
            output::print(json, &answers, |answers| match answers.as_slice() {
                [] => vec!["Nothing waits.".to_owned()],
                answers => answers.iter().flat_map(answer_lines).collect(),
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
        Some(OutboxAction::Cancel { key }) => cancel(session, &key, json).await,
    }
}

/// Cancels a request, or puts a refused one away: done when it is out of the
/// way, and not done where it was carried out first.
async fn cancel(session: &Opened, key: &str, json: bool) -> Result<Exit, Failure> {
    let entry = session.studio.outbox_cancel(key).await?;
    let wait = Wait {
        no_wait: !entry.cancelling,
        timeout: 30,
    };
    let answer = settled(session, key, wait).await?;
    output::print(json, &answer, answer_lines)?;
    match answer.entry.state {
        OutboxState::Cancelled | OutboxState::Refused => Ok(Exit::Done),
        OutboxState::Settled => Err(Failure::new(
            "cannot_cancel",
            format!(
                "It was too late to cancel this request. {}",
                answer.entry.outcome.unwrap_or_default()
            ),
        )),
        _ => Ok(exit_of(&answer.entry)),
    }
}

/// What became of a request while this command watched.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    entry: OutboxEntry,
    /// Why it is not on its way, where it is not.
    held_up: Option<String>,
}

/// Waits for the answer to one request, prints what became of it, and gives
/// the exit status for it.
pub(crate) async fn follow(
    session: &Opened,
    key: &str,
    wait: Wait,
    json: bool,
) -> Result<Exit, Failure> {
    let answer = settled(session, key, wait).await?;
    output::print(json, &answer, answer_lines)?;
    Ok(exit_of(&answer.entry))
}

/// The entry once it is answered, needs somebody, cannot be sent now, or the
/// time is up.
async fn settled(session: &Opened, key: &str, wait: Wait) -> Result<Answer, Failure> {
    let studio = &session.studio;
    let entry = find(session, key).await?;
    if wait.no_wait || !is_open(&entry) {
        return Ok(Answer {
            entry,
            held_up: None,
        });
    }
    let mut changes = studio.subscribe();
    let until = Instant::now() + Duration::from_secs(wait.timeout);
    if session.is_connected() {
        studio.settle_once().await?;
    }
    let _sender = session.is_connected().then(|| studio.run_sender());
    loop {
        let entry = find(session, key).await?;
        if !is_open(&entry) {
            return Ok(Answer {
                entry,
                held_up: None,
            });
        }
        if let Some(why) = held_up(session).await? {
            return Ok(Answer {
                entry,
                held_up: Some(why),
            });
        }
        // A change in the store, not a clock, says when to look again.
        if timeout_at(until, changes.recv()).await.is_err() {
            let held_up = Some(
                "No answer yet. The request is kept; `dramatis outbox send` asks again.".to_owned(),
            );
            return Ok(Answer {
                entry: find(session, key).await?,
                held_up,
            });
        }
    }
}

/// Why nothing can be sent now; none while the inventory answers.
async fn held_up(session: &Opened) -> Result<Option<String>, Failure> {
    let status = session.studio.status().await?;
    let detail = status.connection_detail.unwrap_or_default();
    Ok(match status.connection {
        ConnectionState::Online => None,
        ConnectionState::SignedOut => Some(format!(
            "Sign in again: the request is kept and goes on with the next token. {detail}"
        )),
        ConnectionState::Offline | ConnectionState::Starting => Some(format!(
            "{} The request is kept: it goes out by itself while a window is open, or with `dramatis outbox send`.",
            session.studio.why_unanswered()
        )),
    })
}

fn answer_lines(answer: &Answer) -> Vec<String> {
    let mut lines = lines(&answer.entry);
    lines.extend(
        answer
            .held_up
            .as_ref()
            .map(|why| format!("  {}", output::plain(why.trim_end()))),
    );
    lines
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

/// An entry in the whole list, which is the newest first: what waits says the
/// how-manieth it is, and behind which one it stands.
fn numbered(entry: &OutboxEntry, all: &[OutboxEntry]) -> Vec<String> {
    let in_line = |key: &str| {
        let mut line = all.iter().rev().filter(|one| is_open(one));
        line.position(|one| one.key == key).map(|at| at + 1)
    };
    let mut lines = lines(entry);
    let Some(place) = in_line(&entry.key) else {
        return lines;
    };
    if let Some(first) = lines.first_mut() {
        *first = format!("{place}. {first}");
    }
    if let Some(before) = entry.after_key.as_deref().and_then(in_line) {
        for line in &mut lines {
            if line.starts_with("  waits behind ") {
                *line = format!("  waits behind {before}.");
            }
        }
    }
    lines
}

fn lines(entry: &OutboxEntry) -> Vec<String> {
    let state = match (entry.state, &entry.outcome) {
        (OutboxState::Settled | OutboxState::Refused | OutboxState::Cancelled, Some(outcome)) => {
            outcome.clone()
        }
        (state, _) => output::word(state.as_str()),
    };
    let mut lines = vec![format!(
        "{}: {}  [{state}]",
        output::plain(&entry.character_name),
        output::plain(&entry.summary)
    )];
    if let Some(about) = &entry.about {
        lines.push(format!("  {}", output::plain(about)));
    }
    let attempts = match entry.attempts {
        1 => "1 attempt".to_owned(),
        count => format!("{count} attempts"),
    };
    lines.push(format!(
        "  key {}, {attempts}, made {}",
        entry.key,
        when::shown(&entry.created_at)
    ));
    if let (true, Some(before)) = (is_open(entry), &entry.after_key) {
        lines.push(format!("  waits behind {before}"));
    }
    if let Some(next) = &entry.next_attempt_at {
        lines.push(format!("  next attempt {}", when::shown(next)));
    }
    if let Some(error) = &entry.last_error {
        lines.push(format!("  {}", output::plain(&error.message)));
        lines.extend(
            error
                .hints
                .iter()
                .map(|hint| format!("  {}", output::plain(hint))),
        );
        if error.code == "slug_taken" && entry.can_retry {
            lines.push(format!(
                "  dramatis set {} slug ANOTHER, then: dramatis outbox retry {}",
                entry.character, entry.key
            ));
        }
    }
    lines
}
