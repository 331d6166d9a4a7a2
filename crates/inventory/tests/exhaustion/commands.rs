//! An operator's command killed at every round trip, that of connecting
//! included, and run again: one effect, or a clear word that it is there.

use crate::operations::{ELSEWHERE, OPERATIONS, Operation, READING};
use dramatis_inventory::testing::{self, Counted, Inventory, Plan, SIDES, Side, Wire, binary};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    process::Stdio,
    sync::{Arc, OnceLock},
};
use tokio::process::Command;
use uuid::Uuid;

/// Every command of the definition is cut off, only reads, or has its reason.
#[test]
fn every_command_that_changes_something_is_exhausted() {
    let commands = testing::commands();
    assert!(commands.len() > 20, "{commands:?}");
    let is = |command: &str, words: &[&str]| {
        let words = format!("{} ", words.join(" "));
        words.starts_with(&format!("{command} "))
    };
    let places = |command: &str| {
        let cut_off = OPERATIONS.iter().any(|one| is(command, one.words));
        let reads = READING.iter().any(|words| is(command, words));
        let reason = ELSEWHERE.iter().any(|(name, _)| *name == command);
        [cut_off, reads, reason]
            .into_iter()
            .filter(|in_it| *in_it)
            .count()
    };
    let left: Vec<_> = commands.iter().filter(|one| places(one) != 1).collect();
    assert!(
        left.is_empty(),
        "each belongs into one list of exhaustion/operations.rs: {left:?}"
    );
    let unknown: Vec<_> = OPERATIONS
        .iter()
        .map(|one| one.words)
        .chain(READING.iter().copied())
        .filter(|words| !commands.iter().any(|command| is(command, words)))
        .collect();
    assert!(unknown.is_empty(), "there is no such command: {unknown:?}");
    let unknown = ELSEWHERE
        .iter()
        .find(|(name, _)| !commands.iter().any(|one| one == name));
    assert!(unknown.is_none(), "there is no such command: {unknown:?}");
}

/// What is said to only read does so in a database that takes no change.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_reads_changes_nothing() {
    let inventory = Inventory::without_service().await;
    let read_only = "DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database());
    END $$";
    sqlx::raw_sql(read_only)
        .execute(&inventory.admin)
        .await
        .unwrap();
    for words in READING {
        let id = Uuid::now_v7().to_string();
        let (done, said) = run(inventory.admin_url(), words, "ana", &id, None).await;
        assert!(done, "{words:?}: {said}");
    }
    let refused = run(
        inventory.admin_url(),
        &["tenant", "create", "other"],
        "",
        "",
        None,
    )
    .await;
    assert!(refused.1.contains("read-only transaction"), "{}", refused.1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_command_killed_at_every_round_trip_is_run_again_and_done_once() {
    let inventory = Inventory::without_service().await;
    let wire = Wire::to(inventory.admin_url()).await;
    let mut crashes = 0;
    for operation in OPERATIONS {
        let before = crashes;
        for side in SIDES {
            let mut at = 1;
            while operation.cut_off(&inventory, &wire, at, side).await {
                at += 1;
            }
            crashes += at - 1;
        }
        assert!(crashes > before + 6, "{:?}", operation.words);
        let verified = dramatis_inventory::replay(inventory.admin_url(), |_| {}).await;
        verified.unwrap_or_else(|fault| panic!("{:?}: {fault}", operation.words));
    }
    println!("exhaustion: {crashes} times an operator's command was killed");
}

impl Operation {
    /// Whether there was such a point.
    async fn cut_off(&self, inventory: &Inventory, wire: &Wire, at: u32, side: Side) -> bool {
        let name = format!("n{}", Uuid::new_v4().simple());
        let place = format!("{:?}, {side:?} round trip {at}", self.words);
        let mut id = String::new();
        for words in self.after {
            let (done, said) = run(inventory.admin_url(), words, &name, &id, None).await;
            assert!(done, "{said}");
            let said: serde_json::Value = serde_json::from_str(&said).unwrap();
            if let Some(made) = said.get("id").or(said.get("hold")) {
                id = made
                    .as_str()
                    .map_or_else(|| made.to_string(), str::to_owned);
            }
        }
        let given = sqlx::AssertSqlSafe(self.given.replace("NAME", &name));
        sqlx::raw_sql(given)
            .execute(&inventory.admin)
            .await
            .unwrap();
        let effect = number(inventory, self.effect, &name).await;
        let events = number(inventory, self.event, &name).await;
        let pid = Arc::new(OnceLock::new());
        let theirs = pid.clone();
        wire.arm(Plan {
            at,
            side,
            counted: Counted::All,
            strike: Box::new(move || {
                // At its last round trip it may have ended by itself.
                let _ = kill(Pid::from_raw(*theirs.wait()), Signal::SIGKILL);
            }),
        });
        let by_wire = wire.url(inventory.admin_url());
        let (first, said) = run(&by_wire, self.words, &name, &id, Some(&pid)).await;
        let struck = wire.seen().struck;
        assert!(struck || first, "{place}: {said}");

        let (again, said) = run(inventory.admin_url(), self.words, &name, &id, None).await;
        let clear = !self.done.is_empty() && said.contains(self.done);
        assert!(again || clear, "{place}: {said}");
        let rows = number(inventory, self.effect, &name).await - effect;
        assert!((1..=self.most).contains(&rows), "{place}: {rows}");
        let events = number(inventory, self.event, &name).await - events;
        assert_eq!(events, rows, "{place}: events");
        struck
    }
}

async fn number(inventory: &Inventory, sql: &str, name: &str) -> i64 {
    let sql = sqlx::AssertSqlSafe(sql.replace("NAME", name));
    sqlx::query_scalar(sql)
        .fetch_one(&inventory.admin)
        .await
        .unwrap()
}

/// Where the key lies that webhooks' secrets are sealed under, and where files are.
static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();

/// Runs a command; whether it went well, and what it said.
async fn run(
    url: &str,
    words: &[&str],
    name: &str,
    id: &str,
    pid: Option<&OnceLock<i32>>,
) -> (bool, String) {
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let made = std::process::Command::new(binary())
            .args(["webhook", "key"])
            .arg(folder.path().join("key"))
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("it runs").success());
        std::fs::create_dir(folder.path().join("blobs")).expect("a folder for files");
        folder
    });
    let folder = folder.path();
    let new = folder.join(Uuid::new_v4().to_string());
    let words = words.iter().map(|word| match *word {
        "NEW" => new.display().to_string(),
        word => word.replace("NAME", name).replace("ID", id),
    });
    let child = Command::new(binary())
        .args(words)
        .env("INVENTORY_DATABASE_URL", url)
        .env("INVENTORY_ERASER_DATABASE_URL", url)
        .env("INVENTORY_WORKER_DATABASE_URL", url)
        .env("INVENTORY_BLOBS", folder.join("blobs"))
        .env("INVENTORY_WEBHOOK_KEY_FILE", folder.join("key"))
        .env("DRAMATIS_LOG", "off")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    if let Some(pid) = pid {
        let id = child.id().expect("it was not waited for");
        let _ = pid.set(i32::try_from(id).expect("a process"));
    }
    let output = child.wait_with_output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8(said).expect("text"),
    )
}
