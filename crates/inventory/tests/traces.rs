//! Traces: a real service process and a collector of ours, which reads what is
//! sent to it as OpenTelemetry's own definition says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use dramatis_domain::Digest;
use dramatis_inventory::{
    Allowed, SealingKey,
    testing::{Inventory, ServiceProcess},
};
use nix::sys::signal::Signal;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::{Span, span::SpanKind, status::StatusCode as Outcome},
};
use prost::Message as _;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use support::*;
use tokio::{net::TcpListener, process::Command};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

fn sampled() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

/// Whoever collects traces.
#[derive(Clone)]
struct Collector {
    url: String,
    status: StatusCode,
    taken: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

impl Collector {
    async fn start(status: StatusCode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let collector = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            status,
            taken: Arc::default(),
        };
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state(collector.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        collector
    }

    fn taken(&self) -> Vec<(HeaderMap, Bytes)> {
        self.taken.lock().unwrap().clone()
    }

    fn requests(&self) -> Vec<ExportTraceServiceRequest> {
        let taken = self.taken();
        let read = taken
            .iter()
            .map(|(_, body)| ExportTraceServiceRequest::decode(body.clone()).unwrap());
        read.collect()
    }

    fn spans(&self) -> Vec<Span> {
        let of_programs = self.requests().into_iter().flat_map(|it| it.resource_spans);
        let of_scopes = of_programs.flat_map(|it| it.scope_spans);
        of_scopes.flat_map(|it| it.spans).collect()
    }
}

async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> StatusCode {
    collector.taken.lock().unwrap().push((headers, body));
    collector.status
}

/// A service that exports to `collector`, with a JSON log.
fn traced(inventory: &Inventory, collector: &str, log: &Path) -> Command {
    let mut command = ServiceProcess::command(inventory.service_url(), inventory.blobs(), None);
    command
        .args(["--log-format", "json"])
        .env("DRAMATIS_LOG", "info")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
        .env("NO_PROXY", "127.0.0.1")
        .stderr(Stdio::from(std::fs::File::create(log).unwrap()));
    command
}

/// Stops in order; how long that took.
async fn stop(process: &mut ServiceProcess) -> Duration {
    let since = Instant::now();
    process.signal(Signal::SIGTERM);
    assert!(process.wait().await);
    since.elapsed()
}

fn lines(log: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(log).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

fn text(span: &[KeyValue], key: &str) -> Option<String> {
    let found = span.iter().find(|it| it.key == key)?;
    match found.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        Value::IntValue(number) => Some(number.to_string()),
        other => panic!("{key}: {other:?}"),
    }
}

/// The span of the request with this id.
fn request<'a>(spans: &'a [Span], id: &str) -> &'a Span {
    let mut found = spans
        .iter()
        .filter(|it| text(&it.attributes, "dramatis.request_id").as_deref() == Some(id));
    let span = found.next().unwrap_or_else(|| panic!("{id}: {spans:#?}"));
    assert!(found.next().is_none(), "one span a request");
    assert_eq!(span.kind, SpanKind::Server as i32);
    span
}

/// The names of all spans below one.
fn below(spans: &[Span], above: &Span) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for span in spans {
        if span.parent_span_id == above.span_id {
            assert_eq!(span.trace_id, above.trace_id);
            assert_eq!(span.kind, SpanKind::Internal as i32);
            names.insert(span.name.clone());
            names.extend(below(spans, span));
        }
    }
    names
}

fn outcome(span: &Span) -> Outcome {
    span.status.as_ref().map_or(Outcome::Unset, |it| it.code())
}

fn status(span: &Span) -> String {
    text(&span.attributes, "http.response.status_code").unwrap()
}

