//! Tokens: told apart before anything is looked up, ended, and held to a rate;
//! what is noted of them is noted beside the requests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::Digest;
use dramatis_inventory::{App, Settings, bind, testing::Inventory};
use serde_json::Value;
use std::time::Duration;
use support::*;
use time::OffsetDateTime;
use tokio::{sync::oneshot, task::JoinHandle};

async fn whoami(url: &str, token: &str) -> Answer {
    let asked = client().get(format!("{url}/v1/whoami")).bearer_auth(token);
    send(asked).await.unwrap()
}

/// A service that holds every account to `rate` requests a second.
struct Limited {
    url: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Limited {
    async fn over(inventory: &Inventory, rate: u32) -> Self {
        let settings = Settings {
            rate,
            ..inventory.settings()
        };
        let app = App::start(&settings).await.unwrap();
        let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(app.serve(listener, async move {
            let _ = stopped.await;
        }));
        Self { url, stop, task }
    }

    /// Stops in order: what was counted is written.
    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_token_is_refused_without_a_look_at_the_database() {
    let inventory = Inventory::start().await;
    // Nobody can look a token up for as long as this is held.
    let mut held = inventory.admin.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE api_token IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let whole = {
        let (url, token) = (inventory.url.clone(), inventory.token.clone());
        tokio::spawn(async move { whoami(&url, &token).await })
    };
    until_sql(
        &inventory,
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%authenticate(%' AND datname = current_database()",
    )
    .await;
    let mut mistyped = inventory.token.clone();
    let last = if mistyped.pop() == Some('0') {
        '1'
    } else {
        '0'
    };
    mistyped.push(last);
    let cut = &inventory.token[..inventory.token.len() - 1];
    for token in [mistyped.as_str(), cut, "sk-something-else", "dmt_"] {
        let refused = whoami(&inventory.url, token).await;
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (401, "unauthorized")
        );
        assert!(refused.body.contains("not whole"), "{}", refused.body);
    }
    assert!(!whole.is_finished(), "a whole token is looked up");
    held.rollback().await.unwrap();
    assert_eq!(whole.await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_has_ended_is_refused_and_told_at_most_once_an_hour() {
    let inventory = Inventory::start().await;
    let scopes = ["read".to_owned()];
    let past = OffsetDateTime::now_utc() - time::Duration::minutes(1);
    let (expired, text) = inventory
        .token_for(inventory.account, &scopes, Some(past))
        .await;
    let (revoked, other) = inventory.token_for(inventory.account, &scopes, None).await;
    assert_eq!(whoami(&inventory.url, other.reveal()).await.status, 200);
    inventory
        .provisioner
        .revoke_token(inventory.tenant, revoked)
        .await
        .unwrap();
    // A second process has a memory of its own; the hour is the database's.
    let second = Limited::over(&inventory, 0).await;
    for url in [&inventory.url, &second.url, &inventory.url, &second.url] {
        for (token, why) in [(&text, "has expired"), (&other, "was revoked")] {
            let refused = whoami(url, token.reveal()).await;
            assert_eq!(
                (refused.status, refused.code().as_str()),
                (401, "unauthorized")
            );
            assert!(refused.body.contains(why), "{}", refused.body);
        }
    }
    until_sql(
        &inventory,
        "SELECT (SELECT count(*) FROM event WHERE action = 'token.refused') / 2",
    )
    .await;
    second.stop().await;
    let told: Vec<(uuid::Uuid, String)> = sqlx::query_as(
        "SELECT subject_id, after FROM event WHERE action = 'token.refused' ORDER BY after",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    let told: Vec<_> = told
        .into_iter()
        .map(|(token, after)| {
            (
                token,
                serde_json::from_str::<Value>(&after).unwrap()["why"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [(expired, "expired".into()), (revoked, "revoked".into())]
    );
    // An hour later it is told again, once, by a process that has not yet.
    sqlx::raw_sql("UPDATE api_token_refusal SET refused_at = refused_at - interval '1 hour'")
        .execute(&inventory.admin)
        .await
        .unwrap();
    let third = Limited::over(&inventory, 0).await;
    assert_eq!(whoami(&third.url, text.reveal()).await.status, 401);
    until_sql(
        &inventory,
        "SELECT (SELECT count(*) FROM event WHERE action = 'token.refused') / 3",
    )
    .await;
    third.stop().await;
    dramatis_inventory::verify(inventory.admin_url(), None)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tokens_last_use_is_noted_once_a_minute_beside_the_request() {
    let inventory = Inventory::start().await;
    // Its row cannot be written for as long as this is held: no request waits.
    let mut held = inventory.admin.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE api_token_use IN EXCLUSIVE MODE")
        .execute(&mut *held)
        .await
        .unwrap();
    let before = tokio::time::timeout(
        Duration::from_secs(20),
        whoami(&inventory.url, &inventory.token),
    );
    assert_eq!(before.await.unwrap().status, 200);
    held.rollback().await.unwrap();
    until_sql(&inventory, "SELECT count(*) FROM api_token_use").await;
    let used = async || -> OffsetDateTime {
        sqlx::query_scalar("SELECT last_used_at FROM api_token_use WHERE token_id = $1")
            .bind(inventory.token_id)
            .fetch_one(&inventory.admin)
            .await
            .unwrap()
    };
    let first = used().await;
    assert_eq!(whoami(&inventory.url, &inventory.token).await.status, 200);
    assert_eq!(used().await, first, "within the minute nothing is written");
    sqlx::raw_sql("UPDATE api_token_use SET last_used_at = last_used_at - interval '2 minutes'")
        .execute(&inventory.admin)
        .await
        .unwrap();
    assert_eq!(whoami(&inventory.url, &inventory.token).await.status, 200);
    until_sql(
        &inventory,
        "SELECT count(*) FROM api_token_use WHERE last_used_at > now() - interval '1 minute'",
    )
    .await;
    // The operator sees it; of a token that was never used there is none.
    let unused = inventory
        .token_for(inventory.account, &["read".to_owned()], None)
        .await
        .0;
    let listed = operator(&inventory, &["token", "list", "--tenant", "test"]).await;
    let of = |id: uuid::Uuid| {
        listed
            .iter()
            .find(|token| token["id"] == id.to_string())
            .unwrap()
    };
    assert!(of(inventory.token_id)["last_used_at"].is_string());
    assert_eq!(of(unused)["last_used_at"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_limited_over_all_its_tokens_in_each_process_and_operators_see_it() {
    let inventory = Inventory::without_service().await;
    let (_, berta) = inventory.another_creator("berta", &[]).await;
    let mut tokens = vec![inventory.token.clone()];
    for _ in 0..3 {
        tokens.push(inventory.another_token().await);
    }
    // Bursts of four seconds' worth: four requests, whichever token they come with.
    let (one, other) = (
        Limited::over(&inventory, 1).await,
        Limited::over(&inventory, 1).await,
    );
    let mut limited = Vec::new();
    for token in tokens.iter().cycle().take(12) {
        let asked = client()
            .get(format!("{}/v1/whoami", one.url))
            .bearer_auth(token);
        let response = asked.send().await.unwrap();
        if response.status() == 429 {
            let wait = response.headers()["retry-after"]
                .to_str()
                .unwrap()
                .to_owned();
            let problem: Value = response.json().await.unwrap();
            assert_eq!(problem["code"], "rate_limited");
            assert_eq!(problem["retry_after"].to_string(), wait);
            limited.push(problem["detail"].as_str().unwrap().to_owned());
        }
    }
    assert!(!limited.is_empty(), "no single token came to its own limit");
    assert!(
        limited
            .iter()
            .all(|detail| detail.starts_with("This account")),
        "{limited:?}"
    );
    // Another account, and the other process, are not held back by it.
    assert_eq!(whoami(&one.url, &berta).await.status, 200);
    assert_eq!(whoami(&other.url, &tokens[0]).await.status, 200);
    // One token beyond its own limit is limited before it is looked up, and
    // counted as its account's all the same; an invented one is nobody's.
    let (mut before, mut looked_up) = (0, 0);
    for _ in 0..8 {
        let refused = whoami(&other.url, &berta).await;
        before += i64::from(refused.status == 429);
        looked_up += i64::from(!refused.body.contains("This token"));
    }
    assert!(looked_up < 8);
    let unknown = format!("dmt_{}_{}", inventory.tenant.0.simple(), "07".repeat(20));
    let unknown = format!("{unknown}{}", Digest::of(unknown.as_bytes()).short());
    for _ in 0..8 {
        assert!(matches!(
            whoami(&other.url, &unknown).await.status,
            401 | 429
        ));
    }
    one.stop().await;
    other.stop().await;
    let rates = operator(&inventory, &["token", "rates", "--tenant", "test"]).await;
    assert_eq!(rates.len(), 2, "{rates:?}");
    let of = |handle: &str| rates.iter().find(|rate| rate["creator"] == handle).unwrap();
    assert_eq!(of("ana")["requests"], 13);
    assert_eq!(of("ana")["limited"], limited.len());
    assert_eq!(of("berta")["requests"], 9);
    assert_eq!(of("berta")["limited"], before);
    // A week later it is forgotten, when the next counts are written.
    sqlx::raw_sql("UPDATE account_rate SET minute = minute - interval '8 days'")
        .execute(&inventory.admin)
        .await
        .unwrap();
    let third = Limited::over(&inventory, 0).await;
    assert_eq!(whoami(&third.url, &berta).await.status, 200);
    third.stop().await;
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM account_rate").await,
        1
    );
}

/// What `dramatis-inventory` says, a JSON value a line.
async fn operator(inventory: &Inventory, arguments: &[&str]) -> Vec<Value> {
    let done = tokio::process::Command::new(dramatis_inventory::testing::binary())
        .args(arguments)
        .env("INVENTORY_DATABASE_URL", inventory.admin_url())
        .output()
        .await
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    String::from_utf8(done.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
