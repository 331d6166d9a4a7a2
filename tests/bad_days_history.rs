//! Bad days for the history: what an inventory's own chain cannot show, the
//! studio's pinned head does. And both sides list the same missing fields.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::{
    Problem,
    audit::{Device, Events},
    headers, paths,
    publish::{PublishRequest, SaltedText},
};
use dramatis_cards::read;
use dramatis_domain::{
    Digest, IdempotencyKey, ItemId, ItemKind, Manifest, ReleaseId, chain::Head, event::Stream,
    manifest::SCHEMA, rules,
};
use dramatis_drafts::view::{ExportContainer, ExportFormat, HistoryState, VersionRef};
use dramatis_inventory::testing::Inventory;
use support::{Desk, count, desk_with_mirelle};
use uuid::Uuid;

/// A desk that has published and seen the whole history.
async fn published() -> (Inventory, Desk, String) {
    let inventory = Inventory::start().await;
    let (desk, id) = desk_with_mirelle(&inventory.url, &inventory.token).await;
    let entry = desk.studio.publish(&id, "stable", "").await.unwrap();
    desk.settled(&entry).await;
    desk.studio.refresh(Some(&id)).await.unwrap();
    let report = desk.studio.verify(&id).await.unwrap();
    assert!(report.ok, "{report:#?}");
    (inventory, desk, id)
}

/// Somebody with all rights rewrites an event and every hash after it: the
/// chain is whole again, and is not the one this studio has seen.
#[tokio::test(flavor = "multi_thread")]
async fn a_chain_rewritten_whole_is_an_alarm() {
    let (inventory, desk, id) = published().await;
    rewrite(&inventory).await;
    alarm(&desk, &id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_cut_at_its_end_is_an_alarm() {
    let (inventory, desk, id) = published().await;
    let mut tamper = inventory.admin.acquire().await.unwrap();
    for sql in [
        "SET session_replication_role = replica",
        "DELETE FROM event WHERE item_id IS NOT NULL AND seq = (SELECT max(seq) FROM event WHERE item_id IS NOT NULL)",
        "UPDATE item SET last_event_seq = last_event_seq - 1, last_event_hash = \
         (SELECT hash FROM event WHERE item_id IS NOT NULL ORDER BY seq DESC LIMIT 1)",
        "RESET session_replication_role",
    ] {
        sqlx::raw_sql(sql).execute(&mut *tamper).await.unwrap();
    }
    alarm(&desk, &id).await;
}

/// The alarm is told, stays over a restart, and what was seen before is kept.
async fn alarm(desk: &Desk, id: &str) {
    let seen: Vec<String> = hashes(desk, id).await;
    let why = desk
        .studio
        .refresh(Some(id))
        .await
        .expect_err("this is another history");
    assert_eq!(why.code(), "history_alarm", "{why}");
    let report = desk.studio.verify(id).await.unwrap();
    assert!(!report.ok, "{report:#?}");
    assert_eq!(
        desk.studio.status().await.unwrap().history.state,
        HistoryState::Alarm
    );
    assert_eq!(
        desk.timeline(id).await.verification.state,
        HistoryState::Alarm
    );
    assert_eq!(hashes(desk, id).await, seen, "what was seen before is kept");
}

async fn hashes(desk: &Desk, id: &str) -> Vec<String> {
    let timeline = desk.timeline(id).await;
    timeline
        .releases
        .iter()
        .flat_map(|one| &one.events)
        .map(|event| event.hash.clone())
        .collect()
}

/// Changes the first event, and makes every hash after it anew.
async fn rewrite(inventory: &Inventory) {
    let item: Uuid = sqlx::query_scalar("SELECT id FROM item")
        .fetch_one(&inventory.admin)
        .await
        .unwrap();
    let path = paths::ITEM_EVENTS.replace("{item}", &item.to_string());
    let page: Events = ask(inventory, &path).await;
    let item = ItemId(item);
    let mut head = Head::genesis(inventory.tenant, Stream::Item(item));
    let mut tamper = inventory.admin.begin().await.unwrap();
    sqlx::raw_sql("SET LOCAL session_replication_role = replica")
        .execute(&mut *tamper)
        .await
        .unwrap();
    for record in &page.events {
        let (mut event, _, _) = record.to_event(inventory.tenant, Some(item)).unwrap();
        event.request_id = "another request".to_owned();
        let next = head.after(&event);
        let done = sqlx::query(
            "UPDATE event SET request_id = $1, prev_hash = $2, hash = $3 WHERE item_id = $4 AND seq = $5",
        )
        .bind(&event.request_id)
        .bind(head.hash.0.as_slice())
        .bind(next.hash.0.as_slice())
        .bind(item.0)
        .bind(record.seq)
        .execute(&mut *tamper)
        .await
        .unwrap();
        assert_eq!(done.rows_affected(), 1);
        head = next;
    }
    sqlx::query("UPDATE item SET last_event_hash = $1 WHERE id = $2")
        .bind(head.hash.0.as_slice())
        .bind(item.0)
        .execute(&mut *tamper)
        .await
        .unwrap();
    tamper.commit().await.unwrap();
}

/// Every failure with its field, in the studio before sending and by the
/// inventory for the same bytes, in the same words.
#[tokio::test(flavor = "multi_thread")]
async fn missing_fields_are_listed_alike_on_both_sides() {
    let inventory = Inventory::start().await;
    let desk = Desk::at(&inventory.url, &inventory.token).await;
    let id = desk.studio.create_character("").await.unwrap();
    let ours = desk
        .studio
        .publish_check(&id, "stable")
        .await
        .unwrap()
        .failures;
    assert!(
        ours.len() >= 2,
        "an empty character lacks more than one thing: {ours:#?}"
    );
    let refused = desk
        .studio
        .publish(&id, "stable", "")
        .await
        .expect_err("it is not sent at all");
    assert_eq!(refused.code(), "not_publishable");

    let slug = desk.character(&id).await.slug;
    let exported = desk
        .studio
        .export_card(
            &id,
            VersionRef::Draft,
            ExportContainer::Json,
            ExportFormat::AsIs,
            false,
        )
        .await
        .unwrap();
    let bytes = std::fs::read(exported.file.unwrap()).unwrap();
    let card = read(&bytes).unwrap().document.into_text();
    let problem = send(&inventory, &slug, card).await;
    let ours: Vec<_> = ours
        .iter()
        .map(|one| (one.code.as_str(), one.field.as_str(), one.message.as_str()))
        .collect();
    let theirs = serde_json::to_value(&problem.failures).unwrap();
    let theirs: Vec<_> = theirs
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let word = |name: &str| one[name].as_str().unwrap_or_default();
            (word("code"), word("field"), word("message"))
        })
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 0);
}

