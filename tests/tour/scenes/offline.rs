//! Editing and publishing while the inventory is down, and its return.

use nix::sys::signal::Signal;

use super::{go_to, open_character};
use crate::{
    page::id,
    walk::{PATIENCE, Walk, ensure, until},
};

/// What is typed for release 1, and then for release 2.
pub(super) const FIRST: &str = " She counts the tide in lanterns.";
pub(super) const SECOND: &str = " On moonless nights she counts twice.";
const ON_THE_WAY: &str =
    "[data-state=\"waiting\"], [data-testid=\"outbox-row\"][data-state=\"retrying\"]";

pub(super) async fn down(walk: &mut Walk) -> Result<(), String> {
    walk.team.down().await?;
    walk.did("The inventory's process was stopped.");
    walk.page.click(&id("refresh")).await?;
    walk.page
        .see(&format!("{}[data-connection=\"offline\"]", id("status")))
        .await?;
    walk.saw("The status line says offline.");
    Ok(())
}

pub(super) async fn edit(walk: &mut Walk) -> Result<(), String> {
    type_description(walk, FIRST).await?;
    walk.did(format!(
        "“{}” was typed into the description.",
        FIRST.trim()
    ));
    walk.saw("Saved, with no inventory.");
    walk.picture("edited-offline").await
}

pub(super) async fn publish(walk: &mut Walk) -> Result<(), String> {
    ask_to_publish(walk, "The first release: lanterns.", true).await?;
    walk.page.see_count(&id("waiting-node"), 1).await?;
    walk.did("Publish was asked for, to stable, with notes.");
    go_to(walk, "outbox").await?;
    walk.page.see_count(&id("outbox-row"), 1).await?;
    walk.page
        .see(&format!("{}{ON_THE_WAY}", id("outbox-row")))
        .await?;
    walk.saw("The outbox holds one request, waiting; nothing says published.");
    ensure(walk.team.count("release").await? == 0, || {
        "a release without an inventory".into()
    })?;
    walk.picture("outbox-waiting").await
}

pub(super) async fn publish_again(walk: &mut Walk) -> Result<(), String> {
    open_character(walk).await?;
    type_description(walk, SECOND).await?;
    walk.did(format!("“{}” was typed after it.", SECOND.trim()));
    ask_to_publish(walk, "Moonless nights.", false).await?;
    walk.page.see_count(&id("waiting-node"), 2).await?;
    go_to(walk, "outbox").await?;
    walk.page.see_count(&id("outbox-row"), 2).await?;
    let rows = walk.page.texts(&id("outbox-row")).await?;
    let chained = rows
        .iter()
        .filter(|row| row.contains("after the one before it"))
        .count();
    ensure(chained == 1, || {
        format!("one of two should wait for the other: {rows:?}")
    })?;
    walk.saw("Two requests wait; the second goes after the first.");
    walk.picture("outbox-two").await
}

pub(super) async fn killed(walk: &mut Walk) -> Result<(), String> {
    let before = keys(walk).await?;
    walk.driver.end_studio(Signal::SIGKILL).await?;
    walk.did("The studio's process was killed (SIGKILL), then started again.");
    walk.reopen().await;
    walk.page.see(&id("library-card")).await?;
    go_to(walk, "outbox").await?;
    walk.page.see_count(&id("outbox-row"), 2).await?;
    let after = keys(walk).await?;
    ensure(before == after, || {
        format!("the keys were {before:?} and are {after:?}")
    })?;
    walk.saw("Both requests are still there, under the same keys.");
    open_character(walk).await?;
    let text = walk.page.value(&id("field-description")).await?;
    ensure(text.ends_with(&format!("{FIRST}{SECOND}")), || {
        format!("the draft ends otherwise: {text}")
    })?;
    walk.saw("The draft holds every word.");
    walk.picture("after-the-kill").await
}

pub(super) async fn back(walk: &mut Walk) -> Result<(), String> {
    walk.team.up().await?;
    walk.did("The inventory was started again.");
    go_to(walk, "outbox").await?;
    if walk.page.count(&id("send-now")).await? > 0 {
        // It may have gone out by itself in between; then there is no button.
        let _ = walk.page.click(&id("send-now")).await;
    }
    walk.page
        .see_count(&format!("{}[data-state=\"settled\"]", id("outbox-row")), 2)
        .await?;
    walk.saw("Both requests are settled.");
    walk.picture("outbox-settled").await?;
    open_character(walk).await?;
    walk.page
        .see(&format!("{} {}", id("release-2"), id("channel-stable")))
        .await?;
    walk.page.see(&id("release-1")).await?;
    walk.page.see_count("[data-release]", 2).await?;
    let rows = (
        walk.team.count("item").await?,
        walk.team.count("release").await?,
    );
    ensure(rows == (1, 2), || {
        format!("the database holds {rows:?} items and releases")
    })?;
    walk.saw(
        "Releases 1 and 2 stand in the timeline; the database holds one item and two releases.",
    );
    walk.picture("published").await
}

async fn type_description(walk: &mut Walk, words: &str) -> Result<(), String> {
    let field = id("field-description");
    walk.page.type_into(&field, words).await?;
    let written = walk.page.value(&field).await?;
    ensure(written.ends_with(words), || {
        format!("the field ends otherwise: {written}")
    })?;
    walk.page
        .see(&format!("{}[data-state=\"saved\"]", id("saved")))
        .await
        .map(drop)
}

async fn ask_to_publish(walk: &mut Walk, notes: &str, first: bool) -> Result<(), String> {
    walk.page.click(&id("publish")).await?;
    walk.page.see(&id("publish-offline")).await?;
    walk.saw("The sheet says that the inventory cannot be reached and that the release will wait.");
    walk.page.type_into(&id("publish-notes"), notes).await?;
    if first {
        walk.picture("publish-sheet").await?;
    }
    walk.page
        .click(&format!(
            "{}[aria-disabled=\"false\"]",
            id("publish-confirm")
        ))
        .await?;
    walk.page.see_no(&id("publish-sheet")).await
}

async fn keys(walk: &mut Walk) -> Result<Vec<String>, String> {
    let page = &walk.page;
    until("the keys of the outbox", PATIENCE, async || {
        let keys = page.attributes(&id("outbox-row"), "data-key").await.ok()?;
        (!keys.is_empty()).then_some(keys)
    })
    .await
}
