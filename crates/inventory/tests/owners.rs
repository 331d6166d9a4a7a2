//! Who owns an item: co-owners, offers, transfers. The address never moves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{AccountId, Digest, IdempotencyKey, ItemId, lifecycle::Role};
use dramatis_inventory::{
    PolicyStage,
    testing::{Inventory, OWNERSHIP_FAILPOINTS},
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _};
use support::*;

/// Ana's character with one release; berta and carla are creators, otto runs
/// the inventory.
struct House {
    inventory: Inventory,
    item: ItemId,
    manifest: Digest,
    ana: String,
    berta: String,
    carla: String,
    otto: String,
    accounts: [AccountId; 3],
}

impl House {
    async fn new() -> Self {
        Self::over(Inventory::start().await).await
    }

    async fn over(inventory: Inventory) -> Self {
        let (b, berta) = inventory.another_creator("berta", &["reviewer"]).await;
        let (c, carla) = inventory.another_creator("carla", &[]).await;
        let (o, otto) = inventory.another_creator("otto", &["operator"]).await;
        let request = publish(item(), "mirelle", None, "a");
        let ana = inventory.token.clone();
        let answer = send(publishing(&client(), &inventory.url, &ana, key(), &request))
            .await
            .unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
        let manifest =
            dramatis_domain::Manifest::parse_canonical(request.manifest.as_bytes()).unwrap();
        Self {
            item: manifest.item,
            manifest: manifest_hash(&request),
            ana,
            berta,
            carla,
            otto,
            accounts: [b, c, o],
            inventory,
        }
    }

    fn path(&self) -> String {
        format!("/v1/items/{}/owners", self.item)
    }

    async fn owners(&self, token: &str, body: Value) -> Answer {
        self.owners_by(token, key(), body).await
    }

    async fn owners_by(&self, token: &str, key: IdempotencyKey, mut body: Value) -> Answer {
        body["device"] = serde_json::to_value(device()).unwrap();
        let (client, url) = (client(), &self.inventory.url);
        send(mutation(&client, url, &self.path(), token, key, &body))
            .await
            .unwrap()
    }

    async fn get(&self, token: &str, path: &str) -> Answer {
        let url = format!("{}{path}", self.inventory.url);
        send(client().get(url).bearer_auth(token)).await.unwrap()
    }

    async fn publish(&self, token: &str, parent: Digest, word: &str) -> (Answer, Digest) {
        let request = publish(self.item, "mirelle", Some(parent), word);
        let (client, url) = (client(), &self.inventory.url);
        let answer = send(publishing(&client, url, token, key(), &request))
            .await
            .unwrap();
        (answer, manifest_hash(&request))
    }

    async fn step(&self, token: &str, release: &Value, from: &str, to: &str) -> Answer {
        let body = json!({
            "from": from, "to": to, "device": device(), "message": words("Because."), "reason_code": "error",
        });
        let path = format!("/v1/releases/{}/steps", release.as_str().unwrap());
        let (client, url) = (client(), &self.inventory.url);
        send(mutation(&client, url, &path, token, key(), &body))
            .await
            .unwrap()
    }

    /// Everything verifies, and history alone makes the same tables.
    async fn replays(&self) {
        dramatis_inventory::replay(self.inventory.admin_url(), |_| {})
            .await
            .unwrap();
    }
}

fn words(text: &str) -> Value {
    json!({ "salt": "03".repeat(16), "value": text })
}

fn add(handle: &str) -> Value {
    json!({ "change": "add", "account": handle })
}

