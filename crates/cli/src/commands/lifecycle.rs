//! Steps of a release: `revoke`, `deprecate`, `archive`, `promote`, …

use super::outbox;
use crate::{
    args::{Command, Wait},
    connect::Opened,
    exit::{Exit, Failure},
    find,
};
use dramatis_drafts::{Studio, view::Repoint};

pub(crate) async fn run(session: &Opened, step: Command, json: bool) -> Result<Exit, Failure> {
    let studio = &session.studio;
    let (entry, wait) = match step {
        Command::Revoke(args) => {
            let (character, release) = at(studio, &args.character, args.release).await?;
            let successor = id_of(studio, &character, args.successor).await?;
            let mut repoint = Vec::new();
            for word in &args.repoint {
                repoint.push(channel(studio, &character, word).await?);
            }
            let entry = studio
                .revoke(
                    &character,
                    &release,
                    args.reason.into(),
                    &args.message,
                    successor.as_deref(),
                    repoint,
                )
                .await?;
            (entry, args.wait)
        }
        Command::Deprecate {
            character,
            release,
            message,
            successor,
            wait,
        } => {
            let (character, release) = at(studio, &character, release).await?;
            let successor = id_of(studio, &character, successor).await?;
            (
                studio
                    .deprecate(&character, &release, &message, successor.as_deref())
                    .await?,
                wait,
            )
        }
        Command::Undeprecate {
            character,
            release,
            wait,
        } => {
            let (character, release) = at(studio, &character, release).await?;
            (studio.undeprecate(&character, &release).await?, wait)
        }
        Command::Archive {
            character,
            release,
            wait,
        } => {
            let (character, release) = at(studio, &character, release).await?;
            (studio.archive(&character, &release).await?, wait)
        }
        Command::Unarchive {
            character,
            release,
            wait,
        } => {
            let (character, release) = at(studio, &character, release).await?;
            (studio.unarchive(&character, &release).await?, wait)
        }
        Command::Withdraw {
            character,
            release,
            wait,
        } => {
            let (character, release) = at(studio, &character, release).await?;
            (studio.withdraw(&character, &release).await?, wait)
        }
        Command::Approve { release, wait } => (studio.approve(&release, None).await?, wait),
        Command::Reject {
            release,
            message,
            wait,
        } => (studio.reject(&release, &message, None).await?, wait),
        Command::Promote {
            character,
            release,
            channel,
            message,
            wait,
        } => {
            let (character, release) = at(studio, &character, release).await?;
            (
                studio
                    .promote(&character, &release, &channel, &message)
                    .await?,
                wait,
            )
        }
        other => {
            return Err(Failure::new(
                "not_a_step",
                format!("{other:?} is no step of a release."),
            ));
        }
    };
    let wait: Wait = wait;
    outbox::follow(session, &entry.key, wait, json).await
}

async fn at(studio: &Studio, word: &str, number: u32) -> Result<(String, String), Failure> {
    let character = find::character(studio, word).await?.id;
    let release = find::release(studio, &character, number).await?.id;
    Ok((character, release))
}

async fn id_of(
    studio: &Studio,
    character: &str,
    number: Option<u32>,
) -> Result<Option<String>, Failure> {
    match number {
        Some(number) => Ok(Some(find::release(studio, character, number).await?.id)),
        None => Ok(None),
    }
}

/// `stable=1`
async fn channel(studio: &Studio, character: &str, word: &str) -> Result<Repoint, Failure> {
    let malformed = || {
        Failure::new(
            "repoint",
            format!("“{word}” is not CHANNEL=RELEASE, for example stable=1."),
        )
    };
    let (channel, number) = word.split_once('=').ok_or_else(malformed)?;
    let number = number.parse().map_err(|_| malformed())?;
    Ok(Repoint {
        channel: channel.to_owned(),
        release: find::release(studio, character, number).await?.id,
    })
}
