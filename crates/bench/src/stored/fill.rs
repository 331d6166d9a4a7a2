//! Filling the tables past the service, in bulk: no trigger, no foreign key,
//! no sync, and indexes made afterwards.

use super::words;
use crate::{fault::Fault, ground::Ground, publish::lane::Common, publish::lane::Items};
use dramatis_domain::{Digest, ItemId, ItemKind, Manifest, ReleaseId, manifest::SCHEMA};
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};
use std::time::SystemTime;
use uuid::Uuid;

/// Who owns the items.
const CREATORS: u32 = 1000;
/// While it lasts: durable is only what is there at the end.
const FAST: [(&str, &str); 4] = [
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    ("checkpoint_timeout", "1h"),
];
const SESSION: &str =
    "SET session_replication_role = replica; SET synchronous_commit = off; SET jit = off;
    SET synchronize_seqscans = off; SET work_mem = '64MB'; SET maintenance_work_mem = '256MB'";

/// Fills `count` places with a published character each, but for those of
/// `lanes`, which are published to through the service.
pub(super) async fn fill(
    ground: &Ground,
    common: &Common,
    items: &Items,
    count: u32,
    lanes: &[u32],
) -> Result<(), Fault> {
    let pool = PgPoolOptions::new()
        .max_connections(3)
        .after_connect(|connection, _| {
            Box::pin(async move {
                sqlx::raw_sql(SESSION).execute(connection).await?;
                Ok(())
            })
        })
        .connect_with((*ground.admin.connect_options()).clone())
        .await?;
    for (name, value) in FAST {
        run(&pool, format!("ALTER SYSTEM SET {name} = '{value}'")).await?;
    }
    reload(&pool).await?;
    let filled = Box::pin(with(&pool, ground, common, items, count, lanes)).await;
    for (name, _) in FAST {
        run(&pool, format!("ALTER SYSTEM RESET {name}")).await?;
    }
    reload(&pool).await?;
    filled?;
    run(&pool, "CHECKPOINT".into()).await?;
    pool.close().await;
    // What was written without a sync would else be written while it is measured.
    tokio::task::spawn_blocking(nix::unistd::sync)
        .await
        .map_err(Fault::made)?;
    Ok(())
}

async fn with(
    pool: &PgPool,
    ground: &Ground,
    common: &Common,
    items: &Items,
    count: u32,
    lanes: &[u32],
) -> Result<(), Fault> {
    let tenant = ground.tenant;
    let creators: Vec<Uuid> = (0..CREATORS).map(|_| Uuid::now_v7()).collect();
    sqlx::query(
        "INSERT INTO account (tenant_id, id, kind, handle, name, name_sha256)
         SELECT $1, id, 'person', 'creator-' || n - 1, 'Creator ' || n - 1, sha256(uuid_send(id))
         FROM unnest($2::uuid[]) WITH ORDINALITY AS c (id, n)",
    )
    .bind(tenant.0)
    .bind(&creators)
    .execute(pool)
    .await?;
    run(
        pool,
        "CREATE UNLOGGED TABLE filling_phrase (id integer PRIMARY KEY, words text)".into(),
    )
    .await?;
    sqlx::query(
        "INSERT INTO filling_phrase SELECT n - 1, words FROM unnest($1::text[]) WITH ORDINALITY AS p (words, n)",
    )
    .bind(words::phrases())
    .execute(pool)
    .await?;
    run(pool, "ANALYZE filling_phrase".into()).await?;

    let hex = |bytes: &[u8]| format!("\\x{}", hex::encode(bytes));
    let until_ms = SystemTime::UNIX_EPOCH
        .elapsed()
        .map_err(Fault::made)?
        .as_millis();
    let filled_in = |text: &str| {
        text.replace("{creators}", &quoted(&creators, "uuid"))
            .replace("{creator_count}", &CREATORS.to_string())
            .replace("{count}", &count.to_string())
            .replace("{lanes}", &quoted(lanes, "int"))
            .replace(
                "{phrase_mask}",
                &(words::WORDS / words::PHRASE - 1).to_string(),
            )
            .replace("{tag_count}", &words::TAGS.to_string())
            .replace("{items}", &items.prefix())
            .replace("{until_ms}", &until_ms.to_string())
            .replace("{tenant}", &tenant.to_string())
            .replace("{rule_set}", &hex(common.rule_set.as_bytes()))
            .replace("{portrait}", &hex(common.portrait.sha256.as_bytes()))
    };
    let text = filled_in(include_str!("filling.sql"))
        .replace("{card}", CARD)
        .replace("{manifest}", &manifest(common)?);
    run(pool, text).await?;

    let indexes: Vec<(String, String)> = sqlx::query_as(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
         FROM pg_index i
         JOIN pg_class c ON c.oid = i.indrelid
         WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'filling%'
           AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
         ORDER BY pg_get_indexdef(i.indexrelid) LIKE '%USING gin%' DESC",
    )
    .fetch_all(pool)
    .await?;
    for (name, _) in &indexes {
        run(pool, format!("DROP INDEX {name}")).await?;
    }
    let tables = filled_in(include_str!("tables.sql"));
    let parts = tables.split("-- PART").map(str::to_owned).collect();
    at_once(pool, parts).await?;
    run(pool, "DROP TABLE filling, filling_phrase".into()).await?;
    let definitions = indexes.into_iter().map(|(_, definition)| definition);
    at_once(pool, definitions.collect()).await?;
    run(pool, "VACUUM (ANALYZE)".into()).await
}

/// As many at once as there are connections.
async fn at_once(pool: &PgPool, statements: Vec<String>) -> Result<(), Fault> {
    let running = statements.into_iter().map(|statement| run(pool, statement));
    futures::future::try_join_all(running).await?;
    Ok(())
}

/// The text is ours, filled in with what we made.
async fn run(pool: &PgPool, statement: String) -> Result<(), Fault> {
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(pool)
        .await?;
    Ok(())
}

async fn reload(pool: &PgPool) -> Result<(), Fault> {
    run(pool, "SELECT pg_reload_conf()".into()).await
}

fn quoted<T: ToString>(values: &[T], of: &str) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("'{{{}}}'::{of}[]", values.join(","))
}

/// A lean card, as `format` takes it: name, description, two tags, its place.
const CARD: &str = r#"{"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"%1$s","description":"%2$s","personality":"","scenario":"","first_mes":"Hello, %5$s.","mes_example":"","creator_notes":"","system_prompt":"","post_history_instructions":"","alternate_greetings":[],"tags":["%3$s","%4$s"],"creator":"","character_version":"1","extensions":{}}}"#;

/// A manifest, as `format` takes it: item, release, card and notes.
fn manifest(common: &Common) -> Result<String, Fault> {
    let (item, release) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let (card, notes) = (Digest::of(b"card"), Digest::of(b"notes"));
    let manifest = Manifest {
        schema: SCHEMA.into(),
        kind: ItemKind::Character,
        item: ItemId(item),
        release: ReleaseId(release),
        parent: None,
        card,
        assets: vec![common.portrait.clone()],
        targets: vec![],
        licence: Some("CC-BY-4.0".into()),
        notes: Some(notes),
        rule_set: common.rule_set,
        forked_from: None,
    };
    let text =
        String::from_utf8(manifest.canonical_bytes().map_err(Fault::made)?).map_err(Fault::made)?;
    Ok(text
        .replace(&item.to_string(), "%1$s")
        .replace(&release.to_string(), "%2$s")
        .replace(&card.hex(), "%3$s")
        .replace(&notes.hex(), "%4$s"))
}
