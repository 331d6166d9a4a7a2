//! How long anything may take. Each wait ends before the one around it, and the
//! outermost before the studio's own (45 s): a client is told *not now* and
//! never left waiting. A body has its time on the line beside it, on both sides
//! ([`dramatis_api::pace`]).

use std::time::Duration;

/// The bounds of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Waiting for a connection to Postgres.
    pub connection: Duration,
    /// One statement.
    pub statement: Duration,
    /// The whole request, its place in the queues included. Its body may be on
    /// its way so long besides, as a slow line takes for it.
    pub request: Duration,
}

impl Patience {
    /// For work that nobody waits for.
    pub(crate) const BACKGROUND: Self = Self {
        connection: Duration::from_secs(10),
        statement: Duration::from_secs(30),
        request: Duration::from_secs(60),
    };
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connection: Duration::from_secs(5),
            statement: Duration::from_secs(15),
            request: Duration::from_secs(40),
        }
    }
}
