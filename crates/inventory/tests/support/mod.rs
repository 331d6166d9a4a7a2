//! What the tests of this crate send and look at.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

pub mod load;

use dramatis_api::{
    audit::Device,
    headers,
    publish::{PublishRequest, SaltedText},
};
use dramatis_domain::{
    Digest, IdempotencyKey, ItemId, ItemKind, Manifest, ReleaseId,
    manifest::{Asset, SCHEMA},
    rules,
};
use dramatis_inventory::testing::Inventory;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::sync::LazyLock;
use uuid::Uuid;

/// One client for all: connections are reused, as in the studio.
pub fn client() -> Client {
    static INSTALLED: LazyLock<()> = LazyLock::new(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    LazyLock::force(&INSTALLED);
    Client::builder()
        .no_proxy()
        .timeout(std::time::Duration::from_secs(60))
        .build()
        .unwrap()
}

pub fn key() -> IdempotencyKey {
    IdempotencyKey(Uuid::new_v4())
}

pub fn item() -> ItemId {
    ItemId(Uuid::now_v7())
}

pub fn device() -> Device {
    Device {
        id: Uuid::from_u128(77),
        name: SaltedText {
            salt: "01".repeat(16),
            value: "studio-laptop".into(),
        },
    }
}

/// A card that fulfils every rule; `word` makes it differ.
pub fn card(word: &str) -> String {
    format!(
        r#"{{"spec":"chara_card_v2","spec_version":"2.0","data":{{"name":"Mirelle","description":"{word}","personality":"","scenario":"","first_mes":"Hello.","mes_example":"","creator_notes":"","system_prompt":"","post_history_instructions":"","alternate_greetings":[],"tags":[],"creator":"ana","character_version":"1","extensions":{{"n":123456789012345678901234567890}}}}}}"#
    )
}

/// A publish of `item` on `parent`, to channel `stable`.
pub fn publish(item: ItemId, slug: &str, parent: Option<Digest>, word: &str) -> PublishRequest {
    let card = card(word);
    let manifest = Manifest {
        schema: SCHEMA.into(),
        kind: ItemKind::Character,
        item,
        release: ReleaseId(Uuid::now_v7()),
        parent,
        card: Digest::of(card.as_bytes()),
        assets: vec![],
        targets: vec![],
        licence: None,
        notes: None,
        rule_set: rules::current(dramatis_domain::ItemKind::Character)
            .unwrap()
            .1,
        forked_from: None,
    };
    with_manifest(&manifest, slug, card)
}

/// A publish of a document that is no card.
pub fn publish_kind(
    kind: ItemKind,
    item: ItemId,
    slug: &str,
    parent: Option<Digest>,
    document: String,
) -> PublishRequest {
    let plain = publish(item, slug, parent, "x");
    let mut manifest = Manifest::parse_canonical(plain.manifest.as_bytes()).unwrap();
    manifest.kind = kind;
    manifest.card = Digest::of(document.as_bytes());
    manifest.rule_set = rules::current(kind).unwrap().1;
    with_manifest(&manifest, slug, document)
}

/// A lorebook of one entry; `word` makes it differ.
pub fn lorebook(word: &str) -> String {
    format!(
        r#"{{"spec":"lorebook_v3","data":{{"name":"The roads","description":"{word}","extensions":{{"dramatis":{{"tags":["World"]}}}},"entries":[{{"keys":["salt"],"content":"A road.","enabled":true,"use_regex":false,"insertion_order":1,"extensions":{{}}}}]}}}}"#
    )
}

/// A runtime; `word` makes it differ.
pub fn runtime(word: &str) -> String {
    format!(
        r#"{{"schema":"dramatis.runtime/1","name":"Lantern engine","description":"{word}","tags":["Local"],"runtime":"lantern","min_version":"1.9","parameters":{{"temperature":0.70}}}}"#
    )
}

/// A pack of what was published, each a member in its order.
pub fn pack(word: &str, members: &[&PublishRequest]) -> String {
    let members: Vec<_> = members.iter().map(|request| member(request)).collect();
    format!(
        r#"{{"schema":"dramatis.pack/1","name":"Two of the road","description":"{word}","tags":["Cast"],"members":[{}]}}"#,
        members.join(",")
    )
}

/// A pack's member.
pub fn member(request: &PublishRequest) -> String {
    let manifest = manifest_of(request);
    format!(
        r#"{{"item":"{}","release":"{}","manifest_sha256":"{}","role":"lead"}}"#,
        manifest.item,
        manifest.release,
        manifest_hash(request)
    )
}

pub fn manifest_of(request: &PublishRequest) -> Manifest {
    Manifest::parse_canonical(request.manifest.as_bytes()).unwrap()
}

pub fn with_manifest(manifest: &Manifest, slug: &str, card: String) -> PublishRequest {
    PublishRequest {
        slug: slug.into(),
        manifest: String::from_utf8(manifest.canonical_bytes().unwrap()).unwrap(),
        card,
        notes: None,
        channel: Some("stable".into()),
        device: device(),
    }
}

pub fn manifest_hash(request: &PublishRequest) -> Digest {
    Digest::of(request.manifest.as_bytes())
}

/// An answer, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub replayed: bool,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|fault| panic!("{fault}: {}", self.body))
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

pub async fn send(request: RequestBuilder) -> reqwest::Result<Answer> {
    let response = request.send().await?;
    let replayed = response
        .headers()
        .get(headers::IDEMPOTENCY_REPLAYED)
        .is_some_and(|value| value == "true");
    Ok(Answer {
        status: response.status().as_u16(),
        replayed,
        body: response.text().await?,
    })
}

/// A request of a mutation: token, key, body.
pub fn mutation(
    client: &Client,
    url: &str,
    path: &str,
    token: &str,
    key: IdempotencyKey,
    body: &impl serde::Serialize,
) -> RequestBuilder {
    client
        .post(format!("{url}{path}"))
        .bearer_auth(token)
        .header(headers::IDEMPOTENCY_KEY, headers::quoted_key(key))
        .json(body)
}

pub fn publishing(
    client: &Client,
    url: &str,
    token: &str,
    key: IdempotencyKey,
    body: &PublishRequest,
) -> RequestBuilder {
    mutation(client, url, "/v1/releases", token, key, body)
}

/// The beginning of a picture of one pixel; nothing reads further. `rest`
/// makes it differ.
pub fn png(rest: &str) -> Vec<u8> {
    png_of(1, 1, rest)
}

/// The same of another size.
pub fn png_of(width: u32, height: u32, rest: &str) -> Vec<u8> {
    let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
    let header: [&[u8]; 4] = [b"\x89PNG\r\n\x1a\n", b"\0\0\0\rIHDR", &width, &height];
    [&header.concat(), rest.as_bytes()].concat()
}

pub async fn upload(inventory: &Inventory, digest: Digest, bytes: Vec<u8>) -> Answer {
    let put = client()
        .put(format!("{}/v1/blobs/{}", inventory.url, digest.hex()))
        .bearer_auth(&inventory.token)
        .body(bytes);
    send(put).await.unwrap()
}

/// A publish whose manifest names a picture as the portrait.
pub fn publish_with_portrait(slug: &str, picture: &[u8]) -> PublishRequest {
    let plain = publish(item(), slug, None, "a");
    let mut manifest = Manifest::parse_canonical(plain.manifest.as_bytes()).unwrap();
    manifest.assets = vec![Asset {
        role: "portrait".into(),
        sha256: Digest::of(picture),
        size: u32::try_from(picture.len()).unwrap(),
        media_type: "image/png".into(),
    }];
    with_manifest(&manifest, slug, card("a"))
}

/// Publishes and expects a new release; the answer's body.
pub async fn published(inventory: &Inventory, request: &PublishRequest) -> Value {
    let (url, token) = (&inventory.url, &inventory.token);
    let answer = send(publishing(&client(), url, token, key(), request))
        .await
        .unwrap();
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.json()
}

/// Takes a lifecycle step of a release that was published, with a message.
pub async fn take_step(
    inventory: &Inventory,
    token: &str,
    request: &PublishRequest,
    from: &str,
    to: &str,
) {
    let mut body = serde_json::json!({ "from": from, "to": to, "device": device() });
    if matches!(to, "deprecated" | "quarantined" | "revoked") {
        body["message"] = serde_json::json!({ "salt": "02".repeat(16), "value": "Not any more." });
    }
    if to == "revoked" {
        body["reason_code"] = "rights".into();
    }
    let path = format!("/v1/releases/{}/steps", manifest_of(request).release);
    let answer = send(mutation(
        &client(),
        &inventory.url,
        &path,
        token,
        key(),
        &body,
    ))
    .await
    .unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// Every file below a folder.
pub fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// Waits for a condition in the database; the tests' own time-out ends a
/// condition that never comes.
pub async fn until_sql(inventory: &Inventory, sql: &'static str) {
    while count(inventory, sql).await == 0 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

pub async fn get(client: &Client, inventory: &Inventory, path: &str) -> Answer {
    send(
        client
            .get(format!("{}{path}", inventory.url))
            .bearer_auth(&inventory.token),
    )
    .await
    .unwrap()
}

/// A number from the database, as its administrator.
pub async fn count(inventory: &Inventory, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql)
        .fetch_one(&inventory.admin)
        .await
        .unwrap()
}

/// After whatever happened: one release, published; one unbroken chain; one
/// outbox row; one claim with its receipt.
pub async fn assert_exactly_one_release(inventory: &Inventory) {
    assert_eq!(
        count(inventory, "SELECT count(*) FROM release").await,
        1,
        "releases"
    );
    assert_eq!(
        count(
            inventory,
            "SELECT count(*) FROM current_state WHERE state = 'published' AND number = 1"
        )
        .await,
        1
    );
    assert_eq!(
        count(inventory, "SELECT count(*) FROM release_transition").await,
        2,
        "transitions"
    );
    assert_eq!(
        count(inventory, "SELECT count(*) FROM outbox").await,
        1,
        "outbox rows"
    );
    assert_eq!(
        count(inventory, "SELECT count(*) FROM channel_move").await,
        1,
        "channel moves"
    );
    assert_eq!(
        count(inventory, "SELECT count(*) FROM idempotency_key").await,
        1,
        "claims"
    );
    assert_eq!(
        count(
            inventory,
            "SELECT count(*) FROM receipt WHERE outcome = 'done'"
        )
        .await,
        1,
        "receipts"
    );
    assert_eq!(
        count(
            inventory,
            "SELECT count(*) FROM event WHERE item_id IS NOT NULL"
        )
        .await,
        4,
        "events"
    );
    assert_eq!(
        count(
            inventory,
            "SELECT max(seq) FROM event WHERE item_id IS NOT NULL"
        )
        .await,
        4,
        "numbers"
    );
}

/// As somebody with all rights on the machine: triggers and keys are off.
pub async fn behind(inventory: &Inventory, sql: &str) {
    let mut db = PgConnection::connect(inventory.admin_url()).await.unwrap();
    let sql = format!("SET session_replication_role = replica; {sql}");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut db)
        .await
        .unwrap();
    db.close().await.unwrap();
}
