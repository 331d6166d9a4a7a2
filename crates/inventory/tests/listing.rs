//! What apps find: what is listed, in which order, and by which index.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_api::{listing::Listing, publish::PublishRequest};
use dramatis_domain::{Digest, ItemId, ItemKind, Manifest, manifest::Target};
use dramatis_inventory::{ListingQuery, replay, testing::Inventory};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use support::*;

async fn list(inventory: &Inventory, query: &str) -> Listing {
    let answer = get(&client(), inventory, &format!("/v1/listing?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

async fn slugs(inventory: &Inventory, query: &str) -> Vec<String> {
    let listing = list(inventory, query).await;
    listing
        .entries
        .into_iter()
        .map(|entry| entry.slug)
        .collect()
}

async fn sent(inventory: &Inventory, request: &PublishRequest) -> serde_json::Value {
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
    answer.json()
}

/// A publish whose card says more than the plain one.
fn rich(
    item: ItemId,
    slug: &str,
    name: &str,
    tags: &str,
    vertical: &str,
    targets: Vec<Target>,
) -> PublishRequest {
    let card = card("A keeper of the salt road.")
        .replace("Mirelle", name)
        .replace(r#""tags":[]"#, &format!(r#""tags":{tags}"#))
        .replace(
            r#""extensions":{"#,
            &format!(r#""extensions":{{"dramatis":{{"vertical":"{vertical}"}},"#),
        );
    let plain = publish(item, slug, None, "x");
    let mut manifest = Manifest::parse_canonical(plain.manifest.as_bytes()).unwrap();
    manifest.card = Digest::of(card.as_bytes());
    manifest.targets = targets;
    with_manifest(&manifest, slug, card)
}

async fn step(inventory: &Inventory, release: &str, body: serde_json::Value) {
    let path = format!("/v1/releases/{release}/steps");
    let answer = send(mutation(
        &client(),
        &inventory.url,
        &path,
        &inventory.token,
        key(),
        &body,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn salted(text: &str) -> serde_json::Value {
    json!({ "salt": "02".repeat(16), "value": text })
}

#[tokio::test(flavor = "multi_thread")]
async fn published_characters_are_found_by_text_tags_creator_vertical_app_and_version() {
    let inventory = Inventory::start().await;
    let app = |min: Option<&str>, max: Option<&str>| {
        vec![Target {
            app: "Lantern".into(),
            min_version: min.map(Into::into),
            max_version: max.map(Into::into),
            runtime: None,
        }]
    };
    sent(
        &inventory,
        &rich(
            item(),
            "oda",
            "Oda Fenn",
            r#"["Fantasy","Slow Burn"]"#,
            "companion",
            app(Some("1.9"), None),
        ),
    )
    .await;
    sent(
        &inventory,
        &rich(
            item(),
            "brannoch",
            "Brannoch",
            r#"["fantasy, salt"]"#,
            "game",
            app(None, Some("1.9.5")),
        ),
    )
    .await;
    sent(
        &inventory,
        &publish(item(), "mirelle", None, "The lighthouse keeper."),
    )
    .await;

    for (query, found) in [
        ("", vec!["mirelle", "brannoch", "oda"]),
        ("q=oda", vec!["oda"]),
        ("q=keeper", vec!["mirelle", "brannoch", "oda"]),
        ("q=%22salt+road%22+-fenn", vec!["brannoch"]),
        ("q=ana", vec!["mirelle", "brannoch", "oda"]),
        ("q=nobody", vec![]),
        ("tags=fantasy", vec!["brannoch", "oda"]),
        ("tags=fantasy,slow+burn", vec!["oda"]),
        ("tags=SALT", vec!["brannoch"]),
        ("creator=ana&vertical=game", vec!["brannoch"]),
        ("vertical=companion", vec!["oda"]),
        ("app=lantern", vec!["brannoch", "oda"]),
        ("app=lantern&app_version=1.10", vec!["oda"]),
        ("app=lantern&app_version=1.8.7", vec!["brannoch"]),
        ("app=lantern&app_version=1.9.1", vec!["brannoch", "oda"]),
        ("kind=pack", vec![]),
        ("state=deprecated", vec![]),
        ("limit=1", vec!["mirelle"]),
    ] {
        assert_eq!(slugs(&inventory, query).await, found, "{query}");
    }
    let oda = &list(&inventory, "q=oda").await.entries[0];
    assert_eq!(
        (oda.name.as_str(), oda.tags.join("|")),
        ("Oda Fenn", "fantasy|slow burn".into())
    );
    let entries = list(&inventory, "").await.entries;
    let since = format!("since={}", entries[1].updated_at);
    assert_eq!(slugs(&inventory, &since).await, ["mirelle", "brannoch"]);
    let page = list(&inventory, &format!("{since}&limit=1")).await;
    let rest = format!("{since}&limit=1&after={}", page.next.unwrap());
    let page = list(&inventory, &rest).await;
    assert_eq!(
        (page.entries[0].slug.as_str(), page.next),
        ("brannoch", None)
    );
    for wrong in [
        "state=revoked",
        "since=yesterday",
        "app_version=1",
        "app=a&app_version=x",
        "after=00",
        "kind=novel",
        "x=1",
    ] {
        let answer = get(&client(), &inventory, &format!("/v1/listing?{wrong}")).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "bad_request"),
            "{wrong}"
        );
    }
    replay(inventory.admin_url(), |_| {}).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_in_the_listing_follows_publish_step_and_promote_and_shows_what_stable_shows() {
    let inventory = Inventory::start().await;
    let owner = item();
    let first = publish(owner, "mirelle", None, "first");
    let one = sent(&inventory, &first).await["release"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut second = publish(owner, "mirelle", Some(manifest_hash(&first)), "second");
    second.channel = Some("beta".into());
    let two = sent(&inventory, &second).await["release"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = || async {
        replay(inventory.admin_url(), |_| {}).await.unwrap();
        let listing = list(&inventory, "").await;
        listing
            .entries
            .first()
            .map(|entry| (entry.release.number, entry.release.state.clone()))
    };
    // What went to `beta` alone is not what an app gets at `stable`.
    assert_eq!(shown().await, Some((1, "published".into())));
    step(&inventory, &one, json!({ "from": "published", "to": "deprecated", "message": salted("Use the second."), "successor": two,
                                    "device": device() })).await;
    assert_eq!(shown().await, Some((1, "deprecated".into())));
    let notice = list(&inventory, "").await.entries[0]
        .notice
        .clone()
        .unwrap();
    assert_eq!(notice.message.as_deref(), Some("Use the second."));
    assert_eq!(notice.successor.unwrap().number, 2);

    let promote = json!({ "release": two, "device": device() });
    let path = format!("/v1/items/{owner}/channels/stable");
    let moved = send(mutation(
        &client(),
        &inventory.url,
        &path,
        &inventory.token,
        key(),
        &promote,
    ))
    .await
    .unwrap();
    assert_eq!(moved.status, 200, "{}", moved.body);
    assert_eq!(shown().await, Some((2, "published".into())));
    step(
        &inventory,
        &two,
        json!({ "from": "published", "to": "archived", "device": device() }),
    )
    .await;
    assert_eq!(shown().await, None);
    step(
        &inventory,
        &two,
        json!({ "from": "archived", "to": "published", "device": device() }),
    )
    .await;
    assert_eq!(shown().await, Some((2, "published".into())));
    step(&inventory, &two, json!({ "from": "published", "to": "revoked", "reason_code": "rights", "message": salted("Taken back."),
                                    "device": device() })).await;
    assert_eq!(shown().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_cannot_write_the_listing_and_replay_finds_who_did() {
    let inventory = Inventory::start().await;
    sent(&inventory, &publish(item(), "mirelle", None, "a")).await;
    let mut db = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    sqlx::query("SELECT set_config('app.tenant', $1, false)")
        .bind(inventory.tenant.to_string())
        .execute(&mut db)
        .await
        .unwrap();
    for sql in [
        "UPDATE listing SET name = 'x'",
        "DELETE FROM listing",
        "INSERT INTO listing SELECT * FROM listing",
        "UPDATE release_face SET name = 'x'",
        "DELETE FROM release_face",
        "SELECT listing_refresh(tenant_id, item_id) FROM listing",
    ] {
        let fault = sqlx::raw_sql(sql).execute(&mut db).await.unwrap_err();
        assert_eq!(
            fault.as_database_error().unwrap().code().as_deref(),
            Some("42501"),
            "{sql}"
        );
    }
    for (table, columns) in [
        (
            "release_face",
            vec![
                "name = 'x'",
                "about = 'x'",
                "vertical = 'x'",
                "tags = '{x}'",
                "apps = '{x}'",
            ],
        ),
        (
            "listing",
            vec![
                "name = 'x'",
                "state = 'deprecated'",
                "vertical = 'x'",
                "tags = '{x}'",
                "apps = '{x}'",
                "kind = 'pack'",
                "number = 7",
                "updated_at = updated_at + interval '1 microsecond'",
                "search = 'x'",
                "creator_id = gen_random_uuid()",
            ],
        ),
    ] {
        for column in columns {
            let mut admin = PgConnection::connect(inventory.admin_url()).await.unwrap();
            for (set, good) in [(column, false), ("", true)] {
                let sql = if good {
                    format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept")
                } else {
                    format!(
                        "SET session_replication_role = replica; CREATE TEMP TABLE kept AS SELECT * FROM {table}; UPDATE {table} SET {set}"
                    )
                };
                sqlx::raw_sql(AssertSqlSafe(sql))
                    .execute(&mut admin)
                    .await
                    .unwrap();
                let replayed = replay(inventory.admin_url(), |_| {}).await;
                assert_eq!(replayed.is_ok(), good, "{table}: {column}: {replayed:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listing_is_made_again_from_manifests_and_cards_alone() {
    let inventory = Inventory::start().await;
    sent(
        &inventory,
        &rich(item(), "oda", "Oda", r#"["a"]"#, "game", vec![]),
    )
    .await;
    sent(&inventory, &publish(item(), "mirelle", None, "a")).await;
    let before = list(&inventory, "").await;
    sqlx::raw_sql(
        "BEGIN; SET LOCAL session_replication_role = replica;
         DELETE FROM listing; DELETE FROM release_target; DELETE FROM release_face; COMMIT",
    )
    .execute(&inventory.admin)
    .await
    .unwrap();
    assert!(list(&inventory, "").await.entries.is_empty());
    assert!(replay(inventory.admin_url(), |_| {}).await.is_err());
    dramatis_inventory::migrate(inventory.admin_url())
        .await
        .unwrap();
    assert_eq!(list(&inventory, "").await, before);
    replay(inventory.admin_url(), |_| {}).await.unwrap();
}

/// Lines as the trigger would leave them, many at once: `count` items of two
/// creators, every hundredth with a rare word.
async fn fill(inventory: &Inventory, count: u32) {
    let sql = format!(
        "SET session_replication_role = replica;
         INSERT INTO item (tenant_id, id, kind, creator_id, slug, created_at)
         SELECT a.tenant_id, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'character', a.id, 'filled-' || n, now()
         FROM generate_series(1, {count}) n, account a WHERE a.handle = CASE WHEN n % 50 = 0 THEN 'ben' ELSE 'ana' END;
         INSERT INTO release (tenant_id, id, item_id, number, manifest, manifest_sha256, card_sha256, rule_set_sha256, name, submitted_by, created_at)
         SELECT i.tenant_id, i.id, i.id, 1, i.id::text::bytea, sha256(i.id::text::bytea), sha256(''), sha256(''), i.slug, i.creator_id, now() FROM item i WHERE i.slug LIKE 'filled-%';
         INSERT INTO listing (tenant_id, item_id, release_id, creator_id, kind, number, state, vertical, tags, apps, name, updated_at, search)
         SELECT i.tenant_id, i.id, i.id, i.creator_id, 'character', 1, 'published', 'v' || (n % 40), ARRAY['t' || (n % 4000), 'common'],
                ARRAY['app' || (n % 3000)], i.slug, '2026-01-01'::timestamptz + (n / 3) * interval '1 second',
                setweight(to_tsvector('simple', i.slug || CASE WHEN n % 1000 = 0 THEN ' rareword' ELSE '' END), 'A')
         FROM item i, LATERAL (SELECT substr(i.slug, 8)::int AS n) x WHERE i.slug LIKE 'filled-%';
         SET session_replication_role = origin;
         ANALYZE"
    );
    let mut admin = PgConnection::connect(inventory.admin_url()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut admin)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_listing_uses_its_index_at_100_000_rows() {
    let inventory = Inventory::start().await;
    let (ben, _) = inventory.another_creator("ben", &[]).await;
    fill(&inventory, 100_000).await;
    let text = |text: &str| Some(text.to_owned());
    let plain = ListingQuery::default;
    let mut said = String::new();
    for (what, query, creator, index) in [
        ("newest", plain(), None, "listing_by_time"),
        ("of a creator", plain(), Some(ben), "listing_by_creator"),
        (
            "of a vertical",
            ListingQuery {
                vertical: text("v7"),
                ..plain()
            },
            None,
            "listing_by_vertical",
        ),
        (
            "of a creator and a vertical",
            ListingQuery {
                vertical: text("v10"),
                state: text("published"),
                ..plain()
            },
            Some(ben),
            "listing_by_creator_and_vertical",
        ),
        (
            "with a rare tag",
            ListingQuery {
                tags: text("t77"),
                ..plain()
            },
            None,
            "listing_by_words",
        ),
        (
            "for a rare app",
            ListingQuery {
                app: text("app7"),
                ..plain()
            },
            None,
            "listing_by_words",
        ),
        (
            "with a rare word",
            ListingQuery {
                q: text("rareword"),
                ..plain()
            },
            None,
            "listing_by_words",
        ),
        (
            "with a tag and a word",
            ListingQuery {
                q: text("rareword"),
                tags: text("common"),
                ..plain()
            },
            None,
            "listing_by_words",
        ),
    ] {
        let plan = inventory.listing_plan(query, creator).await;
        let named = plan
            .lines()
            .any(|line| line.trim_end().ends_with(index) || line.contains(&format!("{index} ")));
        assert!(named, "{what}: {plan}");
        assert!(!plan.contains("Seq Scan on listing"), "{what}: {plan}");
        if index != "listing_by_words" {
            // The index gives the order: no sort over what it finds.
            assert!(!plan.contains("Sort Method: external"), "{what}: {plan}");
            let scanned = plan.lines().find(|line| line.contains(index)).unwrap();
            assert!(
                scanned.contains("rows=51 "),
                "{what} read more than a page: {plan}"
            );
        }
        said.push_str(&format!("-- {what}\n{plan}\n\n"));
    }
    if let Some(path) = std::env::var_os("DRAMATIS_PLANS") {
        std::fs::write(path, said).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_stable_while_others_publish_and_a_cursor_belongs_to_its_query() {
    let inventory = Inventory::start().await;
    inventory.another_creator("ben", &[]).await;
    // Three of them share each moment: the item decides.
    fill(&inventory, 300).await;
    let (mut seen, mut after, mut page) = (Vec::new(), None::<String>, 0);
    loop {
        let query = after.as_ref().map_or_else(
            || "limit=20".to_owned(),
            |after| format!("limit=20&after={after}"),
        );
        let listing = list(&inventory, &query).await;
        seen.extend(listing.entries.into_iter().map(|entry| entry.slug));
        page += 1;
        // New ones come, and one that a later page would show changes.
        sent(
            &inventory,
            &publish(item(), &format!("new-{page}"), None, "n"),
        )
        .await;
        if page == 3 {
            sqlx::raw_sql("UPDATE listing SET updated_at = now() WHERE name = 'filled-5'")
                .execute(&inventory.admin)
                .await
                .unwrap();
        }
        after = listing.next;
        if after.is_none() {
            break;
        }
        if page == 1 {
            let other = get(
                &client(),
                &inventory,
                &format!("/v1/listing?creator=ben&after={}", after.as_ref().unwrap()),
            )
            .await;
            assert_eq!(other.status, 400);
        }
    }
    let mut expected: Vec<String> = (1..=300)
        .filter(|n| *n != 5)
        .map(|n| format!("filled-{n}"))
        .collect();
    let mut found = seen.clone();
    expected.sort();
    found.sort();
    assert_eq!(
        found, expected,
        "each that stayed, once; none that came, none that moved to the front"
    );
    assert_eq!(
        list(
            &inventory,
            &format!("kind={}&limit=1", ItemKind::Character.as_str())
        )
        .await
        .entries
        .len(),
        1
    );
}
