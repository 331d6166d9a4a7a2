//! The document that a release hashes. It holds only what the studio knows
//! when it freezes a draft, so that publishes made offline chain on each
//! other; number, time, actor, state and channel are never in it
//! (inventory.md, What is hashed). The form is frozen: `tests::frozen`.

use crate::{
    Digest, ItemId, ReleaseId,
    canonical::{CanonicalFault, canonical_json},
};
use serde::{Deserialize, Serialize};

/// The schema of a manifest.
pub const SCHEMA: &str = "dramatis.manifest/1";

/// The schema of one with members that the first did not know: what it was
/// forked from, or what a target runs on. Used where one of them stands in it
/// and nowhere else, so that no release has two manifests.
pub const SCHEMA_2: &str = "dramatis.manifest/2";

/// What an inventory releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    /// A character card.
    Character,
    /// A lorebook of its own.
    Lorebook,
    /// A set of pinned releases.
    Pack,
    /// A model pack or runtime manifest.
    Runtime,
}

impl ItemKind {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Character, Self::Lorebook, Self::Pack, Self::Runtime];

    /// The word as it is stored and sent.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Character => "character",
            Self::Lorebook => "lorebook",
            Self::Pack => "pack",
            Self::Runtime => "runtime",
        }
    }
}

/// A file that belongs to a release, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// What it is for: `portrait` first.
    pub role: String,
    /// Its bytes.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size: u32,
    /// Its media type (RFC 6838): `image/png`.
    pub media_type: String,
}

/// An app a release is meant for, with the versions it is known to work with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The app's name.
    pub app: String,
    /// The first version that works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_version: Option<String>,
    /// The last version that works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_version: Option<String>,
    /// The release of a runtime it runs on there, by the hash of its manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Digest>,
}

/// The release that an item began as: in its first manifest for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The hash of its manifest.
    pub manifest: Digest,
    /// The release, where it is one of the very inventory this is published
    /// to; one from outside is named by its hash alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<ReleaseId>,
}

/// The envelope. Field order does not matter: RFC 8785 sorts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`SCHEMA`] or [`SCHEMA_2`]: [`Self::schema_due`].
    pub schema: String,
    /// What is released.
    pub kind: ItemKind,
    /// Whose release this is.
    pub item: ItemId,
    /// This release.
    pub release: ReleaseId,
    /// The manifest this one was made from; none for a first release.
    pub parent: Option<Digest>,
    /// The card document's exact UTF-8 bytes.
    pub card: Digest,
    /// Every asset, sorted by role and digest.
    pub assets: Vec<Asset>,
    /// Apps it is meant for.
    pub targets: Vec<Target>,
    /// An SPDX expression, or none where the creator stated none.
    pub licence: Option<String>,
    /// The salted hash of the notes (`crate::salted`), or none.
    pub notes: Option<Digest>,
    /// The rule set it was checked with ([`crate::rules`]).
    pub rule_set: Digest,
    /// What the item began as, in the first release of a fork.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forked_from: Option<Origin>,
}

