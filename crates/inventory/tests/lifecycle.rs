//! Every step of the lifecycle, tried by everybody from every state over HTTP:
//! taken where `domain::lifecycle::EDGES` has an edge, and nowhere else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{
    Digest, ReleaseId,
    lifecycle::{EDGES, Edge, Needs, ReasonCode, ReleaseState, Role, step},
};
use dramatis_inventory::{PolicyStage, replay, testing::Inventory};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::*;

struct World {
    inventory: Inventory,
    /// Name, token, and the role towards an item of ana's.
    people: Vec<(&'static str, String, Option<Role>)>,
}

const OFFERED: [ReleaseState; 3] = [
    ReleaseState::Published,
    ReleaseState::Deprecated,
    ReleaseState::Archived,
];

impl World {
    async fn new() -> Self {
        let inventory = Inventory::start().await;
        let mut people = vec![("owner", inventory.token.clone(), Some(Role::Creator))];
        for role in [Role::Reviewer, Role::Operator] {
            let token = inventory
                .another_creator(role.as_str(), &[role.as_str()])
                .await
                .1;
            people.push((role.as_str(), token, Some(role)));
        }
        people.push((
            "stranger",
            inventory.another_creator("ben", &[]).await.1,
            None,
        ));
        Self { inventory, people }
    }

    fn token(&self, role: Role) -> &str {
        let found = self.people.iter().find(|one| one.2 == Some(role));
        &found.unwrap().1
    }

    async fn post(&self, token: &str, path: String, mut body: Value) -> Answer {
        body["device"] = json!(device());
        let asked = mutation(&client(), &self.inventory.url, &path, token, key(), &body);
        send(asked).await.unwrap()
    }

    async fn step(
        &self,
        token: &str,
        release: ReleaseId,
        from: ReleaseState,
        to: ReleaseState,
        has: Needs,
    ) -> Answer {
        let mut body = json!({ "from": from, "to": to });
        if has != Needs::Nothing {
            body["message"] = json!({ "salt": "0c".repeat(16), "value": "Why." });
        }
        if has == Needs::Reason {
            body["reason_code"] = json!(ReasonCode::Error);
        }
        self.post(token, format!("/v1/releases/{release}/steps"), body)
            .await
    }

    async fn published(&self, stages: &[Role]) -> (ReleaseId, Digest) {
        let stages: Vec<_> = stages
            .iter()
            .map(|role| PolicyStage {
                name: "stage".into(),
                role: *role,
            })
            .collect();
        let (provisioner, tenant) = (&self.inventory.provisioner, self.inventory.tenant);
        provisioner.set_approvals(tenant, &stages).await.unwrap();
        let slug = format!("l-{}", uuid::Uuid::new_v4().simple());
        let request = publish(item(), &slug, None, "a");
        published(&self.inventory, &request).await;
        (manifest_of(&request).release, manifest_hash(&request))
    }

