//! Points of the idempotency contract, and of the one clock, that no other
//! file looks at (inventory.md, Idempotency contract; schema rule 6).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::headers;
use dramatis_domain::ReleaseId;
use dramatis_inventory::{Eraser, replay, testing::Inventory, verify};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::time::Duration;
use support::{load::until, *};
use time::OffsetDateTime;
use uuid::Uuid;

/// What has its key in its path, and what changes nothing.
const WITHOUT_KEY: &[&str] = &["/v1/receipts/{key}/cancel", "/v1/resolve"];

async fn one(inventory: &Inventory, slug: &str) -> (ReleaseId, Uuid) {
    let request = publish(item(), slug, None, "a");
    published(inventory, &request).await;
    let manifest = manifest_of(&request);
    (manifest.release, manifest.item.0)
}

fn archiving() -> Value {
    json!({ "from": "published", "to": "archived", "device": device() })
}

/// Point 1: read from the description, so that a new mutation is asked too.
#[tokio::test(flavor = "multi_thread")]
async fn every_mutation_needs_its_key_as_a_quoted_uuid() {
    let inventory = Inventory::start().await;
    let document = dramatis_inventory::openapi_document().unwrap();
    let document: Value = serde_json::from_str(&document).unwrap();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        if methods["post"].is_null() || WITHOUT_KEY.contains(&path.as_str()) {
            continue;
        }
        asked += 1;
        let id = Uuid::now_v7().to_string();
        let url = path.replace("{release}", &id).replace("{item}", &id);
        let url = format!("{}{}", inventory.url, url.replace("{channel}", "stable"));
        let bare = || {
            client()
                .post(&url)
                .bearer_auth(&inventory.token)
                .json(&json!({}))
        };
        let missing = send(bare()).await.unwrap();
        let malformed = send(bare().header(headers::IDEMPOTENCY_KEY, &id))
            .await
            .unwrap();
        assert_eq!(
            (
                missing.status,
                missing.code(),
                malformed.status,
                malformed.code()
            ),
            (
                400,
                "idempotency_key_missing".to_owned(),
                400,
                "idempotency_key_malformed".to_owned()
            ),
            "{path}"
        );
    }
    assert!(asked >= 5, "only {asked} mutations are described");
}

/// Point 2: who may no longer ask gets no answer again either.
#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_authorised_like_the_first_request() {
    let inventory = Inventory::start().await;
    let (key, request) = (key(), publish(item(), "mirelle", None, "a"));
    let with = |token: String| {
        let request = publishing(&client(), &inventory.url, &token, key, &request);
        async move { send(request).await.unwrap() }
    };
    let first = with(inventory.token.clone()).await;
    assert_eq!(first.status, 201, "{}", first.body);
    let (_, reader) = inventory
        .token_for(inventory.account, &["read".into()], None)
        .await;
    let refused = with(reader.reveal().to_owned()).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "forbidden")
    );
    let past = OffsetDateTime::now_utc() - time::Duration::minutes(1);
    let (_, expired) = inventory
        .token_for(inventory.account, &["write".into()], Some(past))
        .await;
    assert_eq!(with(expired.reveal().to_owned()).await.status, 401);
    // Another account's same key is another key.
    let (_, ben) = inventory.another_creator("ben", &[]).await;
    let other = with(ben).await;
    assert!(
        !other.replayed && other.body != first.body,
        "{}",
        other.body
    );
    assert!(with(inventory.token.clone()).await.replayed);
}

/// Point 3.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_stands_for_operation_subject_and_body_however_the_body_is_written() {
    let inventory = Inventory::start().await;
    let (release, _) = one(&inventory, "mirelle").await;
    let (other, item) = one(&inventory, "other").await;
    let key = key();
    let post = |path: String, body: String| {
        let request = client()
            .post(format!("{}{path}", inventory.url))
            .bearer_auth(&inventory.token)
            .header(headers::IDEMPOTENCY_KEY, headers::quoted_key(key))
            .header("content-type", "application/json")
            .body(body);
        async move { send(request).await.unwrap() }
    };
    let (steps, body) = (format!("/v1/releases/{release}/steps"), archiving());
    let first = post(steps.clone(), body.to_string()).await;
    assert_eq!(first.status, 200, "{}", first.body);
    // Spaced, its members the other way round, and what is left out written out.
    let device = body["device"].clone();
    let other_way = format!(
        "{{ \"repoint\": [], \"successor\": null,\n \"to\": \"archived\", \"device\": {device}, \"from\": \"published\" }}"
    );
    let again = post(steps, other_way).await;
    assert!(again.replayed, "{}", again.body);
    assert_eq!(again.body, first.body);
    // The same words about another release, and another operation.
    for (path, body) in [
        (format!("/v1/releases/{other}/steps"), archiving()),
        (
            format!("/v1/items/{item}/channels/beta"),
            json!({ "release": other, "device": device }),
        ),
    ] {
        let reused = post(path.clone(), body.to_string()).await;
        assert_eq!(
            (reused.status, reused.code().as_str()),
            (422, "idempotency_key_reused"),
            "{path}"
        );
    }
    let steps = "SELECT count(*) FROM release_transition WHERE to_state = 'archived'";
    assert_eq!(count(&inventory, steps).await, 1);
    assert_eq!(
        count(
            &inventory,
            "SELECT count(*) FROM channel WHERE name = 'beta'"
        )
        .await,
        0
    );
}

