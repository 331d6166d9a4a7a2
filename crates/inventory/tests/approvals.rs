//! Approvals: ordered stages, another person for each, bound to the bytes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{Digest, IdempotencyKey, Manifest, ReleaseId, lifecycle::Role};
use dramatis_inventory::{
    PolicyStage,
    testing::{DECISION_FAILPOINTS, Inventory, PrivateCluster},
};
use serde_json::{Value, json};
use std::time::Duration;
use support::*;

struct Team {
    inventory: Inventory,
    rita: String,
    otto: String,
    release: ReleaseId,
    manifest: Digest,
}

fn stage(name: &str, role: Role) -> PolicyStage {
    PolicyStage {
        name: name.into(),
        role,
    }
}

/// Asks for these stages and makes the people who can say yes.
async fn asking(inventory: &Inventory, stages: &[PolicyStage]) -> (String, String) {
    inventory
        .provisioner
        .set_approvals(inventory.tenant, stages)
        .await
        .unwrap();
    let (_, rita) = inventory.another_creator("rita", &["reviewer"]).await;
    let (_, otto) = inventory
        .another_creator("otto", &["reviewer", "operator"])
        .await;
    (rita, otto)
}

impl Team {
    /// One release of ana that waits.
    async fn of(inventory: Inventory, stages: &[PolicyStage]) -> Self {
        let (rita, otto) = asking(&inventory, stages).await;
        let request = publish(item(), "mirelle", None, "a");
        let answer = send(publishing(
            &client(),
            &inventory.url,
            &inventory.token,
            key(),
            &request,
        ))
        .await
        .unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.json()["outcome"], "submitted");
        let manifest = Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
        Self {
            inventory,
            rita,
            otto,
            release: manifest.release,
            manifest: manifest_hash(&request),
        }
    }

    async fn two_stages() -> Self {
        let stages = [
            stage("editing", Role::Reviewer),
            stage("legal", Role::Operator),
        ];
        Self::of(Inventory::start().await, &stages).await
    }

    fn word(&self, decision: &str, stage: i16) -> Value {
        json!({
            "decision": decision, "stage": stage, "manifest_sha256": self.manifest.to_string(),
            "device": device(),
        })
    }

    async fn say(&self, token: &str, key: IdempotencyKey, body: &Value) -> Answer {
        self.say_at(&self.inventory.url, token, key, body)
            .await
            .unwrap()
    }

    async fn say_at(
        &self,
        url: &str,
        token: &str,
        key: IdempotencyKey,
        body: &Value,
    ) -> reqwest::Result<Answer> {
        let path = format!("/v1/releases/{}/decisions", self.release);
        send(mutation(&client(), url, &path, token, key, body)).await
    }

    async fn withdraw(&self, key: IdempotencyKey) -> Answer {
        let body = json!({ "from": "submitted", "to": "withdrawn", "device": device() });
        let path = format!("/v1/releases/{}/steps", self.release);
        let (url, token) = (&self.inventory.url, &self.inventory.token);
        send(mutation(&client(), url, &path, token, key, &body))
            .await
            .unwrap()
    }

    async fn asked(&self, token: &str, path: &str) -> Answer {
        let request = client()
            .get(format!("{}{path}", self.inventory.url))
            .bearer_auth(token);
        send(request).await.unwrap()
    }

    async fn state(&self) -> String {
        sqlx::query_scalar("SELECT state FROM current_state")
            .fetch_one(&self.inventory.admin)
            .await
            .unwrap()
    }

    async fn verified(&self) {
        dramatis_inventory::verify(self.inventory.admin_url(), None)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_say_yes_in_order_and_the_last_yes_publishes_and_moves_the_channel() {
    let team = Team::two_stages().await;
    let stable = "/v1/resolve/ana/mirelle/stable";
    assert_eq!(team.asked(&team.rita, stable).await.status, 404);
    let waits = team.asked(&team.rita, "/v1/reviews").await.json();
    assert_eq!(waits["reviews"][0]["next"], 1);
    assert_eq!(waits["reviews"][0]["channel"], "stable");
    assert_eq!(waits["reviews"][0]["why_not"], Value::Null);
    let own = team
        .asked(&team.inventory.token, "/v1/reviews")
        .await
        .json();
    assert!(own["reviews"][0]["why_not"].as_str().is_some());

    // The second stage does not come before the first.
    let early = team.say(&team.otto, key(), &team.word("approved", 2)).await;
    assert_eq!(
        (early.status, early.code().as_str()),
        (409, "state_changed")
    );
    let first = key();
    let yes = team.say(&team.rita, first, &team.word("approved", 1)).await;
    assert_eq!(yes.status, 200, "{}", yes.body);
    assert_eq!(yes.json()["release"]["state"], "submitted");
    let again = team.say(&team.rita, first, &team.word("approved", 1)).await;
    assert!(again.replayed && again.body == yes.body);
    let other = team.say(&team.rita, first, &team.word("approved", 2)).await;
    assert_eq!(other.code(), "idempotency_key_reused");
    assert_eq!(team.asked(&team.rita, stable).await.status, 404);

    let wrong = team.say(&team.rita, key(), &team.word("approved", 2)).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (403, "forbidden"));
    let last = team.say(&team.otto, key(), &team.word("approved", 2)).await;
    assert_eq!(last.status, 200, "{}", last.body);
    assert_eq!(last.json()["release"]["state"], "published");
    assert_eq!(last.json()["release"]["channels"][0], "stable");
    assert_eq!(team.asked(&team.rita, stable).await.status, 200);
    let actions: Vec<String> =
        sqlx::query_scalar("SELECT action FROM event WHERE item_id IS NOT NULL ORDER BY seq")
            .fetch_all(&team.inventory.admin)
            .await
            .unwrap();
    assert_eq!(
        actions,
        [
            "item.created",
            "release.submitted",
            "release.approved",
            "release.approved",
            "release.published",
            "channel.moved"
        ]
    );
    team.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_decides_on_their_own_nor_two_stages_whatever_their_roles() {
    let stages = [stage("one", Role::Reviewer), stage("two", Role::Reviewer)];
    let team = Team::of(Inventory::start().await, &stages).await;
    let (inventory, ana) = (&team.inventory, team.inventory.token.clone());
    inventory
        .provisioner
        .grant(inventory.tenant, inventory.account, "reviewer")
        .await
        .unwrap();
    let own = team.say(&ana, key(), &team.word("approved", 1)).await;
    assert_eq!((own.status, own.code().as_str()), (403, "another_person"));
    assert_eq!(
        team.say(&team.rita, key(), &team.word("approved", 1))
            .await
            .status,
        200
    );
    let twice = team.say(&team.rita, key(), &team.word("approved", 2)).await;
    assert_eq!(
        (twice.status, twice.code().as_str()),
        (403, "another_person")
    );
    let (_, ben) = inventory.another_creator("ben", &[]).await;
    let stranger = team.say(&ben, key(), &team.word("approved", 2)).await;
    assert_eq!(stranger.code(), "forbidden");
    assert_eq!(team.state().await, "submitted");
    let refused = "SELECT count(*) FROM event WHERE action = 'request.refused'";
    assert_eq!(count(inventory, refused).await, 3);
    team.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_read_page_after_page_each_once_in_order() {
    let team = Team::two_stages().await;
    let inventory = &team.inventory;
    let mut waiting = vec![team.release.to_string()];
    for number in 2..=5 {
        let request = publish(item(), &format!("mirelle-{number}"), None, "a");
        published(inventory, &request).await;
        waiting.push(manifest_of(&request).release.to_string());
    }
    let (_, auditor) = inventory.another_creator("aude", &["auditor"]).await;
    let (_, app) = inventory.another_creator("app", &["app"]).await;
    let all: &[&str] = &waiting.iter().map(String::as_str).collect::<Vec<_>>();
    for (who, wanted) in [
        (&team.rita, all),
        (&team.otto, all),
        (&inventory.token, all),
        (&auditor, &[]),
        (&app, &[]),
    ] {
        for limit in [1, 2, 5, 200] {
            let (mut read, mut after) = (Vec::new(), String::new());
            loop {
                let path = format!("/v1/reviews?limit={limit}{after}");
                let page = team.asked(who, &path).await.json();
                let reviews = page["reviews"].as_array().unwrap();
                assert!(reviews.len() <= limit, "{path}");
                let id = |one: &Value| one["release"]["id"].as_str().unwrap().to_owned();
                read.extend(reviews.iter().map(id));
                let Some(next) = page["next"].as_str() else {
                    break;
                };
                assert_eq!(reviews.len(), limit, "{path}");
                after = format!("&after={next}");
            }
            assert_eq!(read, wanted, "{limit}");
        }
    }
    for bad in ["after=x", "after=1_2", "page=2"] {
        let answer = team.asked(&team.rita, &format!("/v1/reviews?{bad}")).await;
        assert_eq!(answer.code(), "bad_request", "{bad}");
    }
}

/// What code forgets, the database refuses: written by hand as the administrator.
#[tokio::test(flavor = "multi_thread")]
async fn an_approval_of_ones_own_of_other_bytes_or_out_of_order_is_refused_by_constraint() {
    let team = Team::two_stages().await;
    let insert = |stage: i32, role: &str, manifest: &str, submitter: &str, reviewer: &str| {
        format!(
            "INSERT INTO approval (tenant_id, release_id, stage, policy_version, role, manifest_sha256, submitted_by,
                                   reviewer_id, decision, event_id, at)
             SELECT s.tenant_id, s.release_id, {stage}, s.policy_version, '{role}', {manifest}, {submitter}, {reviewer},
                    'approved', (SELECT id FROM event LIMIT 1), now()
             FROM submission s"
        )
    };
    let who = |handle: &str| format!("(SELECT id FROM account WHERE handle = '{handle}')");
    let (bytes, by) = ("s.manifest_sha256", "s.submitted_by");
    for (sql, constraint) in [
        (insert(1, "reviewer", bytes, by, by), "approval_is_not_of_ones_own"),
        (
            insert(1, "reviewer", "sha256('other')", by, &who("rita")),
            "approval_is_of_what_was_submitted",
        ),
        (
            insert(1, "reviewer", bytes, &who("otto"), &who("rita")),
            "approval_is_of_what_was_submitted",
        ),
        (
            insert(2, "operator", bytes, by, &who("otto")),
            "approval_follows_the_stage_before",
        ),
        (
            insert(1, "operator", bytes, by, &who("otto")),
            "approval_has_its_stage",
        ),
        (
            insert(3, "operator", bytes, by, &who("otto")),
            "approval_follows_the_stage_before",
        ),
        (
            insert(1, "reviewer", bytes, by, "(SELECT id FROM account WHERE kind = 'operator')"),
            "approval_is_by_its_role",
        ),
        (
            "INSERT INTO release_transition (tenant_id, release_id, seq, lifecycle_version, from_state, to_state, role, needs, actor_id, event_id, at)
             SELECT tenant_id, release_id, 2, 1, 'submitted', 'published', 'creator', 'nothing', actor_id, event_id, now() FROM release_transition".into(),
            "release_is_approved",
        ),
        (
            "UPDATE submission SET channel = 'beta'".into(),
            "submission_is_append_only",
        ),
        ("DELETE FROM approval_stage".into(), "approval_stage_is_append_only"),
    ] {
        let fault = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.clone()))
            .execute(&team.inventory.admin)
            .await
            .expect_err(&sql);
        let found = fault.as_database_error().and_then(|error| error.constraint().map(str::to_owned));
        assert_eq!(found.as_deref(), Some(constraint), "{sql}: {fault}");
    }
    team.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_on_other_bytes_is_void() {
    let team = Team::two_stages().await;
    let mut body = team.word("approved", 1);
    body["manifest_sha256"] = json!(Digest::of(b"other bytes").to_string());
    let answer = team.say(&team.rita, key(), &body).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "manifest_changed")
    );
    assert_eq!(
        count(&team.inventory, "SELECT count(*) FROM approval").await,
        0
    );
    team.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_needs_a_message_and_the_next_submission_starts_anew() {
    let team = Team::two_stages().await;
    let mute = team.say(&team.rita, key(), &team.word("rejected", 1)).await;
    assert_eq!((mute.status, mute.code().as_str()), (422, "step_refused"));
    let mut body = team.word("rejected", 1);
    body["message"] = json!({ "salt": "0a".repeat(16), "value": "Too thin." });
    let no = team.say(&team.rita, key(), &body).await;
    assert_eq!(no.status, 200, "{}", no.body);
    assert_eq!(no.json()["release"]["state"], "rejected");
    assert_eq!(no.json()["release"]["notice"]["message"], "Too thin.");
    let late = team.say(&team.rita, key(), &team.word("approved", 1)).await;
    assert_eq!(late.code(), "state_changed");
    let next = publish(
        Manifest::parse_canonical(
            no.json()["release"]["manifest"]
                .as_str()
                .unwrap()
                .as_bytes(),
        )
        .unwrap()
        .item,
        "mirelle",
        None,
        "b",
    );
    let (url, token) = (&team.inventory.url, &team.inventory.token);
    let answer = send(publishing(&client(), url, token, key(), &next))
        .await
        .unwrap();
    assert_eq!(answer.json()["outcome"], "submitted", "{}", answer.body);
    team.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_policy_a_stage_or_a_person_nothing_is_published() {
    let inventory = Inventory::start().await;
    sqlx::query("UPDATE tenant SET requires_approval = true")
        .execute(&inventory.admin)
        .await
        .unwrap();
    let request = publish(item(), "mirelle", None, "a");
    let (client, url) = (client(), inventory.url.clone());
    let answer = send(publishing(&client, &url, &inventory.token, key(), &request))
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (409, "approval_blocked")
    );
    // A policy without stages, while the tenant asks: written behind our back.
    inventory
        .provisioner
        .set_approvals(inventory.tenant, &[])
        .await
        .unwrap();
    sqlx::query("UPDATE tenant SET requires_approval = true")
        .execute(&inventory.admin)
        .await
        .unwrap();
    let (_, rita) = inventory.another_creator("rita", &["reviewer"]).await;
    let answer = send(publishing(&client, &url, &inventory.token, key(), &request))
        .await
        .unwrap();
    assert_eq!(answer.json()["outcome"], "submitted", "{}", answer.body);
    let manifest = Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
    let path = format!("/v1/releases/{}/decisions", manifest.release);
    let body = json!({
        "decision": "approved", "stage": 1, "device": device(),
        "manifest_sha256": manifest_hash(&request).to_string(),
    });
    let blocked = send(mutation(&client, &url, &path, &rita, key(), &body))
        .await
        .unwrap();
    assert_eq!(
        (blocked.status, blocked.code().as_str()),
        (409, "approval_blocked")
    );
    // A stage whose role nobody holds any more.
    let team = Team::two_stages().await;
    let (provisioner, tenant) = (&team.inventory.provisioner, team.inventory.tenant);
    let rita = provisioner.creator(tenant, "rita").await.unwrap();
    provisioner
        .take_away(tenant, rita, "reviewer")
        .await
        .unwrap();
    let gone = team.say(&team.rita, key(), &team.word("approved", 1)).await;
    assert_eq!((gone.status, gone.code().as_str()), (403, "forbidden"));
    assert_eq!(team.state().await, "submitted");
    team.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_decided_by_the_policy_it_was_submitted_under() {
    let team = Team::two_stages().await;
    let (provisioner, tenant) = (&team.inventory.provisioner, team.inventory.tenant);
    provisioner.set_approvals(tenant, &[]).await.unwrap();
    let step = json!({ "from": "submitted", "to": "published", "device": device() });
    let path = format!("/v1/releases/{}/steps", team.release);
    let (url, ana) = (&team.inventory.url, &team.inventory.token);
    let around = send(mutation(&client(), url, &path, ana, key(), &step))
        .await
        .unwrap();
    assert_eq!(around.code(), "step_refused");
    for (token, stage) in [(&team.rita, 1), (&team.otto, 2)] {
        let yes = team.say(token, key(), &team.word("approved", stage)).await;
        assert_eq!(yes.status, 200, "{}", yes.body);
    }
    assert_eq!(team.state().await, "published");
    team.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_reviewers_at_once_are_one_chain_in_order() {
    let stages = [stage("one", Role::Reviewer), stage("two", Role::Reviewer)];
    let team = Team::of(Inventory::start().await, &stages).await;
    let process = team.inventory.process(None).await;
    let (body, one, two) = (team.word("approved", 1), key(), key());
    let (a, b) = tokio::join!(
        team.say_at(&team.inventory.url, &team.rita, one, &body),
        team.say_at(&process.url, &team.otto, two, &body),
    );
    let mut all = [a.unwrap(), b.unwrap()];
    all.sort_by_key(|answer| answer.status);
    assert_eq!(all[0].status, 200, "{}", all[0].body);
    assert_eq!(all[1].code(), "state_changed", "{}", all[1].body);
    assert_eq!(
        count(&team.inventory, "SELECT count(*) FROM approval").await,
        1
    );
    team.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_and_a_withdrawal_race_and_exactly_one_of_them_wins() {
    for _ in 0..6 {
        let team = Team::of(Inventory::start().await, &[stage("only", Role::Reviewer)]).await;
        let body = team.word("approved", 1);
        let (yes, back) = tokio::join!(team.say(&team.rita, key(), &body), team.withdraw(key()));
        let won = [yes.status, back.status]
            .iter()
            .filter(|status| **status == 200)
            .count();
        assert_eq!(won, 1, "{} {}", yes.body, back.body);
        let state = if yes.status == 200 {
            "published"
        } else {
            "withdrawn"
        };
        assert_eq!(team.state().await, state);
        let moves = count(&team.inventory, "SELECT count(*) FROM channel_move").await;
        assert_eq!(moves, i64::from(yes.status == 200));
        team.verified().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_dies_at_every_failpoint_of_a_decision_and_the_same_key_settles_it() {
    for failpoint in DECISION_FAILPOINTS {
        let mut inventory = Inventory::without_service().await;
        inventory.resume(None).await;
        let team = Team::of(inventory, &[stage("only", Role::Reviewer)]).await;
        let mut process = team
            .inventory
            .process(Some(&format!("{failpoint}=abort")))
            .await;
        let (key, body) = (key(), team.word("approved", 1));
        let lost = team.say_at(&process.url, &team.rita, key, &body).await;
        assert!(lost.is_err(), "{failpoint}: an answer came: {lost:?}");
        assert!(!process.wait().await, "{failpoint}: it did not die");
        let settled = team.say(&team.rita, key, &body).await;
        assert_eq!(settled.status, 200, "{failpoint}: {}", settled.body);
        let committed = matches!(*failpoint, "publish.after_commit" | "publish.before_answer");
        assert_eq!(settled.replayed, committed, "{failpoint}");
        settled_once(&team, &settled, key, &body).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_dies_at_every_failpoint_of_a_decision_and_the_same_key_settles_it() {
    let mut cluster = PrivateCluster::start().await;
    for failpoint in DECISION_FAILPOINTS {
        let mut inventory = Inventory::on(&cluster).await;
        inventory.resume(None).await;
        let team = Team::of(inventory, &[stage("only", Role::Reviewer)]).await;
        let folder = tempfile::tempdir().unwrap();
        let held = folder.path().join("held");
        let process = team
            .inventory
            .process(Some(&format!("{failpoint}=hold:{}", held.display())))
            .await;
        let (key, body) = (key(), team.word("approved", 1));
        let killed = async {
            tokio::time::timeout(Duration::from_secs(30), async {
                while !held.exists() {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            })
            .await
            .expect("it gets there");
            cluster.kill_and_restart().await;
            std::fs::remove_file(&held).unwrap();
        };
        let (first, ()) = tokio::join!(team.say_at(&process.url, &team.rita, key, &body), killed);
        let first = first.unwrap();
        assert!(matches!(first.status, 200 | 503), "{failpoint}: {first:?}");
        let settled = team.say(&team.rita, key, &body).await;
        assert_eq!(settled.status, 200, "{failpoint}: {}", settled.body);
        settled_once(&team, &settled, key, &body).await;
    }
}

/// One word, one step, one move, one chain; and the same bytes again.
async fn settled_once(team: &Team, settled: &Answer, key: IdempotencyKey, body: &Value) {
    let again = team.say(&team.rita, key, body).await;
    assert!(again.replayed && again.body == settled.body);
    for (sql, expected) in [
        ("SELECT count(*) FROM approval", 1),
        ("SELECT count(*) FROM release_transition", 2),
        ("SELECT count(*) FROM channel_move", 1),
        ("SELECT count(*) FROM event WHERE item_id IS NOT NULL", 5),
        ("SELECT count(*) FROM outbox", 2),
    ] {
        assert_eq!(count(&team.inventory, sql).await, expected, "{sql}");
    }
    assert_eq!(team.state().await, "published");
    team.verified().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_decision_submission_policy_or_role_is_named_by_verify() {
    for sql in [
        "UPDATE approval SET reviewer_id = (SELECT id FROM account WHERE handle = 'otto') WHERE stage = 1",
        "UPDATE approval SET at = at + interval '1 second'",
        "UPDATE approval SET message_sha256 = sha256('x')",
        "UPDATE approval SET event_id = (SELECT id FROM event WHERE action = 'item.created')",
        "DELETE FROM approval",
        "UPDATE submission SET channel = 'beta'",
        "UPDATE submission SET channel = NULL",
        "UPDATE submission SET policy_version = 2",
        "DELETE FROM submission",
        "UPDATE approval_stage SET name = 'other'",
        "UPDATE approval_stage SET role = 'operator'",
        "DELETE FROM approval_policy WHERE version = 2",
        "UPDATE tenant SET requires_approval = false",
        "INSERT INTO membership (tenant_id, account_id, role) SELECT tenant_id, id, 'auditor' FROM account WHERE handle = 'rita'",
        "DELETE FROM membership WHERE role = 'reviewer'",
    ] {
        let team = Team::of(Inventory::start().await, &[stage("only", Role::Reviewer)]).await;
        let (provisioner, tenant) = (&team.inventory.provisioner, team.inventory.tenant);
        let yes = team.say(&team.rita, key(), &team.word("approved", 1)).await;
        assert_eq!(yes.status, 200, "{}", yes.body);
        provisioner
            .set_approvals(tenant, &[stage("later", Role::Reviewer)])
            .await
            .unwrap();
        team.verified().await;
        let behind = format!(
            "SET session_replication_role = replica; {sql}; SET session_replication_role = DEFAULT"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(behind))
            .execute(&team.inventory.admin)
            .await
            .unwrap();
        let found = dramatis_inventory::verify(team.inventory.admin_url(), None).await;
        assert!(found.is_err(), "not found: {sql}");
    }
}

/// Whoever may not, and whoever came too late, is told the same under the same
/// key as often as they ask.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_step_or_decision_is_refused_in_the_same_words_under_its_key() {
    let team = Team::two_stages().await;
    let inventory = &team.inventory;
    let (_, ben) = inventory.another_creator("ben", &[]).await;
    let steps = format!("/v1/releases/{}/steps", team.release);
    let step = |from: &str, to: &str| json!({ "from": from, "to": to, "message": { "salt": "03".repeat(16), "value": "Why." }, "device": device() });
    let decisions = format!("/v1/releases/{}/decisions", team.release);
    let yes = team.word("approved", 1);
    for (who, path, body) in [
        (&inventory.token, &steps, step("submitted", "rejected")),
        (&inventory.token, &steps, step("published", "quarantined")),
        (&inventory.token, &steps, step("published", "deprecated")),
        (&inventory.token, &decisions, yes.clone()),
        (&ben, &steps, step("submitted", "withdrawn")),
        (&ben, &decisions, yes),
        (&team.rita, &steps, step("submitted", "withdrawn")),
        (&team.rita, &decisions, team.word("approved", 2)),
    ] {
        let key = key();
        let ask = async || {
            let asked = mutation(&client(), &inventory.url, path, who, key, &body);
            send(asked).await.unwrap()
        };
        let (first, second) = (ask().await, ask().await);
        assert!(first.status >= 400, "{body}: {}", first.body);
        assert_eq!(
            (first.status, first.code()),
            (second.status, second.code()),
            "{body}"
        );
        // Where it is kept, by the byte.
        assert_eq!(second.replayed, first.status != 403, "{body}");
        assert!(!second.replayed || first.body == second.body, "{body}");
    }
    assert_eq!(team.state().await, "submitted");
    team.verified().await;
}
