//! What lists and search show of a release: made of its manifest and its card
//! and of nothing else, so that it can be made again and compared.

use crate::{
    Manifest,
    card::CardView,
    json::{JsonFault, Tree},
};

/// The most characters of a description that are searched.
const ABOUT: usize = 4_000;
/// The most tags; more are left out of lists, never of the card.
const TAGS: usize = 64;
/// The longest tag in a list, in characters.
const TAG: usize = 64;
/// How many parts of a version are compared: `1.2.3.4`.
const VERSION_PARTS: usize = 4;

/// The face of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// The character's name.
    pub name: String,
    /// The beginning of its description, as far as it is searched.
    pub about: String,
    /// What it is for: `extensions.dramatis.vertical` of the card.
    pub vertical: Option<String>,
    /// In lower case, each once, in the order of the alphabet.
    pub tags: Vec<String>,
    /// The apps it names, in the manifest's order.
    pub targets: Vec<AppRange>,
}

/// An app with the versions a release names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppRange {
    /// The app's name, in lower case.
    pub app: String,
    /// The first version that works; none: every early one.
    pub min: Option<Vec<i64>>,
    /// The last version that works; none: every later one.
    pub max: Option<Vec<i64>>,
}

impl Face {
    /// The face of a release.
    ///
    /// # Errors
    /// Where the card cannot be read, which its publish had refused.
    pub fn of(manifest: &Manifest, card: &str) -> Result<Self, JsonFault> {
        let tree = Tree::parse_strict(card)?;
        let view = CardView::new(&tree);
        let about: String = ["description", "personality", "scenario"]
            .iter()
            .map(|key| view.text(key))
            .find(|text| !text.trim().is_empty())
            .map(|text| text.chars().map(stored).take(ABOUT).collect())
            .unwrap_or_default();
        Ok(Self {
            name: view.name().chars().map(stored).collect(),
            about,
            vertical: vertical(&view),
            tags: tags(view.list("tags").iter().map(AsRef::as_ref)),
            targets: manifest
                .targets
                .iter()
                .map(|target| AppRange {
                    app: word(&target.app),
                    min: target.min_version.as_deref().and_then(version),
                    max: target.max_version.as_deref().and_then(version),
                })
                .collect(),
        })
    }
}

/// A version as numbers that compare as people mean it: 1.10 is after 1.9, and
/// 1.2 is 1.2.0. None where it is no dotted number.
#[must_use]
pub fn version(text: &str) -> Option<Vec<i64>> {
    let parts: Option<Vec<i64>> = text
        .trim()
        .split('.')
        .map(|part| part.parse::<u32>().ok().map(i64::from))
        .collect();
    let mut parts = parts.filter(|parts| parts.len() <= VERSION_PARTS)?;
    parts.resize(VERSION_PARTS, 0);
    Some(parts)
}

/// Tags as they are compared: a comma parts them, since many cards write them so.
#[must_use]
pub fn tags<'a>(written: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut tags: Vec<String> = written
        .flat_map(|text| text.split(','))
        .map(word)
        .filter(|tag| !tag.is_empty() && tag.chars().count() <= TAG)
        .take(TAGS)
        .collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// A tag, an app or a vertical as it is compared: lower case, single spaces.
#[must_use]
pub fn word(text: &str) -> String {
    let lower: String = text.chars().map(stored).collect::<String>().to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Postgres keeps no NUL in a text.
const fn stored(c: char) -> char {
    if c == '\0' { ' ' } else { c }
}

fn vertical(card: &CardView<'_>) -> Option<String> {
    let text = card
        .body()
        .get("extensions")?
        .get("dramatis")?
        .get("vertical")?
        .as_str()?;
    Some(word(text)).filter(|word| !word.is_empty() && word.chars().count() <= TAG)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Digest, ItemId, ItemKind, ReleaseId, manifest};
    use uuid::Uuid;

    fn manifest_for(app: &str, min: Option<&str>, max: Option<&str>) -> Manifest {
        Manifest {
            schema: manifest::SCHEMA.into(),
            kind: ItemKind::Character,
            item: ItemId(Uuid::from_u128(1)),
            release: ReleaseId(Uuid::from_u128(2)),
            parent: None,
            card: Digest::of(b"card"),
            assets: vec![],
            targets: vec![manifest::Target {
                app: app.into(),
                min_version: min.map(Into::into),
                max_version: max.map(Into::into),
            }],
            licence: None,
            notes: None,
            rule_set: Digest::of(b"rules"),
        }
    }

    #[test]
    fn a_face_is_read_from_manifest_and_card() {
        let card = r#"{"spec":"chara_card_v2","data":{"name":"Mi\u0000ra","description":" ","personality":"Kind.",
            "tags":["Fantasy, Slow  Burn","fantasy",""],"extensions":{"dramatis":{"vertical":"Companion"}}}}"#;
        let face = Face::of(&manifest_for("Lantern", Some("1.9"), Some("x")), card).unwrap();
        let expected = Face {
            name: "Mi ra".into(),
            about: "Kind.".into(),
            vertical: Some("companion".into()),
            tags: vec!["fantasy".into(), "slow burn".into()],
            targets: vec![AppRange {
                app: "lantern".into(),
                min: Some(vec![1, 9, 0, 0]),
                max: None,
            }],
        };
        assert_eq!(face, expected);
    }

    #[test]
    fn versions_compare_as_people_mean_it() {
        assert!(version("1.10") > version("1.9.9"));
        assert_eq!(version("1.2"), version("1.2.0.0"));
        for odd in ["", "1.", "v1", "1.2.3.4.5", "-1"] {
            assert_eq!(version(odd), None, "{odd}");
        }
    }
}
