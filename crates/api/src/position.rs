//! How far an inventory's log had come: what somebody has just changed is in
//! every server that has come as far.

use std::{fmt, str::FromStr};

/// A place in the log of the inventory's Postgres, written as Postgres does:
/// `16/B374D848`. Only to be compared and sent back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub u64);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xffff_ffff)
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let half = |text: &str| {
            let plain = (1..=8).contains(&text.len()) && !text.starts_with('+');
            plain
                .then(|| u32::from_str_radix(text, 16).ok())
                .flatten()
                .map(u64::from)
        };
        let (high, low) = text.split_once('/').ok_or(())?;
        Ok(Self(half(high).ok_or(())? << 32 | half(low).ok_or(())?))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_position_is_read_as_postgres_writes_it_and_ordered_as_a_number() {
        for text in ["0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"] {
            assert_eq!(text.parse::<Position>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "/",
            "1",
            "1/",
            "1/-1",
            "+1/1",
            "1/123456789",
            "1/2/3",
            "G/1",
        ] {
            assert_eq!(text.parse::<Position>(), Err(()), "{text}");
        }
        assert!("9/0".parse::<Position>() < "10/0".parse());
        assert!("1/FFFFFFFF".parse::<Position>() < "2/0".parse());
    }
}
