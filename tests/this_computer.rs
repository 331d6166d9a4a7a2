//! This computer's own inventory, as the studio keeps it: started, shared,
//! started again when it dies, stopped by the last who leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{env, path::PathBuf, time::Duration};

use dramatis_drafts::local::{Announcement, Local, LocalState};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use support::{Desk, PATIENCE, desk_with_mirelle};
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn it_is_started_shared_revived_and_stopped_by_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("inventory");
    let first = Local::start(program(), data.clone());
    let serving = running(&first, None).await;

    // It takes a token that the studio mints without asking anybody.
    let token = first.minter().mint_token("test").await.unwrap();
    let (desk, id) = desk_with_mirelle(serving.url.as_str(), token.secret()).await;
    let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
    desk.settled(&entry).await;

    // A second user finds the one that runs.
    let second = Local::start(program(), data.clone());
    assert_eq!(running(&second, None).await, serving);

    // Killed, it comes back with its data.
    kill(pid(&serving), Signal::SIGKILL).unwrap();
    let revived = running(&first, Some(&serving)).await;
    assert_ne!(revived.pid, serving.pid);
    desk.connect(revived.url.as_str(), token.secret());
    desk.studio.refresh(Some(&id)).await.unwrap();
    assert_eq!(desk.timeline(&id).await.releases.len(), 1);
    still_serves(&second, &desk, &token).await;

    // The one who started it leaves, and it stays for the other; then it ends.
    first.stop().await;
    assert!(
        kill(pid(&revived), None).is_ok(),
        "the second still uses it"
    );
    second.stop().await;
    assert!(!data.join("local.json").exists(), "it was stopped in order");
}

/// A program that cannot start says why, and no window waits for ever.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let local = Local::start("/bin/false".into(), folder.path().join("inventory"));
    let mut state = local.state();
    let failed = state.wait_for(|state| matches!(state, LocalState::Failed(_)));
    let failed = timeout(PATIENCE, failed).await.unwrap().unwrap().clone();
    let LocalState::Failed(why) = failed else {
        panic!("{failed:?}")
    };
    assert!(why.contains("could not start"), "{why}");
    timeout(Duration::from_secs(10), local.stop())
        .await
        .unwrap();
}

/// Waits until it serves, as another process than `before`.
async fn running(local: &Local, before: Option<&Announcement>) -> Announcement {
    let mut state = local.state();
    let serves = state.wait_for(|state| match state {
        LocalState::Running(serving) => before.is_none_or(|before| before.pid != serving.pid),
        _ => false,
    });
    let state = timeout(PATIENCE, serves)
        .await
        .expect("it serves in time")
        .unwrap()
        .clone();
    match state {
        LocalState::Running(serving) => serving,
        other => panic!("{other:?}"),
    }
}

async fn still_serves(local: &Local, desk: &Desk, token: &dramatis_drafts::Token) {
    let serving = running(local, None).await;
    desk.sign_in(serving.url.as_str(), token.secret())
        .await
        .expect("it takes the same token");
}

fn pid(serving: &Announcement) -> Pid {
    Pid::from_raw(serving.pid.try_into().unwrap())
}

/// `dramatis-inventory` beside the test that runs, or what the variable names.
fn program() -> PathBuf {
    if let Some(named) = env::var_os("DRAMATIS_INVENTORY_BIN") {
        return named.into();
    }
    let mut folder = env::current_exe().unwrap();
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    folder.join("dramatis-inventory")
}
