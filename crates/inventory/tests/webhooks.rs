//! Webhooks: a real receiver over HTTP, real processes, a real Postgres. Time
//! passes by moving what the database remembers, never by waiting.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::IntoResponse,
};
use dramatis_domain::{ItemId, TenantId};
use dramatis_inventory::{
    Allowed, Claim, Database, DbRole, Deliverer, Outcome, ProvisionFault, SealingKey, Sequencer,
    SettleFault, Settled,
    testing::{Inventory, ServiceProcess, binary},
    verify,
};
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};
use support::*;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);
const TRIAL: Allowed = Allowed {
    http: true,
    private: true,
};

/// One request that came in.
#[derive(Clone)]
struct Call {
    path: String,
    headers: HeaderMap,
    body: String,
}

impl Call {
    fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn said(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    fn item(&self) -> Uuid {
        serde_json::from_value(self.json()["data"]["item"].clone()).unwrap()
    }

    fn number(&self) -> i64 {
        self.json()["data"]["number"].as_i64().unwrap()
    }

    fn verifies(&self, secret: &str) -> bool {
        standardwebhooks::Webhook::new(secret)
            .unwrap()
            .verify(self.body.as_bytes(), &self.headers)
            .is_ok()
    }
}

type Rule = Box<dyn Fn(&Call) -> u16 + Send>;

/// Whoever is told.
#[derive(Clone)]
struct Receiver {
    url: String,
    calls: Arc<Mutex<Vec<Call>>>,
    rule: Arc<Mutex<Rule>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self::at(format!("http://{}/hook", listener.local_addr().unwrap()));
        let router = Router::new().fallback(took).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    /// One behind TLS, and its certificate.
    async fn with_tls() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let receiver = Self::at(format!("https://localhost:{port}/hook"));
        let router = Router::new().fallback(took).with_state(receiver.clone());
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move { axum::serve(Tls { listener, acceptor }, router).await });
        (receiver, made.cert.pem())
    }

    fn at(url: String) -> Self {
        Self {
            url,
            calls: Arc::default(),
            rule: Arc::new(Mutex::new(Box::new(|_| 204))),
        }
    }

    fn answers(&self, rule: impl Fn(&Call) -> u16 + Send + 'static) {
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = self.listener.accept().await.unwrap();
            // Who does not trust the certificate goes away here.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

async fn took(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> impl IntoResponse {
    let call = Call {
        path: uri.path().to_owned(),
        headers,
        body,
    };
    let status = receiver.rule.lock().unwrap()(&call);
    receiver.calls.lock().unwrap().push(call);
    (
        StatusCode::from_u16(status).unwrap(),
        [(header::LOCATION, "/elsewhere")],
    )
}

/// An inventory with a key, and one webhook at a receiver.
struct Told {
    inventory: Inventory,
    folder: tempfile::TempDir,
    sequencer: Sequencer,
    receiver: Receiver,
    webhook: Uuid,
    secret: String,
}

impl Told {
    async fn start(topics: &[&str]) -> Self {
        let inventory = Inventory::start().await;
        let folder = tempfile::tempdir().unwrap();
        SealingKey::make(&folder.path().join("key")).unwrap();
        let receiver = Receiver::start().await;
        let worker = Database::open(&inventory.worker_url(), DbRole::Worker, 1).unwrap();
        let mut told = Self {
            inventory,
            folder,
            sequencer: Sequencer::new(worker, MINUTE),
            receiver,
            webhook: Uuid::nil(),
            secret: String::new(),
        };
        (told.webhook, told.secret) = told.another(&told.receiver.url, topics).await;
        told
    }

    async fn another(&self, url: &str, topics: &[&str]) -> (Uuid, String) {
        let topics: Vec<_> = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let (id, secret) = self
            .inventory
            .provisioner
            .add_webhook(self.inventory.tenant, url, &topics, &self.key(), TRIAL)
            .await
            .unwrap();
        (id, secret.reveal())
    }

    fn key_file(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    fn key(&self) -> SealingKey {
        SealingKey::read(&self.key_file()).unwrap()
    }

    fn deliverer(&self) -> Deliverer {
        self.deliverer_with(self.key(), TRIAL, MINUTE)
    }

    fn deliverer_with(&self, key: SealingKey, allowed: Allowed, lease: Duration) -> Deliverer {
        let worker = Database::open(&self.inventory.worker_url(), DbRole::Worker, 4).unwrap();
        let service = Database::open(self.inventory.service_url(), DbRole::Service, 4).unwrap();
        Deliverer::new(worker, service, key, allowed, lease).unwrap()
    }

    /// Everything so far gets its number, and its deliveries.
    async fn numbered(&self) {
        self.sequencer.all().await.unwrap();
        self.deliverer().fan_out().await.unwrap();
    }

    /// One claim, which has to be there.
    async fn claim(&self, deliverer: &Deliverer) -> Claim {
        let mut claims = deliverer.claim(1, &[]).await.unwrap();
        claims.pop().expect("something is due")
    }

    /// Delivers until nothing is due.
    async fn settled(&self) -> Vec<Settled> {
        let deliverer = self.deliverer();
        let mut all = Vec::new();
        loop {
            let claims = deliverer.claim(32, &[]).await.unwrap();
            if claims.is_empty() {
                return all;
            }
            for claim in claims {
                let outcome = deliverer.attempt(&claim).await.unwrap();
                all.push(deliverer.settle(&claim, outcome).await.unwrap());
            }
        }
    }

    async fn sql(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
            .execute(&self.inventory.admin)
            .await
            .unwrap();
    }

    /// Whatever waits for its next attempt has waited.
    async fn later(&self) {
        self.sql("UPDATE webhook_delivery SET next_attempt_at = clock_timestamp() WHERE delivered_at IS NULL AND dead_at IS NULL").await;
    }

    /// Every lease has run out.
    async fn leases_end(&self) {
        self.sql("UPDATE webhook_delivery SET held_until = clock_timestamp() - interval '1 second' WHERE holder IS NOT NULL").await;
    }

    async fn count(&self, sql: &'static str) -> i64 {
        count(&self.inventory, sql).await
    }

    /// A first release of a new item; the item and the release.
    async fn released(&self, slug: &str) -> (ItemId, String) {
        let item = item();
        let request = publish(item, slug, None, slug);
        let answer = send(publishing(
            &client(),
            &self.inventory.url,
            &self.inventory.token,
            key(),
            &request,
        ))
        .await
        .unwrap();
        assert_eq!(answer.status, 201, "{}", answer.body);
        let release = answer.json()["release"]["id"].as_str().unwrap().to_owned();
        (item, release)
    }

    async fn step(&self, release: &str, from: &str, to: &str) {
        let words = serde_json::json!({ "salt": "02".repeat(16), "value": "Why." });
        let mut body =
            serde_json::json!({ "from": from, "to": to, "message": words, "device": device() });
        if to == "revoked" {
            body["reason_code"] = "rights".into();
        }
        let answer = send(mutation(
            &client(),
            &self.inventory.url,
            &format!("/v1/releases/{release}/steps"),
            &self.inventory.token,
            key(),
            &body,
        ))
        .await
        .unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// A real process that does the background work.
    async fn process(&self, failpoint: Option<&str>) -> ServiceProcess {
        ServiceProcess::spawn(self.serve(failpoint)).await
    }

    fn serve(&self, failpoint: Option<&str>) -> tokio::process::Command {
        let inventory = &self.inventory;
        let mut command =
            ServiceProcess::command(inventory.service_url(), inventory.blobs(), failpoint);
        command
            .env("INVENTORY_WORKER_DATABASE_URL", inventory.worker_url())
            .env("INVENTORY_WEBHOOK_KEY_FILE", self.key_file())
            .env("INVENTORY_WEBHOOK_ALLOW_HTTP", "true")
            .env("INVENTORY_WEBHOOK_ALLOW_PRIVATE", "true");
        command
    }

    /// `dramatis-inventory webhook …`: whether it went well, what it said.
    async fn command(&self, arguments: &[&str]) -> (bool, String) {
        let out = tokio::process::Command::new(binary())
            .arg("webhook")
            .args(arguments)
            .env("INVENTORY_DATABASE_URL", self.inventory.admin_url())
            .env("INVENTORY_WEBHOOK_KEY_FILE", self.key_file())
            .output()
            .await
            .unwrap();
        let said = [out.stdout, out.stderr].concat();
        (out.status.success(), String::from_utf8(said).unwrap())
    }
}

/// Waits for a condition.
async fn until<F: Future<Output = bool>>(met: impl Fn() -> F) {
    while !met().await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_as_standard_webhooks_say_and_says_what_happened() {
    let told = Told::start(&[]).await;
    let (item, release) = told.released("mirelle").await;
    told.step(&release, "published", "revoked").await;
    told.numbered().await;
    assert_eq!(told.settled().await, [Settled::Delivered; 2]);
    let calls = told.receiver.calls();
    let [published, revoked] = calls.as_slice() else {
        panic!("{} calls", calls.len())
    };
    // An implementation that is not ours says so.
    for call in &calls {
        assert!(call.verifies(&told.secret), "{:?}", call.headers);
        assert!(call.id().starts_with("msg_"));
        assert!(call.body.len() < 1024, "{}", call.body);
        assert!(!call.body.contains("Why."), "words are read from the feed");
        assert!(!call.headers.contains_key("traceparent"), "nobody traces");
    }
    let mut forged = published.clone();
    forged.body = forged.body.replace("published", "revoked");
    assert!(!forged.verifies(&told.secret));
    let mut replayed = published.clone();
    replayed.headers = revoked.headers.clone();
    assert!(!replayed.verifies(&told.secret));

    let body = revoked.json();
    assert_eq!(body["type"], "release.revoked");
    let data = &body["data"];
    assert_eq!(data["item"], item.to_string());
    assert_eq!(data["release"], release);
    assert_eq!(data["release_number"], 1);
    assert_eq!(
        (&data["state"], &data["reason_code"]),
        (&"revoked".into(), &"rights".into())
    );
    assert_eq!(
        (&data["creator"], &data["slug"]),
        (&"ana".into(), &"mirelle".into())
    );
    // The addresses are those of this inventory.
    let manifest = published.json()["data"]["addresses"]["manifest"]
        .as_str()
        .unwrap()
        .to_owned();
    let read = get(&client(), &told.inventory, &manifest).await;
    assert_eq!(read.status, 200, "{}", read.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_delivery_comes_again_under_the_same_id_and_holds_up_its_item_only() {
    let told = Told::start(&[]).await;
    let (first, release) = told.released("first").await;
    told.step(&release, "published", "deprecated").await;
    let (second, _) = told.released("second").await;
    told.numbered().await;
    told.receiver
        .answers(move |call| if call.item() == first.0 { 500 } else { 200 });
    let mut settled = told.settled().await;
    settled.sort_by_key(|settled| settled.as_str());
    assert_eq!(settled, [Settled::Delivered, Settled::Again]);
    let said = |item: ItemId| -> Vec<(String, String)> {
        told.receiver
            .calls()
            .iter()
            .filter(|call| call.item() == item.0)
            .map(|call| (call.id().to_owned(), call.said()))
            .collect()
    };
    assert_eq!(said(second).len(), 1, "the other item passes");
    assert_eq!(said(first).len(), 1, "the next of the same item waits");
    assert!(told.deliverer().claim(9, &[]).await.unwrap().is_empty());

    told.later().await;
    assert_eq!(told.settled().await, [Settled::Again]);
    told.receiver.answers(|_| 200);
    told.later().await;
    assert_eq!(told.settled().await, [Settled::Delivered; 2]);
    let all = said(first);
    let what: Vec<_> = all.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(
        what,
        [
            "release.published",
            "release.published",
            "release.published",
            "release.deprecated"
        ]
    );
    assert!(all[0].0 == all[1].0 && all[1].0 == all[2].0 && all[2].0 != all[3].0);
    assert_eq!(said(second).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_told_of_its_topics_from_its_beginning_on_and_misses_no_late_commit() {
    let told = Told::start(&["release.deprecated"]).await;
    let (_, release) = told.released("mirelle").await;
    told.numbered().await;
    assert_eq!(told.settled().await, [], "not its topic");
    // A second one is not told of the past.
    let (_, secret) = told
        .another(
            &told.receiver.url,
            &["release.submitted", "release.published"],
        )
        .await;
    // News that is dated first and commits last.
    let mut slow = told.inventory.admin.begin().await.unwrap();
    sqlx::query(
        "INSERT INTO outbox (tenant_id, id, topic, item_id, event_id, created_at)
         SELECT tenant_id, gen_random_uuid(), 'release.deprecated', item_id, event_id, created_at - interval '1 hour'
         FROM outbox WHERE topic = 'release.published'",
    )
    .execute(&mut *slow)
    .await
    .unwrap();
    told.step(&release, "published", "deprecated").await;
    told.numbered().await;
    assert_eq!(told.settled().await, [Settled::Delivered]);
    slow.commit().await.unwrap();
    told.numbered().await;
    assert_eq!(told.settled().await, [Settled::Delivered]);
    let calls = told.receiver.calls();
    assert!(calls.iter().all(|call| call.said() == "release.deprecated"));
    assert!(calls[0].number() < calls[1].number());

    told.released("another").await;
    told.numbered().await;
    assert_eq!(told.settled().await, [Settled::Delivered]);
    let calls = told.receiver.calls();
    let said: Vec<_> = calls[2..].iter().map(Call::said).collect();
    assert_eq!(said, ["release.published"]);
    assert!(
        calls[2..]
            .iter()
            .all(|call| call.verifies(&secret) && !call.verifies(&told.secret))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_bring_every_piece_of_news_once_and_in_its_items_order() {
    let told = Told::start(&[]).await;
    let first = told.process(None).await;
    let _second = told.process(None).await;
    for number in 0..10 {
        let (_, release) = told.released(&format!("item-{number}")).await;
        told.step(&release, "published", "deprecated").await;
    }
    let done = "SELECT count(*) FROM webhook_delivery WHERE delivered_at IS NOT NULL";
    until(async || told.count(done).await == 20).await;
    let mut seen: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
    for call in told.receiver.calls() {
        assert!(call.verifies(&told.secret));
        seen.entry(call.item()).or_default().push(call.said());
    }
    assert_eq!(seen.len(), 10);
    for (item, said) in seen {
        assert_eq!(said, ["release.published", "release.deprecated"], "{item}");
    }
    let metrics = client()
        .get(format!("{}/metrics", first.url))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let count: u64 = metrics
        .lines()
        .find_map(|line| {
            line.strip_prefix(r#"dramatis_webhook_attempts_total{outcome="delivered"} "#)
        })
        .unwrap()
        .parse()
        .unwrap();
    assert!(count <= 20, "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_between_claim_and_result_is_followed_by_another_after_its_lease() {
    for (place, heard) in [("webhook.claimed", 0), ("webhook.answered", 1)] {
        let told = Told::start(&[]).await;
        let file = told.folder.path().join("held");
        let mut killed = told
            .process(Some(&format!("{place}=hold:{}", file.display())))
            .await;
        told.released("mirelle").await;
        until(async || file.exists()).await;
        killed.kill().await;
        assert_eq!(told.receiver.calls().len(), heard, "{place}");
        assert_eq!(told.settled().await, [], "its lease stands");
        told.leases_end().await;
        assert_eq!(told.settled().await, [Settled::Delivered]);
        let calls = told.receiver.calls();
        assert_eq!(calls.len(), heard + 1);
        // At least once; whoever keeps the ids sees it once.
        assert!(calls.iter().all(|call| call.id() == calls[0].id()));
        assert_eq!(told.count("SELECT count(*) FROM webhook_delivery WHERE attempts = 2 AND delivered_at IS NOT NULL AND holder IS NULL").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_paused_beyond_its_lease_is_fenced_off() {
    let told = Told::start(&[]).await;
    told.released("mirelle").await;
    told.numbered().await;
    let (paused, other) = (told.deliverer(), told.deliverer());
    let old = told.claim(&paused).await;
    assert!(other.claim(9, &[]).await.unwrap().is_empty());
    told.leases_end().await;
    let new = told.claim(&other).await;
    assert_eq!((new.number(), new.attempts()), (old.number(), 2));
    // While the other is at it, and after it is done.
    let failed = Outcome::Failed {
        status: None,
        error: "paused".into(),
        retry_after: None,
    };
    for outcome in [Outcome::Delivered { status: 200 }, failed.clone()] {
        let fault = paused.settle(&old, outcome).await.unwrap_err();
        assert!(matches!(fault, SettleFault::Fenced), "{fault}");
    }
    let outcome = other.attempt(&new).await.unwrap();
    assert_eq!(
        other.settle(&new, outcome).await.unwrap(),
        Settled::Delivered
    );
    assert!(matches!(
        paused.settle(&old, failed).await,
        Err(SettleFault::Fenced)
    ));
    assert_eq!(told.receiver.calls().len(), 1);
    // What is delivered is final, whoever writes.
    let mut db = PgConnection::connect(&told.inventory.worker_url())
        .await
        .unwrap();
    for (sql, constraint) in [
        (
            "UPDATE webhook_delivery SET delivered_at = NULL",
            "webhook_delivery_only_goes_on",
        ),
        (
            "UPDATE webhook_delivery SET fence = 0",
            "webhook_delivery_only_goes_on",
        ),
        (
            "UPDATE webhook SET fanned_out_to = 0",
            "webhook_cursor_only_rises",
        ),
    ] {
        let fault = sqlx::raw_sql(sql).execute(&mut db).await.unwrap_err();
        let said = fault.as_database_error().unwrap().constraint();
        assert_eq!(said, Some(constraint), "{sql}");
    }

    // Whoever wakes up before it has sent anything sends nothing.
    told.released("another").await;
    told.numbered().await;
    let late = told.deliverer_with(told.key(), TRIAL, Duration::from_millis(1));
    let claim = told.claim(&late).await;
    assert!(matches!(
        late.attempt(&claim).await.unwrap(),
        Outcome::Failed { status: None, .. }
    ));
    assert_eq!(told.receiver.calls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_its_last_attempt_a_delivery_is_dead_the_next_goes_on_and_it_can_be_replayed() {
    let told = Told::start(&[]).await;
    let (_, release) = told.released("mirelle").await;
    told.step(&release, "published", "deprecated").await;
    told.numbered().await;
    told.receiver.answers(|call| {
        if call.said() == "release.published" {
            503
        } else {
            200
        }
    });
    for _ in 1..12 {
        assert_eq!(told.settled().await, [Settled::Again]);
        told.later().await;
    }
    assert_eq!(told.settled().await, [Settled::Dead, Settled::Delivered]);
    told.later().await;
    assert_eq!(told.settled().await, []);

    let id = told.webhook.to_string();
    let (well, said) = told
        .command(&["deliveries", "--tenant", "test", &id, "--state", "dead"])
        .await;
    let dead: Value = serde_json::from_str(&said).unwrap();
    assert!(well && dead["topic"] == "release.published", "{said}");
    assert_eq!(
        (&dead["attempts"], &dead["last_status"]),
        (&12.into(), &503.into())
    );
    let (_, said) = told.command(&["list", "--tenant", "test"]).await;
    let listed: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&listed["dead"], &listed["waiting"]),
        (&1.into(), &0.into())
    );

    told.receiver.answers(|_| 200);
    let (well, said) = told.command(&["replay", "--tenant", "test", &id]).await;
    assert!(well, "{said}");
    assert_eq!(told.settled().await, [Settled::Delivered]);
    let calls = told.receiver.calls();
    assert_eq!(calls.len(), 14);
    assert_eq!(calls[0].id(), calls[13].id());
    let (well, said) = told.command(&["replay", "--tenant", "test", &id]).await;
    assert!(!well && said.contains("no dead delivery"), "{said}");
    assert!(
        !told
            .command(&["deliveries", "--tenant", "test", &id, "--state", "x"])
            .await
            .0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_sealed_shown_once_and_opens_with_its_key_in_its_place_only() {
    let told = Told::start(&[]).await;
    let url = &told.receiver.url;
    let flags = ["--webhook-allow-http", "--webhook-allow-private"];
    let (well, said) = told
        .command(&[&["add", "--tenant", "test", url], flags.as_slice()].concat())
        .await;
    assert!(well, "{said}");
    let made: Value = serde_json::from_str(&said).unwrap();
    let secret = made["secret"].as_str().unwrap();
    let id = made["id"].as_str().unwrap();
    // Nowhere in the database, nor in what is said later.
    let (_, listed) = told.command(&["list", "--tenant", "test"]).await;
    let (_, rotated) = told.command(&["rotate", "--tenant", "test", id]).await;
    let rotated: Value = serde_json::from_str(&rotated).unwrap();
    let new = rotated["secret"].as_str().unwrap();
    assert!(listed.contains(id) && !listed.contains("whsec_") && new != secret);
    let bytes = |secret: &str| {
        use base64::{Engine as _, prelude::BASE64_STANDARD};
        hex::encode(BASE64_STANDARD.decode(&secret[6..]).unwrap())
    };
    let mut whole = String::new();
    for table in [
        "webhook",
        "webhook_secret",
        "webhook_delivery",
        "event",
        "personal_field",
    ] {
        let sql = format!("SELECT coalesce(string_agg(to_jsonb(t)::text, ''), '') FROM {table} t");
        let text: String = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&told.inventory.admin)
            .await
            .unwrap();
        whole += &text;
    }
    assert!(whole.contains("webhook.rotated"));
    for known in [secret, new] {
        assert!(!whole.contains(&known[6..]) && !whole.contains(&bytes(known)));
    }
    // Who answers requests cannot read even what is sealed.
    let mut db = PgConnection::connect(told.inventory.service_url())
        .await
        .unwrap();
    let fault = sqlx::raw_sql("SELECT sealed FROM webhook_secret")
        .execute(&mut db)
        .await
        .unwrap_err();
    assert_eq!(
        fault.as_database_error().unwrap().code().as_deref(),
        Some("42501")
    );

    // Both sign while the grace lasts; then the new one alone.
    told.released("mirelle").await;
    told.numbered().await;
    told.settled().await;
    let calls = told.receiver.calls();
    assert!(
        calls
            .iter()
            .any(|call| call.verifies(secret) && call.verifies(new))
    );
    told.sql("UPDATE webhook_secret SET ends_at = clock_timestamp() WHERE ends_at IS NOT NULL")
        .await;
    told.released("another").await;
    told.numbered().await;
    told.settled().await;
    let calls = told.receiver.calls();
    assert!(!calls[2..].iter().any(|call| call.verifies(secret)));
    assert!(calls[2..].iter().any(|call| call.verifies(new)));

    // With another key nothing is sent; with the old one behind a new one it is.
    let other = told.folder.path().join("other");
    SealingKey::make(&other).unwrap();
    told.released("third").await;
    told.numbered().await;
    let wrong = told.deliverer_with(SealingKey::read(&other).unwrap(), TRIAL, MINUTE);
    let claim = told.claim(&wrong).await;
    // Another process may have the right one: no attempt is counted.
    let Outcome::Held { why } = wrong.attempt(&claim).await.unwrap() else {
        panic!("it was sent, or counted")
    };
    assert!(why.contains("does not open with this key"), "{why}");
    let lines = [&other, &told.key_file()].map(|file| std::fs::read_to_string(file).unwrap());
    std::fs::write(&other, lines.concat()).unwrap();
    let both = told.deliverer_with(SealingKey::read(&other).unwrap(), TRIAL, MINUTE);
    assert!(matches!(
        both.attempt(&claim).await.unwrap(),
        Outcome::Delivered { .. }
    ));
    // In another webhook's place it does not open.
    told.sql(&format!(
        "UPDATE webhook_secret SET sealed = (SELECT sealed FROM webhook_secret WHERE webhook_id = '{id}' AND ends_at IS NULL)
         WHERE webhook_id = '{}'",
        told.webhook
    ))
    .await;
    told.leases_end().await;
    assert!(told.settled().await.contains(&Settled::Held));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_everybody_may_read_or_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    SealingKey::make(&file).unwrap();
    let made = std::fs::metadata(&file).unwrap().permissions();
    assert_eq!(made.mode() & 0o777, 0o600);
    assert!(
        SealingKey::make(&file).is_err(),
        "a key is never written over"
    );
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = SealingKey::read(&file).unwrap_err().to_string();
    assert!(said.contains("chmod o-rwx"), "{said}");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    SealingKey::read(&file).unwrap();
    for none in ["", "c2hvcnQ=\n", "not base64\n"] {
        std::fs::write(&file, none).unwrap();
        assert!(SealingKey::read(&file).is_err(), "{none:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_is_called_no_more_until_it_is_enabled_again() {
    let told = Told::start(&[]).await;
    let (_, release) = told.released("mirelle").await;
    told.numbered().await;
    told.receiver.answers(|_| 410);
    assert_eq!(told.settled().await, [Settled::Disabled]);
    told.step(&release, "published", "deprecated").await;
    told.numbered().await;
    told.later().await;
    assert_eq!(told.settled().await, []);
    assert_eq!(told.receiver.calls().len(), 1);
    let (_, said) = told.command(&["list", "--tenant", "test"]).await;
    let listed: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(
        (&listed["disabled_because"], &listed["waiting"]),
        (&"gone".into(), &2.into()),
        "both of its news wait, handed to it or not"
    );

    // What was missed is sent then, in order.
    told.receiver.answers(|_| 200);
    let id = told.webhook.to_string();
    let (well, said) = told.command(&["enable", "--tenant", "test", &id]).await;
    assert!(well, "{said}");
    told.numbered().await;
    assert_eq!(told.settled().await, [Settled::Delivered; 2]);
    let said: Vec<_> = told.receiver.calls().iter().map(Call::said).collect();
    assert_eq!(
        said,
        [
            "release.published",
            "release.published",
            "release.deprecated"
        ]
    );
    assert!(told.command(&["disable", "--tenant", "test", &id]).await.0);
    assert!(!told.command(&["disable", "--tenant", "test", &id]).await.0);

    // Each change is an event of the tenant's stream, and its chain holds.
    let actions: Vec<String> =
        sqlx::query_scalar("SELECT action FROM event WHERE subject_id = $1 ORDER BY seq")
            .bind(told.webhook)
            .fetch_all(&told.inventory.admin)
            .await
            .unwrap();
    assert_eq!(
        actions,
        [
            "webhook.created",
            "webhook.disabled",
            "webhook.enabled",
            "webhook.disabled"
        ]
    );
    let auditor = told
        .inventory
        .service_url()
        .replacen("dramatis_service", "dramatis_auditor", 1);
    verify(&auditor, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_to_private_addresses_by_plain_http_or_after_a_redirect() {
    let told = Told::start(&[]).await;
    let add = async |url: &str, allowed: Allowed| {
        told.inventory
            .provisioner
            .add_webhook(told.inventory.tenant, url, &[], &told.key(), allowed)
            .await
            .map(|_| ())
    };
    let strict = Allowed::default();
    let outside = Allowed {
        http: true,
        private: false,
    };
    for (url, allowed, word) in [
        ("http://example.com/", strict, "https"),
        ("https://127.0.0.1/", strict, "public address"),
        ("https://[::1]/", strict, "public address"),
        ("http://169.254.169.254/latest", outside, "public address"),
        ("https://ana:secret@example.com/", strict, "password"),
        ("mirelle", strict, "web address"),
    ] {
        let Err(ProvisionFault::Refused(said)) = add(url, allowed).await else {
            panic!("{url} was taken")
        };
        assert!(said.contains(word), "{url}: {said}");
    }
    // A name says nothing about where it leads: looked up when the webhook is
    // made, and whenever it is called.
    let by_name = told.receiver.url.replace("127.0.0.1", "localhost");
    let Err(ProvisionFault::Refused(said)) = add(&by_name, outside).await else {
        panic!("{by_name} was taken")
    };
    assert!(said.contains("--webhook-allow-private"), "{said}");
    add(&by_name, TRIAL).await.unwrap();
    told.released("mirelle").await;
    told.numbered().await;
    // Held by each process that may not: no attempt is counted, it leaves them
    // alone from then on, and they are due at once for another.
    for (allowed, word) in [(outside, "not a public address"), (strict, "Plain http")] {
        let guarded = told.deliverer_with(told.key(), allowed, MINUTE);
        let claims = guarded.claim(9, &[]).await.unwrap();
        assert_eq!(claims.len(), 2);
        for claim in &claims {
            assert_eq!(claim.attempts(), 1);
            let outcome = guarded.attempt(claim).await.unwrap();
            let Outcome::Held { why } = &outcome else {
                panic!("it was sent, or counted: {outcome:?}")
            };
            assert!(why.contains(word) && why.contains("not counted"), "{why}");
            assert_eq!(guarded.settle(claim, outcome).await.unwrap(), Settled::Held);
        }
        assert!(guarded.claim(9, &[]).await.unwrap().is_empty());
        let webhook = told.webhook.to_string();
        let (_, listed) = told
            .command(&["deliveries", "--tenant", "test", &webhook])
            .await;
        assert!(
            listed.contains(word) && listed.contains(r#""attempts":0"#),
            "{listed}"
        );
    }
    assert!(told.receiver.calls().is_empty());

    told.receiver.answers(|_| 302);
    assert_eq!(told.settled().await, [Settled::Again; 2]);
    let paths: Vec<_> = told
        .receiver
        .calls()
        .into_iter()
        .map(|call| call.path)
        .collect();
    assert_eq!(paths, ["/hook", "/hook"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_tenants_webhook_is_neither_told_nor_changed() {
    let told = Told::start(&[]).await;
    let provisioner = &told.inventory.provisioner;
    let other: TenantId = provisioner
        .create_tenant(&"other".parse().unwrap(), "Other", false)
        .await
        .unwrap();
    provisioner
        .add_webhook(other, &told.receiver.url, &[], &told.key(), TRIAL)
        .await
        .unwrap();
    assert!(
        provisioner
            .disable_webhook(other, told.webhook)
            .await
            .is_err()
    );
    assert!(
        provisioner
            .rotate_webhook(other, told.webhook, MINUTE, &told.key())
            .await
            .is_err()
    );
    assert!(
        provisioner
            .replay_webhook(other, told.webhook, None)
            .await
            .is_err()
    );
    assert!(
        provisioner
            .deliveries(other, told.webhook, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    told.released("mirelle").await;
    told.numbered().await;
    assert_eq!(told.settled().await, [Settled::Delivered]);
    assert!(told.receiver.calls()[0].verifies(&told.secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_a_certificate_has_to_be_one_that_the_system_trusts() {
    let told = Told::start(&["release.archived"]).await;
    let (receiver, certificate) = Receiver::with_tls().await;
    let (_, secret) = told.another(&receiver.url, &[]).await;
    told.released("mirelle").await;
    told.numbered().await;
    assert_eq!(told.settled().await, [Settled::Again]);
    assert!(receiver.calls().is_empty());
    let error: String = sqlx::query_scalar("SELECT last_error FROM webhook_delivery")
        .fetch_one(&told.inventory.admin)
        .await
        .unwrap();
    assert!(error.contains("certificate"), "{error}");

    let file = told.folder.path().join("trusted.pem");
    std::fs::write(&file, certificate).unwrap();
    let mut command = told.serve(None);
    command.env("SSL_CERT_FILE", &file);
    let _process = ServiceProcess::spawn(command).await;
    told.later().await;
    let done = "SELECT count(*) FROM webhook_delivery WHERE delivered_at IS NOT NULL";
    until(async || told.count(done).await == 1).await;
    assert!(receiver.calls()[0].verifies(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_a_month_ago_is_forgotten_and_what_waits_or_is_dead_is_counted() {
    let told = Told::start(&[]).await;
    told.receiver.answers(|_| 500);
    for slug in ["old", "new", "dead", "waiting"] {
        told.released(slug).await;
    }
    told.numbered().await;
    for (number, change) in [
        (1, "delivered_at = clock_timestamp() - interval '31 days'"),
        (2, "delivered_at = clock_timestamp() - interval '29 days'"),
        (3, "dead_at = clock_timestamp() - interval '31 days'"),
        (4, "created_at = clock_timestamp() - interval '1 hour'"),
    ] {
        told.sql(&format!(
            "UPDATE webhook_delivery SET {change} WHERE feed_number = {number}"
        ))
        .await;
    }
    let process = told.process(None).await;
    until(async || told.count("SELECT count(*) FROM webhook_delivery").await == 3).await;
    assert_eq!(
        told.count("SELECT min(feed_number) FROM webhook_delivery")
            .await,
        2
    );
    // The dead are the last that is set.
    until(async || measured(&process, "dramatis_webhook_dead").await == Some(1.0)).await;
    let backlog = measured(&process, "dramatis_webhook_backlog").await;
    assert_eq!(backlog, Some(1.0));
    let oldest = measured(&process, "dramatis_webhook_oldest_seconds").await;
    assert!(oldest.unwrap() >= 3600.0);
}

async fn measured(process: &ServiceProcess, name: &str) -> Option<f64> {
    let metrics = client().get(format!("{}/metrics", process.url));
    let metrics = send(metrics).await.unwrap().body;
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name} ")))?;
    Some(line.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_brings_is_counted_as_waiting_from_its_commit_on() {
    let told = Told::start(&[]).await;
    told.another(&told.receiver.url, &["release.revoked"]).await;
    let waiting = async || -> Vec<u64> {
        let (done, said) = told.command(&["list", "--tenant", "test"]).await;
        assert!(done, "{said}");
        said.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|webhook| webhook["waiting"].as_u64().unwrap())
            .collect()
    };
    assert_eq!(waiting().await, [0, 0]);
    told.released("mirelle").await;
    assert_eq!(waiting().await, [1, 0]);
    told.sequencer.all().await.unwrap();
    assert_eq!(waiting().await, [1, 0]);

    // A process with the worker's login and without the key.
    let mut command = told.serve(None);
    command.env_remove("INVENTORY_WEBHOOK_KEY_FILE");
    let process = ServiceProcess::spawn(command).await;
    until(async || measured(&process, "dramatis_webhook_dead").await.is_some()).await;
    let backlog = measured(&process, "dramatis_webhook_backlog").await;
    assert_eq!(backlog, Some(1.0));

    told.numbered().await;
    assert_eq!(waiting().await, [1, 0]);
    told.settled().await;
    assert_eq!(waiting().await, [0, 0]);
}
