//! How people and apps name a release.

use crate::{
    Digest,
    names::{ChannelName, Handle, Slug},
};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// A release, by whatever names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `ana/mirelle@stable`; `ana/mirelle` alone means `@stable`.
    Channel(Handle, Slug, ChannelName),
    /// `ana/mirelle#3`.
    Number(Handle, Slug, i32),
    /// `sha256:…` of its manifest.
    Manifest(Digest),
    /// Its id.
    Id(Uuid),
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” names no release; creator/slug@channel, creator/slug#number, sha256:… of its manifest and its id do"
)]
pub struct AddressFault(String);

impl FromStr for Address {
    type Err = AddressFault;

    fn from_str(text: &str) -> Result<Self, AddressFault> {
        parse(text).ok_or_else(|| AddressFault(text.chars().take(160).collect()))
    }
}

fn parse(text: &str) -> Option<Address> {
    if text.starts_with("sha256:") {
        return text.parse().ok().map(Address::Manifest);
    }
    let Some((creator, rest)) = text.split_once('/') else {
        return text.parse().ok().map(Address::Id);
    };
    let creator = creator.parse().ok()?;
    if let Some((slug, number)) = rest.split_once('#') {
        let number = number.parse().ok().filter(|number| *number > 0)?;
        return Some(Address::Number(creator, slug.parse().ok()?, number));
    }
    let (slug, channel) = rest.split_once('@').unwrap_or((rest, "stable"));
    Some(Address::Channel(
        creator,
        slug.parse().ok()?,
        channel.parse().ok()?,
    ))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channel(creator, slug, channel) => write!(f, "{creator}/{slug}@{channel}"),
            Self::Number(creator, slug, number) => write!(f, "{creator}/{slug}#{number}"),
            Self::Manifest(digest) => digest.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Address;

    #[test]
    fn every_form_reads_back_and_nothing_else_is_read() {
        let hash = format!("sha256:{}", "ab".repeat(32));
        for text in [
            "ana/mirelle@beta",
            "ana/mirelle#3",
            hash.as_str(),
            "01923abc-0000-7000-8000-000000000001",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!(
            "ana/mirelle".parse::<Address>(),
            "ana/mirelle@stable".parse()
        );
        for odd in [
            "",
            "ana",
            "ana/",
            "/x",
            "ana/x#0",
            "ana/x#-1",
            "ana/x#",
            "ana/x@",
            "ana/x@y@z",
            "Ana/x",
            "sha256:1",
            "ana/x/y",
        ] {
            assert!(odd.parse::<Address>().is_err(), "{odd}");
        }
    }
}
