//! What each role may do to each table, tried one by one against the matrix
//! below. Tables are read from the catalog: a new one fails here until it is
//! said who may do what to it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_inventory::testing::Inventory;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use std::collections::BTreeMap;
use support::*;

const ROLES: [&str; 5] = ["service", "worker", "auditor", "backup", "eraser"];

/// Table | service | worker | auditor | backup | eraser. S select, I insert, U update (every column, or those named), D delete,
/// T truncate. The owner, whom nobody signs in as, is tried below.
const MATRIX: &str = "
_sqlx_migrations | S | S | S | S | S
account | SI |  | S | S | SU(name)
account_rate | SIU(requests limited)D |  | S | S |
api_token | SIU(revoked_at) |  | S | S | SU(label revoked_at)
api_token_refusal | SIU(refused_at) |  | S | S |
api_token_use | SIU(last_used_at) |  | S | S | SD
approval | SI |  | S | S |
approval_policy | SI |  | S | S |
approval_stage | SI |  | S | S |
blob | SI | SD | S | S | SU(erased)
channel | S |  | S | S |
channel_move | SI |  | S | S |
content | SI |  | S | S | SU(bytes)
current_state | S |  | S | S | S
erasure | S |  | S | S | SI
erasure_order | S |  | S | S | SI
event | SI |  | S | S | SI
feed | S | SIU(last_number fence holder held_until) | S | S |
idempotency_key | SI |  | S | S | S
inventory_identity | S | S | S | S |
item | SIU(release_count last_event_seq last_event_hash last_event_at) |  | S | S | S
item_co_owner | S |  | S | S |
item_kind | S | S | S | S |
item_ownership | SI |  | S | S |
legal_hold | SIU(released_at release_event_id) | S | S | S | S
lifecycle_edge | S | S | S | S |
listing | S |  | S | S |
membership | SID |  | S | S | S
outbox | SI | SU(attempts next_attempt_at delivered_at feed_number feed_fence) | S | S |
personal_field | SI |  | S | S | SD
reason_code | S | S | S | S |
receipt | SI |  | S | S | SU(body row_format row_sha256)
release | SI |  | S | S | SU(name)
release_asset | SI | S | S | S | S
release_face | SI |  | S | S | SU(name about vertical tags)
release_fork | SI |  | S | S |
release_pin | SI |  | S | S |
release_target | SI |  | S | S |
release_transition | SI |  | S | S |
retention_policy | SIU(days) | S | S | S | S
rule_set | SI | S | S | S |
submission | SI |  | S | S |
tenant | S | S | S | S | S
tenant_stream | SIU(last_event_seq last_event_hash last_event_at) |  | S | S | SIU(last_event_seq last_event_hash last_event_at)
webhook | SIU(disabled_at disabled_because) | SU(fanned_out_to) | S | S |
webhook_delivery | SU(attempts next_attempt_at dead_at) | SIU(attempts next_attempt_at delivered_at dead_at last_status last_error fence holder held_until)D | S | S |
webhook_secret | IU(ends_at) | S |  | S |
";

fn expected() -> BTreeMap<String, Vec<String>> {
    MATRIX
        .lines()
        .filter(|line| line.contains('|'))
        .map(|line| {
            let mut cells = line.split('|').map(|cell| cell.trim().to_owned());
            (cells.next().unwrap(), cells.collect())
        })
        .collect()
}

/// Tries a statement that would change nothing; whether the role has the right.
async fn may(db: &mut PgConnection, sql: &str) -> bool {
    let mut tx = db.begin().await.unwrap();
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut *tx)
        .await;
    tx.rollback().await.unwrap();
    match done {
        Ok(_) => true,
        Err(fault) => !fault
            .as_database_error()
            .unwrap_or_else(|| panic!("{sql}: {fault}"))
            .message()
            .starts_with("permission denied"),
    }
}

async fn rights(db: &mut PgConnection, table: &str, columns: &[String]) -> String {
    let mut all = String::new();
    if may(db, &format!("SELECT * FROM {table} LIMIT 0")).await {
        all.push('S');
    }
    if may(db, &format!("INSERT INTO {table} DEFAULT VALUES")).await {
        all.push('I');
    }
    let mut some = Vec::new();
    for column in columns {
        if may(db, &format!("UPDATE {table} SET {column} = DEFAULT")).await {
            some.push(column.as_str());
        }
    }
    if some.len() == columns.len() {
        all.push('U');
    } else if !some.is_empty() {
        all.push_str(&format!("U({})", some.join(" ")));
    }
    if may(db, &format!("DELETE FROM {table} WHERE false")).await {
        all.push('D');
    }
    if may(db, &format!("TRUNCATE {table}")).await {
        all.push('T');
    }
    all
}

