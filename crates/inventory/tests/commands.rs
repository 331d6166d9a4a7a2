//! Lifecycle steps and channels over HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{Digest, ItemId, Manifest, ReleaseId};
use dramatis_inventory::testing::Inventory;
use reqwest::Client;
use serde_json::{Value, json};
use support::*;

struct Story {
    inventory: Inventory,
    client: Client,
    item: ItemId,
    releases: Vec<(ReleaseId, Digest)>,
}

impl Story {
    /// So many releases, each on the one before; `stable` follows.
    async fn of(releases: usize) -> Self {
        let mut story = Self {
            inventory: Inventory::start().await,
            client: client(),
            item: item(),
            releases: vec![],
        };
        for index in 0..releases {
            let parent = story.releases.last().map(|(_, digest)| *digest);
            let request = publish(story.item, "mirelle", parent, &format!("version {index}"));
            let answer = send(publishing(
                &story.client,
                &story.inventory.url,
                &story.inventory.token,
                key(),
                &request,
            ))
            .await
            .unwrap();
            assert_eq!(answer.status, 201, "{}", answer.body);
            let manifest = Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
            story
                .releases
                .push((manifest.release, manifest_hash(&request)));
        }
        story
    }

    fn id(&self, number: usize) -> ReleaseId {
        self.releases[number - 1].0
    }

    async fn step(&self, token: &str, number: usize, mut body: Value) -> Answer {
        body["device"] = serde_json::to_value(device()).unwrap();
        let path = format!("/v1/releases/{}/steps", self.id(number));
        send(mutation(
            &self.client,
            &self.inventory.url,
            &path,
            token,
            key(),
            &body,
        ))
        .await
        .unwrap()
    }

    async fn mine(&self, number: usize, body: Value) -> Answer {
        self.step(&self.inventory.token, number, body).await
    }

    async fn promote(&self, channel: &str, number: usize) -> Answer {
        let body = json!({ "release": self.id(number), "device": device() });
        let path = format!("/v1/items/{}/channels/{channel}", self.item);
        send(mutation(
            &self.client,
            &self.inventory.url,
            &path,
            &self.inventory.token,
            key(),
            &body,
        ))
        .await
        .unwrap()
    }

    async fn resolve(&self, channel: &str) -> Answer {
        get(
            &self.client,
            &self.inventory,
            &format!("/v1/resolve/ana/mirelle/{channel}"),
        )
        .await
    }

    async fn verify(&self) {
        dramatis_inventory::verify(self.inventory.admin_url(), None)
            .await
            .unwrap();
    }
}

