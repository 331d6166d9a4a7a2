//! A new version's migrations beside the old one that goes on serving.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::{
    App, MIGRATIONS, MigrateFault, StartFault,
    testing::{Inventory, migrate_with},
};
use sqlx::migrate::Migrator;
use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use support::{
    load::{Seen, publishers, readers, until},
    *,
};
use tokio::task::JoinHandle;

/// What a next version could bring, as docs/operate.md asks for it: a column
/// that may be empty, its values in batches, an index made beside the service.
const NEXT: &[(&str, &str)] = &[
    (
        "9000_shelf.sql",
        "SET LOCAL ROLE dramatis_owner;
         ALTER TABLE release ADD COLUMN shelf text;
         ALTER TABLE item ADD COLUMN shelf text DEFAULT 'first';
         CREATE TABLE shelf (tenant_id uuid NOT NULL, name text NOT NULL, PRIMARY KEY (tenant_id, name));
         RESET ROLE;",
    ),
    (
        "9001_shelf_index.sql",
        "-- no-transaction
         CREATE INDEX CONCURRENTLY release_by_shelf ON release (tenant_id, shelf)",
    ),
    (
        "9002_shelf_values.sql",
        "-- no-transaction
         DO $$
         DECLARE done bigint;
         BEGIN
             LOOP
                 UPDATE item SET shelf = 'second' WHERE ctid IN (
                     SELECT ctid FROM item WHERE shelf = 'first' LIMIT 20 FOR UPDATE SKIP LOCKED);
                 GET DIAGNOSTICS done = ROW_COUNT;
                 COMMIT;
                 EXIT WHEN done = 0;
             END LOOP;
         END $$",
    ),
];

/// This version's migrations and the next one's.
async fn with_ours(folder: &Path, next: &[(&str, &str)]) -> Migrator {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/inventory");
    for file in std::fs::read_dir(ours).unwrap().flatten() {
        std::fs::copy(file.path(), folder.join(file.file_name())).unwrap();
    }
    for (name, text) in next {
        std::fs::write(folder.join(name), text).unwrap();
    }
    Migrator::new(folder).await.unwrap()
}

/// Migrates on a thread of its own, as the command does.
fn beside(admin: String, next: Migrator) -> JoinHandle<Result<(), MigrateFault>> {
    let runtime = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || runtime.block_on(migrate_with(&admin, &next)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_versions_migrations_run_under_load_while_this_one_serves_without_a_failed_request()
{
    let inventory = Inventory::without_service().await;
    let process = inventory.process(None).await;
    let (url, token) = (process.url.clone(), inventory.token.clone());
    let seen = Arc::new(Seen::default());
    let writers = publishers(&seen, 3, &url, &token);
    let readers = readers(&seen, 2, &url, &token);
    let more = || {
        let (seen, now) = (Arc::clone(&seen), seen.published.load(Ordering::SeqCst));
        move || seen.published.load(Ordering::SeqCst) > now + 6
    };
    until("it serves", more()).await;

    // Somebody reads for long: the migration has to wait for the table, and
    // nobody may wait behind the migration for longer than its lock's bound.
    let mut long = inventory.admin.begin().await.unwrap();
    sqlx::query("LOCK TABLE release IN ACCESS SHARE MODE")
        .execute(&mut *long)
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let next = with_ours(folder.path(), NEXT).await;
    let admin = inventory.admin_url().to_owned();
    let migrating = beside(admin, next);
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dramatis-migrate' AND wait_event_type = 'Lock'";
    until_sql(&inventory, waits).await;
    until("others go on while it waits", more()).await;
    long.rollback().await.unwrap();
    migrating.await.unwrap().unwrap();

    // The new columns are there, and this version goes on, restarts included.
    until("it serves as before", more()).await;
    let filled = "SELECT count(*) FROM item WHERE shelf = 'second'";
    assert!(count(&inventory, filled).await > 0);
    let valid = "SELECT count(*) FROM pg_index WHERE indexrelid = 'release_by_shelf'::regclass AND indisvalid";
    assert_eq!(count(&inventory, valid).await, 1);
    let ready = client().get(format!("{url}/ready"));
    assert_eq!(send(ready).await.unwrap().status, 200);
    let second = inventory.process(None).await;
    let ready = client().get(format!("{}/ready", second.url));
    assert_eq!(send(ready).await.unwrap().status, 200);

    seen.enough.store(true, Ordering::SeqCst);
    let mut published = 0;
    for writer in writers {
        published += i64::try_from(writer.await.unwrap().len()).unwrap();
    }
    for reader in readers {
        reader.await.unwrap();
    }
    let statuses = seen.statuses.lock().unwrap().clone();
    assert!(
        statuses.keys().all(|s| matches!(s, 200 | 201 | 409)),
        "{statuses:?}"
    );
    let longest = *seen.longest.lock().unwrap();
    assert!(longest < Duration::from_secs(15), "{longest:?}");
    assert_eq!(
        count(&inventory, "SELECT count(*) FROM release").await,
        published
    );
    dramatis_inventory::verify(inventory.admin_url(), None)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_could_not_be_made_in_time_is_taken_away_and_made_again() {
    let inventory = Inventory::without_service().await;
    let mut long = inventory.admin.begin().await.unwrap();
    sqlx::query("LOCK TABLE release IN ROW EXCLUSIVE MODE")
        .execute(&mut *long)
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let index = "-- no-transaction
        CREATE INDEX CONCURRENTLY release_once_more ON release (tenant_id, card_sha256)";
    let next = with_ours(folder.path(), &[("9001_index.sql", index)]).await;
    let admin = inventory.admin_url().to_owned();
    let migrating = beside(admin, next);
    // Its time ran out: what it left behind is taken away, as soon as that can be.
    until_sql(
        &inventory,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dramatis-migrate' AND query LIKE 'DROP INDEX%'",
    )
    .await;
    long.rollback().await.unwrap();
    migrating.await.unwrap().unwrap();
    let valid = "SELECT count(*) FROM pg_index WHERE indexrelid = 'release_once_more'::regclass AND indisvalid";
    assert_eq!(count(&inventory, valid).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_or_another_schema_is_refused_and_a_newer_one_is_not() {
    let inventory = Inventory::without_service().await;
    let settings = inventory.settings();
    let newest = MIGRATIONS.iter().map(|one| one.version).max().unwrap();
    let starts = || async { App::start(&settings).await.map(drop) };
    starts().await.unwrap();
    let change = |sql: &'static str| {
        let admin = inventory.admin.clone();
        async move { sqlx::query(sql).execute(&admin).await.unwrap() }
    };
    let refused = |came: Result<(), StartFault>| {
        assert!(matches!(came, Err(StartFault::Migrations)), "{came:?}");
    };

    change("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'next', true, '', 0)").await;
    starts().await.unwrap();
    // Half-made: not a place to serve from.
    change("UPDATE _sqlx_migrations SET success = false WHERE version = 9999").await;
    refused(starts().await);
    change("DELETE FROM _sqlx_migrations WHERE version = 9999").await;
    // One that was made otherwise.
    change("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (2, 'another', true, '', 0) ON CONFLICT (version) DO UPDATE SET checksum = ''").await;
    refused(starts().await);

    let older = Inventory::without_service().await;
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = $1")
        .bind(newest)
        .execute(&older.admin)
        .await
        .unwrap();
    refused(App::start(&older.settings()).await.map(drop));
}
