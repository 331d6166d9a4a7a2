//! The log, on standard error; and what traces are made of beside it.

use crate::traces::{self, Export};
use clap::ValueEnum;
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{FilterExt as _, LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A line for people.
    Text,
    /// A line of JSON: time, level, message, fields, and the request's span.
    Json,
}

/// Begins the log, and beside it the traces that were asked for. Where they
/// cannot be had, the log says so.
pub(super) fn begin(format: Format, traces: Result<Option<Export>, String>) -> Option<Export> {
    let (export, refused) = match traces {
        Ok(export) => (export, None),
        Err(fault) => (None, Some(fault)),
    };
    subscribe(format, export.as_ref());
    if let Some(fault) = refused {
        tracing::warn!("traces are not exported: {fault}. Everything else is as without them");
    }
    export
}

fn subscribe(format: Format, export: Option<&Export>) {
    let filter = EnvFilter::try_from_env("DRAMATIS_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false);
    let log: Box<dyn Layer<Registry> + Send + Sync> = match format {
        Format::Text => log.boxed(),
        // One span a request: the list of all around it would say it twice.
        Format::Json => log.json().flatten_event(true).with_span_list(false).boxed(),
    };
    let Some(export) = export else {
        tracing_subscriber::registry().with(log).with(filter).init();
        return;
    };
    // A line of the log stays within the request's own span, which names it.
    let no_trace = Targets::new()
        .with_default(LevelFilter::TRACE)
        .with_target(traces::TARGET, LevelFilter::OFF);
    tracing_subscriber::registry()
        .with(log.with_filter(filter.and(no_trace)))
        .with(export.layer())
        .init();
}
