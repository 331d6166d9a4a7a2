//! How long a body may be on its way, once for both sides: whoever sends gives
//! up no sooner than whoever receives.

use std::time::Duration;

/// The slowest line that anything is sent over, in bytes a second.
const SLOWEST: u64 = 32 * 1024;

/// How long so many bytes may take, beyond what a request without a body may.
#[must_use]
pub const fn on_the_line(bytes: u64) -> Duration {
    Duration::from_millis(bytes.saturating_mul(1000) / SLOWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_megabyte_has_half_a_minute() {
        assert_eq!(on_the_line(0), Duration::ZERO);
        assert_eq!(on_the_line(1 << 20), Duration::from_secs(32));
    }
}
