//! What lists and search show of a release: made of its manifest and its
//! document and of nothing else, so that it can be made again and compared.

use crate::{
    ItemKind, Manifest,
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
    /// Its name.
    pub name: String,
    /// The beginning of its description, as far as it is searched.
    pub about: String,
    /// What it is for: `extensions.dramatis.vertical` of the document.
    pub vertical: Option<String>,
    /// In lower case, each once, in the order of the alphabet.
    pub tags: Vec<String>,
    /// The apps it names, in the manifest's order; behind them the one that a
    /// runtime is for.
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
    /// Where the document cannot be read, which its publish had refused.
    pub fn of(manifest: &Manifest, document: &str) -> Result<Self, JsonFault> {
        let tree = Tree::parse_strict(document)?;
        let mut face = match manifest.kind {
            ItemKind::Character => Self::of_card(&CardView::new(&tree)),
            ItemKind::Lorebook => {
                let data = tree.get("data").unwrap_or(&Tree::Null);
                // A lorebook has no tags of its own.
                let tags = own(data, "tags");
                Self::of_document(data, tags)
            }
            ItemKind::Pack | ItemKind::Runtime => Self::of_document(&tree, tree.get("tags")),
        };
        let range = |app: &str, min: Option<&str>, max: Option<&str>| AppRange {
            app: word(app),
            min: min.and_then(version),
            max: max.and_then(version),
        };
        face.targets = manifest
            .targets
            .iter()
            .map(|target| {
                let (min, max) = (&target.min_version, &target.max_version);
                range(&target.app, min.as_deref(), max.as_deref())
            })
            .collect();
        let text = |key| tree.get(key).and_then(Tree::as_str);
        if let (ItemKind::Runtime, Some(app)) = (manifest.kind, text("runtime")) {
            face.targets
                .push(range(app, text("min_version"), text("max_version")));
        }
        Ok(face)
    }

    fn of_card(view: &CardView<'_>) -> Self {
        let about = ["description", "personality", "scenario"]
            .iter()
            .map(|key| view.text(key))
            .find(|text| !text.trim().is_empty())
            .unwrap_or_default();
        Self {
            name: view.name().chars().map(stored).collect(),
            about: beginning(&about),
            vertical: vertical(view.body()),
            tags: tags(view.list("tags").iter().map(AsRef::as_ref)),
            targets: Vec::new(),
        }
    }

    fn of_document(body: &Tree, listed: Option<&Tree>) -> Self {
        let text = |key| body.get(key).and_then(Tree::as_str).unwrap_or_default();
        let listed = listed.and_then(Tree::elements).unwrap_or_default();
        Self {
            name: text("name").chars().map(stored).collect(),
            about: beginning(text("description")),
            vertical: vertical(body),
            tags: tags(listed.iter().filter_map(Tree::as_str)),
            targets: Vec::new(),
        }
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

fn beginning(text: &str) -> String {
    text.chars().map(stored).take(ABOUT).collect()
}

/// What the document says for us.
fn own<'a>(body: &'a Tree, key: &str) -> Option<&'a Tree> {
    body.get("extensions")?.get("dramatis")?.get(key)
}

fn vertical(body: &Tree) -> Option<String> {
    let text = own(body, "vertical")?.as_str()?;
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
                runtime: None,
            }],
            licence: None,
            notes: None,
            rule_set: Digest::of(b"rules"),
            forked_from: None,
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
    fn the_other_kinds_have_faces_from_where_they_say_it() {
        let mut manifest = manifest_for("Lantern", None, None);
        let mut face = |kind, document: &str| {
            manifest.kind = kind;
            Face::of(&manifest, document).unwrap()
        };
        let lorebook = face(
            ItemKind::Lorebook,
            r#"{"spec":"lorebook_v3","data":{"name":"Roads","description":"d","extensions":{"dramatis":{"tags":["World"],"vertical":"Game"}},"entries":[]}}"#,
        );
        assert_eq!(
            (lorebook.name.as_str(), lorebook.about.as_str()),
            ("Roads", "d")
        );
        assert_eq!(lorebook.tags, ["world"]);
        assert_eq!(lorebook.vertical.as_deref(), Some("game"));
        let pack = face(
            ItemKind::Pack,
            r#"{"schema":"dramatis.pack/1","name":"Two","tags":["B","a"],"members":[]}"#,
        );
        assert_eq!(
            (pack.name.as_str(), pack.tags),
            ("Two", vec!["a".to_owned(), "b".to_owned()])
        );
        let runtime = face(
            ItemKind::Runtime,
            r#"{"schema":"dramatis.runtime/1","name":"R","runtime":"Engine X","min_version":"2"}"#,
        );
        let apps: Vec<_> = runtime
            .targets
            .iter()
            .map(|range| range.app.as_str())
            .collect();
        assert_eq!(apps, ["lantern", "engine x"]);
        assert_eq!(runtime.targets[1].min, Some(vec![2, 0, 0, 0]));
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
