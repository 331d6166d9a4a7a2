//! Traces on their way out: by OTLP, over HTTP as protobuf, in batches, from a
//! thread of their own. A collector that is away costs its spans and nothing else.

use super::{ON, TARGET};
use opentelemetry::{KeyValue, trace::TracerProvider as _};
use opentelemetry_otlp::{
    OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL, Protocol, WithExportConfig as _,
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    resource::{EnvResourceDetector, TelemetryResourceDetector},
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{Layer, filter::Targets, registry::LookupSpan};

/// How long the end of a process waits for its last spans to be taken.
const LAST_SPANS: Duration = Duration::from_secs(3);

/// The one protocol that is spoken.
const PROTOCOL: &str = "http/protobuf";

/// Spans that go to a collector.
#[derive(Debug)]
pub(crate) struct Export(SdkTracerProvider);

/// What the standard variables ask for (`OTEL_*`); none where they name no
/// collector.
///
/// # Errors
/// Where what they ask for cannot be done: a sentence for people.
pub(crate) fn asked_for() -> Result<Option<Export>, String> {
    let endpoints = [
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
        OTEL_EXPORTER_OTLP_ENDPOINT,
    ];
    let is = |name, value: &str| {
        variable(name).is_some_and(|found| found.trim().eq_ignore_ascii_case(value))
    };
    if endpoints.into_iter().find_map(variable).is_none()
        || is("OTEL_SDK_DISABLED", "true")
        || is("OTEL_TRACES_EXPORTER", "none")
    {
        return Ok(None);
    }
    let protocols = [
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL,
        OTEL_EXPORTER_OTLP_PROTOCOL,
    ];
    if let Some(protocol) = protocols.into_iter().find_map(variable)
        && !protocol.eq_ignore_ascii_case(PROTOCOL)
    {
        return Err(format!(
            "this program speaks {PROTOCOL} and was asked for {protocol}: set {OTEL_EXPORTER_OTLP_TRACES_PROTOCOL}={PROTOCOL} and the collector's address for it (port 4318, not 4317)"
        ));
    }
    // Without one the client panics; the program may have one already.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .build()
        .map_err(|fault| fault.to_string())?;
    let provider = SdkTracerProvider::builder()
        .with_resource(ourselves())
        .with_batch_exporter(ToldOnce {
            exporter,
            fails: AtomicBool::new(false),
        })
        .build();
    Ok(Some(Export(provider)))
}

impl Export {
    /// What takes the spans; from now on there are some.
    pub(crate) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        ON.store(true, Ordering::Relaxed);
        tracing_opentelemetry::layer()
            .with_tracer(self.0.tracer("dramatis-inventory"))
            // Spans are found by `tracing` alone: nothing to enter and to leave.
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(Targets::new().with_target(TARGET, LevelFilter::INFO))
    }

    /// Sends what is left, for a bounded time.
    pub(crate) fn end(self) {
        if let Err(fault) = self.0.shutdown_with_timeout(LAST_SPANS) {
            tracing::warn!(%fault, "the last spans were not taken by the collector");
        }
    }
}

/// A variable that says something; an empty one counts as none, as the standard has it.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Who traces: by our own name, unless the environment has another.
fn ourselves() -> Resource {
    let named = variable("OTEL_SERVICE_NAME").map(|name| KeyValue::new("service.name", name));
    Resource::builder_empty()
        .with_service_name("dramatis-inventory")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_detector(Box::new(EnvResourceDetector::new()))
        .with_attributes(named)
        .build()
}

/// Says that spans are lost when that begins and when it ends, not with every batch.
#[derive(Debug)]
struct ToldOnce<E> {
    exporter: E,
    fails: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for ToldOnce<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let done = self.exporter.export(batch).await;
        let failed = self.fails.swap(done.is_err(), Ordering::Relaxed);
        match &done {
            Err(fault) if !failed => tracing::warn!(
                %fault,
                "the collector does not take our traces: they are lost until it does, and nothing else is. This is said once; look at OTEL_EXPORTER_OTLP_ENDPOINT and at the collector"
            ),
            Ok(()) if failed => tracing::info!("the collector takes our traces again"),
            _ => {}
        }
        done
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.exporter.shutdown()
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}
