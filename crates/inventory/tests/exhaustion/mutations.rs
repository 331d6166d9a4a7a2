//! Every way to change something over HTTP, and what it may leave behind.

use crate::{
    house::House,
    studio::{Asked, settle},
    support::{
        device, item, key, manifest_hash, manifest_of, pack, publish, publish_kind, with_manifest,
    },
};
use dramatis_api::publish::PublishRequest;
use dramatis_domain::{
    Digest, ItemId, ItemKind, Manifest, ReleaseId,
    manifest::{Origin, SCHEMA_2},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A mutation.
pub struct Mutation {
    pub name: &'static str,
    /// The operation in docs/openapi.json.
    pub operation: &'static str,
    /// Its answer.
    pub status: u16,
    /// What it adds to its item: releases, transitions, moves of channels,
    /// decisions, rows of the outbox, events.
    pub adds: [i64; 6],
    scene: Scene,
}

#[derive(Clone, Copy)]
enum Scene {
    PublishFirst,
    PublishNext,
    PublishUnchanged,
    PublishStale,
    PublishSlugTaken,
    PublishPack,
    PublishFork,
    Deprecate,
    Revoke,
    Promote,
    Submit,
    Approve,
    Reject,
    Withdraw,
    Share,
    Offer,
    TakeBack,
    Accept,
    Impose,
    Cancel,
}

const fn mutation(
    name: &'static str,
    operation: &'static str,
    scene: Scene,
    status: u16,
    adds: [i64; 6],
) -> Mutation {
    Mutation {
        name,
        operation,
        status,
        adds,
        scene,
    }
}

const PUBLISH: &str = "post /v1/releases";
const STEP: &str = "post /v1/releases/{release}/steps";
const PROMOTE: &str = "post /v1/items/{item}/channels/{channel}";
const DECIDE: &str = "post /v1/releases/{release}/decisions";
const OWNERS: &str = "post /v1/items/{item}/owners";
const CANCEL: &str = "post /v1/receipts/{key}/cancel";

/// All of them.
pub const MUTATIONS: &[Mutation] = &[
    mutation(
        "publish, the first",
        PUBLISH,
        Scene::PublishFirst,
        201,
        [1, 2, 1, 0, 1, 4],
    ),
    mutation(
        "publish, the next",
        PUBLISH,
        Scene::PublishNext,
        201,
        [1, 2, 1, 0, 1, 3],
    ),
    mutation(
        "publish, unchanged",
        PUBLISH,
        Scene::PublishUnchanged,
        200,
        [0, 0, 0, 0, 0, 1],
    ),
    mutation(
        "publish, refused",
        PUBLISH,
        Scene::PublishStale,
        409,
        [0; 6],
    ),
    mutation(
        "publish, slug taken",
        PUBLISH,
        Scene::PublishSlugTaken,
        409,
        [0; 6],
    ),
    mutation(
        "publish, a pack",
        PUBLISH,
        Scene::PublishPack,
        201,
        [1, 2, 1, 0, 1, 4],
    ),
    mutation(
        "publish, a fork",
        PUBLISH,
        Scene::PublishFork,
        201,
        [1, 2, 1, 0, 1, 4],
    ),
    mutation("submit", PUBLISH, Scene::Submit, 201, [1, 1, 0, 0, 1, 2]),
    mutation("deprecate", STEP, Scene::Deprecate, 200, [0, 1, 0, 0, 1, 1]),
    mutation(
        "revoke and move back",
        STEP,
        Scene::Revoke,
        200,
        [0, 1, 1, 0, 1, 2],
    ),
    mutation("withdraw", STEP, Scene::Withdraw, 200, [0, 1, 0, 0, 1, 1]),
    mutation("promote", PROMOTE, Scene::Promote, 200, [0, 0, 1, 0, 1, 1]),
    mutation("approve", DECIDE, Scene::Approve, 200, [0, 1, 1, 1, 1, 3]),
    mutation("reject", DECIDE, Scene::Reject, 200, [0, 1, 0, 1, 1, 1]),
    mutation("share", OWNERS, Scene::Share, 200, [0, 0, 0, 0, 0, 1]),
    mutation("offer", OWNERS, Scene::Offer, 200, [0, 0, 0, 0, 0, 1]),
    mutation(
        "take an offer back",
        OWNERS,
        Scene::TakeBack,
        200,
        [0, 0, 0, 0, 0, 1],
    ),
    mutation("accept", OWNERS, Scene::Accept, 200, [0, 0, 0, 0, 0, 1]),
    // It ends the offer that stands, too.
    mutation("impose", OWNERS, Scene::Impose, 200, [0, 0, 0, 0, 0, 2]),
    mutation("cancel", CANCEL, Scene::Cancel, 200, [0; 6]),
];

/// Operations that take a body and change nothing.
pub const CHANGE_NOTHING: &[&str] = &["post /v1/resolve"];

/// A request ready to be sent, and what to look at afterwards.
pub struct Ready {
    pub asked: Asked,
    pub key: Uuid,
    pub item: ItemId,
}

impl Mutation {
    /// Makes what it needs to be there, on an item of its own.
    pub async fn ready(&self, house: &House) -> Ready {
        let item = item();
        let slug = format!("m-{}", Uuid::new_v4().simple());
        let lone = &house.inventory.token;
        let asked = match self.scene {
            Scene::PublishFirst => publishing(lone, &publish(item, &slug, None, "a")),
            Scene::PublishNext | Scene::PublishUnchanged | Scene::PublishStale => {
                let first = house.published(lone, item, &slug, None, "a").await;
                let (parent, word) = match self.scene {
                    Scene::PublishNext => (Some(first.1), "b"),
                    Scene::PublishUnchanged => (Some(first.1), "a"),
                    _ => (None, "b"),
                };
                publishing(lone, &publish(item, &slug, parent, word))
            }
            Scene::PublishSlugTaken => {
                let other = crate::support::item();
                house.published(lone, other, &slug, None, "a").await;
                publishing(lone, &publish(item, &slug, None, "a"))
            }
            Scene::PublishPack => {
                let member = publish(crate::support::item(), &format!("{slug}-in"), None, "a");
                house.sent(lone, &member).await;
                let document = pack(&slug, &[&member]);
                publishing(
                    lone,
                    &publish_kind(ItemKind::Pack, item, &slug, None, document),
                )
            }
            Scene::PublishFork => {
                let other = crate::support::item();
                let origin = house
                    .published(lone, other, &format!("{slug}-of"), None, "a")
                    .await;
                let plain = publish(item, &slug, None, "a");
                let manifest = Manifest {
                    schema: SCHEMA_2.into(),
                    forked_from: Some(Origin {
                        manifest: origin.1,
                        release: Some(origin.0),
                    }),
                    ..manifest_of(&plain)
                };
                publishing(lone, &with_manifest(&manifest, &slug, plain.card))
            }
            Scene::Submit => publishing(&house.writer, &publish(item, &slug, None, "a")),
            Scene::Deprecate => {
                let first = house.published(lone, item, &slug, None, "a").await;
                let body = json!({ "from": "published", "to": "deprecated", "message": words() });
                step(lone, first.0, body)
            }
            Scene::Revoke => {
                let first = house.published(lone, item, &slug, None, "a").await;
                let next = house.published(lone, item, &slug, Some(first.1), "b").await;
                let body = json!({
                    "from": "published", "to": "revoked", "reason_code": "error", "message": words(),
                    "repoint": [{ "channel": "stable", "release": first.0 }],
                });
                step(lone, next.0, body)
            }
            Scene::Promote => {
                let first = house.published(lone, item, &slug, None, "a").await;
                let body = json!({ "release": first.0, "device": device() });
                asked(lone, format!("/v1/items/{item}/channels/beta"), &body)
            }
            Scene::Approve | Scene::Reject => {
                let first = house.published(&house.writer, item, &slug, None, "a").await;
                let mut body = json!({
                    "decision": "approved", "stage": 1, "manifest_sha256": first.1.to_string(),
                    "device": device(),
                });
                if matches!(self.scene, Scene::Reject) {
                    body["decision"] = json!("rejected");
                    body["message"] = words();
                }
                let path = format!("/v1/releases/{}/decisions", first.0);
                asked(&house.reviewer, path, &body)
            }
            Scene::Withdraw => {
                let first = house.published(&house.writer, item, &slug, None, "a").await;
                let body = json!({ "from": "submitted", "to": "withdrawn" });
                step(&house.writer, first.0, body)
            }
            Scene::Share | Scene::Offer | Scene::TakeBack | Scene::Accept | Scene::Impose => {
                house.published(lone, item, &slug, None, "a").await;
                self.of_owners(house, item, &slug).await
            }
            Scene::Cancel => {
                let key = Uuid::new_v4();
                let asked = Asked {
                    path: format!("/v1/receipts/{key}/cancel"),
                    token: lone.clone(),
                    key: None,
                    body: String::new(),
                };
                return Ready { asked, key, item };
            }
        };
        let key = asked.key.expect("a key").0;
        Ready { asked, key, item }
    }

    /// A change of the owners of an item that is there.
    async fn of_owners(&self, house: &House, item: ItemId, slug: &str) -> Asked {
        let lone = &house.inventory.token;
        let other = format!("{slug}-too");
        let theirs = house.inventory.another_creator(&other, &[]).await.1;
        let change = |token: &str, word: &str, account: Option<&str>| {
            let body = json!({
                "change": word, "account": account, "device": device(),
                "message": (word == "impose").then(words),
            });
            asked(token, format!("/v1/items/{item}/owners"), &body)
        };
        let offer = change(lone, "offer", Some(&other));
        if matches!(self.scene, Scene::TakeBack | Scene::Accept | Scene::Impose) {
            let answer = settle(&house.client, &house.inventory.url, &offer).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        let asked = match self.scene {
            Scene::Share => change(lone, "add", Some(&other)),
            Scene::TakeBack => change(lone, "end_offer", None),
            Scene::Accept => change(&theirs, "accept", None),
            Scene::Impose => {
                let operator = format!("{slug}-op");
                let creator = house.inventory.another_creator(&operator, &["operator"]);
                change(&creator.await.1, "impose", Some(&other))
            }
            _ => offer,
        };
        house.quiet().await;
        asked
    }
}

impl House {
    /// A release that is there before anything is cut off.
    async fn published(
        &self,
        token: &str,
        item: ItemId,
        slug: &str,
        parent: Option<Digest>,
        word: &str,
    ) -> (ReleaseId, Digest) {
        let request = publish(item, slug, parent, word);
        self.sent(token, &request).await;
        (manifest_of(&request).release, manifest_hash(&request))
    }

    async fn sent(&self, token: &str, request: &PublishRequest) {
        let answer = settle(
            &self.client,
            &self.inventory.url,
            &publishing(token, request),
        )
        .await;
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
}

fn publishing(token: &str, request: &PublishRequest) -> Asked {
    asked(token, "/v1/releases".into(), request)
}

fn step(token: &str, release: ReleaseId, mut body: Value) -> Asked {
    body["device"] = json!(device());
    asked(token, format!("/v1/releases/{release}/steps"), &body)
}

fn asked(token: &str, path: String, body: &impl serde::Serialize) -> Asked {
    Asked {
        path,
        token: token.to_owned(),
        key: Some(key()),
        body: serde_json::to_string(body).unwrap(),
    }
}

fn words() -> Value {
    json!({ "salt": "02".repeat(16), "value": "Not kept up." })
}
