//! What whoever runs it sees: metrics under the names that the runbook uses,
//! and a log that machines can read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::{
    SealingKey,
    testing::{Inventory, PrivateCluster, ServiceProcess},
};
use std::{collections::BTreeSet, path::Path, process::Stdio, time::Duration};
use support::*;

/// Every name of a metric in a text, as it is exposed.
fn names(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        .filter(|word| word.starts_with("dramatis_"))
        .map(str::to_owned)
        .collect()
}

async fn metrics(url: &str) -> String {
    let asked = client().get(format!("{url}/metrics"));
    asked.send().await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_of_the_runbook_is_one_that_a_running_service_tells() {
    let cluster = PrivateCluster::start().await;
    let inventory = Inventory::on(&cluster).await;
    let standby = cluster.standby().await;
    let database = inventory.service_url().split_once('?').unwrap().0;
    let database = database.rsplit_once('/').unwrap().1;
    let mut command = ServiceProcess::command(inventory.service_url(), inventory.blobs(), None);
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key");
    SealingKey::make(&key_file).unwrap();
    command
        .env("INVENTORY_WORKER_DATABASE_URL", inventory.worker_url())
        .env("INVENTORY_WEBHOOK_KEY_FILE", key_file)
        .args([
            "--read-database-url",
            &standby.url("dramatis_service", database),
        ]);
    let process = ServiceProcess::spawn(command).await;
    let (client, url, token) = (client(), process.url.clone(), inventory.token.clone());

    let request = publish(item(), "mirelle", None, "a");
    let published = publishing(&client, &url, &token, key(), &request);
    assert_eq!(send(published).await.unwrap().status, 201);
    // Kept as the key's answer, and counted like one that is not.
    let taken = publish(item(), "mirelle", None, "b");
    let taken = publishing(&client, &url, &token, key(), &taken);
    assert_eq!(send(taken).await.unwrap().code(), "slug_taken");
    let digest = manifest_hash(&request);
    for path in [
        "/v1/listing".to_owned(),
        format!("/v1/releases/{digest}"),
        "/nowhere".into(),
    ] {
        let asked = client.get(format!("{url}{path}")).bearer_auth(&token);
        send(asked).await.unwrap();
    }

    let runbook = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/runbook.md");
    let mut wanted = names(&std::fs::read_to_string(runbook).unwrap());
    assert!(wanted.len() > 12, "{wanted:?}");
    // Roles of Postgres have such names too; the runbook names none of them.
    wanted.retain(|name| name != "dramatis_service" && name != "dramatis_worker");
    let told = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let told = metrics(&url).await;
            let missing: Vec<_> = wanted.difference(&names(&told)).cloned().collect();
            if missing.is_empty() {
                return Ok::<_, ()>(told);
            }
            eprintln!("not yet: {missing:?}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    })
    .await
    .expect("each name of the runbook is told")
    .unwrap();

    for line in [
        r#"dramatis_requests_total{method="POST",route="/v1/releases",status="201"} 1"#,
        r#"dramatis_requests_total{method="GET",route="/v1/releases/{release}",status="#,
        r#"dramatis_requests_total{method="GET",route="none",status="404"} 1"#,
        r#"dramatis_problems_total{code="slug_taken"} 1"#,
        r#"dramatis_problems_total{code="internal"} 0"#,
        r#"dramatis_pool_connections{state="most"} 32"#,
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    // Who and whose is in no label.
    let creator = inventory.account.to_string();
    let tenant = inventory.tenant.to_string();
    for private in [
        creator.as_str(),
        &tenant,
        "mirelle",
        "ana",
        &digest.hex(),
        "dmt_",
    ] {
        let found = told
            .lines()
            .find(|line| !line.starts_with('#') && line.contains(private));
        assert_eq!(found, None, "{private}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_json_with_the_requests_id_and_the_callers_trace_and_no_token() {
    let inventory = Inventory::without_service().await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = ServiceProcess::command(inventory.service_url(), inventory.blobs(), None);
    command
        .args(["--log-format", "json"])
        .env("DRAMATIS_LOG", "debug")
        .stderr(Stdio::from(std::fs::File::create(&log).unwrap()));
    let process = ServiceProcess::spawn(command).await;
    let asked = client()
        .get(format!("{}/v1/listing", process.url))
        .bearer_auth(&inventory.token)
        .header("x-request-id", "one-of-mine")
        .header(
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        );
    assert_eq!(send(asked).await.unwrap().status, 200);
    let line = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let text = std::fs::read_to_string(&log).unwrap();
            if let Some(line) = text.lines().find(|line| line.contains("\"answered\"")) {
                return line.to_owned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the answer is logged");
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(said["level"], "INFO");
    assert_eq!(said["status"], 200);
    assert_eq!(said["span"]["id"], "one-of-mine");
    assert_eq!(said["span"]["path"], "/v1/listing");
    assert_eq!(said["span"]["trace_id"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(said["span"]["parent_id"], "b7ad6b7169203331");
    let text = std::fs::read_to_string(&log).unwrap();
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
    assert!(!text.contains(&inventory.token));
}
