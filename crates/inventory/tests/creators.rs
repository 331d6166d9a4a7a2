//! The role `creator` is what publishing and owning are done by: without it an
//! account goes on owning, and changes nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{IdempotencyKey, ItemKind};
use dramatis_inventory::{replay, testing::Inventory};
use serde_json::{Value, json};
use support::*;

async fn ask(
    inventory: &Inventory,
    token: &str,
    key: IdempotencyKey,
    path: &str,
    body: &Value,
) -> Answer {
    let mut body = body.clone();
    body["device"] = serde_json::to_value(device()).unwrap();
    send(mutation(&client(), &inventory.url, path, token, key, &body))
        .await
        .unwrap()
}

async fn rows(inventory: &Inventory) -> Value {
    sqlx::query_scalar(
        "SELECT jsonb_build_array(
             (SELECT jsonb_agg(i ORDER BY i.id) FROM item i), (SELECT jsonb_agg(r.id ORDER BY r.id) FROM release r),
             (SELECT jsonb_agg(k.key ORDER BY k.key) FROM idempotency_key k), (SELECT count(*) FROM receipt),
             (SELECT count(*) FROM event WHERE item_id IS NOT NULL), (SELECT count(*) FROM outbox))",
    )
    .fetch_one(&inventory.admin)
    .await
    .unwrap()
}

fn forbidden(answer: &Answer) {
    assert_eq!(
        (answer.status, answer.code().as_str(), answer.replayed),
        (403, "forbidden", false),
        "{}",
        answer.body
    );
}

