//! What studio and inventory say to each other, once for both sides: paths,
//! headers, bodies and problem codes of `/v1`.
//!
//! Digests cross as `sha256:…`, ids as UUIDs, times as RFC 3339 in UTC with
//! microseconds. Card and manifest cross as the exact text that is hashed.

pub mod account;
pub mod audit;
pub mod command;
pub mod feed;
pub mod headers;
pub mod history;
pub mod item;
pub mod lineage;
pub mod listing;
pub mod owners;
pub mod ownership;
pub mod pace;
pub mod paths;
mod position;
pub mod problem;
pub mod publish;
pub mod reading;
pub mod receipt;
pub mod review;

pub use position::Position;
pub use problem::{Code, Problem};

/// RFC 3339 in UTC with microseconds: the one form of a time on the wire.
pub mod timestamp {
    use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

    /// Microseconds since 1970 UTC as RFC 3339; `None` outside the years 0–9999.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<String> {
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).ok()?;
        moment.to_offset(UtcOffset::UTC).format(&Rfc3339).ok()
    }

    /// RFC 3339 as microseconds since 1970 UTC.
    #[must_use]
    pub fn to_micros(text: &str) -> Option<i64> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(moment.unix_timestamp_nanos() / 1000).ok()
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn both_ways() {
            for micros in [0, 1, 1_790_000_000_123_456, 1_790_000_000_120_000] {
                assert_eq!(
                    super::from_micros(micros)
                        .as_deref()
                        .and_then(super::to_micros),
                    Some(micros)
                );
            }
        }
    }
}