    async fn decided(&self, role: Role, decision: &str) -> ReleaseId {
        let (release, manifest) = self.published(&[role]).await;
        let mut body = json!({
            "decision": decision, "stage": 1, "manifest_sha256": manifest.to_string(),
        });
        let path = format!("/v1/releases/{release}/decisions");
        if decision == "rejected" {
            let mute = self
                .post(self.token(role), path.clone(), body.clone())
                .await;
            assert_eq!(mute.code(), "step_refused", "{}", mute.body);
            body["message"] = json!({ "salt": "0c".repeat(16), "value": "Why." });
        }
        let answer = self.post(self.token(role), path, body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        release
    }

    /// A release in that state; a quarantined one came from `origin`.
    async fn in_state(&self, state: ReleaseState, origin: ReleaseState) -> ReleaseId {
        use ReleaseState::{Published, Quarantined, Rejected, Submitted, Withdrawn};
        match state {
            Submitted => return self.published(&[Role::Reviewer]).await.0,
            Rejected => return self.decided(Role::Reviewer, "rejected").await,
            Withdrawn => {
                let (release, _) = self.published(&[Role::Reviewer]).await;
                self.goes(release, Submitted, Withdrawn).await;
                return release;
            }
            _ => {}
        }
        let (release, _) = self.published(&[]).await;
        let mut at = Published;
        let way = if state == Quarantined {
            [origin, state]
        } else {
            [state, state]
        };
        for next in way {
            if next != at {
                self.goes(release, at, next).await;
                at = next;
            }
        }
        release
    }

    async fn goes(&self, release: ReleaseId, from: ReleaseState, to: ReleaseState) {
        let edge = EDGES
            .iter()
            .find(|edge| edge.from == from && edge.to == to)
            .unwrap();
        let done = self
            .step(self.token(edge.role), release, from, to, edge.needs)
            .await;
        assert_eq!(done.status, 200, "{from} → {to}: {}", done.body);
    }

    async fn state(&self, release: ReleaseId) -> String {
        sqlx::query_scalar("SELECT state FROM current_state WHERE release_id = $1")
            .bind(release.0)
            .fetch_one(&self.inventory.admin)
            .await
            .unwrap()
    }

    /// The edge's step without what it needs, which is refused, and with it.
    async fn takes(&self, token: &str, edge: Edge, origin: ReleaseState) {
        let Edge {
            from, to, needs, ..
        } = edge;
        let what = format!("{from} → {to} by {}", edge.role);
        let release = self.in_state(from, origin).await;
        let less = match needs {
            Needs::Nothing => None,
            Needs::Message => Some(Needs::Nothing),
            Needs::Reason => Some(Needs::Message),
        };
        if let Some(less) = less {
            let refused = self.step(token, release, from, to, less).await;
            assert_eq!(refused.code(), "step_refused", "{what}: {}", refused.body);
            assert_eq!(self.state(release).await, from.as_str(), "{what}");
        }
        let done = self.step(token, release, from, to, needs).await;
        assert_eq!(done.status, 200, "{what}: {}", done.body);
        assert_eq!(self.state(release).await, to.as_str(), "{what}");
    }
}

/// The edge that a step of that person takes, by what the domain says and the
/// two rules beside it: decisions are no steps, and quarantine leads back.
fn edge_of(
    from: ReleaseState,
    to: ReleaseState,
    origin: ReleaseState,
    role: Option<Role>,
) -> Option<Edge> {
    let roles: Vec<_> = role.into_iter().collect();
    let decided = from == ReleaseState::Submitted && to != ReleaseState::Withdrawn;
    let astray =
        from == ReleaseState::Quarantined && ![origin, ReleaseState::Revoked].contains(&to);
    step(from, to, &roles, Some(ReasonCode::Error), Some("Why."))
        .ok()
        .filter(|_| !decided && !astray)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_is_taken_by_whom_the_lifecycle_names_and_by_nobody_else() {
    let world = World::new().await;
    let states = || {
        ReleaseState::ALL
            .iter()
            .filter(|one| **one != ReleaseState::Draft)
    };
    for from in states() {
        let origins: &[_] = if *from == ReleaseState::Quarantined {
            &OFFERED
        } else {
            &OFFERED[..1]
        };
        for origin in origins {
            let stays = world.in_state(*from, *origin).await;
            for to in states() {
                for (who, token, role) in &world.people {
                    if let Some(edge) = edge_of(*from, *to, *origin, *role) {
                        world.takes(token, edge, *origin).await;
                        continue;
                    }
                    let refused = world.step(token, stays, *from, *to, Needs::Reason).await;
                    let said = (refused.status, refused.code());
                    let known = matches!(
                        (said.0, said.1.as_str()),
                        (422, "step_refused")
                            | (403, "forbidden")
                            | (404, "not_found")
                            | (410, "gone")
                            | (451, "quarantined")
                    );
                    assert!(known, "{from} → {to} by {who}: {}", refused.body);
                    assert_eq!(
                        world.state(stays).await,
                        from.as_str(),
                        "{from} → {to} by {who}"
                    );
                }
            }
        }
    }
    for role in [Role::Reviewer, Role::Operator] {
        world.decided(role, "approved").await;
        world.decided(role, "rejected").await;
    }
    // Each edge was taken, as it stands in the lifecycle, and nothing else was.
    let taken: Vec<(String, String, String, String)> =
        sqlx::query_as("SELECT DISTINCT from_state, to_state, role, needs FROM release_transition")
            .fetch_all(&world.inventory.admin)
            .await
            .unwrap();
    let taken: BTreeSet<_> = taken.into_iter().collect();
    let edges: BTreeSet<_> = EDGES
        .iter()
        .map(|edge| {
            let words = (
                edge.from.to_string(),
                edge.to.to_string(),
                edge.role.to_string(),
            );
            (words.0, words.1, words.2, edge.needs.as_str().to_owned())
        })
        .collect();
    assert_eq!(taken, edges);
    replay(world.inventory.admin_url(), |_| {}).await.unwrap();
}

/// Seed 004: history in pages, whether it has been in a state, and in which it
/// was at a moment; by the steps' numbers.
#[tokio::test(flavor = "multi_thread")]
async fn a_releases_steps_say_what_it_was_when_and_what_it_never_was() {
    use ReleaseState::{Archived, Deprecated, Published};
    let world = World::new().await;
    let (release, manifest) = world.published(&[]).await;
    world.goes(release, Published, Deprecated).await;
    world.goes(release, Deprecated, Archived).await;
    let url = format!("{}/v1/releases", world.inventory.url);
    let ask = async |token: &str, rest: String| {
        let asked = client().get(format!("{url}/{rest}")).bearer_auth(token);
        send(asked).await.unwrap()
    };
    let mine = async |rest: String| ask(&world.inventory.token, rest).await.json();
    let all = mine(format!("{release}/steps")).await;
    let steps = all["steps"].as_array().unwrap().clone();
    let states: Vec<_> = steps
        .iter()
        .map(|step| step["to"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["submitted", "published", "deprecated", "archived"]);
    assert_eq!(all["state"], "archived");
    // In pages, and by the manifest's hash.
    let mut paged = Vec::new();
    while paged.len() < steps.len() {
        let after = paged.len();
        let page = mine(format!("{manifest}/steps?after={after}&limit=1")).await;
        paged.extend(page["steps"].as_array().unwrap().clone());
    }
    assert_eq!(paged, steps);
    // At the very moment of each step it is in the state the step led to.
    for (number, step) in steps.iter().enumerate() {
        let at = step["at"].as_str().unwrap();
        let then = mine(format!("{release}/steps?at={at}")).await;
        assert_eq!(then["state"], step["to"], "{at}");
        assert_eq!(then["steps"].as_array().unwrap().len(), number + 1);
    }
    let before = mine(format!("{release}/steps?at=2020-01-01T00:00:00Z")).await;
    assert_eq!(
        (before["state"].clone(), before["steps"].clone()),
        (Value::Null, json!([]))
    );
    // What it has been in, and what not.
    for (state, times) in [("published", 1), ("deprecated", 1), ("revoked", 0)] {
        let into = mine(format!("{release}/steps?to={state}")).await;
        assert_eq!(into["steps"].as_array().unwrap().len(), times, "{state}");
    }
    for wrong in ["to=lost", "at=yesterday", "after=x"] {
        let said = mine(format!("{release}/steps?{wrong}")).await;
        assert_eq!(said["code"], "bad_request", "{wrong}");
    }
    let reviewer = ask(world.token(Role::Reviewer), format!("{release}/steps")).await;
    assert_eq!(reviewer.status, 200);
    let stranger = &world.people.last().unwrap().1;
    let refused = ask(stranger, format!("{release}/steps")).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (403, "forbidden")
    );
    let (hidden, _) = world.published(&[Role::Reviewer]).await;
    let refused = ask(stranger, format!("{hidden}/steps")).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (404, "not_found")
    );
}
