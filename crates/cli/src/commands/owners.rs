//! `dramatis owners`, `owner`, `transfer`: who owns a character.

use super::outbox;
use crate::{
    args::{OwnerAction, TransferAction, Wait, Whose},
    connect::Opened,
    exit::{Exit, Failure},
    find, output, when,
};

use dramatis_drafts::{
    Studio,
    view::{Owners, OwnershipChange},
};

pub(crate) async fn show(studio: &Studio, word: &str, json: bool) -> Result<Exit, Failure> {
    let owners = studio.owners(&named(studio, word).await?).await?;
    output::print(json, &owners, lines)?;
    Ok(Exit::Done)
}

pub(crate) async fn share(
    session: &Opened,
    action: OwnerAction,
    json: bool,
) -> Result<Exit, Failure> {
    match action {
        OwnerAction::Add(whose) => about(session, OwnershipChange::Add, whose, json).await,
        OwnerAction::Remove(whose) => about(session, OwnershipChange::Remove, whose, json).await,
    }
}

pub(crate) async fn transfer(
    session: &Opened,
    action: TransferAction,
    json: bool,
) -> Result<Exit, Failure> {
    match action {
        TransferAction::List => {
            let offers = session.studio.offers().await?;
            output::print(json, &offers, |offers| match offers.as_slice() {
                [] => vec!["Nothing is offered to you.".to_owned()],
                offers => offers.iter().flat_map(lines).collect(),
            })?;
            Ok(Exit::Done)
        }
        TransferAction::Offer(whose) => about(session, OwnershipChange::Offer, whose, json).await,
        TransferAction::Impose(whose) => about(session, OwnershipChange::Impose, whose, json).await,
        TransferAction::Accept(one) => {
            let change = OwnershipChange::Accept;
            ask(session, &one.character, change, None, None, one.wait, json).await
        }
        TransferAction::End(one) => {
            let change = OwnershipChange::EndOffer;
            ask(session, &one.character, change, None, None, one.wait, json).await
        }
    }
}

async fn about(
    session: &Opened,
    change: OwnershipChange,
    whose: Whose,
    json: bool,
) -> Result<Exit, Failure> {
    let message = whose.message.as_deref();
    let (account, wait) = (Some(whose.account.as_str()), whose.wait);
    ask(
        session,
        &whose.character,
        change,
        account,
        message,
        wait,
        json,
    )
    .await
}

async fn ask(
    session: &Opened,
    word: &str,
    change: OwnershipChange,
    account: Option<&str>,
    message: Option<&str>,
    wait: Wait,
    json: bool,
) -> Result<Exit, Failure> {
    let studio = &session.studio;
    let character = named(studio, word).await?;
    let entry = studio
        .change_owners(&character, change, account, message)
        .await?;
    outbox::follow(session, &entry.key, wait, json).await
}

/// An address as it is, or a character of the library by its id.
async fn named(studio: &Studio, word: &str) -> Result<String, Failure> {
    if word.contains('/') {
        return Ok(word.to_owned());
    }
    Ok(find::character(studio, word).await?.id)
}

fn lines(owners: &Owners) -> Vec<String> {
    let plain = |text: &String| output::plain(text);
    let mut lines = vec![format!(
        "{}  belongs to {}",
        output::plain(&owners.address),
        output::plain(&owners.owner)
    )];
    if !owners.co_owners.is_empty() {
        let shared: Vec<_> = owners.co_owners.iter().map(plain).collect();
        lines.push(format!("  shared with {}", shared.join(", ")));
    }
    if let (Some(to), Some(at)) = (&owners.offered_to, &owners.offered_at) {
        let (to, at) = (output::plain(to), when::shown(at));
        lines.push(format!("  offered to {to} since {at}"));
    }
    lines
}
