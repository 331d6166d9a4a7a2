//! `dramatis publish`

use super::outbox;
use crate::{
    args,
    connect::Opened,
    exit::{Exit, Failure},
    find, output,
};
use dramatis_drafts::view::PublishCheck;

pub(crate) async fn run(
    session: &Opened,
    args: &args::Publish,
    json: bool,
) -> Result<Exit, Failure> {
    let studio = &session.studio;
    let character = find::character(studio, &args.character).await?;
    if session.is_connected() && studio.status().await?.account.is_none() {
        // A token that was given with the command: ask whose it is before
        // anything is frozen in that name. Nothing of theirs waits yet.
        studio.settle_once().await?;
    }
    let check = studio.publish_check(&character.id, &args.channel).await?;
    if args.check {
        output::print(json, &check, lines)?;
        return Ok(if check.failures.is_empty() && check.blocked.is_none() {
            Exit::Done
        } else {
            Exit::Failed
        });
    }
    if let Some(blocked) = check.blocked {
        return Err(blocked.into());
    }
    if !check.failures.is_empty() {
        let failure = Failure::new(
            "invalid",
            "This cannot be published yet; the draft is safe.",
        );
        return Err(check.failures.iter().fold(failure, |failure, item| {
            failure.hint(format!("{}: {}", item.field, item.message))
        }));
    }
    let entry = studio
        .publish(&character.id, &args.channel, &args.notes)
        .await?;
    outbox::follow(session, &entry.key, args.wait, json).await
}

fn lines(check: &PublishCheck) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(blocked) = &check.blocked {
        lines.push(blocked.message.clone());
    }
    lines.extend(
        check
            .failures
            .iter()
            .map(|item| format!("missing: {}: {}", item.field, item.message)),
    );
    if let Some(number) = check.unchanged_from {
        lines.push(format!("Nothing has changed since release {number}."));
    }
    lines.extend(
        check
            .changes
            .iter()
            .map(|change| format!("{}: {}", change.kind, output::plain(&change.label))),
    );
    if lines.is_empty() {
        lines.push("Nothing is missing.".to_owned());
    }
    if let Some(number) = check.next_number {
        lines.push(format!("It would become release {number}."));
    }
    lines
}
