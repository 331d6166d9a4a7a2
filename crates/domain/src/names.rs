//! Slugs and channel names: parsed once at the edge.

use crate::limits;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Why a text is no slug or channel name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// Nothing was given.
    #[error("it is empty")]
    Empty,
    /// More than the limit.
    #[error("it has {length} characters; {limit} is the most")]
    TooLong {
        /// What it has, in bytes.
        length: usize,
        /// What it may have.
        limit: usize,
    },
    /// Anything but `a–z`, `0–9` and single hyphens between them.
    #[error(
        "it may hold a–z, 0–9 and single hyphens between them, and starts with a letter or digit"
    )]
    Characters,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $limit:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameFault;
            fn from_str(text: &str) -> Result<Self, NameFault> {
                check(text, $limit).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameFault;
            fn try_from(text: String) -> Result<Self, NameFault> {
                check(&text, $limit).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// An item's name in addresses, unique per creator: `mirelle`.
    Slug,
    limits::SLUG
);
name!(
    /// A movable name for a release: `stable`, `beta`, …
    ChannelName,
    limits::CHANNEL
);
name!(
    /// A creator's name in addresses, unique per tenant: `ana`.
    Handle,
    limits::SLUG
);

impl Slug {
    /// A slug for a name a person chose; `character` where nothing of it can
    /// stand in one (a name in another script is kept whole as the *name*).
    #[must_use]
    pub fn suggest(name: &str) -> Self {
        let mut slug = String::new();
        for c in name.chars().flat_map(char::to_lowercase) {
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                'à'..='å' => slug.push('a'),
                'è'..='ë' => slug.push('e'),
                'ì'..='ï' => slug.push('i'),
                'ò'..='ö' => slug.push('o'),
                'ù'..='ü' => slug.push('u'),
                'ñ' => slug.push('n'),
                'ç' => slug.push('c'),
                'ß' => slug.push_str("ss"),
                '\'' | '’' => {}
                _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
                _ => {}
            }
            if slug.len() >= 48 {
                break;
            }
        }
        let slug = slug.trim_end_matches('-');
        Self(if slug.is_empty() {
            "character".to_owned()
        } else {
            slug.to_owned()
        })
    }

    /// The same slug with a number behind it, for when the first is taken.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }
}

fn check(text: &str, limit: usize) -> Result<(), NameFault> {
    if text.is_empty() {
        return Err(NameFault::Empty);
    }
    if text.len() > limit {
        return Err(NameFault::TooLong {
            length: text.chars().count(),
            limit,
        });
    }
    let legal = text
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !legal || text.starts_with('-') || text.ends_with('-') || text.contains("--") {
        return Err(NameFault::Characters);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{NameFault, Slug};
    use proptest::prelude::*;

    #[test]
    fn suggestions_read_well() {
        for (name, slug) in [
            ("Mirelle of the Salt Road", "mirelle-of-the-salt-road"),
            ("  Élodie’s Café!! ", "elodies-cafe"),
            ("مرحبا", "character"),
            ("🦊", "character"),
            ("R2-D2", "r2-d2"),
        ] {
            assert_eq!(Slug::suggest(name).as_str(), slug);
        }
    }

    #[test]
    fn refusals_say_why() {
        assert_eq!("".parse::<Slug>(), Err(NameFault::Empty));
        assert_eq!("-a".parse::<Slug>(), Err(NameFault::Characters));
        assert_eq!("a--b".parse::<Slug>(), Err(NameFault::Characters));
        assert!(matches!(
            "a".repeat(64).parse::<Slug>(),
            Err(NameFault::TooLong { .. })
        ));
    }

    proptest! {
        #[test]
        fn every_suggestion_is_a_slug(name in ".*") {
            let slug = Slug::suggest(&name);
            prop_assert_eq!(slug.as_str().parse::<Slug>().unwrap(), slug.clone());
            prop_assert!(slug.numbered(4_000_000).as_str().parse::<Slug>().is_ok());
        }
    }
}
