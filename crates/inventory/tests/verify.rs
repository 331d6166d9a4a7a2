//! Whatever is changed behind the inventory's back, `verify` names it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::{VerifyFault, open_store, testing::Inventory, verify};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::*;

/// Two releases, the first deprecated with a message, `beta` moved.
async fn with_history() -> Inventory {
    let inventory = Inventory::start().await;
    let (client, item) = (client(), item());
    let first = publish(item, "mirelle", None, "a");
    let second = publish(item, "mirelle", Some(manifest_hash(&first)), "b");
    for request in [&first, &second] {
        let answer = send(publishing(
            &client,
            &inventory.url,
            &inventory.token,
            key(),
            request,
        ))
        .await
        .unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    let release = dramatis_domain::Manifest::parse_canonical(first.manifest.as_bytes())
        .unwrap()
        .release;
    let step = serde_json::json!({
        "from": "published", "to": "deprecated", "device": device(),
        "message": { "salt": "02".repeat(16), "value": "Use the second one." },
    });
    let answer = send(mutation(
        &client,
        &inventory.url,
        &format!("/v1/releases/{release}/steps"),
        &inventory.token,
        key(),
        &step,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    verify(inventory.admin_url(), None).await.unwrap();
    inventory
}

/// As somebody with all rights on the machine: triggers and keys are off.
async fn tamper(inventory: &Inventory, sql: &str) {
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    let sql = format!("SET session_replication_role = replica; {sql}");
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(&mut db)
        .await
        .unwrap_or_else(|fault| panic!("{sql}: {fault}"));
    db.close().await.unwrap();
}

async fn named(inventory: &Inventory) -> String {
    match verify(inventory.admin_url(), None).await {
        Err(VerifyFault::Off { place, what }) => format!("{place}: {what}"),
        other => panic!("it verifies, or cannot be looked at: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_changed_value_in_any_column_of_an_event_is_named() {
    let inventory = with_history().await;
    let clone = "CREATE TABLE kept AS SELECT * FROM event";
    sqlx::raw_sql(clone)
        .execute(&inventory.admin)
        .await
        .unwrap();
    for change in [
        "id = gen_random_uuid()",
        "at = at + interval '1 microsecond'",
        "actor_id = gen_random_uuid()",
        "actor_kind = 'service'",
        "actor_name_sha256 = sha256('x')",
        "device_id = gen_random_uuid()",
        "device_id = NULL",
        "device_name_sha256 = NULL",
        "request_id = request_id || 'x'",
        "idempotency_key = gen_random_uuid()",
        "action = 'release.published '",
        "subject_id = gen_random_uuid()",
        "reason_code = 'rights'",
        "reason_sha256 = sha256('x')",
        "before = before || ' '",
        "after = replace(after, '2', '3')",
        "prev_hash = set_byte(prev_hash, 7, get_byte(prev_hash, 7) # 1)",
        "hash = set_byte(hash, 31, get_byte(hash, 31) # 128)",
    ] {
        tamper(
            &inventory,
            &format!("UPDATE event SET {change} WHERE item_id IS NOT NULL AND seq = 6"),
        )
        .await;
        let named = named(&inventory).await;
        assert!(named.contains("event 6"), "{change}: {named}");
        tamper(
            &inventory,
            "DELETE FROM event WHERE item_id IS NOT NULL AND seq = 6;
             INSERT INTO event (tenant_id, stream_id, seq, id, item_id, at, actor_id, actor_kind, actor_name_sha256, device_id, device_name_sha256,
                                request_id, idempotency_key, action, subject_id, reason_code, reason_sha256, before, after, format, prev_hash, hash)
             SELECT tenant_id, stream_id, seq, id, item_id, at, actor_id, actor_kind, actor_name_sha256, device_id, device_name_sha256,
                    request_id, idempotency_key, action, subject_id, reason_code, reason_sha256, before, after, format, prev_hash, hash
             FROM kept WHERE item_id IS NOT NULL AND seq = 6",
        )
        .await;
        verify(inventory.admin_url(), None)
            .await
            .unwrap_or_else(|fault| panic!("put back after {change}: {fault}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_other_change_behind_the_inventorys_back_is_named() {
    for (sql, named_by) in [
        ("DELETE FROM event WHERE item_id IS NOT NULL AND seq = (SELECT max(seq) FROM event WHERE item_id IS NOT NULL)", "the end is missing"),
        ("DELETE FROM event WHERE item_id IS NOT NULL AND seq = 3", "event 3 is missing"),
        ("DELETE FROM event WHERE item_id IS NULL AND seq = (SELECT max(seq) FROM event WHERE item_id IS NULL)", "the end is missing"),
        ("UPDATE event SET action = 'x' WHERE item_id IS NULL AND seq = 1", "event 1"),
        // The tail cut off, the item's counters put back to match.
        (
            "DELETE FROM event WHERE item_id IS NOT NULL AND seq = (SELECT max(seq) FROM event WHERE item_id IS NOT NULL);
             UPDATE item SET (last_event_seq, last_event_hash) = (SELECT e.seq, e.hash FROM event e WHERE e.item_id = item.id ORDER BY e.seq DESC LIMIT 1)",
            "release 1, step 3",
        ),
        ("ALTER TABLE content DROP CONSTRAINT content_bytes_match_hash; UPDATE content SET bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 1) WHERE sha256 = (SELECT card_sha256 FROM release WHERE number = 2)", "card "),
        ("ALTER TABLE release DROP CONSTRAINT release_manifest_matches_hash; UPDATE release SET manifest = set_byte(manifest, 40, get_byte(manifest, 40) # 1) WHERE number = 2", "release 2"),
        ("UPDATE release SET manifest = manifest || ' '::bytea, manifest_sha256 = sha256(manifest || ' '::bytea) WHERE number = 2", "release 2"),
        ("UPDATE release SET card_sha256 = (SELECT card_sha256 FROM release WHERE number = 1) WHERE number = 2", "release 2"),
        ("UPDATE release SET number = 3 WHERE number = 2", "release 3"),
        ("DELETE FROM release WHERE number = 2", "2 releases were made, 1 are there"),
        ("UPDATE release_transition SET to_state = 'archived' WHERE seq = 3", "step 3"),
        ("DELETE FROM release_transition WHERE seq = 3", "step 2"),
        ("UPDATE current_state SET state = 'revoked' WHERE number = 2", "release 2"),
        ("UPDATE current_state SET seq = 1 WHERE number = 2", "release 2"),
        ("DELETE FROM current_state WHERE number = 1", "release 1"),
        ("UPDATE channel SET release_id = (SELECT id FROM release WHERE number = 1)", "channel stable"),
        ("DELETE FROM channel_move WHERE seq = 1", "channel stable, move 2"),
        ("UPDATE channel_move SET to_release_id = (SELECT id FROM release WHERE number = 1) WHERE seq = 2", "channel stable, move 2"),
        ("UPDATE personal_field SET value = value || '!' WHERE field = 'reason'", "reason "),
        ("UPDATE personal_field SET salt = set_byte(salt, 0, 255) WHERE field = 'device_name'", "device_name "),
        ("DELETE FROM item", "but there is no item that it belongs to"),
        ("DELETE FROM item; DELETE FROM event WHERE stream_id <> tenant_id", "but there is no item that it belongs to"),
        ("UPDATE item SET release_count = 5", "5 releases were made, 2 are there"),
    ] {
        let inventory = with_history().await;
        tamper(&inventory, sql).await;
        let named = named(&inventory).await;
        assert!(named.contains(named_by), "{sql}\n{named}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_named() {
    let inventory = Inventory::start().await;
    let client = client();
    let picture = png("rest");
    let digest = dramatis_domain::Digest::of(&picture);
    let put = client
        .put(format!("{}/v1/blobs/{}", inventory.url, digest.hex()))
        .bearer_auth(&inventory.token)
        .body(picture);
    assert_eq!(send(put).await.unwrap().status, 201);
    let store = open_store(&inventory.settings().blobs).unwrap();
    let verified = verify(inventory.admin_url(), Some(store.as_ref())).await;
    assert_eq!(verified.unwrap().blobs, Some(1));
    let hex = digest.hex();
    let place = files(inventory.blobs()).pop().unwrap();
    std::fs::write(&place, png("resT")).unwrap();
    let changed = verify(inventory.admin_url(), Some(store.as_ref())).await;
    let changed = changed.unwrap_err().to_string();
    assert!(changed.contains(&hex), "{changed}");
    std::fs::remove_file(&place).unwrap();
    let gone = verify(inventory.admin_url(), Some(store.as_ref())).await;
    assert!(gone.unwrap_err().to_string().contains(&hex));
}

/// Items are read together, kind of row by kind of row; what is named is in
/// the order of items all the same.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_item_in_order_is_named_whatever_is_off_in_later_ones() {
    let inventory = Inventory::start().await;
    let mut items: Vec<_> = (0..3).map(|_| item()).collect();
    items.sort_unstable_by_key(|item| item.0);
    let slugs = ["first", "second", "third"];
    for (item, slug) in items.iter().zip(slugs) {
        let request = publish(*item, slug, None, slug);
        let sent = publishing(&client(), &inventory.url, &inventory.token, key(), &request);
        assert_eq!(send(sent).await.unwrap().status, 201);
    }
    // What is read first is off in the last item, what is read last in the first.
    let changes = [
        "UPDATE event SET request_id = request_id || 'x' WHERE seq = 2 AND stream_id =",
        "UPDATE release SET rule_set_sha256 = sha256('x') WHERE item_id =",
        "UPDATE channel SET seq = 7 WHERE item_id =",
    ];
    for ((item, slug), change) in items.iter().zip(slugs).rev().zip(changes) {
        tamper(&inventory, &format!("{change} '{item}'")).await;
        let named = named(&inventory).await;
        assert!(named.contains(&format!("ana/{slug} ")), "{change}: {named}");
    }
}
