//! Where a page ended that is in the order of time.

use crate::db;
use time::OffsetDateTime;
use uuid::Uuid;

/// A moment, and what of that moment: together they make the order whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    at_us: i64,
    pub(crate) id: Uuid,
}

impl Cursor {
    pub(crate) fn new(at: OffsetDateTime, id: Uuid) -> Self {
        let at_us = db::micros(at);
        Self { at_us, id }
    }

    pub(crate) fn at(self) -> OffsetDateTime {
        db::moment(self.at_us)
    }

    pub(crate) fn parse(text: &str) -> Result<Self, ()> {
        let (at, id) = text.split_once('_').ok_or(())?;
        Ok(Self {
            at_us: at.parse().map_err(|_| ())?,
            id: id.parse().map_err(|_| ())?,
        })
    }

    pub(crate) fn text(self) -> String {
        format!("{}_{}", self.at_us, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;
    use uuid::Uuid;

    #[test]
    fn a_cursor_reads_back() {
        let cursor = Cursor {
            at_us: 1_790_000_000_123_456,
            id: Uuid::from_u128(5),
        };
        assert_eq!(Cursor::parse(&cursor.text()), Ok(cursor));
        assert_eq!(Cursor::parse("x"), Err(()));
    }
}
