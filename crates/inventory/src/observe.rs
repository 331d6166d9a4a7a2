//! What a process tells of itself: the metrics' names, what each means, and
//! the recorder. No label names a tenant, a person or a thing of theirs.

use crate::app::App;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{
    sync::OnceLock,
    time::{Duration, SystemTime},
};

/// From a millisecond to the longest that a request may take.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 40.0,
];

/// A label and its value.
type Label = (&'static str, &'static str);

/// What only counts up, and the labels that an alarm needs to see at 0.
const COUNTERS: &[(&str, &str, &[Label])] = &[
    (
        "dramatis_requests_total",
        "Requests that were answered, by method, route and status",
        &[],
    ),
    (
        "dramatis_problems_total",
        "Problems that were answered, by their code",
        &[
            ("code", "unavailable"),
            ("code", "internal"),
            ("code", "busy"),
            ("code", "rate_limited"),
            ("code", "unauthorized"),
        ],
    ),
    (
        "dramatis_restarts_total",
        "Transactions that were run again after a conflict",
        &[("", "")],
    ),
    (
        "dramatis_unnoted_total",
        "Refusals and uses of tokens that should stand in a tenant's history or beside a token and do not",
        &[("", "")],
    ),
    (
        "dramatis_reads_total",
        "Reads that may go to the replica, by the server that answered",
        &[("server", "primary"), ("server", "replica")],
    ),
    (
        "dramatis_replica_passed_over_total",
        "Reads that the primary answered because the replica was behind or away",
        &[("reason", "behind"), ("reason", "away")],
    ),
    (
        "dramatis_webhook_attempts_total",
        "Attempts to bring news to a webhook, by what came of them",
        &[
            ("outcome", "delivered"),
            ("outcome", "failed"),
            ("outcome", "dead"),
            ("outcome", "disabled"),
            ("outcome", "held"),
            ("outcome", "fenced"),
        ],
    ),
];

const GAUGES: &[(&str, &str)] = &[
    ("dramatis_build_info", "1, with the version as a label"),
    (
        "dramatis_start_time_seconds",
        "When this process started, in seconds since 1970",
    ),
    (
        "dramatis_pool_connections",
        "Connections to Postgres: in use, idle, and the most there may be",
    ),
    (
        "dramatis_pool_waiting",
        "Requests that wait for a connection to Postgres",
    ),
    (
        "dramatis_feed_backlog",
        "News without a number; kept by processes that have the worker's login",
    ),
    (
        "dramatis_feed_lag_seconds",
        "How long the oldest of them waits",
    ),
    ("dramatis_replica_up", "Whether the replica answers"),
    (
        "dramatis_replica_lag_bytes",
        "How much of the primary's log the replica has not replayed",
    ),
    (
        "dramatis_webhook_backlog",
        "News that a webhook was not brought yet; kept by processes that have the worker's login",
    ),
    (
        "dramatis_webhook_oldest_seconds",
        "How long the oldest of them waits",
    ),
    (
        "dramatis_webhook_dead",
        "Messages that were given up and wait for an operator",
    ),
];

const HISTOGRAMS: &[(&str, &str)] = &[
    (
        "dramatis_request_seconds",
        "How long requests took, by route and status",
    ),
    (
        "dramatis_pool_wait_seconds",
        "How long it took to get a connection to Postgres",
    ),
    (
        "dramatis_queue_wait_seconds",
        "How long requests waited for others with the same key or on the same item",
    ),
];

/// One recorder a process: a second service in the same process (tests) shares it.
pub(crate) fn recorder() -> Result<PrometheusHandle, String> {
    static RECORDER: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    RECORDER.get_or_init(install).clone()
}

fn install() -> Result<PrometheusHandle, String> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|fault| fault.to_string())?;
    for (name, what, shown) in COUNTERS {
        describe_counter!(*name, *what);
        for (label, value) in *shown {
            if label.is_empty() {
                counter!(*name).increment(0);
            } else {
                counter!(*name, *label => *value).increment(0);
            }
        }
    }
    for (name, what) in GAUGES {
        describe_gauge!(*name, *what);
    }
    for (name, what) in HISTOGRAMS {
        describe_histogram!(*name, *what);
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    gauge!("dramatis_start_time_seconds").set(now.unwrap_or_default().as_secs_f64());
    gauge!("dramatis_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!("dramatis_pool_waiting").set(0.0);
    Ok(handle)
}

/// Everything, as Prometheus reads it.
pub(crate) fn render(app: &App) -> String {
    let pool = app.db.pool();
    let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
    for (state, count) in [
        ("in_use", pool.size().saturating_sub(idle)),
        ("idle", idle),
        ("most", pool.options().get_max_connections()),
    ] {
        gauge!("dramatis_pool_connections", "state" => state).set(count);
    }
    app.metrics.render()
}

/// Histograms keep every sample until this is run.
pub(crate) async fn upkeep(metrics: PrometheusHandle) {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    loop {
        tick.tick().await;
        metrics.run_upkeep();
    }
}
