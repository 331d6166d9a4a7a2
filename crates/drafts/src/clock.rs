//! The one place that reads the time, so that a test can say what time it is.

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Microseconds since 1970 UTC.
pub type Micros = i64;

/// Where the time comes from.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Micros + Send + Sync>);

impl Clock {
    /// The computer's own clock.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |past| {
                i64::try_from(past.as_micros()).unwrap_or(i64::MAX)
            })
        })
    }

    /// A clock that says what `read` says.
    #[must_use]
    pub fn from_fn(read: impl Fn() -> Micros + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Micros {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// RFC 3339 in UTC: how times cross and how they are shown.
pub(crate) fn shown(at: Micros) -> String {
    dramatis_api::timestamp::from_micros(at).unwrap_or_default()
}
