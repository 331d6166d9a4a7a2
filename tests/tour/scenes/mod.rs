//! The scenes, in the order of the main job.

mod afterwards;
mod history;
mod offline;
mod opening;

use std::{future::Future, pin::Pin};

use nix::sys::signal::Signal;

use crate::{
    Given,
    driver::Driver,
    page::{Page, id},
    team::Team,
    walk::Walk,
};

/// What a scene gives: nothing, or what was not as it should be.
type Outcome<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + 'a>>;
type Scene = for<'a> fn(&'a mut Walk) -> Outcome<'a>;

/// A table of scenes from `async fn`s.
macro_rules! scenes {
    ($($title:literal => $scene:path),+ $(,)?) => {
        &[$(($title, |walk| Box::pin($scene(walk)))),+]
    };
}

const SCENES: &[(&str, Scene)] = scenes![
    "A first start: an empty library that offers samples" => opening::first_start,
    "This computer's own inventory comes up by itself" => opening::this_computer,
    "A shared inventory: a wrong token is refused, the right one goes into the keychain" => opening::sign_in,
    "A sample is imported" => opening::import,
    "The inventory goes down" => offline::down,
    "Editing goes on without it, and is saved" => offline::edit,
    "Publishing waits in the outbox" => offline::publish,
    "A second publish waits behind the first" => offline::publish_again,
    "The studio is killed while both wait; nothing is lost" => offline::killed,
    "The inventory is back: releases 1 and 2, each once, in order" => offline::back,
    "Releases 1 and 2 are compared" => history::compare,
    "Release 1 is promoted to beta" => history::promote,
    "Release 2, the head of stable, is revoked with a reason" => history::revoke,
    "stable is pointed back to 1" => history::point_back,
    "The audit trail stands beside the text" => history::audit,
    "The history verifies" => history::verify,
    "Release 1 is exported as PNG and reads back equal" => afterwards::export,
    "The same in the dark" => afterwards::dark,
    "Quit and start again: everything is there" => afterwards::restart,
];

/// Plays them all; how many there were.
pub(crate) async fn all(given: Given) -> Result<usize, String> {
    let store = tempfile::tempdir().map_err(|why| why.to_string())?;
    let team = Team::found(given.inventory.clone()).await;
    let log = given.folder.join("driver.log");
    let driver = Driver::start(&given.studio, &given.inventory, store.path(), &log).await;
    let page = Page::new(driver.open().await);
    let mut walk = Walk::new(driver, page, team, store.path().to_owned(), given.folder);
    let outcome = play(&mut walk).await;
    walk.notes.write(&walk.folder);
    keep_logs(&walk);
    let end = match walk.driver.studio() {
        Some(_) => walk.driver.end_studio(Signal::SIGTERM).await,
        None => Ok(()),
    };
    walk.page.abandon().await;
    walk.driver.stop().await;
    outcome.and(end).map(|()| SCENES.len())
}

async fn play(walk: &mut Walk) -> Result<(), String> {
    for (title, scene) in SCENES {
        walk.notes.begin(title);
        if let Err(why) = scene(walk).await {
            // The picture of a failure helps, and is none of its own.
            let _ = walk.picture("failed").await;
            walk.notes.failed(&why);
            return Err(format!("“{title}”: {why}"));
        }
    }
    Ok(())
}

/// The studio's own log beside the pictures, for whoever looks into a failure.
fn keep_logs(walk: &Walk) {
    for (from, to) in [
        ("logs/studio.log", "studio.log"),
        ("inventory/inventory.log", "inventory.log"),
    ] {
        let _ = std::fs::copy(walk.store.join(from), walk.folder.join(to));
    }
}

/// Goes to one of the views at the left.
async fn go_to(walk: &mut Walk, view: &str) -> Result<(), String> {
    walk.page.click(&id(&format!("rail-{view}"))).await
}

/// Opens the only character of the library.
async fn open_character(walk: &mut Walk) -> Result<(), String> {
    go_to(walk, "library").await?;
    walk.page.click(&id("library-card")).await?;
    walk.page.see(&id("character")).await.map(drop)
}

/// Chooses from the menu of a release.
async fn act(walk: &mut Walk, release: u32, action: &str) -> Result<(), String> {
    walk.page.click(&id(&format!("actions-{release}"))).await?;
    walk.page.click(&id(&format!("action-{action}"))).await
}
