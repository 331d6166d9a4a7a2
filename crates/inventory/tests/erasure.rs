//! Erasing a person: texts and bytes go, hashes stay, chains verify, and what
//! is missing says by which order.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::publish::{PublishRequest, SaltedText};
use dramatis_domain::{Digest, IdempotencyKey, Manifest, ReleaseId, salted::Salted};
use dramatis_inventory::{
    BlobStore, Database, DbRole, Eraser, PrivacyFault, Request, VerifyFault, collect, open_store,
    replay,
    testing::{Inventory, binary, command},
    verify,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};
use support::*;

const NOTES: &str = "Ana wrote these notes herself";
const REASON: &str = "Ana gave this reason herself";
const DEVICE: &str = "Anas own laptop";
const NAME: &str = "Ana Example";
const ALL: [&str; 5] = [NOTES, REASON, DEVICE, NAME, "told by the card"];

struct Person {
    inventory: Inventory,
    token: String,
    /// The publish with notes, and its key.
    request: PublishRequest,
    key: IdempotencyKey,
    release: ReleaseId,
    picture: Vec<u8>,
}

/// A person of whom everything is kept: name, device, notes, a reason, a card,
/// a picture.
async fn person() -> Person {
    let inventory = Inventory::start().await;
    let handle = "example".parse().unwrap();
    let account = inventory
        .provisioner
        .create_creator(inventory.tenant, &handle, NAME, &[])
        .await
        .unwrap();
    let scopes = ["read".to_owned(), "write".to_owned()];
    let (_, token) = inventory.token_for(account, &scopes, None).await;
    let token = token.reveal().to_owned();
    let picture = png("her portrait");
    let put = client()
        .put(format!(
            "{}/v1/blobs/{}",
            inventory.url,
            Digest::of(&picture).hex()
        ))
        .bearer_auth(&token)
        .body(picture.clone());
    assert_eq!(send(put).await.unwrap().status, 201);
    let plain = publish_with_portrait("mirelle", &picture);
    let mut manifest = Manifest::parse_canonical(plain.manifest.as_bytes()).unwrap();
    let card = card("told by the card");
    manifest.card = Digest::of(card.as_bytes());
    let notes = Salted::new([9; 16], NOTES);
    manifest.notes = Some(notes.digest());
    let mut request = with_manifest(&manifest, "mirelle", card);
    request.notes = Some(SaltedText {
        salt: "09".repeat(16),
        value: NOTES.into(),
    });
    request.device.name = SaltedText {
        salt: "0a".repeat(16),
        value: DEVICE.into(),
    };
    let key = key();
    let sent = publishing(&client(), &inventory.url, &token, key, &request);
    let answer = send(sent).await.unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    Person {
        release: manifest.release,
        inventory,
        token,
        request,
        key,
        picture,
    }
}

