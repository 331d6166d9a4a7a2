//! `dramatis publish`

use super::outbox;
use crate::{
    args,
    connect::Opened,
    exit::{Exit, Failure},
    find, output,
};
use dramatis_drafts::{
    Studio,
    view::{CharacterSummary, PublishCheck, ReleaseState},
};

pub(crate) async fn run(
    session: &Opened,
    args: &args::Publish,
    json: bool,
) -> Result<Exit, Failure> {
    let studio = &session.studio;
    let character = find::character(studio, &args.character).await?;
    let mut check = studio.publish_check(&character.id, &args.channel).await?;
    if session.is_connected() && (check.blocked.is_some() || check.unchanged_from.is_some()) {
        check = asked_again(studio, &character.id, &args.channel, check).await?;
    }
    if args.check {
        output::print(json, &check, lines)?;
        return Ok(if check.failures.is_empty() && check.blocked.is_none() {
            Exit::Done
        } else {
            Exit::Failed
        });
    }
    if let Some(blocked) = check.blocked {
        return Err(with_the_way_out(studio, &character, blocked.into()).await?);
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

/// A submission that is not decided can be taken back.
async fn with_the_way_out(
    studio: &Studio,
    character: &CharacterSummary,
    failure: Failure,
) -> Result<Failure, Failure> {
    if failure.code != "base_blocked" {
        return Ok(failure);
    }
    let releases = studio.timeline(&character.id).await?.releases.into_iter();
    Ok(releases
        .filter(|release| release.state == ReleaseState::Submitted)
        .fold(failure, |failure, release| {
            failure.hint(format!(
                "dramatis withdraw {} {}",
                character.slug, release.number
            ))
        }))
}

/// What forbids a publish is known from the last look at the inventory: a
/// decision or a step made elsewhere may have lifted it, or given another
/// reason. Nothing is frozen yet, so what is meant stays the same.
async fn asked_again(
    studio: &Studio,
    character: &str,
    channel: &str,
    before: PublishCheck,
) -> Result<PublishCheck, Failure> {
    match studio.refresh(Some(character)).await {
        Err(error) if output::is_unreached(error.code()) => return Ok(before),
        done => done?,
    }
    let now = studio.publish_check(character, channel).await?;
    let refused = |check: &PublishCheck| {
        check.blocked.as_ref().map_or_else(
            || {
                check
                    .unchanged_from
                    .map(|number| format!("Nothing has changed since release {number}."))
            },
            |blocked| Some(blocked.message.clone()),
        )
    };
    if let (Some(was), is) = (refused(&before), refused(&now))
        && is.as_ref() != Some(&was)
    {
        let over = match is {
            Some(_) => "",
            None if !now.failures.is_empty() => " That is over.",
            None => " That is over. The publish goes on.",
        };
        output::aside(&format!(
            "The inventory was asked again, since it was last known so: “{was}”{over}"
        ));
    }
    Ok(now)
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
