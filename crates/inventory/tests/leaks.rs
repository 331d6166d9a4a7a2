//! Row-level security alone keeps tenants apart: the service's own queries are
//! run with their tenant predicate taken out, and the functions that run as
//! somebody else are called by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{Digest, Manifest, TenantId};
use dramatis_inventory::testing::Inventory;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use std::path::Path;
use support::*;
use uuid::Uuid;

const SECRET: &str = "what only the other tenant may read";

/// The other tenant's things, by which its rows are told.
struct Other {
    tenant: TenantId,
    uuids: Vec<Uuid>,
    hashes: Vec<Digest>,
    words: Vec<&'static str>,
}

impl Other {
    /// Whether a text shows anything of it.
    fn shows(&self, text: &str) -> bool {
        self.uuids.iter().any(|id| text.contains(&id.to_string()))
            || self.hashes.iter().any(|hash| text.contains(&hash.hex()))
            || text.contains(SECRET)
            || text.contains("Berta")
    }
}

async fn other(inventory: &Inventory) -> Other {
    let operator = &inventory.provisioner;
    let slug = "other".parse().unwrap();
    let tenant = operator.create_tenant(&slug, "Other", false).await.unwrap();
    let handle = "berta".parse().unwrap();
    let account = operator.create_creator(tenant, &handle, "Berta", &[]).await;
    let account = account.unwrap();
    let scopes = ["read".to_owned(), "write".to_owned()];
    let token = operator.create_token(tenant, account, "theirs", &scopes, None);
    let (token_id, token) = token.await.unwrap();
    let picture = png("of the other tenant");
    let put = client()
        .put(format!(
            "{}/v1/blobs/{}",
            inventory.url,
            Digest::of(&picture).hex()
        ))
        .bearer_auth(token.reveal())
        .body(picture.clone());
    assert_eq!(send(put).await.unwrap().status, 201);
    let plain = publish_with_portrait("hidden", &picture);
    let mut manifest = Manifest::parse_canonical(plain.manifest.as_bytes()).unwrap();
    let card = card(SECRET);
    manifest.card = Digest::of(card.as_bytes());
    let request = with_manifest(&manifest, "hidden", card);
    let key = key();
    let sent = publishing(&client(), &inventory.url, token.reveal(), key, &request);
    assert_eq!(send(sent).await.unwrap().status, 201);
    Other {
        tenant,
        uuids: vec![
            tenant.0,
            manifest.item.0,
            manifest.release.0,
            account.0,
            token_id,
            key.0,
        ],
        hashes: vec![manifest_hash(&request), manifest.card, Digest::of(&picture)],
        words: vec!["hidden", "berta", "stable", "character", "published"],
    }
}

/// Every committed query of the inventory: text and types of parameters.
fn queries() -> Vec<(String, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.sqlx");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let query: Value = serde_json::from_str(&text).unwrap();
        if query["db_name"] != "PostgreSQL" {
            continue;
        }
        let types = query["describe"]["parameters"]["Left"].as_array();
        let types = types.into_iter().flatten();
        all.push((
            query["query"].as_str().unwrap().to_owned(),
            types
                .map(|kind| kind.as_str().unwrap_or_default().to_owned())
                .collect(),
        ));
    }
    all.sort();
    all
}

/// The query without its tenant predicate; none where it has no such thing.
/// One that names its tenant itself, for it is a transaction of its own, keeps
/// to the tenant at hand.
fn unguarded(query: &str) -> Option<String> {
    let query = query.replace("($1::uuid)::text", "current_setting('app.tenant')");
    let mut rest = query.as_str();
    let mut out = String::new();
    let mut found = false;
    while let Some(at) = rest.find("tenant_id = $") {
        let (before, after) = rest.split_at(at);
        // `alias.tenant_id`
        let head =
            before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        let digits = after["tenant_id = $".len()..]
            .find(|c: char| !c.is_ascii_digit())
            .map_or(after.len(), |end| "tenant_id = $".len() + end);
        out.push_str(head);
        out.push_str("true");
        rest = &after[digits..];
        found = true;
    }
    out.push_str(rest);
    found.then_some(out)
}

/// Postgres' name of a type, and a value of it that may find the other
/// tenant's rows; `turn` picks another one.
fn value(kind: &str, turn: usize, other: &Other) -> Option<(&'static str, String)> {
    let pick = |length: usize| turn % length;
    let uuid = other.uuids[pick(other.uuids.len())];
    let hash = other.hashes[pick(other.hashes.len())].hex();
    let word = other.words[pick(other.words.len())];
    Some(match kind {
        "Uuid" => ("uuid", format!("'{uuid}'")),
        "UuidArray" => ("uuid[]", format!("ARRAY['{uuid}']::uuid[]")),
        "Bytea" => ("bytea", format!("'\\x{hash}'")),
        "ByteaArray" => ("bytea[]", format!("ARRAY['\\x{hash}']::bytea[]")),
        "Text" => ("text", format!("'{word}'")),
        "TextArray" => ("text[]", format!("ARRAY['{word}']")),
        "Int2" => ("smallint", "1".into()),
        "Int4" => ("int", "1".into()),
        "Int8" => (
            "bigint",
            if turn.is_multiple_of(2) { "0" } else { "100" }.into(),
        ),
        "Float8" => ("float8", "0".into()),
        "Bool" => ("bool", "true".into()),
        "Timestamptz" => ("timestamptz", "NULL".into()),
        _ => return None,
    })
}

