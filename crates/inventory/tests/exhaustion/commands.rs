//! An operator's command killed at every round trip, that of connecting
//! included, and run again: one effect, or a clear word that it is there.

use dramatis_inventory::testing::{Counted, Inventory, Plan, SIDES, Side, Wire, binary};
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

/// A command; `NAME` is new every time, `ID` is what the command before made.
struct Operation {
    words: &'static [&'static str],
    /// Commands that have to have run before.
    after: &'static [&'static [&'static str]],
    /// What it says where it had been done.
    done: &'static str,
    /// How many rows it makes.
    effect: &'static str,
    /// How many events, with `NAME` as above.
    event: &'static str,
    /// The most it leaves when it is run twice.
    most: i64,
}

const TENANT: &[&str] = &["tenant", "create", "NAME"];
const CREATOR: &[&str] = &["creator", "create", "--tenant", "test", "NAME"];

const ADD_WEBHOOK: &[&str] = &["webhook", "add", "--tenant", "test", "https://1.1.1.1/NAME"];

const OPERATIONS: &[Operation] = &[
    Operation {
        words: TENANT,
        after: &[],
        done: "there already is a tenant",
        effect: "SELECT count(*) FROM tenant WHERE slug = 'NAME'",
        event: "SELECT count(*) FROM event WHERE action = 'tenant.created' AND after::jsonb ->> 'slug' = 'NAME'",
        most: 1,
    },
    Operation {
        words: CREATOR,
        after: &[],
        done: "there already is a creator",
        effect: "SELECT count(*) FROM account WHERE handle = 'NAME'",
        event: "SELECT count(*) FROM event WHERE action = 'account.created' AND after::jsonb ->> 'handle' = 'NAME'",
        most: 1,
    },
    Operation {
        words: &["member", "grant", "--tenant", "test", "NAME", "reviewer"],
        after: &[CREATOR],
        done: "already has the role",
        effect: "SELECT count(*) FROM membership m JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
                 WHERE a.handle = 'NAME' AND m.role = 'reviewer'",
        event: "SELECT count(*) FROM event e JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.subject_id
                WHERE a.handle = 'NAME' AND e.action = 'member.granted'",
        most: 1,
    },
    Operation {
        words: &["member", "revoke", "--tenant", "test", "NAME", "creator"],
        after: &[CREATOR],
        done: "does not have the role",
        effect: "SELECT 1 - count(*) FROM membership m JOIN account a ON a.tenant_id = m.tenant_id AND a.id = m.account_id
                 WHERE a.handle = 'NAME' AND m.role = 'creator'",
        event: "SELECT count(*) FROM event e JOIN account a ON a.tenant_id = e.tenant_id AND a.id = e.subject_id
                WHERE a.handle = 'NAME' AND e.action = 'member.revoked'",
        most: 1,
    },
    // Run twice it makes a second version that says the same.
    Operation {
        words: &["tenant", "approvals", "set", "NAME", "--stage", "review=reviewer"],
        after: &[TENANT],
        done: "",
        effect: "SELECT count(*) FROM approval_policy p JOIN tenant t ON t.id = p.tenant_id WHERE t.slug = 'NAME'",
        event: "SELECT count(*) FROM event e JOIN tenant t ON t.id = e.tenant_id
                WHERE t.slug = 'NAME' AND e.action = 'approvals.set'",
        most: 2,
    },
    // A token whose text nobody saw stays until somebody ends it: it is shown
    // once, and cannot be shown again.
    Operation {
        words: &["token", "create", "--tenant", "test", "--creator", "ana", "--label", "NAME"],
        after: &[],
        done: "",
        effect: "SELECT count(*) FROM api_token WHERE label = 'NAME'",
        event: "SELECT count(*) FROM event e JOIN api_token t ON t.tenant_id = e.tenant_id AND t.id = e.subject_id
                WHERE t.label = 'NAME' AND e.action = 'token.created'",
        most: 2,
    },
    Operation {
        words: &["token", "revoke", "--tenant", "test", "ID"],
        after: &[&["token", "create", "--tenant", "test", "--creator", "ana", "--label", "NAME"]],
        done: "there is no valid token",
        effect: "SELECT count(*) FROM api_token WHERE label = 'NAME' AND revoked_at IS NOT NULL",
        event: "SELECT count(*) FROM event e JOIN api_token t ON t.tenant_id = e.tenant_id AND t.id = e.subject_id
                WHERE t.label = 'NAME' AND e.action = 'token.revoked'",
        most: 1,
    },
    // As with a token: its secret is shown once.
    Operation {
        words: ADD_WEBHOOK,
        after: &[],
        done: "",
        effect: "SELECT count(*) FROM webhook WHERE url LIKE '%/NAME'",
        event: "SELECT count(*) FROM event e JOIN webhook w ON w.tenant_id = e.tenant_id AND w.id = e.subject_id
                WHERE w.url LIKE '%/NAME' AND e.action = 'webhook.created'",
        most: 2,
    },
    Operation {
        words: &["webhook", "disable", "--tenant", "test", "ID"],
        after: &[ADD_WEBHOOK],
        done: "there is no enabled webhook",
        effect: "SELECT count(*) FROM webhook WHERE url LIKE '%/NAME' AND disabled_at IS NOT NULL",
        event: "SELECT count(*) FROM event e JOIN webhook w ON w.tenant_id = e.tenant_id AND w.id = e.subject_id
                WHERE w.url LIKE '%/NAME' AND e.action = 'webhook.disabled'",
        most: 1,
    },
];

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
            let (done, said) = run(inventory.admin_url(), words, &name, "", None).await;
            assert!(done, "{said}");
            let said: serde_json::Value = serde_json::from_str(&said).unwrap();
            said["id"].as_str().unwrap().clone_into(&mut id);
        }
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
        let rows = number(inventory, self.effect, &name).await;
        assert!((1..=self.most).contains(&rows), "{place}: {rows}");
        assert_eq!(number(inventory, self.event, &name).await, rows, "{place}");
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

/// What webhooks' secrets are sealed under.
static KEY: OnceLock<tempfile::TempDir> = OnceLock::new();

/// Runs a command; whether it went well, and what it said.
async fn run(
    url: &str,
    words: &[&str],
    name: &str,
    id: &str,
    pid: Option<&OnceLock<i32>>,
) -> (bool, String) {
    let words = words
        .iter()
        .map(|word| word.replace("NAME", name).replace("ID", id));
    let key = KEY.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let made = std::process::Command::new(binary())
            .args(["webhook", "key"])
            .arg(folder.path().join("key"))
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("it runs").success());
        folder
    });
    let child = Command::new(binary())
        .args(words)
        .env("INVENTORY_DATABASE_URL", url)
        .env("INVENTORY_WEBHOOK_KEY_FILE", key.path().join("key"))
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
