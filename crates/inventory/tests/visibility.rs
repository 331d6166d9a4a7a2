//! Who sees a release in which state, by which way (product.md, Lifecycle of a
//! release): every state × way × person, with the code of each answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{
    Digest, ItemId, Manifest, ReleaseId,
    lifecycle::{ReleaseState, Role},
};
use dramatis_inventory::{PolicyStage, testing::Inventory};
use serde_json::{Value, json};
use support::*;

/// What somebody gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gets {
    /// It, and nothing said against it.
    It,
    /// It, with the message and the successor.
    WithNotice,
    /// 404.
    Nothing,
    /// 410 with reason and successor.
    Gone,
    /// 451 with the notice.
    Withheld,
}

use Gets::{Gone, It, Nothing, WithNotice, Withheld};

/// By channel; by hash for the owner, the reviewer and the operator; for the
/// auditor; for others.
const TABLE: &[(ReleaseState, Gets, Gets, Gets, Gets)] = &[
    (ReleaseState::Submitted, Nothing, It, It, Nothing),
    (
        ReleaseState::Rejected,
        Nothing,
        WithNotice,
        WithNotice,
        Nothing,
    ),
    (ReleaseState::Withdrawn, Nothing, It, It, Nothing),
    (ReleaseState::Published, It, It, It, It),
    (
        ReleaseState::Deprecated,
        WithNotice,
        WithNotice,
        WithNotice,
        WithNotice,
    ),
    (
        ReleaseState::Quarantined,
        Withheld,
        WithNotice,
        WithNotice,
        Withheld,
    ),
    (ReleaseState::Revoked, Gone, WithNotice, WithNotice, Gone),
    (ReleaseState::Archived, Nothing, It, It, It),
];

struct World {
    inventory: Inventory,
    people: Vec<(&'static str, String)>,
}

impl World {
    async fn new() -> Self {
        let inventory = Inventory::start().await;
        let mut people = vec![("owner", inventory.token.clone())];
        for role in ["reviewer", "operator", "auditor", "app"] {
            people.push((role, inventory.another_creator(role, &[role]).await.1));
        }
        people.push((
            "other creator",
            inventory.another_creator("ben", &[]).await.1,
        ));
        Self { inventory, people }
    }

    fn token(&self, who: &str) -> &str {
        &self.people.iter().find(|(name, _)| *name == who).unwrap().1
    }

    async fn ask(&self, who: &str, path: &str) -> Answer {
        let request = client()
            .get(format!("{}{path}", self.inventory.url))
            .bearer_auth(self.token(who));
        send(request).await.unwrap()
    }

    async fn post(&self, who: &str, path: &str, mut body: Value) {
        body["device"] = json!(device());
        let (url, token) = (&self.inventory.url, self.token(who));
        let done = send(mutation(&client(), url, path, token, key(), &body))
            .await
            .unwrap();
        assert_eq!(done.status, 200, "{who} {path}: {}", done.body);
    }

    async fn stages(&self, on: bool) {
        let stages = if on {
            vec![PolicyStage {
                name: "review".into(),
                role: Role::Reviewer,
            }]
        } else {
            Vec::new()
        };
        let (provisioner, tenant) = (&self.inventory.provisioner, self.inventory.tenant);
        provisioner.set_approvals(tenant, &stages).await.unwrap();
    }

    async fn publish(
        &self,
        item: ItemId,
        slug: &str,
        parent: Option<Digest>,
    ) -> (ReleaseId, Digest) {
        let request = publish(item, slug, parent, &format!("{parent:?}"));
        let (url, token) = (&self.inventory.url, self.token("owner"));
        let answer = send(publishing(&client(), url, token, key(), &request))
            .await
            .unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
        let manifest = Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
        (manifest.release, manifest_hash(&request))
    }