async fn tables(inventory: &Inventory) -> Vec<(String, Vec<String>)> {
    sqlx::query(
        "SELECT c.relname::text, array_agg(quote_ident(a.attname) ORDER BY a.attnum)
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attgenerated = ''
         GROUP BY c.relname ORDER BY 1",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap()
    .into_iter()
    .map(|row| (row.get(0), row.get(1)))
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_may_do_to_each_table_what_the_matrix_says_and_nothing_else() {
    let inventory = Inventory::without_service().await;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let tables = tables(&inventory).await;
    for role in ROLES {
        let url =
            inventory
                .service_url()
                .replacen("dramatis_service", &format!("dramatis_{role}"), 1);
        let mut db = PgConnection::connect(&url).await.unwrap();
        let set = format!("SET app.tenant = '{}'", inventory.tenant);
        sqlx::raw_sql(AssertSqlSafe(set))
            .execute(&mut db)
            .await
            .unwrap();
        for (table, columns) in &tables {
            let may = rights(&mut db, table, columns).await;
            found.entry(table.clone()).or_default().push(may);
        }
    }
    let expected = expected();
    let lines: Vec<String> = found
        .iter()
        .filter(|(table, rights)| expected.get(*table) != Some(*rights))
        .map(|(table, rights)| format!("{table} | {}", rights.join(" | ")))
        .collect();
    assert!(
        lines.is_empty(),
        "service | worker | auditor | backup | eraser differ from the matrix, or are not in it:\n{}",
        lines.join("\n")
    );
    let gone: Vec<_> = expected
        .keys()
        .filter(|table| !found.contains_key(*table))
        .collect();
    assert!(gone.is_empty(), "in the matrix, but no table: {gone:?}");
}

/// It owns the tables: what keeps it from them is row-level security under
/// FORCE, and the triggers.
#[tokio::test(flavor = "multi_thread")]
async fn the_owner_signs_in_nowhere_and_sees_and_empties_no_tenants_table() {
    /// What triggers and `listing_found` read as the owner: of the tenant at
    /// hand, or without its condition in one function (0030).
    const SEEN: &[&str] = &["listing"];
    let inventory = Inventory::start().await;
    let request = publish(item(), "mirelle", None, "a");
    let sent = publishing(&client(), &inventory.url, &inventory.token, key(), &request);
    assert_eq!(send(sent).await.unwrap().status, 201);
    let login: bool =
        sqlx::query_scalar("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'dramatis_owner'")
            .fetch_one(&inventory.admin)
            .await
            .unwrap();
    assert!(!login);
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    sqlx::raw_sql("SET ROLE dramatis_owner")
        .execute(&mut db)
        .await
        .unwrap();
    let mut tried = 0;
    for (table, columns) in tables(&inventory).await {
        if !columns.iter().any(|column| column == "tenant_id") || SEEN.contains(&table.as_str()) {
            continue;
        }
        tried += 1;
        let count = format!("SELECT count(*) FROM {table}");
        let seen: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(&mut db)
            .await
            .unwrap();
        assert_eq!(seen, 0, "{table}");
        for sql in [
            format!("UPDATE {table} SET tenant_id = tenant_id"),
            format!("DELETE FROM {table}"),
        ] {
            let done = sqlx::raw_sql(AssertSqlSafe(sql.clone()))
                .execute(&mut db)
                .await
                .unwrap_or_else(|fault| panic!("{sql}: {fault}"));
            assert_eq!(done.rows_affected(), 0, "{sql}");
        }
    }
    assert!(tried > 20, "only {tried} tables");
}

/// The eraser deletes texts by an order only, and changes nothing that is
/// append-only into anything but what an erasure leaves.
#[tokio::test(flavor = "multi_thread")]
async fn the_eraser_takes_nothing_without_an_order() {
    let inventory = Inventory::start().await;
    let request = publish(item(), "mirelle", None, "a");
    let sent = publishing(&client(), &inventory.url, &inventory.token, key(), &request);
    assert_eq!(send(sent).await.unwrap().status, 201);
    let mut db = PgConnection::connect(&inventory.eraser_url())
        .await
        .unwrap();
    let set = format!("SET app.tenant = '{}'", inventory.tenant);
    sqlx::raw_sql(AssertSqlSafe(set))
        .execute(&mut db)
        .await
        .unwrap();
    for (sql, constraint) in [
        (
            "DELETE FROM personal_field",
            "personal_field_goes_by_erasure",
        ),
        ("UPDATE content SET bytes = NULL", "content_is_append_only"),
        (
            "UPDATE release SET name = 'erased'",
            "release_is_append_only",
        ),
        (
            "UPDATE release_face SET name = 'erased', about = '', tags = '{}', vertical = NULL",
            "release_face_is_append_only",
        ),
        ("UPDATE receipt SET body = '{}'", "receipt_is_append_only"),
    ] {
        let fault = sqlx::raw_sql(sql).execute(&mut db).await.unwrap_err();
        let fault = fault.as_database_error().unwrap();
        assert_eq!(fault.constraint(), Some(constraint), "{sql}: {fault}");
    }
}
