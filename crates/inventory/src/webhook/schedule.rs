//! When to try again, and when to give up.

use std::time::Duration;

/// The most attempts: with the waits below, over about a day and a half.
const ATTEMPTS: i32 = 12;

const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(6 * 60 * 60);

/// How long to wait after so many attempts: 5 s, 20 s, 80 s, 5 min, 21 min,
/// 85 min, then 6 h; none where it is enough. `jitter` is between 0 and 1 and
/// moves it by a quarter either way, so that what failed together does not come
/// back together; what the receiver asks for counts where it is longer.
#[must_use]
pub(super) fn after(attempts: i32, asked: Option<Duration>, jitter: f64) -> Option<Duration> {
    if attempts >= ATTEMPTS {
        return None;
    }
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default() * 2;
    let wait = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let wait = wait.mul_f64(0.75 + jitter.clamp(0.0, 1.0) / 2.0);
    Some(wait.max(asked.unwrap_or_default().min(LONGEST)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_six_hours_and_end_after_twelve_attempts() {
        let waits: Vec<u64> = (1..)
            .map_while(|attempts| after(attempts, None, 0.5))
            .map(|wait| wait.as_secs())
            .collect();
        assert_eq!(
            waits,
            [
                5, 20, 80, 320, 1280, 5120, 20480, 21600, 21600, 21600, 21600
            ]
        );
        assert_eq!(waits.len() + 1, 12);
    }

    #[test]
    fn jitter_moves_a_wait_by_a_quarter_and_a_receiver_may_ask_for_longer() {
        let second = Duration::from_secs(1);
        assert_eq!(after(2, None, 0.0), Some(15 * second));
        assert_eq!(after(2, None, 1.0), Some(25 * second));
        assert_eq!(after(1, Some(60 * second), 0.5), Some(60 * second));
        assert_eq!(after(3, Some(60 * second), 0.5), Some(80 * second));
        assert_eq!(after(1, Some(Duration::MAX), 0.5), Some(LONGEST));
    }
}