/// Every row the query answers, as text; none where it cannot be run so.
async fn answers(
    db: &mut PgConnection,
    query: &str,
    types: &[String],
    other: &Other,
) -> Option<String> {
    let mut said = String::new();
    let mut ran = false;
    for turn in 0..6 {
        let values: Option<Vec<_>> = types.iter().map(|kind| value(kind, turn, other)).collect();
        let values = values?;
        let declared: Vec<_> = values.iter().map(|(kind, _)| *kind).collect();
        let given: Vec<_> = values.iter().map(|(_, value)| value.as_str()).collect();
        let list = |all: Vec<&str>| {
            if all.is_empty() {
                String::new()
            } else {
                format!("({})", all.join(", "))
            }
        };
        let mut tx = db.begin().await.unwrap();
        let prepare = format!(
            "SET LOCAL enable_seqscan = on; PREPARE asked {} AS SELECT to_jsonb(q)::text FROM ({query}) q",
            list(declared)
        );
        let rows = async {
            sqlx::raw_sql(AssertSqlSafe(prepare))
                .execute(&mut *tx)
                .await?;
            let execute = format!("EXECUTE asked {}", list(given));
            sqlx::query(AssertSqlSafe(execute))
                .persistent(false)
                .fetch_all(&mut *tx)
                .await
        }
        .await;
        tx.rollback().await.unwrap();
        let _ = sqlx::raw_sql("DEALLOCATE ALL").execute(&mut *db).await;
        if let Ok(rows) = rows {
            ran = true;
            for row in rows {
                said.push_str(&row.get::<String, _>(0));
                said.push('\n');
            }
        }
    }
    ran.then_some(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_services_own_queries_without_their_tenant_predicate_show_nothing_of_another_tenant() {
    let inventory = Inventory::start().await;
    let other = other(&inventory).await;
    let here = format!("SET app.tenant = '{}'", inventory.tenant);
    let mut service = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    let mut admin = PgConnection::connect(inventory.admin_url()).await.unwrap();
    for db in [&mut service, &mut admin] {
        sqlx::raw_sql(AssertSqlSafe(here.clone()))
            .execute(db)
            .await
            .unwrap();
    }
    let (mut covered, mut telling, mut leaks) = (0, 0, Vec::new());
    for (query, types) in queries() {
        let Some(query) = unguarded(&query) else {
            continue;
        };
        // What one who is above row-level security sees of it.
        let all = answers(&mut admin, &query, &types, &other).await;
        if all.is_some_and(|all| other.shows(&all)) {
            telling += 1;
        }
        let Some(said) = answers(&mut service, &query, &types, &other).await else {
            continue;
        };
        covered += 1;
        if other.shows(&said) {
            leaks.push(format!("{query}\n  → {said}"));
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert!(covered >= 60, "only {covered} queries were run");
    assert!(
        telling >= 30,
        "only {telling} queries would have told anything"
    );
}

/// Functions that run as the owner: triggers, which nobody calls, and the one
/// that looks a page of the listing up.
#[tokio::test(flavor = "multi_thread")]
async fn no_function_that_runs_as_the_owner_tells_one_tenant_of_another() {
    let inventory = Inventory::start().await;
    let other = other(&inventory).await;
    let functions = sqlx::query(
        "SELECT p.proname::text, p.prorettype = 'trigger'::regtype, coalesce(array_to_string(p.proconfig, ','), ''),
                has_function_privilege('dramatis_service', p.oid, 'EXECUTE')
                OR has_function_privilege('dramatis_worker', p.oid, 'EXECUTE')
                OR has_function_privilege('dramatis_eraser', p.oid, 'EXECUTE')
         FROM pg_proc p WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace ORDER BY 1",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    assert!(functions.len() >= 4);
    let mut called = Vec::new();
    for row in &functions {
        let (name, trigger): (String, bool) = (row.get(0), row.get(1));
        let (settings, callable): (String, bool) = (row.get(2), row.get(3));
        assert!(
            settings.contains("search_path=pg_catalog, public"),
            "{name}: {settings}"
        );
        if !trigger && callable {
            called.push(name);
        }
    }
    assert_eq!(
        called,
        ["listing_found"],
        "say below what another tenant's one is"
    );

    let mut db = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    for tenant in [
        inventory.tenant.to_string(),
        String::new(),
        Uuid::nil().to_string(),
    ] {
        let set = format!("SET app.tenant = '{tenant}'");
        sqlx::raw_sql(AssertSqlSafe(set))
            .execute(&mut db)
            .await
            .unwrap();
        for filter in [
            "NULL, NULL, NULL, NULL, NULL, NULL, NULL",
            "NULL, NULL, NULL, 'mirelle or hidden or berta', NULL, NULL, NULL",
            &format!(
                "'{}', NULL, 'published', NULL, NULL, NULL, NULL",
                other.uuids[3]
            ),
            "NULL, NULL, NULL, 'x'' OR true --', NULL, NULL, NULL",
        ] {
            let sql = format!(
                "SELECT to_jsonb(l)::text FROM listing_found('character', {filter}, NULL, NULL, 100) l"
            );
            let rows = sqlx::query(AssertSqlSafe(sql))
                .fetch_all(&mut db)
                .await
                .unwrap();
            assert!(
                rows.is_empty(),
                "{filter}: {:?}",
                rows[0].get::<String, _>(0)
            );
        }
    }
    // In its own tenant it finds what is there.
    let set = format!("SET app.tenant = '{}'", other.tenant);
    sqlx::raw_sql(AssertSqlSafe(set))
        .execute(&mut db)
        .await
        .unwrap();
    let sql = "SELECT to_jsonb(l)::text FROM listing_found('character', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 100) l";
    let rows = sqlx::query(sql).fetch_all(&mut db).await.unwrap();
    assert_eq!(rows.len(), 1);
}
