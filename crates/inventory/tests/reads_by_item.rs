//! 0110 beside what was there before it: the program that does not say the item
//! of steps and assets, and rows that its keys have to refuse.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::Digest;
use dramatis_inventory::{
    MIGRATIONS, MigrateFault, migrate, replay,
    testing::{Inventory, migrate_with},
};
use sqlx::{
    AssertSqlSafe, Connection as _, PgConnection,
    migrate::{MigrateError, Migrator},
};
use std::path::Path;
use support::*;

/// What the program before 0110 sent for a release, word for word.
const RELEASE: &str = "WITH card AS (
               INSERT INTO content (tenant_id, sha256, bytes) VALUES ($1, $8, $9)
               ON CONFLICT ON CONSTRAINT content_pkey DO NOTHING
               RETURNING 1
           ), frozen AS (
               INSERT INTO release (tenant_id, id, item_id, number, manifest, manifest_sha256, parent_sha256,
                                    card_sha256, notes_sha256, rule_set_sha256, name, submitted_by, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $10, $11, $12, $13, $14)
           ), shown AS (
               INSERT INTO release_face (tenant_id, release_id, item_id, name, about, vertical, tags, apps)
               VALUES ($1, $2, $3, $12, $15, $16, $17, $18)
           ), targets AS (
               INSERT INTO release_target (tenant_id, release_id, position, app, min_version, max_version)
               SELECT $1, $2, t.position, t.app, t.min::bigint[], t.max::bigint[]
               FROM unnest($19::smallint[], $18::text[], $20::text[], $21::text[]) AS t (position, app, min, max)
           ), assets AS (
               INSERT INTO release_asset (tenant_id, release_id, position, role, sha256)
               SELECT $1, $2, * FROM unnest($22::smallint[], $23::text[], $24::bytea[])
           )
           SELECT EXISTS (SELECT FROM card) AS \"fresh!\"";

/// Its parameters, of the one release there is.
const RELEASE_WITH: &str = "SELECT ARRAY[
        r.tenant_id::text, r.id::text, r.item_id::text, r.number::text, r.manifest::text, r.manifest_sha256::text,
        r.parent_sha256::text, r.card_sha256::text, c.bytes::text, r.notes_sha256::text, r.rule_set_sha256::text, r.name,
        r.submitted_by::text, r.created_at::text, f.about, f.vertical, f.tags::text, f.apps::text, '{}', '{}', '{}',
        a.position::text, a.role::text, a.sha256::text]
    FROM release r
    JOIN content c ON c.sha256 = r.card_sha256
    JOIN release_face f ON f.release_id = r.id
    CROSS JOIN (SELECT array_agg(position) AS position, array_agg(role) AS role, array_agg(sha256) AS sha256
                FROM release_asset) a";

/// What it sent for the facts of an item's change: events, steps, channel, news.
const FACTS: &str = "WITH personal AS (
               INSERT INTO personal_field (tenant_id, sha256, salt, value, field)
               SELECT $1, * FROM unnest($5::bytea[], $6::bytea[], $7::text[], $8::text[])
               ON CONFLICT ON CONSTRAINT personal_field_pkey DO NOTHING
           ), events AS (
               INSERT INTO event (tenant_id, stream_id, item_id, seq, id, at, actor_id, actor_kind, actor_name_sha256,
                                  device_id, device_name_sha256, request_id, idempotency_key, action, subject_id,
                                  reason_code, reason_sha256, before, after, prev_hash, hash)
               SELECT $1, $2, $2, * FROM unnest(
                   $9::bigint[], $10::uuid[], $11::timestamptz[], $12::uuid[], $13::text[], $14::bytea[],
                   $15::uuid[], $16::bytea[], $17::text[], $18::uuid[], $19::text[], $20::uuid[],
                   $21::text[], $22::bytea[], $23::text[], $24::text[], $25::bytea[], $26::bytea[])
           ), steps AS (
               INSERT INTO release_transition (tenant_id, actor_id, lifecycle_version, release_id, seq, from_state, to_state,
                                               role, needs, reason_code, message_sha256, successor_id, event_id, at)
               SELECT $1, $3, $27, * FROM unnest(
                   $28::uuid[], $29::int[], $30::text[], $31::text[], $32::text[], $33::text[],
                   $34::text[], $35::bytea[], $36::uuid[], $37::uuid[], $38::timestamptz[])
           ), moves AS (
               INSERT INTO channel_move (tenant_id, item_id, name, seq, from_release_id, to_release_id, event_id, at)
               SELECT $1, $2, * FROM unnest(
                   $39::text[], $40::int[], $41::uuid[], $42::uuid[], $43::uuid[], $44::timestamptz[])
           ), news AS (
               INSERT INTO outbox (tenant_id, item_id, id, topic, event_id)
               SELECT $1, $2, * FROM unnest($45::uuid[], $46::text[], $47::uuid[])
           )
           UPDATE item SET release_count = $4, last_event_seq = $48, last_event_hash = $49, last_event_at = $50
           WHERE tenant_id = $1 AND id = $2";