/// Why bytes are no manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestFault {
    /// Not the JSON of a manifest.
    #[error("this is not a manifest: {0}")]
    Shape(#[from] serde_json::Error),
    /// A schema this version does not know.
    #[error("the manifest's schema is “{0}”; this version knows {SCHEMA} and {SCHEMA_2}")]
    Schema(String),
    /// The other schema, by what it holds.
    #[error("the manifest's schema is “{said}”; by what stands in it, it has to be {due}")]
    OtherSchema {
        /// What it says.
        said: String,
        /// What it has to say.
        due: &'static str,
    },
    /// Readable, but not in its canonical form, so that its hash would differ.
    #[error("the manifest is not in its canonical form (RFC 8785)")]
    NotCanonical,
    /// It has no canonical form.
    #[error(transparent)]
    Canonical(#[from] CanonicalFault),
}

impl Manifest {
    /// The schema that this manifest has to name, by what stands in it.
    #[must_use]
    pub fn schema_due(&self) -> &'static str {
        let newer = self.forked_from.is_some()
            || self.targets.iter().any(|target| target.runtime.is_some());
        if newer { SCHEMA_2 } else { SCHEMA }
    }

    /// The bytes that are hashed, stored and sent.
    ///
    /// # Errors
    /// Never in practice: every field has a canonical form.
    pub fn canonical_bytes(&self) -> Result<Vec<u8>, CanonicalFault> {
        canonical_json(self)
    }

    /// Reads canonical bytes and refuses any other form of the same document.
    ///
    /// # Errors
    /// Where the bytes are no manifest, of an unknown schema, or not canonical.
    pub fn parse_canonical(bytes: &[u8]) -> Result<Self, ManifestFault> {
        let manifest: Self = serde_json::from_slice(bytes)?;
        let due = manifest.schema_due();
        if ![SCHEMA, SCHEMA_2].contains(&manifest.schema.as_str()) {
            return Err(ManifestFault::Schema(manifest.schema));
        }
        if manifest.schema != due {
            let said = manifest.schema;
            return Err(ManifestFault::OtherSchema { said, due });
        }
        if manifest.canonical_bytes()? != bytes {
            return Err(ManifestFault::NotCanonical);
        }
        Ok(manifest)
    }

    /// Whether card, assets, targets and licence are those of `other`: then a
    /// publish changes nothing and is answered *unchanged*.
    #[must_use]
    pub fn same_content(&self, other: &Self) -> bool {
        self.card == other.card
            && self.assets == other.assets
            && self.targets == other.targets
            && self.licence == other.licence
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    pub(crate) fn sample() -> Manifest {
        Manifest {
            schema: SCHEMA.to_owned(),
            kind: ItemKind::Character,
            item: ItemId(Uuid::from_u128(1)),
            release: ReleaseId(Uuid::from_u128(2)),
            parent: Some(Digest::of(b"parent")),
            card: Digest::of(b"card"),
            assets: vec![Asset {
                role: "portrait".into(),
                sha256: Digest::of(b"png"),
                size: 3,
                media_type: "image/png".into(),
            }],
            targets: vec![Target {
                app: "app".into(),
                min_version: Some("1.0".into()),
                max_version: None,
                runtime: None,
            }],
            licence: Some("CC-BY-4.0".into()),
            notes: None,
            rule_set: Digest::of(b"rules"),
            forked_from: None,
        }
    }

    /// A first release that was forked and whose target runs on something.
    fn sample_2() -> Manifest {
        let mut manifest = Manifest {
            schema: SCHEMA_2.to_owned(),
            parent: None,
            forked_from: Some(Origin {
                manifest: Digest::of(b"origin"),
                release: Some(ReleaseId(Uuid::from_u128(3))),
            }),
            ..sample()
        };
        manifest.targets[0].runtime = Some(Digest::of(b"runtime"));
        manifest
    }

    /// FROZEN: as the first.
    #[test]
    fn frozen_2() {
        insta::assert_snapshot!(String::from_utf8(sample_2().canonical_bytes().unwrap()).unwrap());
    }

    /// The newer schema is used where it is needed and nowhere else.
    #[test]
    fn each_manifest_has_one_schema() {
        let whole = sample_2();
        let read = Manifest::parse_canonical(&whole.canonical_bytes().unwrap()).unwrap();
        assert_eq!(read, whole);
        for (manifest, said) in [(sample(), SCHEMA_2), (sample_2(), SCHEMA)] {
            let bytes = Manifest {
                schema: said.to_owned(),
                ..manifest
            }
            .canonical_bytes()
            .unwrap();
            assert!(matches!(
                Manifest::parse_canonical(&bytes),
                Err(ManifestFault::OtherSchema { .. })
            ));
        }
        let null = String::from_utf8(sample().canonical_bytes().unwrap())
            .unwrap()
            .replacen(",\"item\"", ",\"forked_from\":null,\"item\"", 1);
        assert!(matches!(
            Manifest::parse_canonical(null.as_bytes()),
            Err(ManifestFault::NotCanonical)
        ));
    }

    /// FROZEN: releases are addressed by the hash of these bytes.
    #[test]
    fn frozen() {
        insta::assert_snapshot!(String::from_utf8(sample().canonical_bytes().unwrap()).unwrap());
    }

    #[test]
    fn only_the_canonical_form_is_read() {
        let bytes = sample().canonical_bytes().unwrap();
        assert_eq!(Manifest::parse_canonical(&bytes).unwrap(), sample());
        let mut spaced = bytes.clone();
        spaced.push(b' ');
        assert!(matches!(
            Manifest::parse_canonical(&spaced),
            Err(ManifestFault::NotCanonical)
        ));
        let unknown = String::from_utf8(bytes)
            .unwrap()
            .replacen('{', "{\"extra\":1,", 1);
        assert!(matches!(
            Manifest::parse_canonical(unknown.as_bytes()),
            Err(ManifestFault::Shape(_))
        ));
    }
}