fn words(text: &str) -> Value {
    json!({ "salt": "03".repeat(16), "value": text })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_deprecated_with_its_successor_and_taken_back() {
    let story = Story::of(2).await;
    let answer = story
        .mine(1, json!({ "from": "published", "to": "deprecated", "message": words("Use 2."), "successor": story.id(2) }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let release = &answer.json()["release"];
    assert_eq!(release["state"], "deprecated");
    assert_eq!(release["notice"]["message"], "Use 2.");
    assert_eq!(release["notice"]["successor"]["number"], 2);
    let answer = story
        .mine(1, json!({ "from": "deprecated", "to": "published" }))
        .await;
    assert_eq!(
        (answer.status, answer.json()["release"]["notice"].clone()),
        (200, Value::Null)
    );
    story.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_release_is_found_by_hash_only_and_comes_back() {
    let story = Story::of(1).await;
    assert_eq!(
        story
            .mine(1, json!({ "from": "published", "to": "archived" }))
            .await
            .status,
        200
    );
    assert_eq!(story.resolve("stable").await.status, 404);
    let by_hash = get(
        &story.client,
        &story.inventory,
        &format!("/v1/releases/{}", story.releases[0].1),
    )
    .await;
    assert_eq!(
        (by_hash.status, by_hash.json()["state"].as_str()),
        (200, Some("archived"))
    );
    assert_eq!(
        story
            .mine(1, json!({ "from": "archived", "to": "published" }))
            .await
            .status,
        200
    );
    assert_eq!(story.resolve("stable").await.status, 200);
    story.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_the_head_of_a_channel_answers_gone_until_the_creator_points_it_back() {
    let story = Story::of(2).await;
    assert_eq!(story.promote("beta", 1).await.status, 200);
    let answer = story
        .mine(2, json!({ "from": "published", "to": "revoked", "reason_code": "rights", "message": words("Not ours."), "successor": story.id(1) }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let gone = story.resolve("stable").await;
    assert_eq!((gone.status, gone.code().as_str()), (410, "gone"));
    let notice = &gone.json()["notice"];
    assert_eq!(
        (notice["code"].as_str(), notice["message"].as_str()),
        (Some("rights"), Some("Not ours."))
    );
    assert_eq!(notice["successor"]["number"], 1);
    assert_eq!(
        story.promote("stable", 1).await.json()["previous"],
        story.id(2).to_string()
    );
    assert_eq!(story.resolve("stable").await.json()["release"]["number"], 1);
    // Final: no step leads away.
    let answer = story
        .mine(2, json!({ "from": "revoked", "to": "published" }))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "step_refused")
    );
    story.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_may_point_the_channel_back_in_the_same_transaction() {
    let story = Story::of(2).await;
    let repoint = json!([{ "channel": "stable", "release": story.id(1) }]);
    let body = json!({ "from": "published", "to": "revoked", "reason_code": "error", "message": words("Broken."), "repoint": repoint });
    assert_eq!(story.mine(2, body).await.status, 200);
    assert_eq!(story.resolve("stable").await.json()["release"]["number"], 1);
    let events = get(
        &story.client,
        &story.inventory,
        &format!("/v1/items/{}/events?limit=500", story.item),
    )
    .await
    .json();
    let last: Vec<_> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .take(2)
        .map(|event| event["action"].clone())
        .collect();
    assert_eq!(last, ["channel.moved", "release.revoked"]);
    story.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repoint_that_cannot_be_refuses_the_whole_step() {
    let story = Story::of(2).await;
    for target in [story.id(2).0, uuid::Uuid::now_v7()] {
        let repoint = json!([{ "channel": "stable", "release": target }]);
        let body = json!({ "from": "published", "to": "revoked", "reason_code": "error", "message": words("Broken."), "repoint": repoint });
        let answer = story.mine(2, body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "step_refused"),
            "{}",
            answer.body
        );
    }
    assert_eq!(story.resolve("stable").await.json()["release"]["number"], 2);
    assert_eq!(
        count(
            &story.inventory,
            "SELECT count(*) FROM release_transition WHERE to_state = 'revoked'"
        )
        .await,
        0
    );
    story.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reason_against_a_step_is_listed() {
    let story = Story::of(1).await;
    let answer = story
        .mine(1, json!({ "from": "published", "to": "revoked" }))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "step_refused")
    );
    let fields: Vec<_> = answer.json()["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| failure["field"].clone())
        .collect();
    assert_eq!(fields, ["message", "reason_code"]);
    let answer = story
        .mine(
            1,
            json!({ "from": "published", "to": "rejected", "message": words("x") }),
        )
        .await;
    assert_eq!(answer.code(), "step_refused");
    let answer = story
        .mine(1, json!({ "from": "submitted", "to": "published" }))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "state_changed")
    );
    let answer = story
        .mine(1, json!({ "from": "published", "to": "lost" }))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "bad_request")
    );
    let answer = story
        .mine(
            1,
            json!({ "from": "published", "to": "quarantined", "message": words("x") }),
        )
        .await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"));
    let answer = story
        .mine(1, json!({ "from": "published", "to": "deprecated", "message": words("x"), "successor": story.id(1) }))
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (422, "step_refused")
    );
    story.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_character_cannot_be_touched() {
    let story = Story::of(1).await;
    let (_, ben) = story.inventory.another_creator("ben", &[]).await;
    let answer = story
        .step(&ben, 1, json!({ "from": "published", "to": "archived" }))
        .await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"));
    let next = publish(story.item, "mirelle", Some(story.releases[0].1), "b");
    let answer = send(publishing(
        &story.client,
        &story.inventory.url,
        &ben,
        key(),
        &next,
    ))
    .await
    .unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (403, "forbidden"));
    let body = json!({ "release": story.id(1), "device": device() });
    let path = format!("/v1/items/{}/channels/beta", story.item);
    let answer = send(mutation(
        &story.client,
        &story.inventory.url,
        &path,
        &ben,
        key(),
        &body,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 403);
    // Nor is its history, while the release itself is public within the tenant.
    let ask = |path: String| {
        send(
            story
                .client
                .get(format!("{}{path}", story.inventory.url))
                .bearer_auth(&ben),
        )
    };
    assert_eq!(
        ask(format!("/v1/items/{}/events", story.item))
            .await
            .unwrap()
            .status,
        403
    );
    assert_eq!(
        ask(format!("/v1/releases/{}", story.id(1)))
            .await
            .unwrap()
            .status,
        200
    );
    assert_eq!(
        ask("/v1/resolve/ana/mirelle/stable".into())
            .await
            .unwrap()
            .status,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn others_get_gone_or_the_notice_and_the_owner_still_reads() {
    let story = Story::of(2).await;
    let (_, ben) = story.inventory.another_creator("ben", &[]).await;
    let (_, olga) = story.inventory.another_creator("olga", &["operator"]).await;
    let body =
        json!({ "from": "published", "to": "quarantined", "message": words("We look at it.") });
    assert_eq!(story.step(&olga, 1, body).await.status, 200);
    story.mine(2, json!({ "from": "published", "to": "revoked", "reason_code": "safety", "message": words("Harmful.") })).await;
    let ask = |token: String, number: usize| {
        send(
            story
                .client
                .get(format!(
                    "{}/v1/releases/{}",
                    story.inventory.url,
                    story.id(number)
                ))
                .bearer_auth(token),
        )
    };
    for (number, status, code) in [(1, 451, "quarantined"), (2, 410, "gone")] {
        let answer = ask(ben.clone(), number).await.unwrap();
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        assert!(answer.json()["notice"]["message"].is_string());
        assert_eq!(
            ask(story.inventory.token.clone(), number)
                .await
                .unwrap()
                .status,
            200
        );
    }
    // From quarantine only back to what it was.
    let body = json!({ "from": "quarantined", "to": "archived", "message": words("Fine.") });
    assert_eq!(story.step(&olga, 1, body).await.code(), "step_refused");
    let body = json!({ "from": "quarantined", "to": "published", "message": words("Fine.") });
    assert_eq!(story.step(&olga, 1, body).await.status, 200);
    story.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_comes_again_byte_for_byte_and_happens_once() {
    let story = Story::of(1).await;
    let (key, path) = (key(), format!("/v1/releases/{}/steps", story.id(1)));
    let body = json!({ "from": "published", "to": "archived", "device": device() });
    let ask = || {
        send(mutation(
            &story.client,
            &story.inventory.url,
            &path,
            &story.inventory.token,
            key,
            &body,
        ))
    };
    let (first, again) = (ask().await.unwrap(), ask().await.unwrap());
    assert_eq!(
        (first.status, first.replayed, again.replayed),
        (200, false, true)
    );
    assert_eq!(first.body, again.body);
    assert_eq!(
        count(
            &story.inventory,
            "SELECT count(*) FROM release_transition WHERE to_state = 'archived'"
        )
        .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_only_points_at_what_is_offered() {
    let story = Story::of(2).await;
    story
        .mine(1, json!({ "from": "published", "to": "archived" }))
        .await;
    let refused = story.promote("beta", 1).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (422, "step_refused")
    );
    let refused = story.promote("stable", 2).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (422, "step_refused"),
        "it points there already"
    );
    assert_eq!(story.promote("beta", 2).await.status, 200);
    let refused = story.promote("Not-A-Name", 2).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "bad_request")
    );
    story.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_hidden_from_others_blocks_the_next_and_is_not_decided_by_a_step() {
    let mut story = Story::of(0).await;
    let stage = dramatis_inventory::PolicyStage {
        name: "review".into(),
        role: dramatis_domain::lifecycle::Role::Reviewer,
    };
    let (provisioner, tenant) = (&story.inventory.provisioner, story.inventory.tenant);
    provisioner.set_approvals(tenant, &[stage]).await.unwrap();
    let (_, rita) = story.inventory.another_creator("rita", &["reviewer"]).await;
    let (_, ben) = story.inventory.another_creator("ben", &[]).await;
    let request = publish(story.item, "mirelle", None, "a");
    let answer = send(publishing(
        &story.client,
        &story.inventory.url,
        &story.inventory.token,
        key(),
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(
        (answer.status, answer.json()["outcome"].as_str()),
        (201, Some("submitted"))
    );
    let manifest = Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
    story
        .releases
        .push((manifest.release, manifest_hash(&request)));
    assert_eq!(story.resolve("stable").await.status, 404);

    let publish_it = json!({ "from": "submitted", "to": "published", "repoint": [] });
    assert_eq!(
        story.mine(1, publish_it.clone()).await.code(),
        "step_refused"
    );
    let hidden = send(
        story
            .client
            .get(format!(
                "{}/v1/releases/{}",
                story.inventory.url,
                story.id(1)
            ))
            .bearer_auth(&ben),
    )
    .await
    .unwrap();
    assert_eq!(hidden.status, 404);
    // The next one waits for this one to be decided.
    let next = publish(story.item, "mirelle", Some(story.releases[0].1), "b");
    let answer = send(publishing(
        &story.client,
        &story.inventory.url,
        &story.inventory.token,
        key(),
        &next,
    ))
    .await
    .unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "base_blocked")
    );

    assert_eq!(
        story.step(&rita, 1, publish_it).await.code(),
        "step_refused"
    );
    story.verify().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_base_that_is_not_published_says_is_refused_with_its_state() {
    let story = Story::of(1).await;
    let publish_again = async |content: &str| {
        let parent = Some(story.releases[0].1);
        let request = publish(story.item, "mirelle", parent, content);
        send(publishing(
            &story.client,
            &story.inventory.url,
            &story.inventory.token,
            key(),
            &request,
        ))
        .await
        .unwrap()
    };
    let steps = [
        ("published", "deprecated", Value::Null),
        ("deprecated", "archived", Value::Null),
        ("archived", "revoked", json!("error")),
    ];
    for (from, to, code) in steps {
        let body = json!({ "from": from, "to": to, "reason_code": code, "message": words("Why.") });
        let stepped = story.mine(1, body).await;
        assert_eq!(stepped.status, 200, "{}", stepped.body);
        let same = publish_again("version 0").await;
        assert_eq!((same.status, same.code().as_str()), (409, "base_blocked"));
        assert!(same.body.contains(to), "{}", same.body);
    }
    assert_eq!(
        count(&story.inventory, "SELECT count(*) FROM release").await,
        1
    );
    let changed = publish_again("mended").await;
    assert_eq!(changed.status, 201, "{}", changed.body);
    dramatis_inventory::verify(story.inventory.admin_url(), None)
        .await
        .unwrap();
}
