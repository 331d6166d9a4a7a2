//! What an operator's commands say: the words of a refusal, and warnings of what
//! would otherwise be missing without a word.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use dramatis_inventory::testing::{
    Inventory, PrivateCluster, ServiceProcess, binary, command as done,
};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// What a command that fails says; nothing of it on standard output.
fn refused(url: &str, arguments: &[&str]) -> String {
    let out = Command::new(binary())
        .args(arguments)
        .env("INVENTORY_DATABASE_URL", url)
        .output()
        .unwrap();
    assert!(!out.status.success(), "{arguments:?}");
    assert_eq!(out.stdout, b"", "{arguments:?}");
    String::from_utf8(out.stderr).unwrap()
}

/// What `serve` warns of until it serves.
async fn warned(inventory: &Inventory, url: &str, worker: Option<String>) -> String {
    let mut command = ServiceProcess::command(url, inventory.blobs(), None);
    command
        .env("DRAMATIS_LOG", "warn")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(worker) = worker {
        command.env("INVENTORY_WORKER_DATABASE_URL", worker);
    }
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(out.next_line().await.unwrap().is_some());
    child.start_kill().unwrap();
    String::from_utf8(child.wait_with_output().await.unwrap().stderr).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn serve_warns_of_a_missing_workers_login_and_of_an_administrators() {
    let inventory = Inventory::without_service().await;
    let (worker, administrator) = ("no --worker-database-url", "an administrator of Postgres");
    let said = warned(&inventory, inventory.admin_url(), None).await;
    assert!(said.contains(worker), "{said}");
    assert!(said.contains(administrator), "{said}");
    let url = inventory.worker_url();
    let said = warned(&inventory, inventory.service_url(), Some(url)).await;
    assert_eq!(said, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_accounts_that_can_have_a_token_count_as_people_of_a_stage() {
    let inventory = Inventory::without_service().await;
    let set = ["tenant", "approvals", "set", "test", "--stage"];
    let staffed = |stage: &str| {
        let said = done(&inventory, &[&set[..], &[stage]].concat());
        said["stages"][0]["people"].clone()
    };
    assert_eq!(staffed("review=operator"), 0);
    inventory.another_creator("rita", &["operator"]).await;
    assert_eq!(staffed("review=operator"), 1);
    assert_eq!(staffed("review=reviewer"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_an_app_only_reads_unless_it_is_said_and_none_is_made_that_has_ended() {
    let inventory = Inventory::without_service().await;
    inventory.another_creator("shop", &["app"]).await;
    let create = |whose: &'static str, more: &[&'static str]| {
        let what = ["token", "create", "--tenant", "test", "--label", "x"];
        [&what[..], &["--creator", whose], more].concat()
    };
    let scopes = |arguments: &[&str]| -> Value { done(&inventory, arguments)["scopes"].clone() };
    assert_eq!(scopes(&create("shop", &[])), json!(["read"]));
    assert_eq!(
        scopes(&create("shop", &["--scope", "write"])),
        json!(["write"])
    );
    assert_eq!(scopes(&create("ana", &[])), json!(["read", "write"]));
    let url = inventory.admin_url();
    let past = refused(url, &create("ana", &["--expires", "2020-01-01T00:00:00Z"]));
    assert!(past.contains("in the past"), "{past}");
    let bogus = refused(url, &create("ana", &["--scope", "bogus"]));
    assert!(
        bogus.contains("“bogus” is no scope; there are read, write"),
        "{bogus}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_in_words_and_not_in_postgres() {
    let inventory = Inventory::without_service().await;
    let url = inventory.admin_url();
    let create = ["creator", "create", "--tenant", "test"];
    let role = refused(url, &[&create[..], &["berta", "--role", "boss"]].concat());
    assert!(
        role.contains("“boss” is no role; there are creator, reviewer"),
        "{role}"
    );
    let handle = refused(url, &[&create[..], &["Ana B"]].concat());
    assert!(
        handle.contains("'Ana B' for '<HANDLE>': it may hold a–z"),
        "{handle}"
    );
    let missing = Command::new(binary())
        .args(["tenant", "list"])
        .env_remove("INVENTORY_DATABASE_URL")
        .output()
        .unwrap();
    assert_eq!(missing.status.code(), Some(2));
    let missing = String::from_utf8(missing.stderr).unwrap();
    let tip = "--database-url is read from the variable INVENTORY_DATABASE_URL too";
    assert!(missing.contains(tip), "{missing}");
}

/// In a cluster that has no roles of ours, and in one that has them.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_not_migrated_is_told_from_one_that_refuses() {
    let (empty, other) = (
        PrivateCluster::empty().await,
        Inventory::without_service().await,
    );
    let (address, query) = other.admin_url().split_once('?').unwrap();
    let (server, _) = address.rsplit_once('/').unwrap();
    let without_tables = format!("{server}/postgres?{query}");
    for url in [empty.url("postgres", "postgres"), without_tables] {
        for arguments in [&["tenant", "create", "team"][..], &["verify"], &["serve"]] {
            let said = refused(&url, arguments);
            let first = said.contains("run `dramatis-inventory migrate` first");
            assert!(first, "{arguments:?}: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_says_where_it_did_not_look_at_files_and_makes_no_folder() {
    let inventory = Inventory::without_service().await;
    let without = done(&inventory, &["verify"])["verified"].to_string();
    assert!(
        without.contains("0 cards, files not looked at"),
        "{without}"
    );
    let folder = inventory.blobs().to_str().unwrap();
    let with = done(&inventory, &["verify", "--blobs", folder])["verified"].to_string();
    assert!(with.contains("0 cards, 0 files"), "{with}");
    let nowhere = format!("{folder}/nosuch");
    let said = refused(inventory.admin_url(), &["verify", "--blobs", &nowhere]);
    assert!(said.contains("There is no folder"), "{said}");
    assert!(!std::path::Path::new(&nowhere).exists());
}
