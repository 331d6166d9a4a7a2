//! Any single value changed behind the inventory's back is named by `verify`
//! or by `replay`, which verifies first. The columns are read from the
//! catalog: a new one is tried by itself, or fails here until it has a reason.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{
    Digest, ItemKind, Manifest, ReleaseId,
    lifecycle::Role,
    manifest::{Origin, SCHEMA_2, Target},
};
use dramatis_inventory::{
    Database, DbRole, Eraser, PolicyStage, Request, Sequencer, VerifyFault, replay,
    testing::Inventory,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use std::time::Duration;
use support::*;
use time::OffsetDateTime;

/// Tables that hold no history, or whose history is not replayed yet.
const NOT_REPLAYED: &[(&str, &str)] = &[
    (
        "webhook",
        "settings of an operator: the tenant's stream tells of each change, never of the address's path",
    ),
    (
        "webhook_secret",
        "a secret, sealed: no event tells of it; a changed one does not open",
    ),
    (
        "webhook_delivery",
        "a queue: its rows move on as they are delivered; the events are the record",
    ),
    ("api_token_use", "last use is a counter, outside history"),
    (
        "api_token_refusal",
        "when a refusal was last told is a counter, outside history",
    ),
    (
        "account_rate",
        "how fast accounts ask is counted outside history",
    ),
];

/// Columns that nothing hashed tells of.
const NOT_COVERED: &[(&str, &str, &str)] = &[
    (
        "account",
        "created_at",
        "when the row was made; history has the time of the event account.created",
    ),
    (
        "membership",
        "granted_at",
        "when the row was made; history has the time of the event that tells of it",
    ),
    (
        "api_token",
        "label",
        "words of an operator, that no event tells of",
    ),
    (
        "api_token",
        "created_at",
        "when the row was made; history has the time of the event token.created",
    ),
    (
        "api_token",
        "revoked_at",
        "that it was ended is compared, not the moment: its event is written after it",
    ),
    (
        "item",
        "created_at",
        "when the row was made; history has the time of the event item.created",
    ),
    (
        "feed",
        "fence",
        "how often the lease was had; what was numbered under none is found",
    ),
    ("feed", "holder", "who gives numbers now is no history"),
    ("feed", "held_until", "who gives numbers now is no history"),
    (
        "outbox",
        "id",
        "a name of its own, in webhooks only; what they are told of is its event",
    ),
    (
        "outbox",
        "created_at",
        "when the row was made; history has the time of its event",
    ),
    (
        "content",
        "created_at",
        "when the row was made; the same bytes may come again for another release",
    ),
    (
        "blob",
        "created_at",
        "when the file came; only collection reads it",
    ),
    (
        "blob",
        "generation",
        "where the file lies; verify with the files finds nothing there, or other bytes",
    ),
    (
        "personal_field",
        "created_at",
        "when the row was made; events have times of their own",
    ),
];

/// Columns that nothing fills any more.
const NEVER_SET: &[(&str, &str)] = &[("outbox", "next_attempt_at"), ("outbox", "delivered_at")];

/// Where the row went, nothing is left to name it by: said is that one is
/// missing which the history tells of.
const NOT_NAMED: &[(&str, &str)] = &[
    ("approval_policy", "tenant_id"),
    ("submission", "tenant_id"),
    ("submission", "release_id"),
    ("approval", "tenant_id"),
];

async fn post(inventory: &Inventory, path: &str, body: &Value) {
    let answer = send(mutation(
        &client(),
        &inventory.url,
        path,
        &inventory.token,
        key(),
        body,
    ))
    .await
    .unwrap();
    assert!(
        answer.status < 300,
        "{path}: {} {}",
        answer.status,
        answer.body
    );
}

async fn release(
    inventory: &Inventory,
    request: &dramatis_api::publish::PublishRequest,
) -> ReleaseId {
    let answer = send(publishing(
        &client(),
        &inventory.url,
        &inventory.token,
        key(),
        request,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    dramatis_domain::Manifest::parse_canonical(request.manifest.as_bytes())
        .unwrap()
        .release
}

/// A row in every table, and a value in every column: files, notes, a
/// successor, reasons, channels that moved, an unchanged publish, a refusal.
async fn with_history() -> Inventory {
    let inventory = Inventory::start().await;
    let picture = png("portrait");
    upload(&inventory, Digest::of(&picture), picture.clone()).await;
    let mut first = publish_with_portrait("mirelle", &picture);
    let mut manifest =
        dramatis_domain::Manifest::parse_canonical(first.manifest.as_bytes()).unwrap();
    let notes = dramatis_domain::salted::Salted::new([9; 16], "The first one.");
    manifest.notes = Some(notes.digest());
    first.manifest = String::from_utf8(manifest.canonical_bytes().unwrap()).unwrap();
    first.notes = Some(dramatis_api::publish::SaltedText {
        salt: "09".repeat(16),
        value: notes.value,
    });
    let one = release(&inventory, &first).await;
    let second = publish(manifest.item, "mirelle", Some(manifest_hash(&first)), "b");
    let two = release(&inventory, &second).await;
    let third = publish(manifest.item, "mirelle", Some(manifest_hash(&second)), "c");
    let three = release(&inventory, &third).await;
    let same = publish(manifest.item, "mirelle", Some(manifest_hash(&third)), "c");
    let unchanged = send(publishing(
        &client(),
        &inventory.url,
        &inventory.token,
        key(),
        &same,
    ))
    .await
    .unwrap();
    assert_eq!(unchanged.status, 200, "{}", unchanged.body);
    let message = json!({ "salt": "02".repeat(16), "value": "Use the third one." });
    let device = serde_json::to_value(device()).unwrap();
    let beta = format!("/v1/items/{}/channels/beta", manifest.item);
    for to in [one, two] {
        post(
            &inventory,
            &beta,
            &json!({ "release": to, "device": device, "message": message }),
        )
        .await;
    }
    let steps = |release: ReleaseId| format!("/v1/releases/{release}/steps");
    post(&inventory, &steps(one), &json!({
        "from": "published", "to": "deprecated", "device": device, "message": message, "successor": three,
    })).await;
    post(&inventory, &steps(three), &json!({
        "from": "published", "to": "revoked", "device": device, "message": message, "reason_code": "rights",
        "repoint": [{ "channel": "stable", "release": two }],
    })).await;
    refers(&inventory, &second).await;
    let (_, berta) = inventory.another_creator("berta", &[]).await;
    inventory.another_creator("carla", &[]).await;
    let owners = format!("/v1/items/{}/owners", manifest.item);
    for change in [
        json!({ "change": "add", "account": "carla", "message": message }),
        json!({ "change": "offer", "account": "berta" }),
        json!({ "change": "accept" }),
        json!({ "change": "offer", "account": "ana" }),
    ] {
        let mut body = change.clone();
        body["device"].clone_from(&device);
        let mine = change["change"] == "accept" || change["account"] == "ana";
        let token = if mine { &berta } else { &inventory.token };
        let asked = mutation(&client(), &inventory.url, &owners, token, key(), &body);
        let answer = send(asked).await.unwrap();
        assert_eq!(answer.status, 200, "{change}: {}", answer.body);
    }
    let refused = publish(item(), "mirelle", None, "d");
    let refused = send(publishing(
        &client(),
        &inventory.url,
        &inventory.token,
        key(),
        &refused,
    ))
    .await
    .unwrap();
    assert!((400..500).contains(&refused.status), "{}", refused.body);
    waits(&inventory).await;
    people(&inventory, manifest.item).await;
    let worker = Database::open(&inventory.worker_url(), DbRole::Worker, 1).unwrap();
    Sequencer::new(worker, Duration::from_secs(60))
        .all()
        .await
        .unwrap();
    let done = replay(inventory.admin_url(), |_| {}).await.unwrap();
    assert!(done.tables.iter().all(|(_, rows)| *rows > 0), "{done}");
    inventory
}

/// A pack and a runtime that something runs on, and forks of a release from
/// here and of one from outside.
async fn refers(inventory: &Inventory, one: &dramatis_api::publish::PublishRequest) {
    let engine = publish_kind(ItemKind::Runtime, item(), "engine", None, runtime("x"));
    release(inventory, &engine).await;
    let bare = publish_kind(
        ItemKind::Pack,
        item(),
        "cast",
        None,
        pack("x", &[&engine, one]),
    );
    release(inventory, &bare).await;
    for (slug, origin) in [("here", Some(manifest_of(one).release)), ("outside", None)] {
        let plain = publish(item(), slug, None, slug);
        let card = plain.card.replace(
            r#""extensions":{"#,
            r#""extensions":{"dramatis":{"vertical":"Companion"},"#,
        );
        let begun = Manifest {
            card: Digest::of(card.as_bytes()),
            schema: SCHEMA_2.into(),
            targets: vec![Target {
                app: "lantern".into(),
                min_version: Some("1.9".into()),
                max_version: Some("2".into()),
                runtime: Some(manifest_hash(&engine)),
            }],
            forked_from: Some(Origin {
                manifest: match origin {
                    Some(_) => manifest_hash(one),
                    None => Digest::of(b"from outside"),
                },
                release: origin,
            }),
            ..manifest_of(&plain)
        };
        release(inventory, &with_manifest(&begun, slug, card)).await;
    }
}

/// A release that was approved, and one that was rejected.
async fn waits(inventory: &Inventory) {
    let stage = PolicyStage {
        name: "review".into(),
        role: Role::Reviewer,
    };
    let (operator, tenant) = (&inventory.provisioner, inventory.tenant);
    operator.set_approvals(tenant, &[stage]).await.unwrap();
    let (_, rita) = inventory.another_creator("rita", &["reviewer"]).await;
    for decision in ["approved", "rejected"] {
        let request = publish(item(), decision, None, decision);
        let submitted = release(inventory, &request).await;
        let body = json!({
            "decision": decision, "stage": 1, "manifest_sha256": manifest_hash(&request).to_string(),
            "device": device(),
            "message": (decision == "rejected").then(|| json!({ "salt": "04".repeat(16), "value": "Not yet." })),
        });
        let path = format!("/v1/releases/{submitted}/decisions");
        let asked = mutation(&client(), &inventory.url, &path, &rita, key(), &body);
        let answer = send(asked).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let ended = inventory.another_creator("ended", &[]).await.0;
    let scopes = ["read".to_owned()];
    let later = OffsetDateTime::now_utc() + Duration::from_secs(3600);
    let (token, _) = inventory.token_for(ended, &scopes, Some(later)).await;
    operator.revoke_token(tenant, token).await.unwrap();
}

/// One who was erased, a hold that was released, a rule of retention.
async fn people(inventory: &Inventory, item: dramatis_domain::ItemId) {
    let (tenant, operator, item) = (inventory.tenant, &inventory.provisioner, item.to_string());
    inventory.another_creator("gone", &[]).await;
    let request = Request {
        account: "gone".into(),
        ground: "asked for it".into(),
        contents: vec![],
    };
    let eraser = Eraser::open(&inventory.eraser_url()).unwrap();
    eraser.erase(tenant, &request, None, false).await.unwrap();
    let hold = operator.hold_item(tenant, &item, "a dispute");
    operator
        .release_hold(tenant, hold.await.unwrap())
        .await
        .unwrap();
    operator
        .hold_account(tenant, "ana", "another")
        .await
        .unwrap();
    operator
        .set_retention(tenant, "notes", Some(9))
        .await
        .unwrap();
}

/// A connection for which triggers and keys are off.
async fn behind(inventory: &Inventory) -> PgConnection {
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    run(&mut db, "SET session_replication_role = replica".into()).await;
    db
}

async fn run(db: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(db)
        .await
        .unwrap_or_else(|fault| panic!("{sql}: {fault}"));
}

/// SQL for the value with one bit, or a little more, changed.
fn changed(column: &str, kind: &str, null: bool) -> String {
    match (kind, null) {
        ("uuid", _) => "gen_random_uuid()".into(),
        ("bytea", false) => format!("set_byte({column}, 0, get_byte({column}, 0) # 1)"),
        ("bytea", true) => "sha256('x')".into(),
        ("text", false) => format!("chr(ascii({column}) # 1) || substr({column}, 2)"),
        ("text", true) => "'x'".into(),
        ("smallint" | "integer" | "bigint", _) => format!("(coalesce({column}, 0) # 1024)::{kind}"),
        ("timestamp with time zone", false) => format!("{column} + interval '1 microsecond'"),
        ("timestamp with time zone", true) => "clock_timestamp()".into(),
        ("boolean", _) => format!("{column} IS NOT TRUE"),
        ("text[]", _) => format!("array_append({column}, 'x')"),
        ("bigint[]", _) => format!("array_append({column}, 1::bigint)"),
        ("tsvector", _) => format!("setweight({column}, 'C')"),
        other => panic!("how is one bit of {other:?} changed?"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_value_in_any_column_of_any_table_of_history_is_named() {
    let inventory = with_history().await;
    let mut db = behind(&inventory).await;
    let columns = sqlx::query(
        "SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL)
         FROM pg_class c
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         -- What is generated cannot be changed: Postgres makes it anew.
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attgenerated = ''
           AND EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id')
         ORDER BY 1, a.attnum",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    let checks = sqlx::query_scalar::<_, String>(
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
         FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND conrelid <> 0",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    for check in checks {
        run(&mut db, check).await;
    }

    let (mut missed, mut tried) = (Vec::new(), 0);
    for column in columns {
        let (table, column, kind): (String, String, String) =
            (column.get(0), column.get(1), column.get(2));
        if NOT_REPLAYED.iter().any(|(name, _)| *name == table)
            || NOT_COVERED
                .iter()
                .any(|(of, name, _)| *of == table && *name == column)
        {
            continue;
        }
        for null in [false, true] {
            let is = if null { "IS NULL" } else { "IS NOT NULL" };
            let found = sqlx::query(AssertSqlSafe(format!(
                "SELECT ctid::text, {column}::text, to_jsonb(t)::text FROM {table} t
                 WHERE {column} {is} ORDER BY ctid DESC LIMIT 1"
            )))
            .fetch_optional(&mut db)
            .await
            .unwrap();
            let Some(row) = found else {
                assert!(
                    null || NEVER_SET.contains(&(table.as_str(), column.as_str())),
                    "{table}.{column}: give it a value in with_history, or a reason"
                );
                continue;
            };
            let (place, old, before): (String, Option<String>, String) =
                (row.get(0), row.get(1), row.get(2));
            let row = sqlx::query(AssertSqlSafe(format!(
                "UPDATE {table} t SET {column} = {} WHERE ctid = '{place}' RETURNING ctid::text, to_jsonb(t)::text",
                changed(&column, &kind, null)
            )))
            .fetch_one(&mut db)
            .await
            .unwrap_or_else(|fault| panic!("{table}.{column}: {fault}"));
            let (place, after): (String, String) = (row.get(0), row.get(1));
            assert_ne!(before, after, "{table}.{column} was not changed");
            tried += 1;
            match replay(inventory.admin_url(), |_| {}).await {
                Err(VerifyFault::Off { place, what }) => {
                    let said = format!("{place}: {what}");
                    let known = NOT_NAMED.contains(&(table.as_str(), column.as_str()));
                    if !known && !names(&said, &before) && !names(&said, &after) {
                        missed.push(format!(
                            "{table}.{column} is found, but its row is not named: {said}"
                        ));
                    }
                }
                Err(fault) => missed.push(format!("{table}.{column}: {fault}")),
                Ok(_) => missed.push(format!("{table}.{column} (null: {null}) is not found")),
            }
            let put_back =
                format!("UPDATE {table} SET {column} = $1::text::{kind} WHERE ctid = '{place}'");
            sqlx::query(AssertSqlSafe(put_back))
                .bind(old)
                .execute(&mut db)
                .await
                .unwrap();
        }
    }
    assert!(
        missed.is_empty(),
        "{} of {tried}:\n{}",
        missed.len(),
        missed.join("\n")
    );
    assert!(tried > 100, "only {tried} values were changed");
    replay(inventory.admin_url(), |_| {}).await.unwrap();
}

/// Whether a sentence names the row by one of its values.
fn names(said: &str, row: &str) -> bool {
    let row: serde_json::Map<String, Value> = serde_json::from_str(row).unwrap();
    row.iter()
        .filter(|(column, _)| *column != "tenant_id")
        .any(|(_, value)| match value {
            Value::String(text) => {
                !text.is_empty() && said.contains(text.trim_start_matches("\\x"))
            }
            Value::Number(number) => said.contains(&number.to_string()),
            _ => false,
        })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_taken_away_from_any_table_of_history_is_named() {
    for table in [
        "event",
        "item",
        "tenant_stream",
        "release",
        "release_asset",
        "release_pin",
        "release_fork",
        "release_transition",
        "current_state",
        "channel_move",
        "channel",
        "item_ownership",
        "item_co_owner",
        "content",
        "blob",
        "idempotency_key",
        "receipt",
        "personal_field",
        "erasure_order",
        "erasure",
        "legal_hold",
        "retention_policy",
        "account",
        "membership",
        "api_token",
        "approval_policy",
        "approval_stage",
        "submission",
        "approval",
        "outbox",
        "feed",
    ] {
        let inventory = with_history().await;
        let mut db = behind(&inventory).await;
        run(
            &mut db,
            format!("DELETE FROM {table} WHERE ctid = (SELECT max(ctid) FROM {table})"),
        )
        .await;
        let off = replay(inventory.admin_url(), |_| {}).await;
        assert!(
            matches!(off, Err(VerifyFault::Off { .. })),
            "{table}: {off:?}"
        );
    }
}
