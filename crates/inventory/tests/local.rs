//! *This computer*: one folder, one cluster, one service, whatever dies.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::Client;
use serde_json::Value;
use std::{path::Path, process::Stdio, time::Duration};
use support::*;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

const BINARY: &str = env!("CARGO_BIN_EXE_dramatis-inventory");

struct Local {
    child: Child,
    url: String,
    pid: i32,
}

impl Local {
    async fn start(data: &Path) -> Self {
        let mut child = Command::new(BINARY)
            .args(["local", "--with-parent", "--data"])
            .arg(data)
            .env("DRAMATIS_LOG", "error")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let line = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .next_line()
            .await
            .unwrap()
            .expect("a line of JSON");
        let said: Value = serde_json::from_str(&line).unwrap();
        Self {
            child,
            url: said["url"].as_str().unwrap().to_owned(),
            pid: said["pid"].as_i64().unwrap().try_into().unwrap(),
        }
    }

    /// The way a studio ends it: by closing its input.
    async fn stop(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().await.unwrap().success());
    }
}

async fn token(data: &Path) -> String {
    let output = Command::new(BINARY)
        .args(["local-token", "--name", "test", "--data"])
        .arg(data)
        .output()
        .await
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    said["token"].as_str().unwrap().to_owned()
}

async fn publish_one(client: &Client, local: &Local, token: &str, slug: &str) {
    let (key, request) = (key(), publish(item(), slug, None, "a"));
    let settled = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            match send(publishing(client, &local.url, token, key, &request)).await {
                Ok(answer) if answer.status != 503 => break answer,
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    })
    .await
    .expect("it is settled within thirty seconds");
    assert_eq!(settled.status, 201, "{}", settled.body);
}

async fn slugs(client: &Client, local: &Local, token: &str) -> usize {
    let answer = send(
        client
            .get(format!("{}/v1/items", local.url))
            .bearer_auth(token),
    )
    .await
    .unwrap();
    answer.json()["items"].as_array().unwrap().len()
}

/// The server process of the folder's cluster.
fn postgres(data: &Path) -> i32 {
    let cluster = dramatis_inventory::Place::of(data).unwrap();
    let text = std::fs::read_to_string(cluster.folder().join("data/postmaster.pid")).unwrap();
    text.lines().next().unwrap().trim().parse().unwrap()
}

/// A process that has ended, but that nobody has asked about yet, is not alive.
fn is_alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    kill(Pid::from_raw(pid), None).is_ok() && !stat.contains(") Z ")
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Drop for Folder {
    /// As root the cluster lies elsewhere: it goes too.
    fn drop(&mut self) {
        if let Ok(place) = dramatis_inventory::Place::of(&self.0.path().join("inventory")) {
            let _ = std::fs::remove_dir_all(place.folder());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_keeps_its_data_over_a_restart_and_stops_its_postgres() {
    let folder = Folder::new();
    let data = folder.0.path().join("inventory");
    let client = client();
    let local = Local::start(&data).await;
    let token = token(&data).await;
    publish_one(&client, &local, &token, "mirelle").await;
    let (server, url) = (postgres(&data), local.url.clone());
    local.stop().await;
    assert!(!is_alive(server), "Postgres outlived its inventory");
    assert!(!data.join("local.json").exists());

    let local = Local::start(&data).await;
    assert_eq!(local.url, url, "the address stays where the port is free");
    assert_eq!(slugs(&client, &local, &token).await, 1);
    let verified = Command::new(BINARY)
        .args(["verify", "--data"])
        .arg(&data)
        .output()
        .await
        .unwrap();
    assert!(
        verified.status.success(),
        "{}",
        String::from_utf8_lossy(&verified.stderr)
    );
    local.stop().await;
    std::mem::drop(folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_one_points_to_the_first_and_ends() {
    let folder = Folder::new();
    let data = folder.0.path().join("inventory");
    let first = Local::start(&data).await;
    let mut second = Local::start(&data).await;
    assert_eq!((&second.url, second.pid), (&first.url, first.pid));
    assert!(second.child.wait().await.unwrap().success());
    first.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_postgres_is_restarted_and_a_killed_inventory_adopts_its_orphan() {
    let folder = Folder::new();
    let data = folder.0.path().join("inventory");
    let client = client();
    let mut local = Local::start(&data).await;
    let token = token(&data).await;
    publish_one(&client, &local, &token, "one").await;

    let server = postgres(&data);
    kill(Pid::from_raw(server), Signal::SIGKILL).unwrap();
    publish_one(&client, &local, &token, "two").await;
    let revived = postgres(&data);
    assert_ne!(revived, server);

    local.child.kill().await.unwrap();
    assert!(is_alive(revived), "an orphan");
    let local = Local::start(&data).await;
    assert_eq!(postgres(&data), revived, "adopted");
    publish_one(&client, &local, &token, "three").await;
    assert_eq!(slugs(&client, &local, &token).await, 3);
    local.stop().await;
    assert!(!is_alive(revived));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sigterm_stops_everything_in_order() {
    let folder = Folder::new();
    let data = folder.0.path().join("inventory");
    let mut local = Local::start(&data).await;
    let server = postgres(&data);
    kill(Pid::from_raw(local.pid), Signal::SIGTERM).unwrap();
    assert!(local.child.wait().await.unwrap().success());
    assert!(!is_alive(server));
}

/// While Postgres is being brought back nobody hangs: not who asks, and not who
/// wants it to end.
#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_does_not_come_back_it_answers_and_can_be_stopped() {
    let folder = Folder::new();
    let data = folder.0.path().join("inventory");
    let mut local = Local::start(&data).await;
    let place = dramatis_inventory::Place::of(&data).unwrap();
    std::fs::write(
        place.folder().join("data/postgresql.auto.conf"),
        "what this is no version of Postgres knows\n",
    )
    .unwrap();
    kill(Pid::from_raw(postgres(&data)), Signal::SIGKILL).unwrap();
    let ready = async {
        let asked = client().get(format!("{}/ready", local.url));
        asked.send().await.unwrap().status().as_u16()
    };
    let ready = tokio::time::timeout(Duration::from_secs(15), ready).await;
    assert_eq!(ready.expect("an answer in time"), 503);
    kill(Pid::from_raw(local.pid), Signal::SIGTERM).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(25), local.child.wait()).await;
    ended.expect("an end in time").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn only_this_computers_user_gets_in_and_only_by_the_socket() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let data = folder.0.path().join("inventory");
    let local = Local::start(&data).await;
    let cluster = dramatis_inventory::Place::of(&data).unwrap();
    for name in ["socket", "data"] {
        let mode = std::fs::metadata(cluster.folder().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700, "{name}");
    }
    let admin = sqlx::PgPool::connect(&cluster.url("postgres", "inventory"))
        .await
        .unwrap();
    for (setting, value) in [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
    ] {
        let found: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&admin)
            .await
            .unwrap();
        assert_eq!(found, value, "{setting}");
    }
    let methods: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT auth_method FROM pg_hba_file_rules")
            .fetch_all(&admin)
            .await
            .unwrap();
    assert_eq!(methods, ["peer"]);
    admin.close().await;
    local.stop().await;
}
