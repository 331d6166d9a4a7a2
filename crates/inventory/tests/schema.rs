//! The rules that the database keeps, whoever writes (inventory.md, Schema rules).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::lifecycle::EDGES;
use dramatis_inventory::{
    MIGRATIONS,
    testing::{Inventory, binary},
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _, postgres::PgRow};
use support::*;

/// An inventory with one published release; and what refers to it.
async fn with_a_release() -> Inventory {
    let inventory = Inventory::start().await;
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
    inventory
}

/// Runs SQL; the name of the constraint that refuses it, or the SQLSTATE.
async fn refused(db: &mut PgConnection, sql: &str) -> Option<String> {
    let mut tx = db.begin().await.unwrap();
    let done = async {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&mut *tx)
            .await?;
        sqlx::raw_sql("SET CONSTRAINTS ALL IMMEDIATE")
            .execute(&mut *tx)
            .await
    }
    .await;
    tx.rollback().await.unwrap();
    let fault = done.err()?;
    let fault = fault
        .as_database_error()
        .unwrap_or_else(|| panic!("{sql}: {fault}"));
    Some(
        fault
            .constraint()
            .map(str::to_owned)
            .unwrap_or_else(|| fault.code().unwrap().into_owned()),
    )
}

async fn service(inventory: &Inventory) -> PgConnection {
    let mut db = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    sqlx::query("SELECT set_config('app.tenant', $1, false)")
        .bind(inventory.tenant.to_string())
        .execute(&mut db)
        .await
        .unwrap();
    db
}

const APPEND_ONLY: &[&str] = &[
    "release",
    "release_asset",
    "release_transition",
    "event",
    "idempotency_key",
    "receipt",
    "channel_move",
    "content",
    "lifecycle_edge",
    "reason_code",
    "rule_set",
    "approval_policy",
    "approval_stage",
    "submission",
    "approval",
    "erasure_order",
    "erasure",
];

