//! kill -9 of the studio, of the service and of Postgres while publishing:
//! afterwards one release, one chain, and the outbox settles by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use dramatis_drafts::view::{OutboxEntry, OutboxState};
use dramatis_inventory::testing::{FAILPOINTS, Inventory, PrivateCluster};
use support::{Desk, PATIENCE, assert_releases, desk_with_mirelle, wire::Wire};
use tokio::process::Command;

/// A failpoint that holds the service at one place until a file is gone.
struct Hold {
    folder: tempfile::TempDir,
    place: &'static str,
}

impl Hold {
    fn at(place: &'static str) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            place,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("held")
    }

    fn failpoint(&self) -> String {
        format!("{}=hold:{}", self.place, self.file().display())
    }

    async fn reached(&self) {
        let reached = async {
            let mut pace = tokio::time::interval(std::time::Duration::from_millis(2));
            while !self.file().exists() {
                pace.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, reached)
            .await
            .expect("the service comes to the place");
    }

    fn release(&self) {
        std::fs::remove_file(self.file()).unwrap();
    }
}

/// The studio's core as a process of its own, the command line, is killed while
/// the inventory is at work on its publish: before the commit, and after it.
#[tokio::test(flavor = "multi_thread")]
async fn the_studio_is_killed_while_publishing() {
    for place in ["publish.after_claim", "publish.before_answer"] {
        let inventory = Inventory::without_service().await;
        let hold = Hold::at(place);
        let service = inventory.process(Some(&hold.failpoint())).await;
        let wire = Wire::to(&service.url).await;
        let (desk, id) = desk_with_mirelle(&wire.url, &inventory.token).await;
        desk.studio.close().await;

        let mut studio = Command::new(command_line())
            .arg("--store")
            .arg(desk.folder.path())
            .args(["publish", &id])
            .env("DRAMATIS_INVENTORY_URL", &wire.url)
            .env("DRAMATIS_TOKEN", &inventory.token)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        hold.reached().await;
        studio.kill().await.unwrap();
        hold.release();

        let desk = desk.reopened().await;
        let entry = only(&desk).await;
        assert!(entry.ever_sent, "{place}: {entry:#?}");
        assert_ne!(
            entry.state,
            OutboxState::Settled,
            "{place}: nobody heard the answer"
        );
        settles_by_itself(&desk, &wire.url, &inventory, &entry).await;
        assert_eq!(desk.timeline(&id).await.releases.len(), 1, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_killed_while_publishing() {
    for place in FAILPOINTS {
        let inventory = Inventory::without_service().await;
        let mut service = inventory.process(Some(&format!("{place}=abort"))).await;
        let wire = Wire::to(&service.url).await;
        let (desk, id) = desk_with_mirelle(&wire.url, &inventory.token).await;
        let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
        desk.studio.settle_once().await.unwrap();
        assert!(!service.wait().await, "{place}: the service did not die");
        let unknown = desk.entry(&entry.key).await;
        assert!(
            unknown.ever_sent && unknown.state != OutboxState::Settled,
            "{place}: {unknown:#?}"
        );

        let service = inventory.process(None).await;
        wire.lead_to(&service.url);
        settles_by_itself(&desk, &wire.url, &inventory, &entry).await;
        assert_eq!(desk.timeline(&id).await.releases.len(), 1, "{place}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_killed_while_publishing() {
    for place in [
        "publish.after_lock",
        "publish.after_facts",
        "publish.after_commit",
    ] {
        let mut cluster = PrivateCluster::start().await;
        let inventory = Inventory::on(&cluster).await;
        let hold = Hold::at(place);
        let service = inventory.process(Some(&hold.failpoint())).await;
        let wire = Wire::to(&service.url).await;
        let (desk, id) = desk_with_mirelle(&wire.url, &inventory.token).await;
        let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
        let sending = tokio::spawn({
            let studio = desk.studio.clone();
            async move { studio.settle_once().await }
        });
        hold.reached().await;
        cluster.kill_and_restart().await;
        hold.release();
        sending.await.unwrap().unwrap();

        // The same place would hold the next attempt, too: another service.
        let service = inventory.process(None).await;
        wire.lead_to(&service.url);
        settles_by_itself(&desk, &wire.url, &inventory, &entry).await;
        assert_eq!(desk.timeline(&id).await.releases.len(), 1, "{place}");
    }
}

/// Nobody does anything but connect: the sender finds out what happened.
async fn settles_by_itself(desk: &Desk, url: &str, inventory: &Inventory, entry: &OutboxEntry) {
    let mut news = desk.studio.subscribe();
    let sender = desk.studio.run_sender();
    desk.connect(url, &inventory.token);
    let settled = async {
        while desk.entry(&entry.key).await.state != OutboxState::Settled {
            // Missed news are news.
            let _ = news.recv().await;
        }
    };
    if tokio::time::timeout(PATIENCE, settled).await.is_err() {
        panic!(
            "it does not settle by itself: {:#?}",
            desk.entry(&entry.key).await
        );
    }
    drop(sender);
    assert_releases(inventory, 1).await;
    desk.assert_empty_outbox().await;
}

async fn only(desk: &Desk) -> OutboxEntry {
    let mut entries = desk.studio.list_outbox().await.unwrap();
    assert_eq!(entries.len(), 1, "{entries:#?}");
    entries.remove(0)
}

/// `dramatis` beside the test that runs, or what `DRAMATIS_BIN` names.
fn command_line() -> PathBuf {
    if let Some(named) = env::var_os("DRAMATIS_BIN") {
        return named.into();
    }
    let mut folder = env::current_exe().unwrap();
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    let program = folder.join("dramatis");
    assert!(
        Path::new(&program).is_file(),
        "{} is missing: cargo build -p dramatis-cli",
        program.display()
    );
    program
}