/// Publishes a card past the studio's own rules.
async fn send(inventory: &Inventory, slug: &str, card: String) -> Problem {
    let manifest = Manifest {
        schema: SCHEMA.into(),
        kind: ItemKind::Character,
        item: ItemId(Uuid::now_v7()),
        release: ReleaseId(Uuid::now_v7()),
        parent: None,
        card: Digest::of(card.as_bytes()),
        assets: vec![],
        targets: vec![],
        licence: None,
        notes: None,
        forked_from: None,
        rule_set: rules::current(ItemKind::Character).unwrap().1,
    };
    let name = SaltedText {
        salt: "01".repeat(16),
        value: support::DEVICE.into(),
    };
    let body = PublishRequest {
        slug: slug.to_owned(),
        manifest: String::from_utf8(manifest.canonical_bytes().unwrap()).unwrap(),
        card,
        notes: None,
        channel: Some("stable".into()),
        device: Device {
            id: Uuid::now_v7(),
            name,
        },
    };
    let answer = client()
        .post(format!("{}{}", inventory.url, paths::RELEASES))
        .bearer_auth(&inventory.token)
        .header(
            headers::IDEMPOTENCY_KEY,
            headers::quoted_key(IdempotencyKey(Uuid::new_v4())),
        )
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 422);
    answer.json().await.unwrap()
}

async fn ask<T: serde::de::DeserializeOwned>(inventory: &Inventory, path: &str) -> T {
    let url = format!("{}{path}", inventory.url);
    let answer = client()
        .get(url)
        .bearer_auth(&inventory.token)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.json().await.unwrap()
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}