/// Of these a release that was published at once has none.
const WITHOUT_ROWS: &[&str] = &[
    "release_asset",
    "approval_policy",
    "approval_stage",
    "submission",
    "approval",
    "erasure_order",
    "erasure",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_service_may_not_update_delete_or_truncate_what_is_append_only() {
    let inventory = with_a_release().await;
    let mut db = service(&inventory).await;
    for table in APPEND_ONLY
        .iter()
        .chain(&["current_state", "channel", "personal_field"])
    {
        let column = if matches!(*table, "lifecycle_edge" | "reason_code" | "rule_set") {
            first_column(&inventory, table).await
        } else {
            "tenant_id".into()
        };
        for sql in [
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            assert_eq!(
                refused(&mut db, &sql).await.as_deref(),
                Some("42501"),
                "{sql}"
            );
        }
    }
    // It owns nothing, and cannot become who does.
    let owned = "SELECT count(*) FROM pg_class WHERE relowner = 'dramatis_service'::regrole";
    assert_eq!(count(&inventory, owned).await, 0);
    assert_eq!(
        refused(&mut db, "SET ROLE dramatis_owner").await.as_deref(),
        Some("42501")
    );
    assert_eq!(
        refused(&mut db, "ALTER TABLE event DISABLE TRIGGER ALL")
            .await
            .as_deref(),
        Some("42501")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn triggers_say_the_same_to_the_administrator() {
    let inventory = with_a_release().await;
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    for table in APPEND_ONLY {
        let column = if matches!(*table, "lifecycle_edge" | "reason_code" | "rule_set") {
            first_column(&inventory, table).await
        } else {
            "tenant_id".into()
        };
        // Row triggers speak where there are rows; those of approvals are asked
        // in tests/approvals.rs.
        if !WITHOUT_ROWS.contains(table) {
            for sql in [
                format!("UPDATE {table} SET {column} = {column}"),
                format!("DELETE FROM {table}"),
            ] {
                assert_eq!(
                    refused(&mut db, &sql).await,
                    Some(format!("{table}_is_append_only")),
                    "{sql}"
                );
            }
        }
        let sql = format!("TRUNCATE {table} CASCADE");
        assert!(
            refused(&mut db, &sql)
                .await
                .is_some_and(|name| name.ends_with("_is_append_only")),
            "{sql}"
        );
    }
}

async fn first_column(inventory: &Inventory, table: &str) -> String {
    sqlx::query_scalar(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum = 1",
    )
    .bind(table)
    .fetch_one(&inventory.admin)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn illegal_gapped_and_forked_steps_by_hand_are_refused_by_constraint() {
    let inventory = with_a_release().await;
    let mut db = service(&inventory).await;
    let step = |seq: i32, from: &str, to: &str, needs: &str, why: &str| {
        format!(
            "INSERT INTO release_transition (tenant_id, release_id, seq, lifecycle_version, from_state, to_state, role, needs,
                                             reason_code, message_sha256, actor_id, event_id, at)
             SELECT t.tenant_id, t.release_id, {seq}, 1, '{from}', '{to}', 'creator', '{needs}', {why}, t.actor_id, t.event_id, clock_timestamp()
             FROM release_transition t WHERE t.seq = 1"
        )
    };
    let none = "NULL, NULL";
    let words = "NULL, sha256('x')";
    let reason = "'rights', sha256('x')";
    for (sql, constraint) in [
        // Not an edge; an edge, but with less than it needs.
        (
            step(3, "published", "rejected", "nothing", none),
            "release_transition_is_an_edge",
        ),
        (
            step(3, "published", "deprecated", "nothing", none),
            "release_transition_is_an_edge",
        ),
        (
            step(3, "published", "deprecated", "message", none),
            "release_transition_says_why",
        ),
        (
            step(3, "published", "revoked", "reason", words),
            "release_transition_names_reason",
        ),
        // A gap, a fork, a wrong from-state.
        (
            step(4, "published", "archived", "nothing", none),
            "release_transition_continues",
        ),
        (
            step(2, "submitted", "withdrawn", "nothing", none),
            "release_transition_pkey",
        ),
        (
            step(3, "deprecated", "archived", "nothing", none),
            "release_transition_continues",
        ),
        // A first step that does not leave draft, and a later one that does.
        (
            step(0, "published", "revoked", "reason", reason),
            "release_transition_first_leaves_draft",
        ),
        (
            step(3, "draft", "submitted", "nothing", none),
            "release_transition_first_leaves_draft",
        ),
    ] {
        assert_eq!(
            refused(&mut db, &sql).await.as_deref(),
            Some(constraint),
            "{sql}"
        );
    }
    assert_eq!(
        refused(&mut db, &step(3, "published", "revoked", "reason", reason)).await,
        None
    );
}

/// Steps and files are looked up by item (0110): the item they say is their release's.
/// Whoever does not say it, as the program before, is given it for a step; a file
/// goes without (tests/reads_by_item.rs).
#[tokio::test(flavor = "multi_thread")]
async fn a_step_and_a_file_say_the_item_of_their_release_and_no_other() {
    let inventory = with_a_release().await;
    let mut db = service(&inventory).await;
    let step = |column: &str, value: &str| {
        format!(
            "INSERT INTO release_transition (tenant_id, {column} release_id, seq, lifecycle_version, from_state, to_state, role, needs, actor_id, event_id, at)
             SELECT t.tenant_id, {value} t.release_id, 3, 1, 'published', 'archived', 'creator', 'nothing', t.actor_id, t.event_id, t.at
             FROM release_transition t WHERE t.seq = 2"
        )
    };
    let file = |column: &str, value: &str| {
        format!(
            "INSERT INTO blob (tenant_id, sha256, size) SELECT tenant_id, sha256('file'), 4 FROM release;
             INSERT INTO release_asset (tenant_id, {column} release_id, position, role, sha256)
             SELECT tenant_id, {value} id, 9, 'portrait', sha256('file') FROM release"
        )
    };
    for (sql, constraint) in [
        (
            step("item_id,", "gen_random_uuid(),"),
            "release_transition_release",
        ),
        (
            file("item_id,", "gen_random_uuid(),"),
            "release_asset_release",
        ),
    ] {
        assert_eq!(
            refused(&mut db, &sql).await.as_deref(),
            Some(constraint),
            "{sql}"
        );
    }
    for sql in [step("", ""), file("", "")] {
        assert_eq!(refused(&mut db, &sql).await, None, "{sql}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_step_published_to_revoked_is_refused() {
    let inventory = with_a_release().await;
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    let sql = format!(
        "SET LOCAL app.tenant = '{}';
         INSERT INTO release (tenant_id, id, item_id, number, manifest, manifest_sha256, card_sha256, rule_set_sha256, name, submitted_by, created_at)
         SELECT tenant_id, gen_random_uuid(), item_id, 2, 'm', sha256('m'), card_sha256, rule_set_sha256, name, submitted_by, created_at FROM release;
         INSERT INTO release_transition (tenant_id, release_id, seq, lifecycle_version, from_state, to_state, role, needs, reason_code, message_sha256, actor_id, event_id, at)
         SELECT t.tenant_id, r.id, 1, 1, 'published', 'revoked', 'creator', 'reason', 'rights', sha256('x'), t.actor_id, t.event_id, t.at
         FROM release_transition t, release r WHERE t.seq = 1 AND r.number = 2",
        inventory.tenant
    );
    assert_eq!(
        refused(&mut db, &sql).await.as_deref(),
        Some("release_transition_first_leaves_draft")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn gaps_and_forks_of_numbers_chains_and_channels_are_refused_by_constraint() {
    let inventory = with_a_release().await;
    let mut db = service(&inventory).await;
    let release = |number: i32, parent: &str| {
        format!(
            "INSERT INTO release (tenant_id, id, item_id, number, manifest, manifest_sha256, parent_sha256, card_sha256, rule_set_sha256, name, submitted_by, created_at)
             SELECT tenant_id, gen_random_uuid(), item_id, {number}, 'm', sha256('m'), {parent}, card_sha256, rule_set_sha256, name, submitted_by, created_at FROM release"
        )
    };
    let event = |seq: i32, prev: &str| {
        format!(
            "INSERT INTO event (tenant_id, stream_id, item_id, seq, id, at, actor_id, actor_kind, request_id, action, prev_hash, hash)
             SELECT tenant_id, stream_id, item_id, {seq}, gen_random_uuid(), at, actor_id, actor_kind, 'x', 'x', {prev}, sha256('x')
             FROM event WHERE item_id IS NOT NULL AND seq = 4"
        )
    };
    let moved = |seq: i32, from: &str| {
        format!(
            "INSERT INTO channel_move (tenant_id, item_id, name, seq, from_release_id, to_release_id, event_id, at)
             SELECT tenant_id, item_id, name, {seq}, {from}, to_release_id, event_id, at FROM channel_move"
        )
    };
    for (sql, constraint) in [
        (release(3, "NULL"), "release_number_is_gapless"),
        (release(1, "NULL"), "release_number_is_unique"),
        (release(2, "sha256('elsewhere')"), "release_parent"),
        ("INSERT INTO content (tenant_id, sha256, bytes) SELECT tenant_id, sha256('a'), 'b' FROM content".into(), "content_bytes_match_hash"),
        (event(6, "hash"), "event_follows_the_one_before"),
        (event(5, "sha256('forged')"), "event_follows_the_one_before"),
        (event(4, "prev_hash"), "event_pkey"),
        (moved(3, "to_release_id"), "channel_move_continues"),
        (moved(2, "NULL"), "channel_move_first_comes_from_nowhere"),
        (moved(2, "gen_random_uuid()"), "channel_move_continues"),
        ("INSERT INTO idempotency_key (tenant_id, account_id, key, operation, fingerprint) SELECT tenant_id, account_id, gen_random_uuid(), 'x', fingerprint FROM idempotency_key".into(), "idempotency_key_is_answered"),
    ] {
        assert_eq!(refused(&mut db, &sql).await.as_deref(), Some(constraint), "{sql}");
    }
    assert_eq!(refused(&mut db, &event(5, "hash")).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_never_moved_to_a_release_that_is_not_offered() {
    let inventory = Inventory::start().await;
    let request = publish(item(), "mirelle", None, "a");
    send(publishing(
        &client(),
        &inventory.url,
        &inventory.token,
        key(),
        &request,
    ))
    .await
    .unwrap();
    let mut db = service(&inventory).await;
    let sql = "INSERT INTO release_transition (tenant_id, release_id, seq, lifecycle_version, from_state, to_state, role, needs, actor_id, event_id, at)
               SELECT tenant_id, release_id, 3, 1, 'published', 'archived', 'creator', 'nothing', actor_id, event_id, at FROM release_transition WHERE seq = 2;
               INSERT INTO channel_move (tenant_id, item_id, name, seq, to_release_id, event_id, at)
               SELECT tenant_id, item_id, 'beta', 1, to_release_id, event_id, at FROM channel_move";
    assert_eq!(
        refused(&mut db, sql).await.as_deref(),
        Some("channel_move_target_is_offered")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_edges_in_the_table_are_those_of_the_domain() {
    let inventory = Inventory::without_service().await;
    let mut stored: Vec<(String, String, String, String)> = sqlx::query(
        "SELECT from_state, to_state, role, needs FROM lifecycle_edge WHERE lifecycle_version = 1",
    )
    .map(|row: PgRow| (row.get(0), row.get(1), row.get(2), row.get(3)))
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    let mut known: Vec<_> = EDGES
        .iter()
        .map(|edge| {
            (
                edge.from.to_string(),
                edge.to.to_string(),
                edge.role.to_string(),
                edge.needs.as_str().to_owned(),
            )
        })
        .collect();
    stored.sort();
    known.sort();
    assert_eq!(stored, known);
    assert_eq!(dramatis_domain::lifecycle::LIFECYCLE_VERSION, 1);
}

/// Schema rule 1, read from the catalog.
#[tokio::test(flavor = "multi_thread")]
async fn tenant_id_leads_every_key_and_index() {
    const REFERENCE: &[&str] = &[
        "_sqlx_migrations",
        "inventory_identity",
        "tenant",
        "item_kind",
        "lifecycle_edge",
        "reason_code",
        "rule_set",
    ];
    let inventory = Inventory::without_service().await;
    let indexes: Vec<(String, String, String)> = sqlx::query(
        "SELECT t.relname::text, i.relname::text, a.attname::text
         FROM pg_index x
         JOIN pg_class i ON i.oid = x.indexrelid
         JOIN pg_class t ON t.oid = x.indrelid AND t.relnamespace = 'public'::regnamespace
         LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]",
    )
    .map(|row: PgRow| {
        (
            row.get(0),
            row.get(1),
            row.get::<Option<String>, _>(2).unwrap_or_default(),
        )
    })
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    let keys: Vec<(String, String, String)> = sqlx::query(
        "SELECT t.relname::text, c.conname::text, a.attname::text
         FROM pg_constraint c
         JOIN pg_class t ON t.oid = c.conrelid AND t.relnamespace = 'public'::regnamespace
         JOIN pg_class f ON f.oid = c.confrelid
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
         WHERE c.contype = 'f' AND NOT f.relname = ANY($1)",
    )
    .bind(
        REFERENCE
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>(),
    )
    .map(|row: PgRow| (row.get(0), row.get(1), row.get(2)))
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    assert!(
        indexes.len() > 30 && keys.len() > 20,
        "the catalog was not read"
    );
    for (table, name, first) in indexes.into_iter().chain(keys) {
        if !REFERENCE.contains(&table.as_str()) {
            assert_eq!(first, "tenant_id", "{table}: {name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tenant_table_forces_row_level_security_and_every_policy_names_its_role() {
    let inventory = Inventory::without_service().await;
    let open = "SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)";
    assert_eq!(count(&inventory, open).await, 0);
    assert_eq!(
        count(
            &inventory,
            "SELECT count(*) FROM pg_policies WHERE roles = '{public}'"
        )
        .await,
        0
    );
    assert!(count(&inventory, "SELECT count(*) FROM pg_policies").await > 30);
    let deletes =
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confdeltype NOT IN ('r', 'a')
                   AND conrelid::regclass::text NOT IN ('membership', 'api_token_use')";
    assert_eq!(
        count(&inventory, deletes).await,
        0,
        "cascades only on helper rows"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_pooled_connection_used_for_two_tenants_in_turn_leaks_nothing() {
    let inventory = with_a_release().await;
    let other = inventory
        .provisioner
        .create_tenant(&"other".parse().unwrap(), "Other", false)
        .await
        .unwrap();
    let mut db = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    for tenant in [
        Some(inventory.tenant),
        Some(other),
        None,
        Some(inventory.tenant),
    ] {
        let mut tx = db.begin().await.unwrap();
        if let Some(tenant) = tenant {
            sqlx::raw_sql(AssertSqlSafe(format!("SET LOCAL app.tenant = '{tenant}'")))
                .execute(&mut *tx)
                .await
                .unwrap();
        }
        let mut seen = 0;
        for table in &tables {
            let strangers: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
                "SELECT count(*) FROM {table} WHERE tenant_id IS DISTINCT FROM $1"
            )))
            .bind(tenant.map(|tenant| tenant.0))
            .fetch_one(&mut *tx)
            .await
            .unwrap();
            assert_eq!(strangers, 0, "{table} as {tenant:?}");
            let all: i64 =
                sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
                    .fetch_one(&mut *tx)
                    .await
                    .unwrap();
            seen += all;
        }
        assert_eq!(seen > 0, tenant.is_some());
        tx.commit().await.unwrap();
    }
    // Nor can it write for another tenant.
    let mut db = service(&inventory).await;
    let sql =
        format!("INSERT INTO blob (tenant_id, sha256, size) VALUES ('{other}', sha256('x'), 1)");
    assert_eq!(refused(&mut db, &sql).await.as_deref(), Some("42501"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_acts_as_its_role_on_every_connection() {
    let inventory = with_a_release().await;
    let mine = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dramatis-inventory'
                AND usename = 'dramatis_service'";
    assert!(count(&inventory, mine).await > 0);
    let app = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'dramatis_service'";
    let mighty: bool = sqlx::query_scalar(app)
        .fetch_one(&inventory.admin)
        .await
        .unwrap();
    assert!(!mighty);
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_again_changes_nothing() {
    let inventory = with_a_release().await;
    dramatis_inventory::migrate(inventory.admin_url())
        .await
        .unwrap();
    assert_eq!(count(&inventory, "SELECT count(*) FROM release").await, 1);
    assert_eq!(get(&client(), &inventory, "/ready").await.status, 200);
}

/// A command of an operator against a URL: whether it went well, what it said
/// on either side.
async fn command(url: &str, arguments: &[&str]) -> (bool, String, String) {
    let out = tokio::process::Command::new(binary())
        .args(arguments)
        .env("INVENTORY_DATABASE_URL", url)
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (out.status.success(), text(out.stdout), text(out.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_says_how_many_it_made_and_that_the_schema_is_up_to_date() {
    let inventory = Inventory::without_service().await;
    let known = MIGRATIONS.iter().count();
    let newest = MIGRATIONS.iter().map(|one| one.version).max();
    let empty = format!("migrated_{}", uuid::Uuid::now_v7().simple());
    sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {empty}")))
        .execute(&inventory.admin)
        .await
        .unwrap();
    let url = url::Url::parse(inventory.admin_url()).unwrap();
    let mut url = url;
    url.set_path(&empty);
    for applied in [known, 0] {
        let (done, said, log) = command(url.as_str(), &["migrate"]).await;
        assert!(done, "{log}");
        let said: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["migrations_applied"], applied);
        assert_eq!(said["schema"], "up to date");
        assert_eq!(said["version"].as_i64(), newest);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_let_in_hears_what_happened_what_is_safe_and_what_to_do() {
    let inventory = Inventory::without_service().await;
    let mut nobody = url::Url::parse(inventory.admin_url()).unwrap();
    nobody.set_path("nobody");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("postgres://ana@{}/inventory", port.local_addr().unwrap());
    drop(port);
    for (url, happened, cause) in [
        (closed.as_str(), "cannot be reached", "refused"),
        (nobody.as_str(), "no such database", "does not exist"),
        ("postgres://ana@host:port/x", "cannot be read", "port"),
    ] {
        let (done, _, said) = command(url, &["migrate"]).await;
        assert!(!done, "{said}");
        for part in [happened, "was changed", "URL"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        // The cause comes last, and alone.
        let (_, last) = said.trim_end().split_once(" (").unwrap();
        assert!(last.contains(cause) && last.ends_with(')'), "{said}");
        for noise in [
            "at line",
            "while executing",
            "error returned",
            "error communicating",
        ] {
            assert!(!said.contains(noise), "{noise}: {said}");
        }
    }
    // A command over a pool says the same.
    let (done, _, said) = command(nobody.as_str(), &["tenant", "list"]).await;
    assert!(!done && said.contains("no such database"), "{said}");
    assert!(!said.contains("at line"), "{said}");
}
