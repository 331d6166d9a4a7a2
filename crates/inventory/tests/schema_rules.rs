//! Schema rules that are read from the catalog, so that a new table is held to
//! them by itself (inventory.md, Schema rules 1, 2, 4, 5 and 8).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::{App, MIGRATIONS, Settings, Token, bind, migrate, testing::Inventory};
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeSet;
use support::*;

/// Rule 1: nothing that all tenants draw from, and nothing that only one
/// server knows.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_depends_on_a_sequence_a_notification_or_an_advisory_lock() {
    let inventory = Inventory::without_service().await;
    let sequences = "SELECT count(*) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace";
    assert_eq!(count(&inventory, sequences).await, 0);
    let functions = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
                     AND prosrc ~* 'pg_notify|pg_advisory|\\mnotify\\M|\\mlisten\\M|nextval'";
    assert_eq!(count(&inventory, functions).await, 0);
    let src = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let sources: Vec<_> = files(&src)
        .into_iter()
        .filter(|file| file.extension().is_some_and(|end| end == "rs"))
        .collect();
    assert!(sources.len() > 80);
    for file in sources {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in [
            "pg_advisory",
            "pg_notify",
            "PgListener",
            "\"LISTEN",
            "\"NOTIFY",
            "nextval(",
        ] {
            assert!(!text.contains(word), "{}: {word}", file.display());
        }
    }
}

/// Rule 2.
#[tokio::test(flavor = "multi_thread")]
async fn an_item_has_an_owner_and_stays_while_it_has_releases() {
    let inventory = Inventory::start().await;
    published(&inventory, &publish(item(), "mirelle", None, "a")).await;
    let refused = async |sql: &'static str| {
        let fault = sqlx::raw_sql(sql).execute(&inventory.admin).await;
        let fault = fault.unwrap_err();
        let fault = fault.as_database_error().unwrap();
        (
            fault.code().unwrap().into_owned(),
            fault.constraint().unwrap_or_default().to_owned(),
        )
    };
    let nobodys = "INSERT INTO item (tenant_id, id, kind, creator_id, slug, created_at)
                   SELECT tenant_id, gen_random_uuid(), kind, NULL, 'x', created_at FROM item";
    assert_eq!(refused(nobodys).await.0, "23502");
    let strangers = "INSERT INTO item (tenant_id, id, kind, creator_id, slug, created_at)
                     SELECT tenant_id, gen_random_uuid(), kind, gen_random_uuid(), 'x', created_at FROM item";
    assert_eq!(refused(strangers).await.1, "item_creator");
    let taken = "INSERT INTO item (tenant_id, id, kind, creator_id, slug, created_at)
                 SELECT tenant_id, gen_random_uuid(), kind, creator_id, slug, created_at FROM item";
    assert_eq!(refused(taken).await.1, "item_slug_is_unique_per_creator");
    // Which of the things that refer to it speaks first is Postgres's choice.
    let (code, constraint) = refused("DELETE FROM item").await;
    assert_eq!(code, "23503");
    assert!(!constraint.is_empty());
    let (_, constraint) = refused("DELETE FROM account WHERE handle = 'ana'").await;
    assert!(!constraint.is_empty());
}

/// Rule 2: what is mapped by a constraint's name is there under that name.
#[tokio::test(flavor = "multi_thread")]
async fn every_constraint_that_code_names_is_there() {
    let inventory = Inventory::without_service().await;
    let known: BTreeSet<String> = sqlx::query_scalar(
        "SELECT conname::text FROM pg_constraint
         UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indisunique
         UNION SELECT tgname::text FROM pg_trigger
         UNION SELECT (regexp_matches(prosrc, 'CONSTRAINT = ''(\\w+)''', 'g'))[1] FROM pg_proc
               WHERE pronamespace = 'public'::regnamespace",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap()
    .into_iter()
    .collect();
    let words = include_str!("../src/constraint.rs");
    let restarts = include_str!("../src/db.rs");
    let from = restarts.find("Some(\"23505\")").unwrap();
    let restarts = &restarts[from..from + restarts[from..].find("_ => false").unwrap()];
    let mut named = 0;
    for text in [words, restarts] {
        // Code lines only: a sentence has spaces, a name has none.
        for name in text.split('"').skip(1).step_by(2) {
            let is_name =
                name.contains('_') && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            if is_name {
                named += 1;
                assert!(known.contains(name), "no constraint is called {name}");
            }
        }
    }
    assert!(named > 40, "only {named} names were read");
}

/// Rule 4: what the service can only add to, nobody else changes, whatever
/// table it is; or it is said here why.
#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_only_grows_has_triggers_against_everybody_else() {
    const OTHERWISE: &[(&str, &str)] = &[
        ("account", "an order of erasure rewrites its name"),
        ("blob", "files that no release names are collected"),
        ("outbox", "a queue: numbered and delivered by the worker"),
    ];
    let inventory = Inventory::without_service().await;
    // BEFORE is 2, DELETE 8, UPDATE 16, TRUNCATE 32 (pg_trigger.tgtype).
    let rows = sqlx::query(
        "SELECT c.relname::text, coalesce((
             SELECT bit_or(t.tgtype::int & 56) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
             WHERE t.tgrelid = c.oid AND t.tgenabled <> 'D' AND t.tgtype::int & 2 = 2
               AND p.proname IN ('refuse_change', 'changes_by_erasure_only', 'goes_by_erasure_only')), 0)
         FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
           AND has_table_privilege('dramatis_service', c.oid, 'INSERT')
           AND NOT has_table_privilege('dramatis_service', c.oid, 'DELETE')
           AND NOT has_any_column_privilege('dramatis_service', c.oid, 'UPDATE')",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    let mut open = Vec::new();
    for row in &rows {
        let (table, refused): (String, i32) = (row.get(0), row.get(1));
        if refused != 56 && !OTHERWISE.iter().any(|(name, _)| *name == table) {
            open.push(format!("{table}: {refused}"));
        }
    }
    assert!(rows.len() > 18, "only {} tables only grow", rows.len());
    assert!(open.is_empty(), "not refused to everybody: {open:?}");
}

