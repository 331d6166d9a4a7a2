//! Forks and their lineage, and the ownership document of a release.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::publish::PublishRequest;
use dramatis_domain::{
    Digest, Manifest, ReleaseId,
    manifest::{Origin, SCHEMA_2},
};
use dramatis_inventory::{replay, testing::Inventory, verify};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::*;
use uuid::Uuid;

/// A first release that says what it began as.
fn fork(slug: &str, origin: Digest, release: Option<ReleaseId>) -> PublishRequest {
    let plain = publish(item(), slug, None, slug);
    let manifest = Manifest {
        schema: SCHEMA_2.into(),
        forked_from: Some(Origin {
            manifest: origin,
            release,
        }),
        ..manifest_of(&plain)
    };
    with_manifest(&manifest, slug, plain.card)
}

fn fork_of(slug: &str, origin: &PublishRequest) -> PublishRequest {
    let release = manifest_of(origin).release;
    fork(slug, manifest_hash(origin), Some(release))
}

async fn published_by(inventory: &Inventory, token: &str, request: &PublishRequest) -> Answer {
    send(publishing(&client(), &inventory.url, token, key(), request))
        .await
        .unwrap()
}

async fn lineage(inventory: &Inventory, token: &str, of: &PublishRequest) -> Value {
    let item = manifest_of(of).item;
    let asking = client().get(format!("{}/v1/items/{item}/lineage", inventory.url));
    let answer = send(asking.bearer_auth(token)).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

async fn verified(inventory: &Inventory) {
    verify(inventory.admin_url(), None).await.unwrap();
    replay(inventory.admin_url(), |_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forks_lineage_is_there_for_good_whatever_comes_of_its_origin() {
    let inventory = Inventory::start().await;
    let (_, berta) = inventory.another_creator("berta", &[]).await;
    let (_, otto) = inventory.another_creator("otto", &["operator"]).await;
    let outside = Digest::of(b"a release of another inventory");
    let first = fork("first", outside, None);
    published(&inventory, &first).await;
    let second = fork_of("second", &first);
    assert_eq!(published_by(&inventory, &berta, &second).await.status, 201);
    let third = fork_of("third", &second);
    published(&inventory, &third).await;
    // Its next release says nothing of it any more, and is a fork all the same.
    let next = publish(
        manifest_of(&third).item,
        "third",
        Some(manifest_hash(&third)),
        "more",
    );
    published(&inventory, &next).await;

    let said = lineage(&inventory, &inventory.token, &third).await;
    let slugs: Vec<_> = said["ancestors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["release"]["slug"].clone(), one["state"].clone()))
        .collect();
    assert_eq!(
        slugs,
        [
            (json!("second"), json!("published")),
            (json!("first"), json!("published")),
            (Value::Null, Value::Null)
        ]
    );
    assert_eq!(
        said["ancestors"][2]["manifest_sha256"],
        json!(outside.to_string())
    );
    let said = lineage(&inventory, &inventory.token, &first).await;
    assert_eq!(said["forks"].as_array().unwrap().len(), 1);
    let fork = &said["forks"][0];
    assert_eq!(
        (
            &fork["release"]["creator"],
            &fork["release"]["slug"],
            &fork["forked_from"]
        ),
        (
            &json!("berta"),
            &json!("second"),
            &json!(manifest_hash(&first).to_string())
        )
    );

    take_step(&inventory, &otto, &first, "published", "quarantined").await;
    take_step(&inventory, &berta, &second, "published", "revoked").await;
    let said = lineage(&inventory, &inventory.token, &third).await;
    let hidden = &said["ancestors"][0];
    assert_eq!(
        (&hidden["state"], &hidden["release"]),
        (&json!("revoked"), &Value::Null)
    );
    assert_eq!(
        hidden["manifest_sha256"],
        json!(manifest_hash(&second).to_string())
    );
    assert_eq!(said["ancestors"][1]["state"], "quarantined");
    assert_eq!(said["ancestors"].as_array().unwrap().len(), 3);
    // The origin is the account's own: it sees which one it was.
    assert_eq!(said["ancestors"][1]["release"]["slug"], "first");
    for sql in [
        "DELETE FROM release_fork",
        "UPDATE release_fork SET origin_release_id = NULL",
    ] {
        let fault = sqlx::raw_sql(sql)
            .execute(&inventory.admin)
            .await
            .unwrap_err();
        assert!(fault.to_string().contains("append-only"), "{sql}: {fault}");
    }
    verified(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_names_a_release_that_may_be_known_and_only_when_it_begins() {
    let inventory = Inventory::start().await;
    let (_, berta) = inventory.another_creator("berta", &[]).await;
    let origin = publish(item(), "origin", None, "a");
    published(&inventory, &origin).await;
    let refused = async |request: PublishRequest, token: &str| {
        let answer = published_by(&inventory, token, &request).await;
        let body = answer.json();
        let first = body["failures"][0]["code"].as_str().unwrap_or_default();
        (answer.status, answer.code(), first.to_owned())
    };
    let pin = |code: &str| (409, "pin_refused".to_owned(), code.to_owned());
    // Another release than the hash says; one that is not there.
    let odd = fork("x", manifest_hash(&origin), Some(ReleaseId(Uuid::now_v7())));
    assert_eq!(refused(odd, &berta).await, pin("origin_unknown"));
    let nothing = fork("x", Digest::of(b"x"), Some(manifest_of(&origin).release));
    assert_eq!(refused(nothing, &berta).await, pin("origin_unknown"));
    // A later release began as nothing.
    let begun = Manifest {
        schema: SCHEMA_2.into(),
        item: manifest_of(&origin).item,
        parent: Some(manifest_hash(&origin)),
        ..manifest_of(&fork_of("origin", &origin))
    };
    let later = with_manifest(&begun, "origin", card("origin"));
    assert_eq!(
        refused(later, &inventory.token).await,
        (422, "manifest_refused".into(), String::new())
    );

    // What waits for approval is nobody's to know but its creator's.
    let stages = [dramatis_inventory::PolicyStage {
        name: "editing".into(),
        role: dramatis_domain::lifecycle::Role::Reviewer,
    }];
    let operator = &inventory.provisioner;
    operator
        .set_approvals(inventory.tenant, &stages)
        .await
        .unwrap();
    let waits = publish(item(), "waits", None, "b");
    published(&inventory, &waits).await;
    assert_eq!(
        refused(fork_of("y", &waits), &berta).await,
        pin("origin_unknown")
    );
    let own = published_by(&inventory, &inventory.token, &fork_of("z", &waits)).await;
    assert_eq!(own.status, 201, "{}", own.body);
    operator.set_approvals(inventory.tenant, &[]).await.unwrap();

    // By hand, past the code.
    let mut db = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    let (one, tenant) = (manifest_of(&origin), inventory.tenant);
    for (hash, release) in [
        (Digest::of(b"x"), format!("'{}'", one.release)),
        (manifest_hash(&origin), "NULL".to_owned()),
    ] {
        let sql = format!(
            "BEGIN; SET LOCAL app.tenant = '{tenant}'; INSERT INTO release_fork VALUES ('{tenant}', '{}', '{}', '\\x{}', {release}); COMMIT",
            one.release,
            one.item,
            hash.hex(),
        );
        let fault = sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut db)
            .await
            .unwrap_err();
        assert_eq!(
            fault.as_database_error().unwrap().constraint(),
            Some("release_fork_is_of_its_origin")
        );
        sqlx::raw_sql("ROLLBACK").execute(&mut db).await.unwrap();
    }
    verified(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn forks_are_shown_page_by_page_and_only_as_far_as_they_may_be_seen() {
    let inventory = Inventory::start().await;
    let (_, berta) = inventory.another_creator("berta", &[]).await;
    let origin = publish(item(), "origin", None, "a");
    published(&inventory, &origin).await;
    let mut forks = Vec::new();
    for slug in ["one", "two", "three"] {
        let request = fork_of(slug, &origin);
        published(&inventory, &request).await;
        forks.push(request);
    }
    take_step(
        &inventory,
        &inventory.token,
        &forks[1],
        "published",
        "revoked",
    )
    .await;
    let slugs = |said: &Value| -> Vec<String> {
        let all = said["forks"].as_array().unwrap();
        all.iter()
            .map(|fork| fork["release"]["slug"].as_str().unwrap().to_owned())
            .collect()
    };
    let own = lineage(&inventory, &inventory.token, &origin).await;
    assert_eq!(slugs(&own), ["one", "two", "three"]);
    let theirs = lineage(&inventory, &berta, &origin).await;
    assert_eq!(slugs(&theirs), ["one", "three"]);
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!(
            "/v1/items/{}/lineage?limit=1{after}",
            manifest_of(&origin).item
        );
        let page = get(&client(), &inventory, &path).await.json();
        seen.extend(slugs(&page));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["one", "two", "three"]);
    let nobody = get(
        &client(),
        &inventory,
        &format!("/v1/items/{}/lineage", Uuid::now_v7()),
    )
    .await;
    assert_eq!(nobody.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn ownership_is_an_eip_721_document_with_the_contents_hashes_and_kept_for_good() {
    let inventory = Inventory::start().await;
    let origin = publish(item(), "origin", None, "a");
    published(&inventory, &origin).await;
    let request = fork_of("mirelle", &origin);
    published(&inventory, &request).await;
    let (hash, manifest) = (manifest_hash(&request), manifest_of(&request));
    let mut bodies = Vec::new();
    for path in [
        format!("/v1/releases/{hash}/ownership"),
        format!("/v1/releases/{}/ownership", manifest.release),
        "/v1/resolve/ana/mirelle/releases/1/ownership".to_owned(),
    ] {
        let ask = || {
            client()
                .get(format!("{}{path}", inventory.url))
                .bearer_auth(&inventory.token)
        };
        let answer = ask().send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(
            header("cache-control"),
            "private, max-age=31536000, immutable"
        );
        let tag = header("etag");
        let body = answer.bytes().await.unwrap();
        assert_eq!(tag, format!("\"{}\"", Digest::of(&body)));
        let again = ask().header("if-none-match", &tag).send().await.unwrap();
        assert_eq!(again.status(), 304);
        bodies.push(body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    let said: Value = serde_json::from_slice(&bodies[0]).unwrap();
    let host = &inventory.url;
    assert_eq!(
        said,
        json!({
            "name": "Mirelle",
            "description": "mirelle",
            "image": format!("{host}/v1/releases/{hash}/png"),
            "external_url": format!("{host}/v1/releases/{hash}"),
            "attributes": [
                { "trait_type": "kind", "value": "character" },
                { "trait_type": "number", "value": 1 },
            ],
            "properties": {
                "manifest_sha256": hash,
                "card_sha256": manifest.card,
                "item": manifest.item,
                "release": manifest.release,
                "creator": { "account": inventory.account, "handle": "ana" },
                "forked_from": manifest_hash(&origin),
            },
        })
    );
    let (_, reader) = inventory.another_creator("rolf", &[]).await;
    take_step(
        &inventory,
        &inventory.token,
        &request,
        "published",
        "revoked",
    )
    .await;
    let gone = client().get(format!("{host}/v1/releases/{hash}/ownership"));
    assert_eq!(send(gone.bearer_auth(&reader)).await.unwrap().status, 410);
}