/// Point 5, between two processes: no queue of one of them helps.
#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_that_waits_too_long_is_told_to_come_back_and_then_gets_the_same_bytes() {
    let inventory = Inventory::start().await;
    let (release, _) = one(&inventory, "mirelle").await;
    let folder = tempfile::tempdir().unwrap();
    let held = folder.path().join("held");
    let failpoint = format!("publish.after_claim=hold:{}", held.display());
    let slow = inventory.process(Some(&failpoint)).await;
    let (key, path) = (key(), format!("/v1/releases/{release}/steps"));
    let ask = |url: &str| mutation(&client(), url, &path, &inventory.token, key, &archiving());
    let first = tokio::spawn(send(ask(&slow.url)));
    until("the key is claimed", || held.exists()).await;
    let busy = ask(&inventory.url).send().await.unwrap();
    assert_eq!(busy.status(), 409);
    let wait = busy.headers()["retry-after"].to_str().unwrap().to_owned();
    assert!(wait.parse::<u32>().unwrap() >= 1);
    let said: Value = busy.json().await.unwrap();
    assert_eq!(said["code"], "busy");
    std::fs::remove_file(&held).unwrap();
    let first = first.await.unwrap().unwrap();
    assert_eq!(first.status, 200, "{}", first.body);
    let again = send(ask(&inventory.url)).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.body, first.body);
}

/// Point 7: what passes by itself, or by another's leave, is no key's answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_403_is_never_kept_and_no_passing_status_can_be() {
    let inventory = Inventory::start().await;
    let (release, item) = one(&inventory, "mirelle").await;
    let (_, ben) = inventory.another_creator("ben", &[]).await;
    let (key, path) = (key(), format!("/v1/releases/{release}/steps"));
    let ask = || {
        send(mutation(
            &client(),
            &inventory.url,
            &path,
            &ben,
            key,
            &archiving(),
        ))
    };
    let refused = ask().await.unwrap();
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "forbidden")
    );
    let share = json!({ "change": "add", "account": "ben", "device": device() });
    let owners = format!("/v1/items/{item}/owners");
    let (url, token) = (&inventory.url, &inventory.token);
    let shared = send(mutation(
        &client(),
        url,
        &owners,
        token,
        support::key(),
        &share,
    ))
    .await;
    assert_eq!(shared.unwrap().status, 200);
    let done = ask().await.unwrap();
    assert_eq!((done.status, done.replayed), (200, false), "{}", done.body);

    for status in [100, 400, 401, 403, 429, 500, 503] {
        let sql = format!(
            "SET LOCAL app.tenant = '{}';
             INSERT INTO idempotency_key (tenant_id, account_id, key, operation, fingerprint)
             SELECT tenant_id, account_id, '{}', operation, fingerprint FROM idempotency_key LIMIT 1;
             INSERT INTO receipt (tenant_id, account_id, key, outcome, status, content_type, body)
             SELECT tenant_id, account_id, key, 'refused', {status}, 'text/plain', ''
             FROM idempotency_key k
             WHERE NOT EXISTS (SELECT FROM receipt r WHERE r.tenant_id = k.tenant_id AND r.key = k.key)",
            inventory.tenant,
            Uuid::new_v4()
        );
        let mut db = PgConnection::connect(inventory.service_url())
            .await
            .unwrap();
        let fault = sqlx::raw_sql(AssertSqlSafe(format!("BEGIN; {sql}; COMMIT")))
            .execute(&mut db)
            .await
            .unwrap_err();
        let fault = fault.as_database_error().unwrap();
        assert_eq!(
            fault.constraint(),
            Some("receipt_status_is_storable"),
            "{status}: {fault}"
        );
    }
}

