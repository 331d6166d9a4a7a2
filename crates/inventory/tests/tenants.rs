//! Tenants never meet: every endpoint and every table is tried with what
//! belongs to another tenant. The endpoints are read from the description of
//! the API and the tables from the catalog, so that a new one is tried by
//! itself, or fails here until it is said what another tenant's one is.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use dramatis_domain::{
    Digest, ItemKind, Manifest, TenantId,
    manifest::{Origin, SCHEMA_2},
};
use dramatis_inventory::{Allowed, SealingKey, testing::Inventory};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};
use support::*;
use uuid::Uuid;

const SECRET: &str = "what only the other tenant may read";

/// The other tenant, with a row in every table a service writes.
struct Other {
    tenant: TenantId,
    picture: Vec<u8>,
    manifest: Manifest,
    digest: Digest,
    key: Uuid,
}

async fn other(inventory: &Inventory) -> Other {
    let operator = &inventory.provisioner;
    let tenant = operator
        .create_tenant(&"other".parse().unwrap(), "Other", false)
        .await
        .unwrap();
    let account = operator
        .create_creator(tenant, &"berta".parse().unwrap(), "Berta", &[])
        .await
        .unwrap();
    let scopes = ["read".to_owned(), "write".to_owned()];
    let (_, token) = operator
        .create_token(tenant, account, "other", &scopes, None)
        .await
        .unwrap();
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
    let answer = send(publishing(
        &client(),
        &inventory.url,
        token.reveal(),
        key,
        &request,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    let key_file = tempfile::tempdir().unwrap();
    let key_file = key_file.path().join("key");
    SealingKey::make(&key_file).unwrap();
    let sealing = SealingKey::read(&key_file).unwrap();
    operator
        .add_webhook(
            tenant,
            // By number, so that nothing is looked up; nothing is sent either.
            "https://1.1.1.1/",
            &[],
            &sealing,
            Allowed::default(),
        )
        .await
        .unwrap();
    // What refers to it: a pack, and a fork.
    let pack = publish_kind(ItemKind::Pack, item(), "pack", None, pack("x", &[&request]));
    let plain = publish(item(), "fork", None, "x");
    let begun = Manifest {
        schema: SCHEMA_2.into(),
        forked_from: Some(Origin {
            manifest: manifest_hash(&request),
            release: Some(manifest.release),
        }),
        ..manifest_of(&plain)
    };
    for request in [&pack, &with_manifest(&begun, "fork", plain.card.clone())] {
        let (url, token) = (&inventory.url, token.reveal());
        let answer = send(publishing(&client(), url, token, support::key(), request))
            .await
            .unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    Other {
        tenant,
        picture,
        digest: manifest_hash(&request),
        manifest,
        key: key.0,
    }
}

/// One thing of each kind that requests name.
struct Names {
    item: Uuid,
    release: Uuid,
    picture: Vec<u8>,
    key: Uuid,
    creator: &'static str,
    slug: &'static str,
    parent: Digest,
}

impl Names {
    fn of(other: &Other) -> Self {
        Self {
            item: other.manifest.item.0,
            release: other.manifest.release.0,
            picture: other.picture.clone(),
            key: other.key,
            creator: "berta",
            slug: "hidden",
            parent: other.digest,
        }
    }

    fn of_nobody() -> Self {
        Self {
            item: Uuid::now_v7(),
            release: Uuid::now_v7(),
            picture: png("of nobody"),
            key: Uuid::new_v4(),
            creator: "nobody",
            slug: "nothing",
            parent: Digest::of(b"nothing"),
        }
    }

    /// The value of a parameter; every form an endpoint takes is one of several.
    fn values(&self, parameter: &str) -> Vec<String> {
        match parameter {
            "item" => vec![self.item.to_string()],
            "release" => vec![self.release.to_string(), self.parent.to_string()],
            "sha256" => vec![Digest::of(&self.picture).hex()],
            "key" => vec![self.key.to_string()],
            "creator" => vec![self.creator.to_owned()],
            "slug" => vec![self.slug.to_owned()],
            "channel" => vec!["stable".to_owned()],
            "number" => vec!["1".to_owned()],
            // Rule sets are everybody's.
            "hash" => vec![Digest::of(b"no rule set").to_string()],
            new => panic!("what is another tenant's {new:?}?"),
        }
    }

    fn body(&self, path: &str) -> Value {
        match path {
            "/v1/releases" => {
                let request = publish(
                    dramatis_domain::ItemId(self.item),
                    "mine",
                    Some(self.parent),
                    "x",
                );
                serde_json::to_value(request).unwrap()
            }
            "/v1/releases/{release}/steps" => json!({
                "from": "published", "to": "archived", "device": device(),
            }),
            "/v1/items/{item}/channels/{channel}" => {
                json!({ "release": self.release, "device": device() })
            }
            "/v1/items/{item}/owners" => json!({
                "change": "remove", "account": self.creator, "device": device(),
            }),
            "/v1/releases/{release}/decisions" => json!({
                "decision": "approved", "stage": 1, "manifest_sha256": self.parent, "device": device(),
            }),
            "/v1/resolve" => json!({ "addresses": [
                format!("{}/{}@stable", self.creator, self.slug),
                format!("{}/{}#1", self.creator, self.slug),
                self.parent,
                self.release,
            ] }),
            "/v1/receipts/{key}/cancel" => Value::Null,
            new => panic!("what does a request to {new} say about another tenant?"),
        }
    }
}

/// Every answer to every endpoint, named that way: status, code, text.
async fn answers(inventory: &Inventory, names: &Names) -> Vec<(String, u16, String, String)> {
    let document =
        serde_json::from_str::<Value>(&dramatis_inventory::openapi_document().unwrap()).unwrap();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let mut urls = vec![path.clone()];
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().unwrap();
                let put: Vec<(String, String)> = match parameter["in"].as_str().unwrap() {
                    "path" if path.contains(&format!("{{{name}}}")) => names
                        .values(name)
                        .into_iter()
                        .map(|value| (format!("{{{name}}}"), value))
                        .collect(),
                    "query" if name == "creator" => {
                        urls.push(format!("{path}?creator={}", names.creator));
                        continue;
                    }
                    _ => continue,
                };
                urls = urls
                    .iter()
                    .flat_map(|url| {
                        put.iter()
                            .map(move |(hole, value)| url.replace(hole.as_str(), value))
                    })
                    .collect();
            }
            for (form, url) in urls.into_iter().enumerate() {
                let url = format!("{}{url}", inventory.url);
                let asking = match method.as_str() {
                    "get" => client().get(url),
                    "put" => client().put(url).body(names.picture.clone()),
                    "post" => {
                        let body = names.body(path);
                        let asking = client()
                            .post(url)
                            .header("Idempotency-Key", format!("\"{}\"", Uuid::new_v4()));
                        if body.is_null() {
                            asking
                        } else {
                            asking.json(&body)
                        }
                    }
                    new => panic!("how is {new} {path} tried?"),
                };
                let answer = send(asking.bearer_auth(&inventory.token)).await.unwrap();
                let code = serde_json::from_str::<Value>(&answer.body)
                    .map(|body| body["code"].as_str().unwrap_or_default().to_owned())
                    .unwrap_or_default();
                all.push((
                    format!("{method} {path} ({form})"),
                    answer.status,
                    code,
                    answer.body,
                ));
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn no_endpoint_tells_another_tenants_things_from_things_that_are_not_there() {
    let inventory = Inventory::start().await;
    let other = other(&inventory).await;
    let theirs = answers(&inventory, &Names::of(&other)).await;
    let nobodys = answers(&inventory, &Names::of_nobody()).await;
    assert!(theirs.len() > 15, "only {} requests", theirs.len());
    for (their, nobody) in theirs.iter().zip(&nobodys) {
        assert_eq!(their.0, nobody.0);
        assert_eq!(
            (their.1, &their.2),
            (nobody.1, &nobody.2),
            "{}: {} / {}",
            their.0,
            their.3,
            nobody.3
        );
        assert!(
            !their.3.contains(SECRET) && !their.3.contains("Berta"),
            "{}: {}",
            their.0,
            their.3
        );
        let named = ["{item}", "{release}", "{slug}"]
            .iter()
            .any(|hole| their.0.contains(hole));
        assert!(
            !named || matches!(their.1, 400 | 403 | 404),
            "{}: {} {}",
            their.0,
            their.1,
            their.3
        );
    }
}

/// The queries' own `tenant_id = $1` is left out here: what is left is what the
/// database keeps.
#[tokio::test(flavor = "multi_thread")]
async fn no_table_takes_changes_or_gives_a_row_of_another_tenant_without_any_predicate() {
    let inventory = Inventory::start().await;
    let other = other(&inventory).await;
    let tables = sqlx::query(
        "SELECT c.relname::text,
                string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns,
                has_table_privilege('dramatis_service', c.oid, 'INSERT') AS inserts,
                has_table_privilege('dramatis_service', c.oid, 'DELETE') AS deletes,
                min(quote_ident(a.attname)) FILTER (WHERE has_column_privilege('dramatis_service', c.oid, a.attnum, 'UPDATE')) AS updates,
                has_table_privilege('dramatis_service', c.oid, 'SELECT') AS reads
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
         GROUP BY c.oid, c.relname
         HAVING bool_or(a.attname = 'tenant_id') ORDER BY 1",
    )
    .fetch_all(&inventory.admin)
    .await
    .unwrap();
    assert!(tables.len() > 15);
    let mut db = PgConnection::connect(inventory.service_url())
        .await
        .unwrap();
    let role: String = sqlx::query_scalar("SELECT current_user::text")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert_eq!(role, "dramatis_service");
    let mut refused = 0;
    for row in tables {
        let (table, columns): (String, String) = (row.get(0), row.get(1));
        let theirs: Option<String> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT to_jsonb(t)::text FROM {table} t WHERE tenant_id = $1 LIMIT 1"
        )))
        .bind(other.tenant.0)
        .fetch_optional(&inventory.admin)
        .await
        .unwrap();
        let mut tx = db.begin().await.unwrap();
        run(
            &mut tx,
            format!("SET LOCAL app.tenant = '{}'", inventory.tenant),
        )
        .await
        .unwrap();
        if row.get::<bool, _>("reads") {
            let all: i64 =
                sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")))
                    .fetch_one(&mut *tx)
                    .await
                    .unwrap();
            let mine: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
                "SELECT count(*) FROM {table} WHERE tenant_id = $1"
            )))
            .bind(inventory.tenant.0)
            .fetch_one(&inventory.admin)
            .await
            .unwrap();
            assert_eq!(all, mine, "{table} shows rows that are not this tenant's");
        }
        if let Some(column) = row.get::<Option<String>, _>("updates") {
            let sql = format!(
                "UPDATE {table} SET {column} = {column} WHERE tenant_id = '{}'",
                other.tenant
            );
            assert_eq!(run(&mut tx, sql).await.unwrap(), 0, "{table}");
        }
        if row.get::<bool, _>("deletes") {
            let sql = format!("DELETE FROM {table} WHERE tenant_id = '{}'", other.tenant);
            assert_eq!(run(&mut tx, sql).await.unwrap(), 0, "{table}");
        }
        if let (true, Some(theirs)) = (row.get::<bool, _>("inserts"), theirs) {
            let fault = sqlx::query(AssertSqlSafe(format!(
                "INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)"
            )))
            .bind(theirs)
            .execute(&mut *tx)
            .await
            .expect_err(&table);
            let said = fault.as_database_error().unwrap();
            assert_eq!(said.code().as_deref(), Some("42501"), "{table}: {said}");
            assert!(
                said.message().contains("row-level security"),
                "{table}: {said}"
            );
            refused += 1;
        }
        tx.rollback().await.unwrap();
    }
    assert!(refused >= 12, "only {refused} tables were tried");
}

async fn run(db: &mut PgConnection, sql: String) -> Result<u64, sqlx::Error> {
    Ok(sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(db)
        .await?
        .rows_affected())
}
