//! `dramatis sign-in`, `dramatis status`

use crate::{
    connect::Opened,
    exit::{Exit, Failure},
    output,
};
use dramatis_drafts::{Studio, view::Status};

pub(crate) async fn sign_in(session: &Opened, json: bool) -> Result<Exit, Failure> {
    let settings = session.sign_in().await?;
    output::print(json, &settings, |settings| {
        let who = settings
            .account
            .as_ref()
            .map(|account| format!("{} of {}", account.handle, account.tenant))
            .unwrap_or_default();
        let mut lines = vec![format!(
            "Signed in to {} as {who}.",
            settings.inventory.name
        )];
        lines.extend(settings.keychain.message.clone());
        lines
    })?;
    Ok(Exit::Done)
}

pub(crate) async fn status(studio: &Studio, json: bool) -> Result<Exit, Failure> {
    output::print(json, &studio.status().await?, lines)?;
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
            format!("{} ({}{detail})", status.inventory.name, status.connection),
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
