//! The log, on standard error.

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A line for people.
    Text,
    /// A line of JSON: time, level, message, fields, and the request's span.
    Json,
}

pub(super) fn begin(format: Format) {
    let filter = EnvFilter::try_from_env("DRAMATIS_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .with_ansi(false);
    match format {
        Format::Text => log.init(),
        // One span a request: the list of all around it would say it twice.
        Format::Json => log.json().flatten_event(true).with_span_list(false).init(),
    }
}
