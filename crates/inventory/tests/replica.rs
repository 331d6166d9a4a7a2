//! Reads from a real streaming replica that lags: who has written reads the
//! own write, who has not may read what was, and a replica that is gone costs
//! nobody an answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::{Position, headers};
use dramatis_domain::{Digest, ItemId};
use dramatis_inventory::{
    App, StartFault,
    testing::{Inventory, PrivateCluster, ServiceProcess, Standby},
};
use reqwest::Client;
use serde_json::Value;
use sqlx::PgPool;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use support::{
    load::{Seen, readers, until},
    *,
};

const STABLE: &str = "/v1/resolve/ana/mirelle/stable";

/// A primary, its standby, and a service that knows both.
struct Scene {
    inventory: Inventory,
    standby: Standby,
    replica: PgPool,
    process: ServiceProcess,
    client: Client,
    // Last: dropped after everything that uses it.
    _cluster: PrivateCluster,
}

impl Scene {
    async fn start() -> Self {
        let cluster = PrivateCluster::start().await;
        let inventory = Inventory::on(&cluster).await;
        let standby = cluster.standby().await;
        let database = inventory.service_url().split_once('?').unwrap().0;
        let database = database.rsplit_once('/').unwrap().1;
        let mut command = ServiceProcess::command(inventory.service_url(), inventory.blobs(), None);
        let url = standby.url("dramatis_service", database);
        command.args(["--read-database-url", &url]);
        Self {
            process: ServiceProcess::spawn(command).await,
            replica: PgPool::connect_lazy(&standby.url("postgres", database)).unwrap(),
            inventory,
            standby,
            client: client(),
            _cluster: cluster,
        }
    }

    /// Publishes; the manifest's hash, and the position that was told.
    async fn publish(
        &self,
        item: ItemId,
        parent: Option<Digest>,
        word: &str,
    ) -> (Digest, Position) {
        let (key, request) = (key(), publish(item, "mirelle", parent, word));
        let (url, token) = (&self.process.url, &self.inventory.token);
        let asked = || publishing(&self.client, url, token, key, &request);
        let first = asked().send().await.unwrap();
        assert_eq!(first.status(), 201);
        let position = told(&first).unwrap();
        let body = first.bytes().await.unwrap();
        // The position stands beside the answer, never in it.
        let again = asked().send().await.unwrap();
        assert_eq!(again.headers()[headers::IDEMPOTENCY_REPLAYED], "true");
        assert!(told(&again).unwrap() >= position);
        assert_eq!(again.bytes().await.unwrap(), body);
        (manifest_hash(&request), position)
    }

    async fn get(&self, path: &str, position: Option<Position>) -> Answer {
        let mut asked = self
            .client
            .get(format!("{}{path}", self.process.url))
            .bearer_auth(&self.inventory.token);
        if let Some(position) = position {
            asked = asked.header(headers::POSITION, position.to_string());
        }
        send(asked).await.unwrap()
    }

    /// The number that `stable` points at.
    async fn stable(&self, position: Option<Position>) -> Value {
        let answer = self.get(STABLE, position).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()["release"]["number"].clone()
    }

    async fn on_replica(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.replica).await.unwrap();
    }

    async fn until_on_replica(&self, sql: &str) {
        tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                let statement = sqlx::AssertSqlSafe(sql.to_owned());
                if sqlx::query_scalar(statement)
                    .fetch_one(&self.replica)
                    .await
                    .unwrap()
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await
        .expect("the replica gets there");
    }

    async fn until_replayed(&self, position: Position) {
        let sql = format!("SELECT pg_last_wal_replay_lsn() >= '{position}'");
        self.until_on_replica(&sql).await;
    }

    /// How many reads a server has answered.
    async fn reads(&self, server: &str) -> u64 {
        let url = format!("{}/metrics", self.process.url);
        let text = self.client.get(url).send().await.unwrap().text().await;
        let name = format!("dramatis_reads_total{{server=\"{server}\"}} ");
        let text = text.unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(&name));
        line.map_or(0, |count| count.parse().unwrap())
    }
}

