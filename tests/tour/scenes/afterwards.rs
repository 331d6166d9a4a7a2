//! Taking a release out, the dark theme, and a new start.

use std::{fs, path::Path};

use dramatis_cards::{CardDocument, read};
use nix::sys::signal::Signal;

use super::{act, go_to, offline, open_character};
use crate::{
    page::id,
    walk::{Walk, ensure},
};

pub(super) async fn export(walk: &mut Walk) -> Result<(), String> {
    act(walk, 1, "export").await?;
    walk.page.click(&id("export-png")).await?;
    walk.page.click(&id("export-confirm")).await?;
    let said = walk
        .page
        .read(&format!("{} code", id("export-file")), ".png")
        .await?;
    walk.did(format!(
        "Release 1 was exported as {}.",
        Path::new(&said).file_name().unwrap_or_default().display()
    ));
    let bytes = fs::read(&said).map_err(|why| format!("{said}: {why}"))?;
    let exported = read(&bytes).map_err(|why| why.to_string())?.document;
    let expected = release_1()?;
    ensure(exported.text() == expected.text(), || {
        format!(
            "the card reads back otherwise:\n{}\nnot\n{}",
            exported.text(),
            expected.text()
        )
    })?;
    walk.saw("The PNG's card is, to the letter, the sample's with the words typed for release 1.");
    walk.picture("exported").await?;
    walk.page.click(&id("export-dialog-close")).await?;
    walk.page.see_no(&id("export-dialog")).await
}

pub(super) async fn dark(walk: &mut Walk) -> Result<(), String> {
    go_to(walk, "settings").await?;
    walk.page.click(&id("theme-dark")).await?;
    open_character(walk).await?;
    walk.page.see(&id("release-1")).await?;
    walk.picture("character-dark").await?;
    go_to(walk, "outbox").await?;
    walk.page.see(&id("outbox-row")).await?;
    walk.picture("outbox-dark").await?;
    go_to(walk, "settings").await?;
    walk.page.click(&id("theme-light")).await?;
    walk.did("The dark theme was chosen, and the light one again.");
    Ok(())
}

pub(super) async fn restart(walk: &mut Walk) -> Result<(), String> {
    walk.driver.end_studio(Signal::SIGTERM).await?;
    walk.reopen().await;
    walk.did("The studio was ended in order and started again.");
    walk.page
        .see(&format!("{}[data-connection=\"online\"]", id("status")))
        .await?;
    walk.saw("It is online again with the token from the keychain.");
    walk.page.see_count(&id("library-card"), 1).await?;
    walk.picture("library").await?;
    open_character(walk).await?;
    let text = walk.page.value(&id("field-description")).await?;
    ensure(text.ends_with(offline::SECOND), || {
        format!("the draft ends otherwise: {text}")
    })?;
    walk.page.see_count("[data-release]", 2).await?;
    for channel in ["stable", "beta"] {
        walk.page
            .see(&format!(
                "{} {}",
                id("release-1"),
                id(&format!("channel-{channel}"))
            ))
            .await?;
    }
    walk.page.see(&id("notice-2")).await?;
    walk.saw("The draft, both releases, their channels and the notice are as they were.");
    go_to(walk, "outbox").await?;
    walk.page
        .see_count(&format!("{}[data-state=\"settled\"]", id("outbox-row")), 5)
        .await?;
    walk.saw("The outbox holds five settled requests and nothing that waits.");
    Ok(())
}

/// The sample's own text with the first addition at the end of its description.
fn release_1() -> Result<CardDocument, String> {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/mirelle.png");
    let bytes = fs::read(sample).map_err(|why| why.to_string())?;
    let text = read(&bytes)
        .map_err(|why| why.to_string())?
        .document
        .into_text();
    let card: serde_json::Value = serde_json::from_str(&text).map_err(|why| why.to_string())?;
    let description = card["data"]["description"]
        .as_str()
        .ok_or("the sample has no description")?;
    let written = serde_json::to_string(description).map_err(|why| why.to_string())?;
    let longer = serde_json::to_string(&format!("{description}{}", offline::FIRST))
        .map_err(|why| why.to_string())?;
    ensure(text.matches(&written).count() >= 1, || {
        "the description is written otherwise".into()
    })?;
    CardDocument::parse(text.replacen(&written, &longer, 1)).map_err(|why| why.to_string())
}
