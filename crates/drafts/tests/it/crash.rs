//! A studio is killed (SIGKILL) while it writes: this executable starts itself
//! as the victim.

use crate::bench::*;
use dramatis_drafts::{Studio, view::*};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

const STORE: &str = "DRAMATIS_CRASH_STORE";
const TASK: &str = "DRAMATIS_CRASH_TASK";

/// Not a test of its own: what the killed process does. Without the variables
/// it does nothing.
#[tokio::test]
async fn victim() {
    let (Ok(store), Ok(task)) = (std::env::var(STORE), std::env::var(TASK)) else {
        return;
    };
    let store = Path::new(&store);
    let studio = Studio::open(options(store, &store.join("exports")))
        .await
        .unwrap();
    let id = studio.list_characters().await.unwrap()[0].id.clone();
    for number in 0_u32.. {
        match task.as_str() {
            "type" => {
                let saved = write(&studio, &id, "personality", &format!("typed {number}")).await;
                println!("SAVED {number} {}", saved.revision);
            }
            _ => {
                write(
                    &studio,
                    &id,
                    "personality",
                    &format!("frozen {number} by {}", std::process::id()),
                )
                .await;
                let entry = studio.publish(&id, "stable", "").await.unwrap();
                println!("FROZEN {number} {}", entry.key);
            }
        }
    }
}

struct Victim(Child);

impl Drop for Victim {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Runs the victim until it has said `lines` lines and a little more, kills
/// it, and gives what it said.
fn kill_after(store: &Path, task: &str, lines: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["crash::victim", "--exact", "--nocapture"])
        .env(STORE, store)
        .env(TASK, task)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let mut victim = Victim(child);
    let mut said = Vec::new();
    for line in out.lines() {
        let line = line.unwrap();
        // The test harness writes its own words before, on the same line.
        if let Some(at) = line.find("SAVED ").or_else(|| line.find("FROZEN ")) {
            said.push(line[at..].to_owned());
        }
        if said.len() == lines {
            victim.0.kill().unwrap();
        }
    }
    victim.0.wait().unwrap();
    assert!(said.len() >= lines, "{said:?}");
    said
}

#[tokio::test]
async fn kill_9_while_typing_loses_nothing_that_was_called_saved() {
    let bench = Bench::new();
    let studio = bench.open().await;
    let id = mirelle(&studio).await;
    studio.close().await;
    for lines in [3, 8, 20] {
        let said = kill_after(&bench.store_dir(), "type", lines);
        let last: u32 = said
            .last()
            .unwrap()
            .split(' ')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        let studio = bench.open().await;
        assert_eq!(studio.status().await.unwrap().store.state, StoreState::Ok);
        let kept = read(&studio, &id, "personality").await;
        let kept: u32 = kept.strip_prefix("typed ").unwrap().parse().unwrap();
        assert!(
            kept >= last,
            "“typed {last}” was saved, “typed {kept}” is there"
        );
        assert!(studio.open_character(&id).await.unwrap().can_undo);
        studio.close().await;
    }
}

#[tokio::test]
async fn kill_9_while_freezing_leaves_a_whole_request_or_none() {
    let bench = Bench::new();
    let peer = crate::peer::Peer::start().await;
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    studio.close().await;
    let mut seen = 0;
    for lines in [1, 2, 5] {
        let said = kill_after(&bench.store_dir(), "freeze", lines);
        let studio = bench.open().await;
        let entries = studio.list_outbox().await.unwrap();
        for line in &said {
            let key = line.split(' ').nth(2).unwrap();
            assert!(
                entries.iter().any(|entry| entry.key == key),
                "{line} was frozen and is gone"
            );
        }
        assert!(entries.len() >= seen + said.len());
        seen = entries.len();
        studio.close().await;
    }
    // The chain is whole: everything is sent in order, each on the one before.
    // The victims lived by the computer's clock.
    bench.pass_seconds(100 * 365 * 86_400);
    let studio = bench.open().await;
    studio.set_connection(Some(peer.connection("token")));
    studio.settle_once().await.unwrap();
    let entries = studio.list_outbox().await.unwrap();
    assert!(
        entries
            .iter()
            .all(|entry| entry.state == OutboxState::Settled)
    );
    let heard = peer.requests();
    assert_eq!(heard.len(), entries.len());
    let mut parent = None;
    for one in &heard {
        let request: dramatis_api::publish::PublishRequest =
            serde_json::from_slice(&one.body).unwrap();
        let manifest =
            dramatis_domain::Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
        assert_eq!(manifest.parent, parent);
        parent = Some(dramatis_domain::Digest::of(request.manifest.as_bytes()));
    }
    assert!(studio.open_character(&id).await.unwrap().slug_locked);
}

#[tokio::test]
async fn what_a_killed_sender_left_on_the_wire_is_asked_again_with_the_same_key() {
    let bench = Bench::new();
    let peer = crate::peer::Peer::start().await;
    let studio = bench.open().await;
    peer.sign_in(&studio).await;
    let id = mirelle(&studio).await;
    let frozen = studio.publish(&id, "stable", "").await.unwrap();
    studio.close().await;
    // As a killed process leaves it: claimed, sent, never answered.
    let url = format!("sqlite://{}", bench.database().display());
    let mut db = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url)
        .await
        .unwrap();
    sqlx::query("UPDATE outbox SET state = 'sending', ever_sent = 1, attempts = 1, fence = 7")
        .execute(&mut db)
        .await
        .unwrap();
    sqlx::query("INSERT INTO lease (name, holder, fence, until_us) VALUES ('sender', 'the dead', 7, ?) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, fence = excluded.fence, until_us = excluded.until_us")
        .bind(bench.time.load(std::sync::atomic::Ordering::Relaxed) + 30_000_000)
        .execute(&mut db)
        .await
        .unwrap();
    sqlx::Connection::close(db).await.unwrap();

    // While somebody else sends, this one does not.
    let lock = std::fs::File::create(bench.store_dir().join("sender.lock")).unwrap();
    lock.lock().unwrap();
    let studio = bench.open().await;
    studio.set_connection(Some(peer.connection("token")));
    studio.settle_once().await.unwrap();
    assert_eq!(peer.paths(), [""; 0]);
    // A dead one is not waited for.
    drop(lock);
    studio.settle_once().await.unwrap();
    let settled = studio.outbox_entry(&frozen.key).await.unwrap();
    assert_eq!((settled.state, settled.attempts), (OutboxState::Settled, 2));
    let key = format!("\"{}\"", frozen.key);
    assert_eq!(peer.requests()[0].key.as_deref(), Some(key.as_str()));
}