fn offer(handle: &str) -> Value {
    json!({ "change": "offer", "account": handle })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_co_owner_does_all_that_the_owner_does_and_the_address_stays() {
    let house = House::new().await;
    let (before, _) = house.publish(&house.berta, house.manifest, "b").await;
    assert_eq!((before.status, before.code()), (403, "forbidden".into()));
    let added = house.owners(&house.ana, add("berta")).await;
    assert_eq!(added.status, 200, "{}", added.body);
    let owners = added.json();
    assert_eq!(owners["owner"]["handle"], "ana");
    assert_eq!(owners["co_owners"][0]["handle"], "berta");
    assert_eq!(
        (&owners["creator"], &owners["slug"]),
        (&json!("ana"), &json!("mirelle"))
    );

    let (second, digest) = house.publish(&house.berta, house.manifest, "b").await;
    assert_eq!(second.status, 201, "{}", second.body);
    assert_eq!(
        second.json()["creator"],
        "ana",
        "the address is its creator's"
    );
    let (same, _) = house.publish(&house.berta, digest, "b").await;
    assert_eq!((same.status, &same.json()["creator"]), (200, &json!("ana")));
    let (third, _) = house.publish(&house.ana, digest, "c").await;
    assert_eq!(third.status, 201, "{}", third.body);

    let (second, third) = (second.json(), third.json());
    let (second, third) = (&second["release"]["id"], &third["release"]["id"]);
    let deprecated = house
        .step(&house.berta, second, "published", "deprecated")
        .await;
    assert_eq!(deprecated.status, 200, "{}", deprecated.body);
    let promote = json!({ "release": second, "device": device() });
    let path = format!("/v1/items/{}/channels/beta", house.item);
    let (client, url) = (client(), &house.inventory.url);
    let promoted = send(mutation(&client, url, &path, &house.berta, key(), &promote))
        .await
        .unwrap();
    assert_eq!(promoted.status, 200, "{}", promoted.body);
    let revoked = house
        .step(&house.berta, third, "published", "revoked")
        .await;
    assert_eq!(revoked.status, 200, "{}", revoked.body);
    let stranger = house
        .step(&house.carla, second, "deprecated", "published")
        .await;
    assert_eq!(stranger.status, 403, "{}", stranger.body);

    // A co-owner sees all of it, and finds it among their own; others do not.
    let third = format!("/v1/releases/{}", third.as_str().unwrap());
    assert_eq!(house.get(&house.berta, &third).await.status, 200);
    assert_eq!(house.get(&house.carla, &third).await.status, 410);
    let events = format!("/v1/items/{}/events", house.item);
    assert_eq!(house.get(&house.berta, &events).await.status, 200);
    assert_eq!(house.get(&house.carla, &events).await.status, 403);
    let own = house.get(&house.berta, "/v1/items").await.json();
    assert_eq!(own["items"][0]["id"], json!(house.item));
    assert_eq!(own["items"][0]["creator"], "ana");
    let none = house.get(&house.carla, "/v1/items").await.json();
    assert_eq!(none["items"], json!([]));
    assert_eq!(house.get(&house.berta, &house.path()).await.status, 200);
    assert_eq!(house.get(&house.carla, &house.path()).await.status, 404);
    let stable = house
        .get(&house.carla, "/v1/resolve/ana/mirelle/beta")
        .await;
    assert_eq!(stable.status, 200, "{}", stable.body);
    house.replays().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_changes_the_owners_and_a_co_owner_may_leave() {
    let house = House::new().await;
    let refused = |answer: Answer, status: u16, code: &'static str| {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{}",
            answer.body
        );
    };
    refused(
        house.owners(&house.berta, add("berta")).await,
        403,
        "forbidden",
    );
    refused(
        house.owners(&house.ana, add("ana")).await,
        422,
        "ownership_refused",
    );
    refused(
        house.owners(&house.ana, add("nobody")).await,
        404,
        "not_found",
    );
    refused(
        house.owners(&house.ana, json!({ "change": "add" })).await,
        400,
        "bad_request",
    );
    refused(
        house
            .owners(&house.ana, json!({ "change": "accept" }))
            .await,
        409,
        "ownership_changed",
    );
    assert_eq!(house.owners(&house.ana, add("berta")).await.status, 200);
    refused(
        house.owners(&house.ana, add("berta")).await,
        422,
        "ownership_refused",
    );
    // Shared is not owned: a co-owner neither shares further nor gives away.
    refused(
        house.owners(&house.berta, add("carla")).await,
        403,
        "forbidden",
    );
    refused(
        house.owners(&house.berta, offer("carla")).await,
        403,
        "forbidden",
    );
    refused(
        house
            .owners(
                &house.carla,
                json!({ "change": "remove", "account": "berta" }),
            )
            .await,
        403,
        "forbidden",
    );
    let left = house
        .owners(
            &house.berta,
            json!({ "change": "remove", "account": "berta" }),
        )
        .await;
    assert_eq!(left.status, 200, "{}", left.body);
    assert_eq!(left.json()["co_owners"], json!([]));
    let (gone, _) = house.publish(&house.berta, house.manifest, "b").await;
    assert_eq!(gone.status, 403, "{}", gone.body);
    refused(
        house
            .owners(
                &house.ana,
                json!({ "change": "remove", "account": "berta" }),
            )
            .await,
        422,
        "ownership_refused",
    );
    // One who is no creator cannot own anything.
    house
        .inventory
        .provisioner
        .take_away(house.inventory.tenant, house.accounts[1], "creator")
        .await
        .unwrap();
    refused(
        house.owners(&house.ana, add("carla")).await,
        422,
        "ownership_refused",
    );
    // Added again, and the same key answers with the same bytes.
    let key = key();
    let once = house.owners_by(&house.ana, key, add("berta")).await;
    let twice = house.owners_by(&house.ana, key, add("berta")).await;
    assert_eq!(
        (once.status, twice.status, twice.replayed),
        (200, 200, true)
    );
    assert_eq!(once.body, twice.body);
    house.replays().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_is_accepted_moves_the_ownership_and_nothing_else() {
    let house = House::new().await;
    assert_eq!(house.owners(&house.ana, add("carla")).await.status, 200);
    let offered = house.owners(&house.ana, offer("berta")).await;
    assert_eq!(
        offered.json()["offer"]["to"]["handle"],
        "berta",
        "{}",
        offered.body
    );
    assert_eq!(
        offered.json()["owner"]["handle"],
        "ana",
        "an offer moves nothing"
    );
    let second = house.owners(&house.ana, offer("carla")).await;
    assert_eq!(second.code(), "ownership_refused", "one offer at a time");
    let other = house
        .owners(&house.carla, json!({ "change": "accept" }))
        .await;
    assert_eq!(other.code(), "ownership_changed", "it is offered to berta");

    let seen = house.get(&house.berta, "/v1/offers").await.json();
    assert_eq!(seen["offers"][0]["item"], json!(house.item));
    let accepted = house
        .owners(&house.berta, json!({ "change": "accept" }))
        .await;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    let owners = accepted.json();
    assert_eq!(owners["owner"]["handle"], "berta");
    assert_eq!(owners["creator"], "ana", "the address stays");
    assert_eq!(owners["co_owners"][0]["handle"], "carla", "co-owners stay");
    assert_eq!(owners["offer"], Value::Null);
    let again = house
        .owners(&house.berta, json!({ "change": "accept" }))
        .await;
    assert_eq!(
        again.code(),
        "ownership_changed",
        "an offer is answered once"
    );
    assert_eq!(
        house.get(&house.berta, "/v1/offers").await.json()["offers"],
        json!([])
    );

    // Who made it may nothing any more, whose handle its address has.
    let (former, _) = house.publish(&house.ana, house.manifest, "b").await;
    assert_eq!(former.status, 403, "{}", former.body);
    assert_eq!(house.owners(&house.ana, add("otto")).await.status, 403);
    let events = format!("/v1/items/{}/events", house.item);
    let said = house.get(&house.ana, &events).await;
    assert_eq!((said.status, said.code().as_str()), (403, "handed_over"));
    let detail = said.json()["detail"].to_string();
    assert!(
        detail.contains("“ana/mirelle” was handed over to berta"),
        "{detail}"
    );
    assert!(
        former.body.contains("was handed over to berta"),
        "{}",
        former.body
    );
    let (next, digest) = house.publish(&house.berta, house.manifest, "b").await;
    assert_eq!(next.status, 201, "{}", next.body);
    assert_eq!(next.json()["creator"], "ana");
    let stable = house
        .get(&house.carla, "/v1/resolve/ana/mirelle/stable")
        .await
        .json();
    assert_eq!(stable["release"]["manifest_sha256"], digest.to_string());
    assert_eq!(
        house.get(&house.ana, "/v1/items").await.json()["items"],
        json!([])
    );
    let own = house.get(&house.berta, "/v1/items").await.json();
    assert_eq!(own["items"][0]["id"], json!(house.item));
    // The address is taken for good: its maker cannot use it for another.
    let taken = publish(item(), "mirelle", None, "x");
    let (client, url) = (client(), &house.inventory.url);
    let taken = send(publishing(&client, url, &house.ana, key(), &taken))
        .await
        .unwrap();
    assert_eq!(taken.code(), "slug_taken");
    // And back again.
    assert_eq!(house.owners(&house.berta, offer("ana")).await.status, 200);
    assert_eq!(
        house
            .owners(&house.ana, json!({ "change": "accept" }))
            .await
            .status,
        200
    );
    let (back, _) = house.publish(&house.ana, digest, "c").await;
    assert_eq!(back.status, 201, "{}", back.body);
    house.replays().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_taken_back_by_its_owner_or_declined_by_its_receiver() {
    let house = House::new().await;
    for token in [&house.ana, &house.berta] {
        assert_eq!(house.owners(&house.ana, offer("berta")).await.status, 200);
        let stranger = house
            .owners(&house.carla, json!({ "change": "end_offer" }))
            .await;
        assert_eq!(stranger.status, 403, "{}", stranger.body);
        let ended = house.owners(token, json!({ "change": "end_offer" })).await;
        assert_eq!((ended.status, &ended.json()["offer"]), (200, &Value::Null));
        let late = house
            .owners(&house.berta, json!({ "change": "accept" }))
            .await;
        assert_eq!(late.code(), "ownership_changed", "{}", late.body);
    }
    house.replays().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_hands_an_item_over_with_a_reason_and_never_to_themselves() {
    let house = House::new().await;
    let impose = |handle: &str| json!({ "change": "impose", "account": handle, "message": words("Ana left.") });
    assert_eq!(
        house.owners(&house.berta, impose("berta")).await.status,
        403
    );
    let oneself = house.owners(&house.otto, impose("otto")).await;
    assert_eq!(
        (oneself.status, oneself.code()),
        (403, "another_person".into())
    );
    let silent = json!({ "change": "impose", "account": "berta" });
    assert_eq!(
        house.owners(&house.otto, silent).await.code(),
        "ownership_refused"
    );
    // An offer of the former owner ends with the ownership.
    assert_eq!(house.owners(&house.ana, offer("carla")).await.status, 200);
    let done = house.owners(&house.otto, impose("berta")).await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.json()["owner"]["handle"], "berta");
    let late = house
        .owners(&house.carla, json!({ "change": "accept" }))
        .await;
    assert_eq!(late.code(), "ownership_changed", "{}", late.body);
    let events = format!("/v1/items/{}/events?after=4", house.item);
    let events = house.get(&house.otto, &events).await.json();
    let told: Vec<_> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| {
            (
                event["action"].as_str().unwrap(),
                event["reason"]["text"]["value"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("item.transfer_offered", None),
            ("item.transfer_ended", Some("Ana left.")),
            ("item.transferred", Some("Ana left.")),
        ]
    );
    house.replays().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_who_owns_an_item_decides_on_it_owner_or_co_owner() {
    let house = House::new().await;
    let inventory = &house.inventory;
    let stages = [PolicyStage {
        name: "review".into(),
        role: Role::Reviewer,
    }];
    inventory
        .provisioner
        .set_approvals(inventory.tenant, &stages)
        .await
        .unwrap();
    let (_, rita) = inventory.another_creator("rita", &["reviewer"]).await;
    assert_eq!(house.owners(&house.ana, add("berta")).await.status, 200);
    let (waits, digest) = house.publish(&house.ana, house.manifest, "b").await;
    assert_eq!(waits.json()["outcome"], "submitted", "{}", waits.body);
    let release = waits.json()["release"]["id"].as_str().unwrap().to_owned();
    let word = json!({
        "decision": "approved", "stage": 1, "manifest_sha256": digest.to_string(), "device": device(),
    });
    let path = format!("/v1/releases/{release}/decisions");
    let say = async |token: &str| {
        let (client, url) = (client(), &house.inventory.url);
        send(mutation(&client, url, &path, token, key(), &word))
            .await
            .unwrap()
    };
    let co_owner = say(&house.berta).await;
    assert_eq!(
        (co_owner.status, co_owner.code()),
        (403, "another_person".into())
    );
    let list = house.get(&house.berta, "/v1/reviews").await.json();
    assert!(
        list["reviews"][0]["why_not"].is_string(),
        "the list says so before"
    );
    // Whatever code forgets, the table refuses: a co-owner's word, by hand.
    let by_hand = async || {
        let insert = format!(
            "INSERT INTO approval (tenant_id, release_id, stage, policy_version, role, manifest_sha256, submitted_by,
                                   reviewer_id, decision, event_id, at)
             SELECT s.tenant_id, s.release_id, 1, s.policy_version, 'reviewer', s.manifest_sha256, s.submitted_by,
                    '{}', 'approved', gen_random_uuid(), now() FROM submission s WHERE s.release_id = '{release}'",
            house.accounts[0]
        );
        sqlx::raw_sql(AssertSqlSafe(insert))
            .execute(&inventory.admin)
            .await
            .unwrap_err()
            .to_string()
    };
    let refused = by_hand().await;
    assert!(
        refused.contains("nobody decides on what is their own"),
        "{refused}"
    );
    // The same for an owner who did not submit it: berta takes the item over.
    assert_eq!(house.owners(&house.ana, offer("berta")).await.status, 200);
    assert_eq!(
        house
            .owners(&house.berta, json!({ "change": "accept" }))
            .await
            .status,
        200
    );
    assert_eq!(say(&house.berta).await.code(), "another_person");
    let refused = by_hand().await;
    assert!(
        refused.contains("nobody decides on what is their own"),
        "{refused}"
    );
    assert_eq!(say(&rita).await.status, 200);
    house.replays().await;
}

/// Whoever writes them, with whatever rights: no step of ownership that did
/// not come about the way it says.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_step_of_ownership_is_refused_by_constraint() {
    let house = House::new().await;
    let inventory = &house.inventory;
    assert_eq!(house.owners(&house.ana, offer("berta")).await.status, 200);
    let (ana, [berta, carla, otto]) = (inventory.account, house.accounts);
    let forge = async |seq: i32,
                       step: &str,
                       account: AccountId,
                       owner: AccountId,
                       actor: AccountId,
                       offer: &str| {
        let insert = format!(
            "SET app.tenant = '{0}';
             INSERT INTO item_ownership (tenant_id, item_id, seq, step, account_id, owner_id, actor_id, offer_seq,
                                         message_sha256, event_id, at)
             VALUES ('{0}', '{1}', {seq}, '{step}', '{account}', '{owner}', '{actor}', {offer}, sha256('x'),
                     (SELECT max(id::text)::uuid FROM event), now())",
            inventory.tenant, house.item
        );
        let fault = sqlx::raw_sql(AssertSqlSafe(insert))
            .execute(&inventory.admin)
            .await
            .unwrap_err();
        fault
            .as_database_error()
            .and_then(|fault| fault.constraint().map(str::to_owned))
            .unwrap_or_default()
    };
    for (forged, constraint) in [
        (
            forge(3, "added", carla, ana, ana, "NULL").await,
            "item_ownership_is_gapless",
        ),
        (
            forge(2, "added", carla, carla, carla, "NULL").await,
            "item_ownership_is_of_another",
        ),
        (
            forge(2, "added", berta, carla, carla, "NULL").await,
            "item_ownership_is_of_its_owner",
        ),
        (
            forge(2, "added", carla, ana, carla, "NULL").await,
            "item_ownership_is_given_by_its_owner",
        ),
        (
            forge(2, "removed", carla, ana, ana, "NULL").await,
            "item_ownership_removes_a_co_owner",
        ),
        (
            forge(2, "removed", carla, ana, berta, "NULL").await,
            "item_ownership_is_left_or_taken",
        ),
        (
            forge(2, "offered", carla, ana, ana, "NULL").await,
            "item_ownership_one_offer_at_a_time",
        ),
        (
            forge(2, "accepted", carla, ana, carla, "1").await,
            "item_ownership_offer",
        ),
        (
            forge(2, "accepted", berta, ana, ana, "1").await,
            "item_ownership_is_accepted_by_its_receiver",
        ),
        (
            forge(2, "accepted", berta, ana, berta, "NULL").await,
            "item_ownership_answers_an_offer",
        ),
        (
            forge(2, "imposed", carla, ana, otto, "NULL").await,
            "item_ownership_one_offer_at_a_time",
        ),
        (
            forge(2, "imposed", carla, ana, berta, "NULL").await,
            "item_ownership_is_imposed_by_an_operator",
        ),
        (
            forge(2, "imposed", otto, ana, otto, "NULL").await,
            "item_ownership_is_not_imposed_for_oneself",
        ),
        (
            forge(2, "given", carla, ana, ana, "NULL").await,
            "item_ownership_step_is_known",
        ),
    ] {
        assert_eq!(forged, constraint);
    }
    let owner = "UPDATE item SET owner_id = creator_id";
    let mut service = sqlx::PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    let refused = sqlx::raw_sql(owner)
        .execute(&mut service)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        refused.contains("permission denied"),
        "the service moves no owner: {refused}"
    );
    house.replays().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_cut_off_at_every_failpoint_happens_once_by_the_same_key() {
    let mut house = House::new().await;
    let accept = json!({ "change": "accept", "device": device() });
    let mut turn = [
        ("berta", house.ana.clone(), house.berta.clone()),
        ("ana", house.berta.clone(), house.ana.clone()),
    ]
    .into_iter()
    .cycle();
    for failpoint in OWNERSHIP_FAILPOINTS {
        let (receiver, from, to) = turn.next().unwrap();
        assert_eq!(house.owners(&from, offer(receiver)).await.status, 200);
        let (key, client, path) = (key(), client(), house.path());
        let mut process = house
            .inventory
            .process(Some(&format!("{failpoint}=abort")))
            .await;
        let lost = send(mutation(&client, &process.url, &path, &to, key, &accept)).await;
        assert!(lost.is_err(), "{failpoint}: an answer came: {lost:?}");
        assert!(
            !process.wait().await,
            "{failpoint}: the service did not die"
        );
        let settled = send(mutation(
            &client,
            &house.inventory.url,
            &path,
            &to,
            key,
            &accept,
        ))
        .await
        .unwrap();
        assert_eq!(settled.status, 200, "{failpoint}: {}", settled.body);
        assert_eq!(settled.json()["owner"]["handle"], receiver, "{failpoint}");
        let committed = matches!(*failpoint, "publish.after_commit" | "publish.before_answer");
        assert_eq!(settled.replayed, committed, "{failpoint}");
        let again = send(mutation(
            &client,
            &house.inventory.url,
            &path,
            &to,
            key,
            &accept,
        ))
        .await
        .unwrap();
        assert_eq!(
            (again.replayed, &again.body),
            (true, &settled.body),
            "{failpoint}"
        );
    }
    let steps = "SELECT count(*) FROM item_ownership WHERE step = 'accepted'";
    assert_eq!(
        count(&house.inventory, steps).await,
        i64::try_from(OWNERSHIP_FAILPOINTS.len()).unwrap()
    );
    house.replays().await;
    house.inventory.pause().await;
}
