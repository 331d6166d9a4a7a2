//! Lorebooks, packs and runtimes: through the same tables and code as
//! characters.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::publish::PublishRequest;
use dramatis_domain::{
    Digest, ItemKind, Manifest,
    manifest::{SCHEMA_2, Target},
    rules::{self, Candidate},
};
use dramatis_inventory::{replay, testing::Inventory, verify};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::*;

async fn verified(inventory: &Inventory) {
    verify(inventory.admin_url(), None).await.unwrap();
    replay(inventory.admin_url(), |_| {}).await.unwrap();
}

async fn refused(inventory: &Inventory, request: &PublishRequest) -> Value {
    let (url, token) = (&inventory.url, &inventory.token);
    let answer = send(publishing(&client(), url, token, key(), request))
        .await
        .unwrap();
    assert!((400..500).contains(&answer.status), "{}", answer.body);
    answer.json()
}

/// `code at field` of every failure of a problem.
fn failures(problem: &Value) -> Vec<String> {
    let all = problem["failures"].as_array().unwrap();
    all.iter()
        .map(|one| {
            format!(
                "{} {}",
                one["code"].as_str().unwrap(),
                one["field"].as_str().unwrap()
            )
        })
        .collect()
}

/// A character whose one target runs on something.
fn running_on(slug: &str, runtime: Digest) -> PublishRequest {
    let plain = publish(item(), slug, None, "x");
    let manifest = Manifest {
        schema: SCHEMA_2.into(),
        targets: vec![Target {
            app: "lantern".into(),
            min_version: None,
            max_version: None,
            runtime: Some(runtime),
        }],
        ..manifest_of(&plain)
    };
    with_manifest(&manifest, slug, plain.card)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_published_goes_on_is_found_and_taken_back() {
    let inventory = Inventory::start().await;
    let (_, reader) = inventory.another_creator("rolf", &[]).await;
    let first = publish(item(), "mirelle", None, "a");
    published(&inventory, &first).await;
    for kind in [ItemKind::Lorebook, ItemKind::Pack, ItemKind::Runtime] {
        let document = |word: &str| match kind {
            ItemKind::Lorebook => lorebook(word),
            ItemKind::Pack => pack(word, &[&first]),
            _ => runtime(word),
        };
        let (item, word) = (item(), kind.as_str());
        let one = publish_kind(kind, item, word, None, document("one"));
        let answer = published(&inventory, &one).await;
        assert_eq!(
            (&answer["outcome"], &answer["release"]["number"]),
            (&json!("published"), &json!(1))
        );

        let same = publish_kind(kind, item, word, Some(manifest_hash(&one)), document("one"));
        let (url, token) = (&inventory.url, &inventory.token);
        let unchanged = send(publishing(&client(), url, token, key(), &same))
            .await
            .unwrap();
        assert_eq!(
            (unchanged.status, &unchanged.json()["outcome"]),
            (200, &json!("unchanged"))
        );

        let two = publish_kind(kind, item, word, Some(manifest_hash(&one)), document("two"));
        assert_eq!(published(&inventory, &two).await["release"]["number"], 2);
        let (client, hash) = (client(), manifest_hash(&two));
        let by_channel = get(
            &client,
            &inventory,
            &format!("/v1/resolve/ana/{word}/stable"),
        )
        .await;
        assert_eq!(
            by_channel.json()["release"]["number"],
            2,
            "{}",
            by_channel.body
        );
        let by_hash = get(&client, &inventory, &format!("/v1/releases/{hash}")).await;
        assert_eq!(by_hash.json()["manifest"], two.manifest, "{}", by_hash.body);
        let bytes = get(&client, &inventory, &format!("/v1/releases/{hash}/card")).await;
        assert_eq!(bytes.body, two.card);
        for path in ["card?as=v2", "png"] {
            let card = get(&client, &inventory, &format!("/v1/releases/{hash}/{path}")).await;
            assert_eq!(
                (card.status, card.code().as_str()),
                (400, "bad_request"),
                "{path}"
            );
        }
        let shown = get(&client, &inventory, &format!("/v1/items/{item}")).await;
        assert_eq!(shown.json()["kind"], word);
        let listed = get(
            &client,
            &inventory,
            &format!("/v1/listing?kind={word}&q=two"),
        )
        .await
        .json();
        let entry = &listed["entries"][0];
        assert_eq!(
            (&entry["slug"], &entry["release"]["number"]),
            (&json!(word), &json!(2))
        );
        assert_eq!(listed["entries"].as_array().unwrap().len(), 1);
        assert_eq!(entry["tags"].as_array().unwrap().len(), 1, "{entry}");

        take_step(&inventory, token, &two, "published", "deprecated").await;
        let listed = get(&client, &inventory, &format!("/v1/listing?kind={word}"))
            .await
            .json();
        assert_eq!(listed["entries"][0]["notice"]["message"], "Not any more.");
        take_step(&inventory, token, &two, "deprecated", "revoked").await;
        let gone = get(
            &client,
            &inventory,
            &format!("/v1/resolve/ana/{word}/stable"),
        )
        .await;
        assert_eq!((gone.status, gone.code().as_str()), (410, "gone"));
        let asking = client
            .get(format!("{url}/v1/releases/{hash}"))
            .bearer_auth(&reader);
        assert_eq!(send(asking).await.unwrap().status, 410);
    }
    let characters = get(&client(), &inventory, "/v1/listing").await.json();
    assert_eq!(characters["entries"].as_array().unwrap().len(), 1);
    let told = count(
        &inventory,
        "SELECT count(DISTINCT i.kind) FROM outbox o JOIN item i ON i.id = o.item_id",
    )
    .await;
    assert_eq!(told, 4, "news of every kind");
    verified(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_failure_of_every_kind_is_listed_as_the_studio_does() {
    let inventory = Inventory::start().await;
    for (kind, document, most) in [
        (
            ItemKind::Lorebook,
            r#"{"spec":"x","data":{"entries":[{}]}}"#,
            8,
        ),
        (
            ItemKind::Pack,
            r#"{"schema":"x","members":[{"role":1}],"y":1}"#,
            7,
        ),
        (
            ItemKind::Runtime,
            r#"{"schema":"x","models":[{}],"min_version":"y"}"#,
            5,
        ),
    ] {
        let request = publish_kind(kind, item(), "broken", None, document.into());
        let problem = refused(&inventory, &request).await;
        assert_eq!(problem["code"], "invalid");
        let dry_run = rules::check(&Candidate {
            kind,
            card: document,
            notes: None,
            assets: &[],
        });
        assert_eq!(dry_run.len(), most, "{dry_run:?}");
        assert_eq!(problem["failures"], serde_json::to_value(&dry_run).unwrap());

        // Nor by the rules of another kind.
        let manifest = Manifest {
            rule_set: rules::current(ItemKind::Character).unwrap().1,
            ..manifest_of(&request)
        };
        let other = with_manifest(&manifest, "broken", document.into());
        assert_eq!(
            refused(&inventory, &other).await["code"],
            "manifest_refused"
        );
        let path = format!("/v1/rule-sets/current?kind={}", kind.as_str());
        let served = get(&client(), &inventory, &path).await;
        assert_eq!(served.body.as_bytes(), rules::current(kind).unwrap().0);
    }
    assert_eq!(count(&inventory, "SELECT count(*) FROM item").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_is_published_whole_or_not_at_all_and_every_member_that_is_not_is_said() {
    let inventory = Inventory::start().await;
    let (_, berta) = inventory.another_creator("berta", &[]).await;
    let token = &inventory.token;
    let mut made = Vec::new();
    for slug in ["a", "b", "c", "d"] {
        let request = publish(item(), slug, None, slug);
        published(&inventory, &request).await;
        made.push(request);
    }
    take_step(&inventory, token, &made[1], "published", "deprecated").await;
    take_step(&inventory, token, &made[2], "published", "archived").await;
    take_step(&inventory, token, &made[3], "published", "revoked").await;
    let never = publish(item(), "never", None, "e");
    let odd = member(&made[0]).replace(
        &manifest_hash(&made[0]).to_string(),
        &manifest_hash(&made[1]).to_string(),
    );
    let all = pack("x", &[&made[0], &made[1], &made[2], &made[3], &never]).replacen(
        &member(&made[1]),
        &odd,
        1,
    );
    let whole = publish_kind(ItemKind::Pack, item(), "cast", None, all);
    let problem = refused(&inventory, &whole).await;
    assert_eq!(
        (&problem["code"], &problem["status"]),
        (&json!("pin_refused"), &json!(409))
    );
    assert_eq!(
        failures(&problem),
        [
            "pin_of_another members/1",
            "pin_not_offered members/2",
            "pin_not_offered members/3",
            "pin_unknown members/4",
        ]
    );
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM item WHERE kind = 'pack'").await,
        0
    );
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM release_pin").await,
        0
    );

    // Published and deprecated ones, and those of others, are had.
    let theirs = publish(item(), "theirs", None, "f");
    let answer = send(publishing(
        &client(),
        &inventory.url,
        &berta,
        key(),
        &theirs,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 201);
    let good = publish_kind(
        ItemKind::Pack,
        item(),
        "cast",
        None,
        pack("x", &[&made[0], &made[1], &theirs]),
    );
    let answer = published(&inventory, &good).await;
    let pins = answer["release"]["pins"].as_array().unwrap();
    let said: Vec<_> = pins
        .iter()
        .map(|pin| {
            format!(
                "{}/{}#{} {} {}",
                pin["creator"], pin["slug"], pin["number"], pin["state"], pin["role"]
            )
            .replace('"', "")
        })
        .collect();
    assert_eq!(
        said,
        [
            "ana/a#1 published lead",
            "ana/b#1 deprecated lead",
            "berta/theirs#1 published lead"
        ]
    );
    verified(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_says_of_each_member_how_it_stands_now() {
    let inventory = Inventory::start().await;
    let (_, otto) = inventory.another_creator("otto", &["operator"]).await;
    let mut made = Vec::new();
    for slug in ["a", "b", "c"] {
        let request = publish(item(), slug, None, slug);
        published(&inventory, &request).await;
        made.push(request);
    }
    let document = pack("x", &[&made[0], &made[1], &made[2]]);
    let request = publish_kind(ItemKind::Pack, item(), "cast", None, document);
    published(&inventory, &request).await;
    take_step(
        &inventory,
        &inventory.token,
        &made[0],
        "published",
        "revoked",
    )
    .await;
    take_step(&inventory, &otto, &made[1], "published", "quarantined").await;
    let (client, hash) = (client(), manifest_hash(&request));
    for (path, at) in [
        ("/v1/resolve/ana/cast/stable".to_owned(), "/release/pins"),
        ("/v1/resolve/ana/cast/releases/1".to_owned(), "/pins"),
        (format!("/v1/releases/{hash}"), "/pins"),
        (
            format!("/v1/items/{}", manifest_of(&request).item),
            "/releases/0/pins",
        ),
    ] {
        let answer = get(&client, &inventory, &path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = answer.json();
        let pins = body.pointer(at).unwrap().as_array().unwrap();
        let said: Vec<_> = pins
            .iter()
            .map(|pin| pin["state"].as_str().unwrap())
            .collect();
        assert_eq!(said, ["revoked", "quarantined", "published"], "{path}");
        assert_eq!(pins[0]["notice"]["code"], "rights");
        assert_eq!(pins[1]["notice"]["message"], "Not any more.");
        assert!(pins[2]["notice"].is_null());
    }
    // The next one of the pack cannot go on with what is gone.
    let next = publish_kind(
        ItemKind::Pack,
        manifest_of(&request).item,
        "cast",
        Some(hash),
        pack("y", &[&made[0], &made[2]]),
    );
    assert_eq!(
        failures(&refused(&inventory, &next).await),
        ["pin_not_offered members/0"]
    );
    verified(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_runs_on_the_release_of_a_runtime_and_on_nothing_else() {
    let inventory = Inventory::start().await;
    let engine = publish_kind(ItemKind::Runtime, item(), "engine", None, runtime("x"));
    published(&inventory, &engine).await;
    let plain = publish(item(), "plain", None, "x");
    published(&inventory, &plain).await;
    for (runtime, code) in [
        (manifest_hash(&plain), "pin_not_a_runtime"),
        (Digest::of(b"nothing"), "pin_unknown"),
    ] {
        let problem = refused(&inventory, &running_on("oda", runtime)).await;
        assert_eq!(failures(&problem), [format!("{code} targets/0/runtime")]);
    }
    let oda = running_on("oda", manifest_hash(&engine));
    published(&inventory, &oda).await;
    let shown = get(&client(), &inventory, "/v1/resolve/ana/oda/stable")
        .await
        .json();
    let pin = &shown["release"]["pins"][0];
    assert_eq!(
        (&pin["used_as"], &pin["slug"]),
        (&json!("runtime"), &json!("engine"))
    );
    let listed = get(
        &client(),
        &inventory,
        "/v1/listing?kind=runtime&app=Lantern&app_version=2",
    )
    .await;
    assert_eq!(
        listed.json()["entries"].as_array().unwrap().len(),
        1,
        "{}",
        listed.body
    );
    verified(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pin_of_other_bytes_or_of_what_is_not_offered_is_refused_by_constraint() {
    let inventory = Inventory::start().await;
    let (a, b, c) = (
        publish(item(), "a", None, "a"),
        publish(item(), "b", None, "b"),
        publish(item(), "c", None, "c"),
    );
    for request in [&a, &b, &c] {
        published(&inventory, request).await;
    }
    take_step(&inventory, &inventory.token, &c, "published", "archived").await;
    let mut db = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    let by_hand = |used_as: &str, of: &PublishRequest, bytes: &PublishRequest| {
        let (pinned, by) = (manifest_of(of), manifest_of(&a));
        format!(
            "BEGIN; SET LOCAL app.tenant = '{}'; INSERT INTO release_pin VALUES ('{}', '{}', 0, '{used_as}', NULL, '{}', '{}', '\\x{}'); COMMIT",
            inventory.tenant,
            inventory.tenant,
            by.release,
            pinned.item,
            pinned.release,
            manifest_hash(bytes).hex(),
        )
    };
    for (sql, constraint) in [
        (by_hand("member", &b, &a), "release_pin_is_of_its_release"),
        (by_hand("runtime", &b, &b), "release_pin_is_of_its_release"),
        (by_hand("member", &c, &c), "release_pin_is_offered"),
        (by_hand("member", &a, &a), "release_pin_is_of_another"),
    ] {
        let fault = sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut db)
            .await
            .unwrap_err();
        assert_eq!(
            fault.as_database_error().unwrap().constraint(),
            Some(constraint)
        );
        sqlx::raw_sql("ROLLBACK").execute(&mut db).await.unwrap();
    }
    // What is pinned cannot be taken away, nor a pin changed, by whomever.
    sqlx::raw_sql(AssertSqlSafe(by_hand("member", &b, &b)))
        .execute(&mut db)
        .await
        .unwrap();
    for sql in [
        "DELETE FROM release_pin",
        "UPDATE release_pin SET role = 'x'",
        "TRUNCATE release_pin",
    ] {
        let fault = sqlx::raw_sql(sql)
            .execute(&inventory.admin)
            .await
            .unwrap_err();
        let said = fault.as_database_error().unwrap().to_string();
        assert!(said.contains("append-only"), "{sql}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_waits_is_published_only_while_its_members_are_offered() {
    let inventory = Inventory::start().await;
    let first = publish(item(), "a", None, "a");
    published(&inventory, &first).await;
    let stages = [dramatis_inventory::PolicyStage {
        name: "editing".into(),
        role: dramatis_domain::lifecycle::Role::Reviewer,
    }];
    let operator = &inventory.provisioner;
    operator
        .set_approvals(inventory.tenant, &stages)
        .await
        .unwrap();
    let (_, rita) = inventory.another_creator("rita", &["reviewer"]).await;
    let request = publish_kind(ItemKind::Pack, item(), "cast", None, pack("x", &[&first]));
    assert_eq!(
        published(&inventory, &request).await["outcome"],
        "submitted"
    );
    take_step(
        &inventory,
        &inventory.token,
        &first,
        "published",
        "archived",
    )
    .await;
    let path = format!("/v1/releases/{}/decisions", manifest_of(&request).release);
    let yes = json!({
        "decision": "approved", "stage": 1, "manifest_sha256": manifest_hash(&request), "device": device(),
    });
    let said = async || {
        send(mutation(
            &client(),
            &inventory.url,
            &path,
            &rita,
            key(),
            &yes,
        ))
        .await
        .unwrap()
    };
    let no = said().await;
    assert_eq!(
        (no.status, no.code().as_str()),
        (409, "pin_refused"),
        "{}",
        no.body
    );
    assert_eq!(failures(&no.json()), ["pin_not_offered pins/0"]);
    take_step(
        &inventory,
        &inventory.token,
        &first,
        "archived",
        "published",
    )
    .await;
    let done = said().await;
    assert_eq!(
        (done.status, &done.json()["release"]["state"]),
        (200, &json!("published")),
        "{}",
        done.body
    );
    verified(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_and_the_revocation_of_its_member_are_one_after_the_other() {
    let inventory = Inventory::start().await;
    for round in 0..8 {
        let member = publish(item(), &format!("member-{round}"), None, "a");
        published(&inventory, &member).await;
        let slug = format!("pack-{round}");
        let request = publish_kind(ItemKind::Pack, item(), &slug, None, pack("x", &[&member]));
        let (client, url, token) = (client(), &inventory.url, &inventory.token);
        let publishing = send(publishing(&client, url, token, key(), &request));
        let revoking = take_step(&inventory, token, &member, "published", "revoked");
        let (answer, ()) = tokio::join!(publishing, revoking);
        let answer = answer.unwrap();
        let path = format!("/v1/resolve/ana/{slug}/stable");
        let resolved = get(&client, &inventory, &path).await;
        if answer.status == 201 {
            assert_eq!(resolved.json()["release"]["pins"][0]["state"], "revoked");
        } else {
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (409, "pin_refused")
            );
            assert_eq!(resolved.status, 404);
        }
    }
    verified(&inventory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_does_not_call_another_kind_a_character() {
    let inventory = Inventory::start().await;
    let (_, stranger) = inventory.another_creator("rolf", &[]).await;
    let roads = item();
    let one = publish_kind(ItemKind::Lorebook, roads, "roads", None, lorebook("one"));
    published(&inventory, &one).await;
    let parent = Some(manifest_hash(&one));
    let moved = publish_kind(ItemKind::Lorebook, roads, "ways", parent, lorebook("two"));
    let said = refused(&inventory, &moved).await["detail"].to_string();
    assert!(
        said.contains("This lorebook was published as “roads”"),
        "{said}"
    );
    let taken = publish_kind(ItemKind::Lorebook, item(), "roads", None, lorebook("two"));
    let mut all = vec![refused(&inventory, &taken).await];
    let (client, url) = (client(), &inventory.url);
    let shared = json!({ "change": "add", "account": "rolf", "device": device() });
    let path = format!("/v1/items/{roads}/owners");
    for request in [
        mutation(&client, url, &path, &stranger, key(), &shared),
        publishing(&client, url, &stranger, key(), &moved),
        client
            .get(format!("{url}/v1/items/{roads}/events"))
            .bearer_auth(&stranger),
    ] {
        all.push(send(request).await.unwrap().json());
    }
    for problem in all {
        let detail = problem["detail"].as_str().unwrap();
        assert!(!detail.contains("character"), "{detail}");
    }
}