    /// A character whose `stable` points at a release in that state, with a
    /// later one as successor where the state can have one.
    async fn in_state(&self, state: ReleaseState) -> (String, ReleaseId, Digest) {
        let (item, slug) = (item(), format!("is-{state}"));
        let waits = matches!(
            state,
            ReleaseState::Submitted | ReleaseState::Rejected | ReleaseState::Withdrawn
        );
        self.stages(waits).await;
        let (release, manifest) = self.publish(item, &slug, None).await;
        let steps = format!("/v1/releases/{release}/steps");
        let message = json!({ "salt": "0b".repeat(16), "value": "Why." });
        let mut step = json!({ "from": "published", "to": state, "message": message });
        match state {
            ReleaseState::Draft => unreachable!("no release is a draft"),
            ReleaseState::Submitted | ReleaseState::Published => {}
            ReleaseState::Rejected => {
                let word = json!({
                    "decision": "rejected", "stage": 1, "message": message,
                    "manifest_sha256": manifest.to_string(),
                });
                let path = format!("/v1/releases/{release}/decisions");
                self.post("reviewer", &path, word).await;
            }
            ReleaseState::Withdrawn => {
                step["from"] = json!("submitted");
                self.post("owner", &steps, step).await;
            }
            ReleaseState::Deprecated | ReleaseState::Revoked => {
                let (successor, _) = self.publish(item, &slug, Some(manifest)).await;
                let back = format!("/v1/items/{item}/channels/stable");
                self.post("owner", &back, json!({ "release": release }))
                    .await;
                step["successor"] = json!(successor);
                if state == ReleaseState::Revoked {
                    step["reason_code"] = json!("rights");
                }
                self.post("owner", &steps, step).await;
            }
            ReleaseState::Archived => self.post("owner", &steps, step).await,
            ReleaseState::Quarantined => self.post("operator", &steps, step).await,
        }
        (slug, release, manifest)
    }
}

fn check(answer: &Answer, wanted: Gets, state: ReleaseState, what: &str) {
    let (status, code) = match wanted {
        It | WithNotice => (200, ""),
        Nothing => (404, "not_found"),
        Gone => (410, "gone"),
        Withheld => (451, "quarantined"),
    };
    assert_eq!(answer.status, status, "{what}: {}", answer.body);
    let json = answer.json();
    if status != 200 {
        assert_eq!(answer.code(), code, "{what}: {}", answer.body);
    }
    let release = if json["release"].is_object() {
        &json["release"]
    } else {
        &json
    };
    let notice = &release["notice"];
    match wanted {
        It => assert!(notice.is_null(), "{what}: {}", answer.body),
        Nothing => assert!(notice.is_null(), "{what}: it gives itself away"),
        WithNotice | Gone | Withheld => {
            assert_eq!(notice["message"], "Why.", "{what}: {}", answer.body);
            let named = notice["successor"]["number"] == 2;
            let has = matches!(state, ReleaseState::Deprecated | ReleaseState::Revoked);
            assert_eq!(named, has, "{what}: {}", answer.body);
        }
    }
    if status == 200 {
        assert_eq!(release["state"], state.as_str(), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_by_every_way_for_everybody_is_as_the_table_says() {
    let world = World::new().await;
    for (state, by_channel, insider, auditor, others) in TABLE {
        let (slug, release, manifest) = world.in_state(*state).await;
        for (who, _) in &world.people {
            let by_hash = match *who {
                "owner" | "reviewer" | "operator" => insider,
                "auditor" => auditor,
                _ => others,
            };
            let what = |way: &str| format!("{state}, {who}, {way}");
            let resolve = format!("/v1/resolve/ana/{slug}/stable");
            check(
                &world.ask(who, &resolve).await,
                *by_channel,
                *state,
                &what("channel"),
            );
            for name in [release.to_string(), manifest.to_string()] {
                let path = format!("/v1/releases/{name}");
                check(
                    &world.ask(who, &path).await,
                    *by_hash,
                    *state,
                    &what("hash"),
                );
                let card = world.ask(who, &format!("{path}/card")).await;
                let status = match by_hash {
                    It | WithNotice => 200,
                    Nothing => 404,
                    Gone => 410,
                    Withheld => 451,
                };
                assert_eq!(card.status, status, "{}: {}", what("card"), card.body);
            }
        }
    }
    let states: Vec<_> = TABLE.iter().map(|row| row.0).collect();
    for state in ReleaseState::ALL {
        assert!(
            *state == ReleaseState::Draft || states.contains(state),
            "{state} is missing"
        );
    }
    dramatis_inventory::verify(world.inventory.admin_url(), None)
        .await
        .unwrap();
}

/// From quarantine a release goes back to where it came from, and nowhere else.
#[tokio::test(flavor = "multi_thread")]
async fn from_quarantine_a_release_goes_back_to_the_state_it_came_from() {
    let world = World::new().await;
    let message = json!({ "salt": "0b".repeat(16), "value": "Why." });
    let offered = [
        ReleaseState::Published,
        ReleaseState::Deprecated,
        ReleaseState::Archived,
    ];
    for state in offered {
        let (_, release, _) = world.in_state(state).await;
        let path = format!("/v1/releases/{release}/steps");
        let step = |from: &str, to: &str| json!({ "from": from, "to": to, "message": message });
        world
            .post("operator", &path, step(state.as_str(), "quarantined"))
            .await;
        for to in offered {
            let mut body = step("quarantined", to.as_str());
            body["device"] = json!(device());
            let (url, token) = (&world.inventory.url, world.token("operator"));
            if to != state {
                let answer = send(mutation(&client(), url, &path, token, key(), &body))
                    .await
                    .unwrap();
                assert_eq!(answer.code(), "step_refused", "{state} → {to}");
            }
        }
        world
            .post("operator", &path, step("quarantined", state.as_str()))
            .await;
    }
}