/// Its parameters, of the one item there is.
const FACTS_WITH: &str = "SELECT ARRAY[
        i.tenant_id::text, i.id::text, i.creator_id::text, i.release_count::text, '{}', '{}', '{}', '{}']
        || e.columns || '1'::text || t.columns || m.columns || o.columns
        || ARRAY[i.last_event_seq::text, i.last_event_hash::text, i.last_event_at::text]
    FROM item i
    CROSS JOIN (
        SELECT ARRAY[array_agg(seq)::text, array_agg(id)::text, array_agg(at)::text, array_agg(actor_id)::text,
            array_agg(actor_kind)::text, array_agg(actor_name_sha256)::text, array_agg(device_id)::text,
            array_agg(device_name_sha256)::text, array_agg(request_id)::text, array_agg(idempotency_key)::text,
            array_agg(action)::text, array_agg(subject_id)::text, array_agg(reason_code)::text,
            array_agg(reason_sha256)::text, array_agg(before)::text, array_agg(after)::text, array_agg(prev_hash)::text,
            array_agg(hash)::text] AS columns
        FROM (SELECT * FROM event WHERE item_id IS NOT NULL ORDER BY seq) e
    ) e
    CROSS JOIN (
        SELECT ARRAY[array_agg(release_id)::text, array_agg(seq)::text, array_agg(from_state)::text,
            array_agg(to_state)::text, array_agg(role)::text, array_agg(needs)::text, array_agg(reason_code)::text,
            array_agg(message_sha256)::text, array_agg(successor_id)::text, array_agg(event_id)::text,
            array_agg(at)::text] AS columns
        FROM (SELECT * FROM release_transition ORDER BY seq) t
    ) t
    CROSS JOIN (
        SELECT ARRAY[array_agg(name)::text, array_agg(seq)::text, array_agg(from_release_id)::text,
            array_agg(to_release_id)::text, array_agg(event_id)::text, array_agg(at)::text] AS columns
        FROM channel_move
    ) m
    CROSS JOIN (
        SELECT ARRAY[array_agg(id)::text, array_agg(topic)::text, array_agg(event_id)::text] AS columns FROM outbox
    ) o";

/// Everything that the two statements write, by themselves or by a trigger.
const WRITTEN: &[&str] = &[
    "release",
    "release_asset",
    "release_face",
    "release_transition",
    "current_state",
    "channel_move",
    "channel",
    "listing",
    "event",
    "outbox",
    "feed",
];

/// A publish is taken away behind the keys' backs and written once more, the very
/// same, by the program before.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_before_publishes_a_release_with_an_asset_and_its_steps() {
    let mut inventory = Inventory::start().await;
    let picture = png("before");
    upload(&inventory, Digest::of(&picture), picture.clone()).await;
    let request = publish_with_portrait("mirelle", &picture);
    published(&inventory, &request).await;
    inventory.pause().await;

    let mut admin = behind(inventory.admin_url()).await;
    let release = call("release_before", RELEASE_WITH, &mut admin).await;
    let facts = call("facts_before", FACTS_WITH, &mut admin).await;
    for table in WRITTEN {
        // The tenant's own stream of events stays.
        let which = if *table == "event" {
            "WHERE item_id IS NOT NULL"
        } else {
            ""
        };
        run(&mut admin, format!("DELETE FROM {table} {which}")).await;
    }

    let mut service = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    for sql in [
        format!("PREPARE release_before AS {RELEASE}"),
        format!("PREPARE facts_before AS {FACTS}"),
        "BEGIN ISOLATION LEVEL SERIALIZABLE".to_owned(),
        format!("SET LOCAL app.tenant = '{}'", inventory.tenant),
        release,
        facts,
        "COMMIT".to_owned(),
    ] {
        run(&mut service, sql).await;
    }

    let asset = "SELECT count(*) FROM release_asset WHERE item_id IS NULL AND release_without_item = release_id";
    assert_eq!(count(&inventory, asset).await, 1);
    let steps = "SELECT count(*) FROM release_transition t JOIN release r ON r.id = t.release_id AND r.item_id = t.item_id";
    assert_eq!(count(&inventory, steps).await, 2);
    assert_exactly_one_release(&inventory).await;
    replay(inventory.admin_url(), |_| {}).await.unwrap();

    // And whoever does not say the item cannot name a release that is not there.
    let unknown = "INSERT INTO release_asset (tenant_id, release_id, position, role, sha256)
        SELECT tenant_id, gen_random_uuid(), 0, role, sha256 FROM release_asset";
    let fault = sqlx::query(unknown)
        .execute(&inventory.admin)
        .await
        .unwrap_err();
    let refused = fault.as_database_error().and_then(|it| it.constraint());
    assert_eq!(refused, Some("release_asset_release_without_item"));
}

