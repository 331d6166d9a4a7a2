//! How long a request may take, said on the command line.

use crate::Patience;
use clap::Args;
use std::time::Duration;

/// In seconds. What takes longer is answered with 503 and `Retry-After`.
#[derive(Debug, Args)]
pub(super) struct PatienceArguments {
    /// The longest wait for a connection to Postgres
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    connection_timeout: Duration,
    /// The longest time one statement may run
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "15")]
    statement_timeout: Duration,
    /// The longest time a request may take, its upload included
    #[arg(long, value_name = "SECONDS", value_parser = seconds, default_value = "40")]
    request_timeout: Duration,
}

impl From<PatienceArguments> for Patience {
    fn from(said: PatienceArguments) -> Self {
        Self {
            connection: said.connection_timeout,
            statement: said.statement_timeout,
            request: said.request_timeout,
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|length| !length.is_zero())
        .ok_or_else(|| "a number of seconds, more than 0".to_owned())
}