/// Point 8: a laptop that comes back after a year, and everything that takes
/// away what is old has run.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_last_year_comes_again_byte_for_byte() {
    let inventory = Inventory::start().await;
    let (key, request) = (key(), publish(item(), "mirelle", None, "a"));
    let ask = || {
        send(publishing(
            &client(),
            &inventory.url,
            &inventory.token,
            key,
            &request,
        ))
    };
    let first = ask().await.unwrap();
    assert_eq!(first.status, 201, "{}", first.body);
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    sqlx::raw_sql(
        "SET session_replication_role = replica;
         UPDATE idempotency_key SET claimed_at = claimed_at - interval '800 days';
         UPDATE receipt SET recorded_at = recorded_at - interval '800 days';
         UPDATE event SET at = at - interval '800 days'",
    )
    .execute(&mut db)
    .await
    .unwrap();
    let eraser = Eraser::open(&inventory.eraser_url()).unwrap();
    let gone = eraser.retain(inventory.tenant, false).await.unwrap();
    assert!(gone.erased.order.is_some(), "what is old was looked for");
    let again = ask().await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.body, first.body);
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 1);
}

/// When the item's last event was.
async fn last_event(inventory: &Inventory, item: Uuid) -> OffsetDateTime {
    sqlx::query_scalar("SELECT max(at) FROM event WHERE item_id = $1")
        .bind(item)
        .fetch_one(&inventory.admin)
        .await
        .unwrap()
}

/// Schema rule 6: read before the wait, the time would be before that of
/// whoever was waited for.
#[tokio::test(flavor = "multi_thread")]
async fn the_time_is_read_after_the_wait_for_the_lock() {
    let inventory = Inventory::start().await;
    let (release, item) = one(&inventory, "mirelle").await;
    let mut held = inventory.admin.begin().await.unwrap();
    sqlx::query("SELECT FROM item WHERE id = $1 FOR UPDATE")
        .bind(item)
        .execute(&mut *held)
        .await
        .unwrap();
    let path = format!("/v1/releases/{release}/steps");
    let (url, token) = (&inventory.url, &inventory.token);
    let stepping = tokio::spawn(send(mutation(
        &client(),
        url,
        &path,
        token,
        key(),
        &archiving(),
    )));
    until_sql(
        &inventory,
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%' AND datname = current_database()",
    )
    .await;
    let waited: OffsetDateTime = sqlx::query_scalar("SELECT clock_timestamp()")
        .fetch_one(&mut *held)
        .await
        .unwrap();
    held.rollback().await.unwrap();
    let done = stepping.await.unwrap().unwrap();
    assert_eq!(done.status, 200, "{}", done.body);
    assert!(last_event(&inventory, item).await > waited);
}

/// Schema rule 6: a server whose clock stands a day behind that of the one
/// before it. History stays in order, and whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_a_day_off_leaves_history_in_order() {
    let inventory = Inventory::start().await;
    let (release, item) = one(&inventory, "mirelle").await;
    for ahead in [
        "UPDATE item SET last_event_at = last_event_at + interval '1 day'",
        "UPDATE tenant_stream SET last_event_at = last_event_at + interval '1 day'",
    ] {
        sqlx::raw_sql(ahead)
            .execute(&inventory.admin)
            .await
            .unwrap();
    }
    let before: OffsetDateTime = sqlx::query_scalar("SELECT last_event_at FROM item")
        .fetch_one(&inventory.admin)
        .await
        .unwrap();
    let path = format!("/v1/releases/{release}/steps");
    let (url, token) = (&inventory.url, &inventory.token);
    let (key, body) = (key(), archiving());
    let ask = || send(mutation(&client(), url, &path, token, key, &body));
    let done = ask().await.unwrap();
    assert_eq!(done.status, 200, "{}", done.body);
    let after = last_event(&inventory, item).await;
    assert!(
        after > before && after - before < Duration::from_secs(1),
        "{before} {after}"
    );
    assert!(ask().await.unwrap().replayed);
    inventory.another_creator("ben", &[]).await;
    let backwards = "SELECT count(*) FROM (
        SELECT at <= lag(at) OVER (PARTITION BY tenant_id, stream_id ORDER BY seq) AS off FROM event) e WHERE off";
    assert_eq!(count(&inventory, backwards).await, 0);
    let backwards = "SELECT count(*) FROM (
        SELECT at <= lag(at) OVER (PARTITION BY tenant_id, release_id ORDER BY seq) AS off FROM release_transition) t WHERE off";
    assert_eq!(count(&inventory, backwards).await, 0);
    verify(inventory.admin_url(), None).await.unwrap();
    replay(inventory.admin_url(), |_| {}).await.unwrap();
}