/// `EXECUTE` of a prepared statement with what `with` answers.
async fn call(name: &str, with: &'static str, db: &mut PgConnection) -> String {
    let values: Vec<Option<String>> = sqlx::query_scalar(with).fetch_one(&mut *db).await.unwrap();
    let quoted: Vec<String> =
        sqlx::query_scalar("SELECT quote_nullable(v) FROM unnest($1::text[]) v")
            .bind(values)
            .fetch_all(db)
            .await
            .unwrap();
    format!("EXECUTE {name}({})", quoted.join(", "))
}

/// Rows from before that a new key has to refuse, each with its key. Keys are off
/// while they are written: those there were would refuse some of them as well.
const REFUSED: &[(&str, &str)] = &[
    (
        "INSERT INTO release_transition (tenant_id, release_id, seq, lifecycle_version, from_state, to_state, role, needs, actor_id, event_id, at)
         SELECT tenant_id, id, 1, 1, 'draft', 'submitted', 'creator', 'nothing', id, id, created_at FROM release",
        "release_transition_event",
    ),
    (
        "INSERT INTO release_transition (tenant_id, release_id, seq, lifecycle_version, from_state, to_state, role, needs, actor_id, event_id, at)
         SELECT tenant_id, id, 2, 1, 'submitted', 'published', 'creator', 'nothing', id, id, created_at FROM release",
        "release_transition_continues",
    ),
    (
        "INSERT INTO release_asset (tenant_id, release_id, position, role, sha256)
         SELECT tenant_id, gen_random_uuid(), 0, 'portrait', sha256('x') FROM release",
        "release_asset_release_without_item",
    ),
    (
        "INSERT INTO current_state (tenant_id, release_id, item_id, creator_id, kind, number, seq, state, since)
         SELECT tenant_id, id, item_id, id, 'character', 1, 1, 'submitted', created_at FROM release",
        "current_state_is_a_transition",
    ),
    (
        "INSERT INTO channel_move (tenant_id, item_id, name, seq, to_release_id, event_id, at)
         SELECT tenant_id, item_id, 'stable', 1, id, id, created_at FROM release",
        "channel_move_event",
    ),
    (
        "INSERT INTO outbox (tenant_id, item_id, id, topic, event_id)
         SELECT tenant_id, item_id, id, 'release.published', id FROM release",
        "outbox_event",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn rows_from_before_that_a_new_key_refuses_stop_the_migration() {
    let inventory = Inventory::without_service().await;
    run(
        &mut PgConnection::connect(inventory.admin_url()).await.unwrap(),
        "CREATE DATABASE before_0110".into(),
    )
    .await;
    let (server, ours) = inventory.admin_url().split_once("/test_").unwrap();
    let (_, way) = ours.split_once('?').unwrap();
    let url = format!("{server}/before_0110?{way}");
    let folder = tempfile::tempdir().unwrap();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/inventory");
    for file in std::fs::read_dir(ours).unwrap().flatten() {
        if file.file_name().to_str().unwrap() < "0110" {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
    }
    migrate_with(&url, &Migrator::new(folder.path()).await.unwrap())
        .await
        .unwrap();

    let mut admin = behind(&url).await;
    let release = "INSERT INTO release (tenant_id, id, item_id, number, manifest, manifest_sha256, card_sha256, rule_set_sha256, name, submitted_by, created_at)
        SELECT u, u, u, 1, 'm', sha256('m'), sha256('c'), sha256('r'), 'name', u, clock_timestamp() FROM gen_random_uuid() u";
    run(&mut admin, release.into()).await;
    for (sql, constraint) in REFUSED {
        run(&mut admin, (*sql).to_owned()).await;
        let MigrateFault::Schema(
            MigrateError::Execute(fault) | MigrateError::ExecuteMigration(fault, _),
        ) = migrate(&url).await.unwrap_err()
        else {
            panic!("{sql}")
        };
        let refused = fault.as_database_error().and_then(|it| it.constraint());
        assert_eq!(refused, Some(*constraint), "{sql}: {fault}");
        let table = sql.split(' ').nth(2).unwrap();
        run(&mut admin, format!("DELETE FROM {table}")).await;
    }
    run(&mut admin, "DELETE FROM release".into()).await;
    let newest = MIGRATIONS.iter().map(|one| one.version).max().unwrap();
    assert_eq!(migrate(&url).await.unwrap().version, newest);
}

/// A connection for which triggers and keys are off.
async fn behind(url: &str) -> PgConnection {
    let mut db = PgConnection::connect(url).await.unwrap();
    run(&mut db, "SET session_replication_role = replica".into()).await;
    db
}

async fn run(db: &mut PgConnection, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql.clone()))
        .execute(db)
        .await
        .unwrap_or_else(|fault| panic!("{sql}: {fault}"));
}