fn log_in(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("log")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_a_span_below_its_callers_and_says_where_the_time_went_and_nothing_private() {
    let inventory = Inventory::without_service().await;
    let (folder, collector) = (
        tempfile::tempdir().unwrap(),
        Collector::start(StatusCode::OK).await,
    );
    let log = log_in(&folder);
    let mut command = traced(&inventory, &collector.url, &log);
    command.env("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=a-key");
    let mut process = ServiceProcess::spawn(command).await;
    let (client, url, token) = (client(), process.url.clone(), inventory.token.clone());

    let body = publish(item(), "mirelle-of-the-road", None, "a-secret-of-hers");
    let published = publishing(&client, &url, &token, key(), &body)
        .header("x-request-id", "publishes")
        .header("traceparent", sampled())
        .header("tracestate", "vendor=written-by-the-caller");
    assert_eq!(send(published).await.unwrap().status, 201);
    let picture = png("x");
    let place = format!("{url}/v1/blobs/{}", Digest::of(&picture).hex());
    let ask = |method, id: &str| {
        client
            .request(method, &place)
            .bearer_auth(&token)
            .header("x-request-id", id.to_owned())
    };
    assert_eq!(
        send(ask(reqwest::Method::PUT, "uploads").body(picture))
            .await
            .unwrap()
            .status,
        201
    );
    assert_eq!(
        send(ask(reqwest::Method::GET, "fetches"))
            .await
            .unwrap()
            .status,
        200
    );
    let nowhere = client
        .get(format!("{url}/nowhere/mirelle-of-the-road"))
        .header("x-request-id", "strays");
    assert_eq!(send(nowhere).await.unwrap().status, 404);
    assert!(stop(&mut process).await < Duration::from_secs(10));

    let spans = collector.spans();
    let published = request(&spans, "publishes");
    assert_eq!(published.name, "POST /v1/releases");
    assert_eq!(hex::encode(&published.trace_id), TRACE);
    assert_eq!(hex::encode(&published.parent_span_id), CALLER);
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/v1/releases"),
        ("http.response.status_code", "201"),
        ("url.scheme", "http"),
    ] {
        assert_eq!(
            text(&published.attributes, key).as_deref(),
            Some(value),
            "{key}"
        );
    }
    assert_eq!(outcome(published), Outcome::Unset);
    assert_eq!(
        below(&spans, published),
        [
            "ask in a round",
            "get connection",
            "transaction",
            "wait in queue"
        ]
        .map(str::to_owned)
        .into()
    );
    let queues = spans
        .iter()
        .filter(|it| it.parent_span_id == published.span_id);
    let queues: BTreeSet<_> = queues
        .filter_map(|it| text(&it.attributes, "dramatis.queue"))
        .collect();
    assert_eq!(queues, ["item", "key"].map(str::to_owned).into());

    for (id, name, step) in [
        ("uploads", "PUT /v1/blobs/{sha256}", "upload blob"),
        ("fetches", "GET /v1/blobs/{sha256}", "fetch blob"),
    ] {
        let span = request(&spans, id);
        assert_eq!(span.name, name);
        assert!(span.parent_span_id.is_empty(), "it begins a trace");
        assert!(below(&spans, span).contains(step), "{step}");
    }
    // An address that there is not has no route, and is nobody's error but the caller's.
    let strayed = request(&spans, "strays");
    assert_eq!(
        (strayed.name.as_str(), status(strayed).as_str()),
        ("GET", "404")
    );
    assert_eq!(outcome(strayed), Outcome::Unset);
    // What goes on in the background begins no trace.
    let begun = spans.iter().filter(|it| it.parent_span_id.is_empty());
    assert_eq!(begun.count(), 3);
    // Nothing else is told, by whatever way it might come in.
    let keys = spans.iter().flat_map(|it| &it.attributes);
    assert_eq!(
        keys.map(|it| it.key.as_str()).collect::<BTreeSet<_>>(),
        BTreeSet::from([
            "dramatis.asked",
            "dramatis.attempt",
            "dramatis.operation",
            "dramatis.queue",
            "dramatis.request_id",
            "http.request.method",
            "http.response.status_code",
            "http.route",
            "url.scheme",
        ])
    );
    assert!(
        spans
            .iter()
            .all(|it| it.events.is_empty() && it.links.is_empty())
    );

    // The log has the trace's id, sent or begun here.
    let lines = lines(&log);
    let logged = |id: &str| {
        let line = lines
            .iter()
            .find(|it| it["message"] == "answered" && it["span"]["id"] == id);
        line.unwrap()["span"].clone()
    };
    assert_eq!(logged("publishes")["trace_id"], TRACE);
    assert_eq!(logged("publishes")["parent_id"], CALLER);
    let begun = hex::encode(&request(&spans, "uploads").trace_id);
    assert_eq!(logged("uploads")["trace_id"], begun);

    let requests = collector.requests();
    let resource = requests[0].resource_spans[0].resource.as_ref().unwrap();
    assert_eq!(
        text(&resource.attributes, "service.name").as_deref(),
        Some("dramatis-inventory")
    );
    let creator = inventory.account.to_string();
    for (headers, body) in collector.taken() {
        assert_eq!(headers["content-type"], "application/x-protobuf");
        assert_eq!(headers["x-collector-key"], "a-key");
        for private in [
            "written-by-the-caller",
            token.as_str(),
            "dmt_",
            "mirelle",
            "Mirelle",
            "a-secret-of-hers",
            "ana",
            "studio-laptop",
            creator.as_str(),
            // Where the log's own lines would be.
            "answered",
            ".rs",
        ] {
            let found = body
                .windows(private.len())
                .any(|it| it == private.as_bytes());
            assert!(!found, "{private}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_service_itself_fails_at_is_an_error_of_a_trace() {
    let inventory = Inventory::without_service().await;
    let (folder, collector) = (
        tempfile::tempdir().unwrap(),
        Collector::start(StatusCode::OK).await,
    );
    let mut command = traced(&inventory, &collector.url, &log_in(&folder));
    // Shorter than any answer that needs the database.
    command
        .args(["--request-timeout", "0.000001"])
        .env("OTEL_SERVICE_NAME", "another-name");
    let mut process = ServiceProcess::spawn(command).await;
    let late = client()
        .get(format!("{}/v1/listing", process.url))
        .bearer_auth(&inventory.token)
        .header("x-request-id", "late");
    assert_eq!(send(late).await.unwrap().status, 503);
    stop(&mut process).await;
    let spans = collector.spans();
    let late = request(&spans, "late");
    assert_eq!(
        (outcome(late), status(late).as_str()),
        (Outcome::Error, "503")
    );
    assert_eq!(text(&late.attributes, "error.type").as_deref(), Some("503"));
    let requests = collector.requests();
    let resource = requests[0].resource_spans[0].resource.as_ref().unwrap();
    assert_eq!(
        text(&resource.attributes, "service.name").as_deref(),
        Some("another-name")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_caller_does_not_sample_is_not_exported_and_stands_in_the_log() {
    let inventory = Inventory::without_service().await;
    let (folder, collector) = (
        tempfile::tempdir().unwrap(),
        Collector::start(StatusCode::OK).await,
    );
    let log = log_in(&folder);
    let mut process = ServiceProcess::spawn(traced(&inventory, &collector.url, &log)).await;
    let body = publish(item(), "mirelle", None, "a");
    let published = publishing(&client(), &process.url, &inventory.token, key(), &body)
        .header("traceparent", format!("00-{TRACE}-{CALLER}-00"));
    assert_eq!(send(published).await.unwrap().status, 201);
    stop(&mut process).await;
    assert!(collector.taken().is_empty());
    let lines = lines(&log);
    let answered = lines.iter().find(|it| it["message"] == "answered").unwrap();
    assert_eq!(answered["span"]["trace_id"], TRACE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_refuses_or_is_silent_costs_no_answer_is_told_once_and_holds_up_no_stop() {
    let inventory = Inventory::without_service().await;
    let folder = tempfile::tempdir().unwrap();
    let refuses = Collector::start(StatusCode::BAD_REQUEST).await;
    // Connections come to be, and nobody ever answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = (format!("http://{}", silent.local_addr().unwrap()), silent);
    let told = |log: &Path| {
        let lines = lines(log);
        let about = |it: &&serde_json::Value| {
            it["message"]
                .as_str()
                .is_some_and(|it| it.contains("collector"))
        };
        lines.iter().filter(about).count()
    };
    let listing = |process: &ServiceProcess| {
        client()
            .get(format!("{}/v1/listing", process.url))
            .bearer_auth(&inventory.token)
    };

    let log = folder.path().join("refuses");
    let mut command = traced(&inventory, &refuses.url, &log);
    command.env("OTEL_BSP_SCHEDULE_DELAY", "20");
    let mut process = ServiceProcess::spawn(command).await;
    while refuses.taken().len() < 3 {
        assert_eq!(send(listing(&process)).await.unwrap().status, 200);
    }
    stop(&mut process).await;
    assert_eq!(told(&log), 1);

    let log = folder.path().join("silent");
    let mut command = traced(&inventory, &silent.0, &log);
    command
        .env("OTEL_BSP_SCHEDULE_DELAY", "20")
        .env("OTEL_BSP_MAX_QUEUE_SIZE", "8");
    let mut process = ServiceProcess::spawn(command).await;
    // More spans than are kept.
    for _ in 0..20 {
        assert_eq!(send(listing(&process)).await.unwrap().status, 200);
    }
    assert!(stop(&mut process).await < Duration::from_secs(10));
    assert_eq!(told(&log), 1, "the last spans were not taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_speaks_another_protocol_is_said_and_the_service_serves() {
    let inventory = Inventory::without_service().await;
    let (folder, collector) = (
        tempfile::tempdir().unwrap(),
        Collector::start(StatusCode::OK).await,
    );
    let log = log_in(&folder);
    let mut command = traced(&inventory, &collector.url, &log);
    command.env("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let mut process = ServiceProcess::spawn(command).await;
    let body = publish(item(), "mirelle", None, "a");
    let published = publishing(&client(), &process.url, &inventory.token, key(), &body);
    assert_eq!(send(published).await.unwrap().status, 201);
    stop(&mut process).await;
    assert!(collector.taken().is_empty());
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(
        said.contains("traces are not exported") && said.contains("http/protobuf"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_a_webhook_is_a_span_whose_traceparent_goes_with_it_beside_what_is_signed() {
    let inventory = Inventory::without_service().await;
    let (folder, collector) = (
        tempfile::tempdir().unwrap(),
        Collector::start(StatusCode::OK).await,
    );
    // It takes what comes, as a receiver of webhooks does.
    let receiver = Collector::start(StatusCode::OK).await;
    let key_file = folder.path().join("key");
    let sealing = SealingKey::make(&key_file).and_then(|()| SealingKey::read(&key_file));
    let allowed = Allowed {
        http: true,
        private: true,
    };
    let url = format!("{}/v1/traces", receiver.url);
    let (webhook, secret) = inventory
        .provisioner
        .add_webhook(inventory.tenant, &url, &[], &sealing.unwrap(), allowed)
        .await
        .unwrap();
    let mut command = traced(&inventory, &collector.url, &log_in(&folder));
    command
        .env("INVENTORY_WORKER_DATABASE_URL", inventory.worker_url())
        .env("INVENTORY_WEBHOOK_KEY_FILE", &key_file)
        .env("INVENTORY_WEBHOOK_ALLOW_HTTP", "true")
        .env("INVENTORY_WEBHOOK_ALLOW_PRIVATE", "true");
    let mut process = ServiceProcess::spawn(command).await;
    let body = publish(item(), "mirelle", None, "a");
    let published = publishing(&client(), &process.url, &inventory.token, key(), &body);
    assert_eq!(send(published).await.unwrap().status, 201);
    // Its result is kept after the span has ended.
    until_sql(
        &inventory,
        "SELECT count(*) FROM webhook_delivery WHERE delivered_at IS NOT NULL",
    )
    .await;
    stop(&mut process).await;

    let calls = receiver.taken();
    let [(headers, body)] = calls.as_slice() else {
        panic!("{} calls", calls.len())
    };
    let verifier = standardwebhooks::Webhook::new(&secret.reveal()).unwrap();
    verifier.verify(body, headers).unwrap();
    let spans = collector.spans();
    let called = spans.iter().find(|it| it.name == "POST webhook").unwrap();
    assert_eq!(called.kind, SpanKind::Client as i32);
    assert!(called.parent_span_id.is_empty());
    assert_eq!(
        (outcome(called), status(called).as_str()),
        (Outcome::Unset, "200")
    );
    assert_eq!(
        text(&called.attributes, "dramatis.webhook"),
        Some(webhook.to_string())
    );
    let (trace, span) = (hex::encode(&called.trace_id), hex::encode(&called.span_id));
    assert_eq!(headers["traceparent"], format!("00-{trace}-{span}-01"));
    assert!(!headers.contains_key("tracestate"));
}