fn told(response: &reqwest::Response) -> Option<Position> {
    let value = response.headers().get(headers::POSITION)?;
    value.to_str().unwrap().parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_written_reads_the_own_write_and_who_has_not_the_replica_as_it_was() {
    let scene = Scene::start().await;
    let item = item();
    let (first, one) = scene.publish(item, None, "a").await;
    scene.until_replayed(one).await;
    scene.on_replica("SELECT pg_wal_replay_pause()").await;
    scene
        .until_on_replica("SELECT pg_get_wal_replay_pause_state() = 'paused'")
        .await;
    let (second, two) = scene.publish(item, Some(first), "b").await;
    assert!(two > one);

    let from_replica = scene.reads("replica").await;
    assert_eq!(scene.stable(None).await, 1, "the replica as it was");
    assert_eq!(scene.stable(Some(one)).await, 1, "it has come that far");
    assert_eq!(scene.reads("replica").await, from_replica + 2);
    assert_eq!(scene.stable(Some(two)).await, 2, "the own write");
    let by_hash = format!("/v1/releases/{second}");
    assert_eq!(scene.get(&by_hash, None).await.status, 404);
    assert_eq!(scene.get(&by_hash, Some(two)).await.status, 200);
    let listed = |answer: Answer| answer.json()["entries"].as_array().map(Vec::len);
    assert!(listed(scene.get("/v1/listing", Some(two)).await).is_some());
    assert_eq!(scene.reads("replica").await, from_replica + 3);

    // A history that seems cut off would be an alarm: never from a replica.
    let shown = scene.get(&format!("/v1/items/{item}"), None).await.json();
    assert_eq!(shown["releases"].as_array().unwrap().len(), 2);
    let events = scene.get(&format!("/v1/items/{item}/events"), None).await;
    assert_eq!(events.json()["head"], shown["head"]);
    // Nor whether a token is good.
    let revoked = &scene.inventory;
    revoked
        .provisioner
        .revoke_token(revoked.tenant, revoked.token_id)
        .await
        .unwrap();
    assert_eq!(scene.get(STABLE, None).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_goes_on_serves_who_has_written_once_it_has_come_as_far() {
    let scene = Arc::new(Scene::start().await);
    scene
        .on_replica("ALTER SYSTEM SET recovery_min_apply_delay = '150ms'")
        .await;
    scene.on_replica("SELECT pg_reload_conf()").await;
    let item = item();
    let (mut parent, mut position) = (None, None);
    // Asked at once, again and again while the replica catches up: whichever
    // server answers, none is behind.
    for number in 1..=8 {
        let (made, reached) = scene.publish(item, parent, &format!("v{number}")).await;
        (parent, position) = (Some(made), Some(reached));
        let before = scene.reads("replica").await;
        while scene.reads("replica").await == before {
            assert_eq!(scene.stable(position).await, number);
        }
    }
    assert!(scene.reads("primary").await > 0);
    scene.until_replayed(position.unwrap()).await;
    assert_eq!(scene.stable(None).await, 8);
    let strange = scene
        .client
        .get(format!("{}{STABLE}", scene.process.url))
        .bearer_auth(&scene.inventory.token)
        .header(headers::POSITION, "yesterday");
    assert_eq!(send(strange).await.unwrap().code(), "bad_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_gone_costs_nobody_an_answer_and_serves_when_it_is_back() {
    let mut scene = Scene::start().await;
    let (_, position) = scene.publish(item(), None, "a").await;
    scene.until_replayed(position).await;
    let seen = Arc::new(Seen::default());
    let readers = readers(&seen, 4, &scene.process.url, &scene.inventory.token);
    let more = |seen: &Arc<Seen>| {
        let (seen, now) = (Arc::clone(seen), seen.read.load(Ordering::SeqCst));
        move || seen.read.load(Ordering::SeqCst) > now + 20
    };
    until("the replica serves", more(&seen)).await;
    assert!(scene.reads("replica").await > 0);
    scene.standby.kill().await;
    until("the primary serves", more(&seen)).await;
    let ready = scene.client.get(format!("{}/ready", scene.process.url));
    assert_eq!(send(ready).await.unwrap().status, 200);
    assert_eq!(scene.stable(Some(position)).await, 1);

    scene.standby.restart().await;
    let before = scene.reads("replica").await;
    tokio::time::timeout(Duration::from_secs(60), async {
        while scene.reads("replica").await == before {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("the replica serves again");
    seen.enough.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    // Only what was being read from it at that moment is asked again.
    let statuses = seen.statuses.lock().unwrap().clone();
    assert!(
        statuses.keys().all(|s| matches!(s, 200 | 503)),
        "{statuses:?}"
    );
    assert!(seen.times(503) <= 4, "{statuses:?}");
    let longest = *seen.longest.lock().unwrap();
    assert!(longest < Duration::from_secs(5), "{longest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_of_another_inventory_is_refused_at_the_start() {
    let (ours, theirs) = (
        Inventory::without_service().await,
        Inventory::without_service().await,
    );
    let settings = dramatis_inventory::Settings {
        read_database_url: Some(theirs.service_url().to_owned()),
        ..ours.settings()
    };
    assert!(matches!(
        App::start(&settings).await.map(drop),
        Err(StartFault::AnotherReplica)
    ));
}