/// Rule 5: whatever login is given, the service acts as its role. A trigger of
/// the test's own notes who wrote each event.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_the_service_writes_as_its_role() {
    let inventory = Inventory::without_service().await;
    let note = "CREATE TABLE public.written_by (who text);
                GRANT INSERT ON public.written_by TO PUBLIC;
                CREATE FUNCTION public.note_writer() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO public.written_by VALUES (current_user); RETURN NULL; END $$;
                GRANT EXECUTE ON FUNCTION public.note_writer TO PUBLIC;
                CREATE TRIGGER note_writer AFTER INSERT ON event FOR EACH ROW EXECUTE FUNCTION public.note_writer()";
    sqlx::raw_sql(note).execute(&inventory.admin).await.unwrap();
    // A superuser, for whom no policy and no grant would count.
    let settings = Settings {
        database_url: inventory.admin_url().to_owned(),
        ..inventory.settings()
    };
    let app = App::start(&settings).await.unwrap();
    let listener = bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = tokio::spawn(app.serve(listener, std::future::pending()));
    let request = publish(item(), "mirelle", None, "a");
    let sent = publishing(&client(), &url, &inventory.token, key(), &request);
    assert_eq!(send(sent).await.unwrap().status, 201);
    // Operators' commands too; tenants are made by the owner, their events not.
    inventory.another_creator("ben", &["reviewer"]).await;
    let slug = "other".parse().unwrap();
    let provisioner = &inventory.provisioner;
    provisioner
        .create_tenant(&slug, "Other", true)
        .await
        .unwrap();
    let who: Vec<String> = sqlx::query_scalar("SELECT DISTINCT who FROM written_by")
        .fetch_all(&inventory.admin)
        .await
        .unwrap();
    assert_eq!(who, ["dramatis_service"]);
    service.abort();
}

/// Rule 8: seed data is made once, and made again where a row of it is gone.
#[tokio::test(flavor = "multi_thread")]
async fn seed_data_comes_with_the_migrations_and_only_once() {
    let inventory = Inventory::without_service().await;
    let all = async || {
        let mut said = Vec::new();
        for table in [
            "inventory_identity",
            "item_kind",
            "lifecycle_edge",
            "reason_code",
            "_sqlx_migrations",
        ] {
            let sql = format!("SELECT string_agg(t::text, ' ' ORDER BY t::text) FROM {table} t");
            let rows: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_one(&inventory.admin)
                .await
                .unwrap();
            said.push(rows.expect("it is seeded"));
        }
        said
    };
    let before = all().await;
    migrate(inventory.admin_url()).await.unwrap();
    assert_eq!(all().await, before);
    let reasons = "SELECT count(*) FROM reason_code";
    let codes = i64::try_from(dramatis_domain::lifecycle::ReasonCode::ALL.len()).unwrap();
    assert_eq!(count(&inventory, reasons).await, codes);
    // Forward only: none of them can be taken back.
    assert!(
        MIGRATIONS
            .iter()
            .all(|one| !one.migration_type.is_down_migration())
    );
}

/// Rule 3: an edge belongs to its version of the lifecycle.
#[tokio::test(flavor = "multi_thread")]
async fn a_step_of_another_version_of_the_lifecycle_is_no_edge() {
    let inventory = Inventory::start().await;
    published(&inventory, &publish(item(), "mirelle", None, "a")).await;
    for version in [0, 2] {
        let sql = format!(
            "INSERT INTO release_transition (tenant_id, release_id, seq, lifecycle_version, from_state, to_state, role, needs,
                                             actor_id, event_id, at)
             SELECT tenant_id, release_id, 3, {version}, 'published', 'archived', 'creator', 'nothing', actor_id, event_id, at
             FROM release_transition WHERE seq = 2"
        );
        let fault = sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&inventory.admin)
            .await
            .unwrap_err();
        let constraint = fault.as_database_error().unwrap().constraint();
        assert_eq!(constraint, Some("release_transition_is_an_edge"));
    }
}

/// Seed 001: whoever reads the whole database cannot sign in.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_stored_by_its_hash_alone() {
    let inventory = Inventory::start().await;
    published(&inventory, &publish(item(), "mirelle", None, "a")).await;
    let secret = inventory.token.rsplit('_').next().unwrap();
    assert!(secret.len() >= 40, "128 random bits and more, in hex");
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    let token: Token = inventory.token.parse().unwrap();
    let hash = token.sha256().hex();
    let mut hashes = 0;
    for table in tables {
        // Bytes stand in it as hex, as the secret does.
        let holds = async |what: &str| -> i64 {
            let sql =
                format!("SELECT count(*) FROM {table} t WHERE strpos(to_jsonb(t)::text, $1) > 0");
            sqlx::query_scalar(AssertSqlSafe(sql))
                .bind(what)
                .fetch_one(&inventory.admin)
                .await
                .unwrap()
        };
        assert_eq!(holds(&secret[..32]).await, 0, "{table}");
        hashes += holds(&hash).await;
    }
    assert_eq!(
        hashes, 2,
        "its SHA-256 is looked up, and its event tells it"
    );
}
