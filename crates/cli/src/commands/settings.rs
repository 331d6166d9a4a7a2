//! `dramatis sign-in`, `dramatis status`

use crate::{
    connect::Opened,
    exit::{Exit, Failure},
    output,
};
use dramatis_drafts::view::{KeychainWord, Status};

pub(crate) async fn sign_in(session: &Opened, json: bool) -> Result<Exit, Failure> {
    let settings = session.sign_in().await?;
    let who = settings
        .account
        .as_ref()
        .map(|account| format!("{} of {}", account.handle, account.tenant))
        .unwrap_or_default();
    if settings.keychain.state != KeychainWord::Ok {
        let message = format!(
            "The token is right, it belongs to {who}; but it was not kept: no keychain answers here."
        );
        let failure = Failure::new("no_keychain", message)
            .hint("Give it with each command: DRAMATIS_TOKEN, or --token-file FILE (mode 0600).");
        return Err(settings
            .keychain
            .message
            .into_iter()
            .fold(failure, Failure::hint));
    }
    output::print(json, &settings, |settings| {
        vec![format!(
            "Signed in to {} as {who}.",
            settings.inventory.name
        )]
    })?;
    Ok(Exit::Done)
}

pub(crate) async fn status(session: &Opened, json: bool) -> Result<Exit, Failure> {
    let studio = &session.studio;
    // Asked, so that what is shown is true now; that nobody answers is an
    // answer too, and the status says so.
    if let Err(error) = studio.refresh(None).await {
        let error = error.to_ipc();
        if !output::is_unreached(&error.code) {
            return Err(error.into());
        }
    }
    let mut status = studio.status().await?;
    if let (Some(address), None) = (session.address(), &status.account) {
        status.inventory.name = address.to_owned();
    }
    output::print(json, &status, lines)?;
    Ok(Exit::Done)
}

fn lines(status: &Status) -> Vec<String> {
    let detail = status
        .connection_detail
        .as_deref()
        .map(|detail| format!(": {detail}"))
        .unwrap_or_default();
    let account = status.account.as_ref().map_or_else(
        || "nobody is signed in".to_owned(),
        |account| format!("{} of {}", account.handle, account.tenant),
    );
    let mut rows = vec![
        vec![
            "inventory".to_owned(),
            format!(
                "{} ({}{detail})",
                status.inventory.name,
                output::word(status.connection.as_str())
            ),
        ],
        vec!["account".to_owned(), account],
        vec![
            "outbox".to_owned(),
            format!(
                "{} waiting, {} in need of you",
                status.waiting, status.needs_you
            ),
        ],
        vec!["history".to_owned(), status.history.state.to_string()],
    ];
    for (name, message) in [
        ("store", &status.store.message),
        ("history", &status.history.message),
        ("keychain", &status.keychain.message),
    ] {
        rows.extend(
            message
                .as_ref()
                .map(|message| vec![name.to_owned(), output::plain(message)]),
        );
    }
    output::columns(&rows)
}
