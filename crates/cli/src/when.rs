//! Times for people: in their own zone, to the minute. `--json` has them in UTC
//! with full precision.

use jiff::{Timestamp, tz::TimeZone};

/// `2026-11-25 14:02 CET`; a time that cannot be read is shown as it came.
pub(crate) fn shown(at: &str) -> String {
    within(at, TimeZone::system())
}

fn within(at: &str, zone: TimeZone) -> String {
    match at.parse::<Timestamp>() {
        Ok(time) => time
            .to_zoned(zone)
            .strftime("%Y-%m-%d %H:%M %Z")
            .to_string(),
        Err(_) => at.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::within;
    use jiff::tz::{TimeZone, offset};

    #[test]
    fn a_time_is_shown_to_the_minute_in_the_persons_zone() {
        let at = "2026-11-25T23:02:59.123456Z";
        assert_eq!(within(at, TimeZone::UTC), "2026-11-25 23:02 UTC");
        let east = TimeZone::fixed(offset(2));
        assert_eq!(within(at, east), "2026-11-26 01:02 +02");
        assert_eq!(within("yesterday", TimeZone::UTC), "yesterday");
    }
}