/// Every way of acting as a creator, with an answer that was kept before.
#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_role_changes_nothing_and_is_answered_nothing_from_before() {
    let inventory = Inventory::start().await;
    let (tenant, operator, ana) = (
        inventory.tenant,
        &inventory.provisioner,
        inventory.token.as_str(),
    );
    let (_, berta) = inventory.another_creator("berta", &[]).await;
    let publishes = async |key, request: &dramatis_api::publish::PublishRequest| {
        let asked = publishing(&client(), &inventory.url, ana, key, request);
        send(asked).await.unwrap()
    };

    // Everything once, with the role, each with a key of its own.
    let first = publish(item(), "mirelle", None, "a");
    let manifest = manifest_of(&first);
    let second = publish(manifest.item, "mirelle", Some(manifest_hash(&first)), "b");
    let engine = publish_kind(ItemKind::Runtime, item(), "engine", None, runtime("x"));
    let cast = publish_kind(
        ItemKind::Pack,
        item(),
        "cast",
        None,
        pack("x", &[&engine, &first]),
    );
    let published = [&first, &second, &engine, &cast].map(|request| (key(), request));
    for (key, request) in &published {
        let done = publishes(*key, request).await;
        assert_eq!(done.status, 201, "{}", done.body);
    }
    let owners = format!("/v1/items/{}/owners", manifest.item);
    let step = format!("/v1/releases/{}/steps", manifest.release);
    let channel = format!("/v1/items/{}/channels/beta", manifest.item);
    let message = json!({ "salt": "03".repeat(16), "value": "Why." });
    let others = [
        (&channel, json!({ "release": manifest.release })),
        (
            &step,
            json!({ "from": "published", "to": "deprecated", "message": message }),
        ),
        (&owners, json!({ "change": "add", "account": "berta" })),
        (&owners, json!({ "change": "remove", "account": "berta" })),
        (&owners, json!({ "change": "offer", "account": "berta" })),
        (&owners, json!({ "change": "end_offer" })),
    ]
    .map(|(path, body)| (key(), path, body));
    for (key, path, body) in &others {
        let done = ask(&inventory, ana, *key, path, body).await;
        assert_eq!(done.status, 200, "{body}: {}", done.body);
    }
    let offer = json!({ "change": "offer", "account": "ana" });
    let theirs = publish(item(), "bela", None, "c");
    let asked = publishing(&client(), &inventory.url, &berta, key(), &theirs);
    assert_eq!(send(asked).await.unwrap().status, 201);
    let bela = format!("/v1/items/{}/owners", manifest_of(&theirs).item);
    let offered = ask(&inventory, &berta, key(), &bela, &offer).await;
    assert_eq!(offered.status, 200, "{}", offered.body);

    operator
        .take_away(tenant, inventory.account, "creator")
        .await
        .unwrap();
    let before = rows(&inventory).await;
    // What was answered is not answered again …
    for (key, request) in &published {
        forbidden(&publishes(*key, request).await);
    }
    for (key, path, body) in &others {
        forbidden(&ask(&inventory, ana, *key, path, body).await);
    }
    // … and nothing new is done: of what is theirs, and of what would be.
    let third = publish(manifest.item, "mirelle", Some(manifest_hash(&second)), "d");
    let fresh = publish(item(), "fresh", None, "e");
    let own = publish_kind(ItemKind::Runtime, item(), "second", None, runtime("y"));
    let (waiting, again) = (key(), key());
    forbidden(&publishes(waiting, &third).await);
    for request in [&fresh, &own] {
        forbidden(&publishes(key(), request).await);
    }
    let back = json!({ "from": "deprecated", "to": "published" });
    forbidden(&ask(&inventory, ana, again, &step, &back).await);
    let gone = json!({ "from": "deprecated", "to": "revoked", "message": message, "reason_code": "error" });
    forbidden(&ask(&inventory, ana, key(), &step, &gone).await);
    for (_, path, body) in &others {
        forbidden(&ask(&inventory, ana, key(), path, body).await);
    }
    let accept = json!({ "change": "accept" });
    forbidden(&ask(&inventory, ana, key(), &bela, &accept).await);
    assert_eq!(rows(&inventory).await, before, "nothing was written");
    // Who cancels a key is told of that, whatever they may do.
    let cancelled = key();
    let cancel = client()
        .post(format!("{}/v1/receipts/{cancelled}/cancel", inventory.url))
        .bearer_auth(ana);
    assert_eq!(send(cancel).await.unwrap().status, 200);
    let told = publishes(cancelled, &third).await;
    assert_eq!((told.code().as_str(), told.replayed), ("cancelled", true));

    // With the role again the same keys are good: one release, and the answers
    // from before.
    operator
        .grant(tenant, inventory.account, "creator")
        .await
        .unwrap();
    let once = publishes(waiting, &third).await;
    let twice = publishes(waiting, &third).await;
    assert_eq!((once.status, once.replayed), (201, false), "{}", once.body);
    assert_eq!((twice.status, twice.replayed), (201, true));
    assert_eq!(once.body, twice.body);
    let stepped = ask(&inventory, ana, again, &step, &back).await;
    assert_eq!(stepped.status, 200, "{}", stepped.body);
    for (key, request) in &published {
        let answer = publishes(*key, request).await;
        assert_eq!((answer.status, answer.replayed), (201, true));
    }
    for (key, path, body) in &others {
        let answer = ask(&inventory, ana, *key, path, body).await;
        assert_eq!((answer.status, answer.replayed), (200, true), "{body}");
    }
    let accepted = ask(&inventory, ana, key(), &bela, &accept).await;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    replay(inventory.admin_url(), |_| {}).await.unwrap();
}

/// Another role takes a step, or decides, by itself; and is asked for again.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_acts_without_being_a_creator_and_not_without_being_an_operator() {
    let inventory = Inventory::start().await;
    let (tenant, provisioner) = (inventory.tenant, &inventory.provisioner);
    let (olga, token) = inventory.another_creator("olga", &["operator"]).await;
    provisioner
        .take_away(tenant, olga, "creator")
        .await
        .unwrap();
    let request = publish(item(), "mirelle", None, "a");
    published(&inventory, &request).await;
    let manifest = manifest_of(&request);
    let step = format!("/v1/releases/{}/steps", manifest.release);
    let hides = json!({
        "from": "published", "to": "quarantined", "reason_code": "rights",
        "message": { "salt": "03".repeat(16), "value": "Why." },
    });
    let key = key();
    let hidden = ask(&inventory, &token, key, &step, &hides).await;
    assert_eq!(hidden.status, 200, "{}", hidden.body);
    provisioner
        .take_away(tenant, olga, "operator")
        .await
        .unwrap();
    forbidden(&ask(&inventory, &token, key, &step, &hides).await);
    provisioner.grant(tenant, olga, "operator").await.unwrap();
    let again = ask(&inventory, &token, key, &step, &hides).await;
    assert_eq!((again.status, again.replayed), (200, true));
}
