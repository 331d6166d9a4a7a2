//! A pack, `dramatis.pack/1`: releases pinned by the hashes of their
//! manifests, released as one.

use super::{Part, missing};
use crate::{Digest, ItemId, ReleaseId, json::Tree, limits, rules::Failure};
use serde_json::{Value, json};
use std::{collections::HashSet, str::FromStr};
use uuid::Uuid;

/// What `schema` says.
pub const SCHEMA: &str = "dramatis.pack/1";

/// A release that a pack pins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Whose release it is.
    pub item: ItemId,
    /// The release.
    pub release: ReleaseId,
    /// The hash of its manifest.
    pub manifest: Digest,
    /// What it is in this pack: `lead`, `world`, …
    pub role: Option<String>,
}

/// The members of a pack whose document was checked, in their order.
#[must_use]
pub fn members(document: &Tree) -> Vec<Member> {
    let all = document.get("members").and_then(Tree::elements);
    all.unwrap_or_default().iter().filter_map(member).collect()
}

fn member(node: &Tree) -> Option<Member> {
    Some(Member {
        item: node.get("item")?.as_str()?.parse().ok()?,
        release: node.get("release")?.as_str()?.parse().ok()?,
        manifest: node.get("manifest_sha256")?.as_str()?.parse().ok()?,
        role: node
            .get("role")
            .and_then(Tree::as_str)
            .map(ToOwned::to_owned),
    })
}

pub(crate) fn rules() -> Value {
    json!({
        "schema": { "required": SCHEMA },
        "name": { "required": true },
        "description": "text",
        "tags": "texts",
        "members": { "required": "at least one", "max": limits::MEMBERS, "twice": "refused" },
        "members/*": { "item": "UUID", "release": "UUID", "manifest_sha256": "digest", "role": { "max_bytes": limits::ROLE, "control_characters": "refused" } },
        "extensions": "object",
        "others": "refused"
    })
}

pub(crate) fn check(document: &Tree, failures: &mut Vec<Failure>) {
    let root = Part::root(document);
    root.heading(SCHEMA, failures);
    let known = [
        "schema",
        "name",
        "description",
        "tags",
        "members",
        "extensions",
    ];
    root.only(&known, failures);
    let members = root.objects("members", true, failures);
    let count = root.get("members").and_then(Tree::elements).map(<[_]>::len);
    if count == Some(0) {
        failures.push(Failure::new(
            "members_missing",
            "members",
            "The pack has no member: there is nothing in it to release.",
        ));
    }
    if let Some(count) = count.filter(|count| *count > limits::MEMBERS) {
        let message = format!("{count} members; {} is the most.", limits::MEMBERS);
        failures.push(Failure::new("members_too_many", "members", message));
    }
    let mut seen = HashSet::new();
    for member in &members {
        id::<Uuid>(member, "item", "a UUID", failures);
        id::<Uuid>(member, "release", "a UUID", failures);
        let hash = id::<Digest>(
            member,
            "manifest_sha256",
            "“sha256:” and 64 lower-case hex digits",
            failures,
        );
        if hash.is_some_and(|hash| !seen.insert(hash)) {
            failures.push(Failure::new(
                "member_twice",
                member.path.clone(),
                "This release is a member already.",
            ));
        }
        if let Some(role) = member.text("role", failures)
            && (role.len() > limits::ROLE || role.chars().any(char::is_control))
        {
            let message = format!(
                "A role is one short text: {} bytes at most, no line break.",
                limits::ROLE
            );
            failures.push(Failure::new("role_unfit", member.at("role"), message));
        }
        member.only(&["item", "release", "manifest_sha256", "role"], failures);
    }
}

/// An id or a digest in the one form it is written in.
fn id<T: FromStr + ToString>(
    part: &Part<'_>,
    key: &str,
    what: &str,
    failures: &mut Vec<Failure>,
) -> Option<T> {
    let Some(text) = part.get(key).and_then(Tree::as_str) else {
        failures.push(missing(part.at(key)));
        return None;
    };
    let value = text
        .parse::<T>()
        .ok()
        .filter(|value| value.to_string() == text);
    if value.is_none() {
        let message = format!("“{text}” is not {what}.");
        failures.push(Failure::new("not_an_id", part.at(key), message));
    }
    value
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{ItemKind, kinds::tests::failures};

    #[test]
    fn a_whole_one_passes_and_its_members_are_read() {
        let (id, hash) = (Uuid::from_u128(7), Digest::of(b"m"));
        let document = format!(
            r#"{{"schema":"dramatis.pack/1","name":"Two","tags":["a"],"members":[{{"item":"{id}","release":"{id}","manifest_sha256":"{hash}","role":"lead"}}]}}"#
        );
        assert!(failures(ItemKind::Pack, &document).is_empty());
        let expected = Member {
            item: ItemId(id),
            release: ReleaseId(id),
            manifest: hash,
            role: Some("lead".into()),
        };
        assert_eq!(members(&Tree::parse_strict(&document).unwrap()), [expected]);
    }

    #[test]
    fn every_failure_is_listed_with_its_path() {
        let (id, hash) = (Uuid::from_u128(7), Digest::of(b"m"));
        let whole = format!(r#"{{"item":"{id}","release":"{id}","manifest_sha256":"{hash}"}}"#);
        let document = format!(
            r#"{{"name":"a\nb","tags":[1],"member":[],"members":[{whole},{whole},
               {{"item":"7","release":"{{{id}}}","manifest_sha256":"{}","role":1,"roll":"x"}},"x"]}}"#,
            hash.hex()
        );
        assert_eq!(
            failures(ItemKind::Pack, &document),
            [
                "schema_unknown schema",
                "name_control name",
                "wrong_type tags/0",
                "unknown_field member",
                "wrong_type members/3",
                "member_twice members/1",
                "not_an_id members/2/item",
                "not_an_id members/2/release",
                "not_an_id members/2/manifest_sha256",
                "wrong_type members/2/role",
                "unknown_field members/2/roll",
            ]
        );
        assert_eq!(
            failures(
                ItemKind::Pack,
                r#"{"schema":"dramatis.pack/1","name":"n","members":[]}"#
            ),
            ["members_missing members"]
        );
    }
}