impl Person {
    async fn revoke(&self) {
        let body = json!({
            "from": "published", "to": "revoked", "reason_code": "rights", "device": self.request.device,
            "message": { "salt": "0b".repeat(16), "value": REASON },
        });
        let path = format!("/v1/releases/{}/steps", self.release);
        let sent = mutation(
            &client(),
            &self.inventory.url,
            &path,
            &self.token,
            key(),
            &body,
        );
        let answer = send(sent).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    fn eraser(&self) -> Eraser {
        Eraser::open(&self.inventory.eraser_url()).unwrap()
    }

    fn order(&self, contents: &[&str]) -> Request {
        Request {
            account: "example".into(),
            ground: "Art. 17 GDPR, letter 4711".into(),
            contents: contents.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Tables and columns in which one of the words stands, whatever their type.
    async fn finds(&self, words: &[&str]) -> Vec<String> {
        let columns = sqlx::query(
            "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL) FROM pg_class c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'",
        )
        .fetch_all(&self.inventory.admin)
        .await
        .unwrap();
        let mut found = Vec::new();
        for row in columns {
            let (table, column, kind): (String, String, String) =
                (row.get(0), row.get(1), row.get(2));
            let text = match kind.as_str() {
                "bytea" => format!("encode({column}, 'escape')"),
                _ => format!("{column}::text"),
            };
            for word in words {
                let sql = format!("SELECT count(*) FROM {table} WHERE position($1 IN {text}) > 0");
                let count: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
                    .bind(word)
                    .fetch_one(&self.inventory.admin)
                    .await
                    .unwrap();
                if count > 0 {
                    found.push(format!("{table}.{column}: {word}"));
                }
            }
        }
        found
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_erased_and_chains_verify_and_say_by_which_order() {
    let person = person().await;
    let inventory = &person.inventory;
    person.revoke().await;
    let store = open_store(&inventory.settings().blobs).unwrap();
    let found = person.finds(&ALL).await;
    for word in ALL {
        assert!(
            found.iter().any(|place| place.ends_with(word)),
            "{word}: {found:?}"
        );
    }
    let eraser = person.eraser();
    let order = person.order(&["mirelle"]);
    let planned = eraser
        .erase(inventory.tenant, &order, None, true)
        .await
        .unwrap();
    assert_eq!(planned.order, None);
    assert_eq!(person.finds(&ALL).await, found, "a dry run changes nothing");
    let done = eraser
        .erase(inventory.tenant, &order, Some(store.as_ref()), false)
        .await
        .unwrap();
    assert_eq!(done.order, Some(1));
    assert_eq!(done.list, planned.list);
    for what in [
        "actor_name",
        "device_name",
        "notes",
        "reason",
        "content",
        "blob",
        "receipt",
    ] {
        assert!(done.took.contains_key(what), "{what}: {:?}", done.took);
    }
    assert_eq!(person.finds(&ALL).await, Vec::<String>::new());
    assert!(files(inventory.blobs()).is_empty());

    let verified = verify(inventory.admin_url(), Some(store.as_ref()))
        .await
        .unwrap();
    let [line] = &verified.erased[..] else {
        panic!("{:?}", verified.erased);
    };
    assert!(line.contains("erased by order 1"), "{line}");
    replay(inventory.admin_url(), |_| {}).await.unwrap();

    // The token is ended; the handle stays, and whoever reads the history is told.
    let mine = format!("{}/v1/whoami", inventory.url);
    let asked = client().get(mine).bearer_auth(&person.token);
    assert_eq!(send(asked).await.unwrap().status, 401);
    let accounts = inventory
        .provisioner
        .accounts(inventory.tenant)
        .await
        .unwrap();
    assert!(
        accounts
            .iter()
            .any(|one| one.handle.as_deref() == Some("example") && one.name == "erased person")
    );
    let (_, auditor) = inventory
        .another_creator("rita", &["auditor", "operator"])
        .await;
    let item = Manifest::parse_canonical(person.request.manifest.as_bytes())
        .unwrap()
        .item;
    let path = format!("{}/v1/items/{item}/events", inventory.url);
    let told = send(client().get(path).bearer_auth(&auditor))
        .await
        .unwrap();
    assert_eq!(told.status, 200, "{}", told.body);
    let events = told.json()["events"].as_array().unwrap().clone();
    assert!(!events.is_empty());
    for event in &events {
        assert_eq!(event["actor_name"]["erased_by"], "1", "{event}");
        assert_eq!(event["actor_name"]["text"], Value::Null);
    }

    // The card, byte for byte, and the picture are not taken again.
    let (_, other) = inventory.another_creator("bea", &[]).await;
    let put = client()
        .put(format!(
            "{}/v1/blobs/{}",
            inventory.url,
            Digest::of(&person.picture).hex()
        ))
        .bearer_auth(&other)
        .body(person.picture.clone());
    let put = send(put).await.unwrap();
    assert_eq!((put.status, put.code().as_str()), (410, "erased"));
    let mut again = Manifest::parse_canonical(person.request.manifest.as_bytes()).unwrap();
    again.item = support::item();
    again.release = ReleaseId(uuid::Uuid::now_v7());
    again.assets = vec![];
    again.notes = None;
    let again = with_manifest(&again, "again", person.request.card.clone());
    let refused = send(publishing(&client(), &inventory.url, &other, key(), &again))
        .await
        .unwrap();
    assert_eq!((refused.status, refused.code().as_str()), (410, "erased"));
    verify(inventory.admin_url(), Some(store.as_ref()))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_after_an_erasure_is_the_answer_without_the_texts() {
    let person = person().await;
    let inventory = &person.inventory;
    let before = publishing(
        &client(),
        &inventory.url,
        &person.token,
        person.key,
        &person.request,
    );
    let before = send(before).await.unwrap();
    assert!(before.replayed && before.body.contains(NOTES));
    let done = person
        .eraser()
        .erase(inventory.tenant, &person.order(&[]), None, false)
        .await
        .unwrap();
    assert!(!done.took.contains_key("content"));
    let account = accounts(inventory).await;
    let scopes = ["read".to_owned(), "write".to_owned()];
    let (_, token) = inventory.token_for(account, &scopes, None).await;
    let after = publishing(
        &client(),
        &inventory.url,
        token.reveal(),
        person.key,
        &person.request,
    );
    let after = send(after).await.unwrap();
    assert!(after.replayed, "{}", after.body);
    assert_eq!(after.status, 201);
    let mut expected = before.json();
    assert!(expected["release"]["notes"].is_object());
    expected["release"]["notes"] = Value::Null;
    assert_eq!(after.json(), expected);
    assert_eq!(count(inventory, "SELECT count(*) FROM release").await, 1);
    verify(inventory.admin_url(), None).await.unwrap();
}

async fn accounts(inventory: &Inventory) -> dramatis_domain::AccountId {
    inventory
        .provisioner
        .creator(inventory.tenant, "example")
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_without_an_order_is_named() {
    for (sql, named) in [
        ("DELETE FROM personal_field WHERE field = 'notes'", "its notes"),
        ("DELETE FROM personal_field WHERE field = 'device_name'", "event "),
        ("DELETE FROM personal_field WHERE field = 'actor_name' AND value = 'Ana Example'", "no order erased it"),
        ("UPDATE content SET bytes = NULL", "card "),
        ("UPDATE blob SET erased = true", "file "),
        ("UPDATE account SET name = 'erased person' WHERE handle = 'example'", "account "),
        // An order that no event tells of.
        (
            "INSERT INTO erasure_order (tenant_id, id, number, account_id, ground, ordered_by, event_id, at)
             SELECT tenant_id, gen_random_uuid(), 1, id, 'x', id, gen_random_uuid(), created_at FROM account WHERE handle = 'example';
             INSERT INTO erasure (tenant_id, what, sha256, order_id, at)
             SELECT p.tenant_id, 'personal_field', p.sha256, o.id, o.at FROM personal_field p, erasure_order o WHERE p.field = 'notes';
             DELETE FROM personal_field WHERE field = 'notes'",
            "order of erasure 1",
        ),
    ] {
        let person = person().await;
        verify(person.inventory.admin_url(), None).await.unwrap();
        behind(&person.inventory, sql).await;
        match verify(person.inventory.admin_url(), None).await {
            Err(VerifyFault::Off { place, what }) => {
                let said = format!("{place}: {what}");
                assert!(said.contains(named), "{sql}\n{said}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_says_more_or_less_than_its_event_is_named() {
    for sql in [
        "DELETE FROM erasure WHERE ctid = (SELECT max(ctid) FROM erasure)",
        "INSERT INTO erasure (tenant_id, what, sha256, order_id, at) SELECT tenant_id, 'content', sha256('x'), order_id, at FROM erasure LIMIT 1",
        "UPDATE erasure SET sha256 = sha256(sha256) WHERE ctid = (SELECT max(ctid) FROM erasure)",
        "UPDATE erasure_order SET ground = 'another'",
        "UPDATE erasure_order SET account_id = NULL",
        "DELETE FROM erasure_order",
    ] {
        let person = person().await;
        let order = person.order(&[]);
        let eraser = person.eraser();
        eraser
            .erase(person.inventory.tenant, &order, None, false)
            .await
            .unwrap();
        verify(person.inventory.admin_url(), None).await.unwrap();
        behind(&person.inventory, sql).await;
        let off = verify(person.inventory.admin_url(), None).await;
        assert!(
            matches!(off, Err(VerifyFault::Off { .. })),
            "{sql}: {off:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_still_be_read_or_is_held_is_not_erased() {
    let person = person().await;
    let inventory = &person.inventory;
    let eraser = person.eraser();
    let refused = eraser
        .erase(inventory.tenant, &person.order(&["mirelle"]), None, false)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("Revoke it first"), "{refused}");
    let hold = inventory
        .provisioner
        .hold_account(inventory.tenant, "example", "a dispute about rights")
        .await
        .unwrap();
    let kept = person.finds(&ALL).await;
    let held = eraser
        .erase(inventory.tenant, &person.order(&[]), None, false)
        .await;
    assert!(
        matches!(held, Err(PrivacyFault::Held(number)) if number == hold),
        "{held:?}"
    );
    assert_eq!(person.finds(&ALL).await, kept);
    inventory
        .provisioner
        .release_hold(inventory.tenant, hold)
        .await
        .unwrap();
    // A hold on the item keeps whoever did anything to it.
    let item = inventory
        .provisioner
        .hold_item(
            inventory.tenant,
            "example/mirelle",
            "a dispute about rights",
        )
        .await
        .unwrap();
    let held = eraser
        .erase(inventory.tenant, &person.order(&[]), None, true)
        .await;
    assert!(
        matches!(held, Err(PrivacyFault::Held(number)) if number == item),
        "{held:?}"
    );
    inventory
        .provisioner
        .release_hold(inventory.tenant, item)
        .await
        .unwrap();
    let done = eraser
        .erase(inventory.tenant, &person.order(&[]), None, false)
        .await
        .unwrap();
    assert_eq!(done.order, Some(1));
    verify(inventory.admin_url(), None).await.unwrap();
    replay(inventory.admin_url(), |_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_about_a_person_is_given_out_and_no_secret() {
    let person = person().await;
    let inventory = &person.inventory;
    person.revoke().await;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("example");
    inventory
        .provisioner
        .export(inventory.tenant, "example", &out)
        .await
        .unwrap();
    let mut all = String::new();
    for file in files(&out) {
        all.push_str(&std::fs::read_to_string(&file).unwrap());
    }
    for word in ALL {
        assert!(all.contains(word), "{word} is missing");
    }
    assert!(all.contains(&person.release.to_string()) && all.contains("release.revoked"));
    let secret = Digest::of(person.token.as_bytes()).hex();
    assert!(!all.contains(&person.token) && !all.contains(&secret));
    let card = files(&out.join("cards")).pop().unwrap();
    assert_eq!(std::fs::read_to_string(card).unwrap(), person.request.card);
    let told = "SELECT count(*) FROM event WHERE action = 'data.exported' AND before IS NULL AND after IS NULL";
    assert_eq!(count(inventory, told).await, 1);
    // Never into a folder that is there.
    let again = inventory
        .provisioner
        .export(inventory.tenant, "example", &out)
        .await;
    assert!(again.is_err());
    verify(inventory.admin_url(), None).await.unwrap();
}

/// Another tenant's account, item and texts are out of an order's reach.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_reaches_into_no_other_tenant() {
    let person = person().await;
    let inventory = &person.inventory;
    let slug = "other".parse().unwrap();
    let other = inventory
        .provisioner
        .create_tenant(&slug, "Other", false)
        .await
        .unwrap();
    let account = accounts(inventory).await.to_string();
    let request = Request {
        account,
        ..person.order(&[])
    };
    let refused = person
        .eraser()
        .erase(other, &request, None, false)
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("there is no account"),
        "{refused}"
    );
    assert_eq!(
        count(inventory, "SELECT count(*) FROM erasure_order").await,
        0
    );
}

/// The process dies between the order and the file: the next collection ends it.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_an_order_left_behind_is_collected() {
    let person = person().await;
    let inventory = &person.inventory;
    person.revoke().await;
    let elsewhere = tempfile::tempdir().unwrap();
    let nothing = open_store(&BlobStore::Folder(elsewhere.path().to_owned())).unwrap();
    let order = person.order(&["mirelle"]);
    let done = person
        .eraser()
        .erase(inventory.tenant, &order, Some(nothing.as_ref()), false)
        .await
        .unwrap();
    assert_eq!(done.took.get("blob"), Some(&1));
    assert_eq!(files(inventory.blobs()).len(), 1);
    let worker = Database::open(&inventory.worker_url(), DbRole::Worker, 1).unwrap();
    let store = open_store(&inventory.settings().blobs).unwrap();
    let now = std::time::Duration::ZERO;
    let collected = collect(&worker, store.as_ref(), now, false).await.unwrap();
    assert_eq!(collected.stray, 1);
    assert!(files(inventory.blobs()).is_empty());
    verify(inventory.admin_url(), Some(store.as_ref()))
        .await
        .unwrap();
}

/// The same by the commands that docs/operate.md names.
#[tokio::test(flavor = "multi_thread")]
async fn people_are_held_given_out_and_erased_from_the_command_line() {
    let person = person().await;
    let inventory = &person.inventory;
    let run = |arguments: &[&str]| command(inventory, arguments);
    let whose = ["--tenant", "test", "--account", "example"];
    let with = |first: &[&str], rest: &[&str]| run(&[first, &whose, rest].concat());
    assert_eq!(
        with(&["hold", "add"], &["--reason", "dispute 12"])["hold"],
        1
    );
    let listed = run(&["hold", "list", "--tenant", "test"]);
    assert_eq!(
        (&listed["hold"], &listed["account"], &listed["released_at"]),
        (&json!(1), &json!("example"), &Value::Null)
    );
    let refused = std::process::Command::new(binary())
        .args([&["erase"], &whose[..], &["--ground", "asked for it"]].concat())
        .env("INVENTORY_ERASER_DATABASE_URL", inventory.eraser_url())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("hold 1 keeps this"), "{said}");
    run(&["hold", "release", "--tenant", "test", "1"]);

    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let given = with(&["export"], &["--out", out.to_str().unwrap()]);
    assert_eq!(given["exported"]["cards"], 1);
    let ground = ["--ground", "asked for it"];
    let planned = with(&["erase", "--dry-run"], &ground);
    assert_eq!(planned["erased"]["order"], Value::Null);
    let done = with(&["erase"], &ground);
    assert_eq!(done["erased"]["order"], 1);
    assert_eq!(done["erased"]["list"], planned["erased"]["list"]);
    let set = run(&["retention", "--tenant", "test", "notes", "--days", "9"]);
    assert_eq!(set["days"], 9);
    let retained = run(&["retain", "--dry-run"]);
    assert_eq!(retained["retained"]["erased"]["order"], Value::Null);
    let verified = run(&["verify"]);
    assert!(
        verified["erased"][0]
            .as_str()
            .unwrap()
            .contains("erased by order 1")
    );
}
