//! When a failed request is sent again: exponential, with jitter, bounded, and
//! never before the inventory asked for (RFC 9110, Retry-After).

use crate::Micros;

const FIRST: Micros = 1_000_000;
const LONGEST: Micros = 60_000_000;
/// The longest that an inventory can make a request wait.
const LONGEST_ASKED: u64 = 3_600;

/// The delay after the `attempts`-th failure; `jitter` is between 0 and 1.
pub(crate) fn delay(attempts: i64, retry_after: Option<u64>, jitter: f64) -> Micros {
    let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
    let whole = (FIRST << doublings).min(LONGEST);
    // Half is fixed, half is spread: studios that lost an inventory together
    // do not come back together.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "at most a minute in microseconds"
    )]
    let spread = (whole as f64 / 2.0 * jitter.clamp(0.0, 1.0)) as Micros;
    let own = whole / 2 + spread;
    let asked = retry_after.map_or(0, |seconds| {
        i64::try_from(seconds.min(LONGEST_ASKED)).unwrap_or(0) * 1_000_000
    });
    own.max(asked)
}

#[cfg(test)]
mod tests {
    use super::delay;

    #[test]
    fn grows_is_bounded_and_honours_retry_after() {
        assert_eq!(delay(1, None, 1.0), 1_000_000);
        assert_eq!(delay(1, None, 0.0), 500_000);
        assert_eq!(delay(4, None, 1.0), 8_000_000);
        assert_eq!(delay(1_000, None, 1.0), 60_000_000);
        assert_eq!(delay(1, Some(7), 0.5), 7_000_000);
        assert_eq!(delay(1, Some(u64::MAX), 0.5), 3_600_000_000);
    }
}
