//! A lorebook of its own: the standalone form of Character Card V3,
//! `{"spec":"lorebook_v3","data":{…}}`.

use super::{Part, is_bool, is_number, is_object, missing, wrong_type};
use crate::{json::Tree, rules::Failure};
use serde_json::{Value, json};

/// What `spec` says.
pub const SPEC: &str = "lorebook_v3";

pub(crate) fn rules() -> Value {
    json!({
        "spec": { "required": SPEC },
        "data/name": { "required": true },
        "data/entries": { "required": "at least one" },
        "data/entries/*": {
            "keys": "texts; at least one unless constant",
            "content": "text", "enabled": "boolean", "extensions": "object", "insertion_order": "number", "use_regex": "boolean"
        }
    })
}

pub(crate) fn check(document: &Tree, failures: &mut Vec<Failure>) {
    let root = Part::root(document);
    if root.get("spec").and_then(Tree::as_str) != Some(SPEC) {
        let message = format!("“spec” has to be “{SPEC}”: the form of a lorebook of its own.");
        failures.push(Failure::new("spec_unknown", "spec", message));
    }
    let Some(node) = root.get("data") else {
        failures.push(missing("data".into()));
        return;
    };
    let data = Part {
        node,
        path: "data".into(),
    };
    if node.members().is_none() {
        failures.push(wrong_type(data.path, "an object"));
        return;
    }
    data.name(failures);
    data.text("description", failures);
    for key in ["scan_depth", "token_budget"] {
        data.is(key, false, "a number", is_number, failures);
    }
    data.is(
        "recursive_scanning",
        false,
        "true or false",
        is_bool,
        failures,
    );
    data.is("extensions", false, "an object", is_object, failures);
    let entries = data.objects("entries", true, failures);
    if data
        .get("entries")
        .and_then(Tree::elements)
        .is_some_and(<[_]>::is_empty)
    {
        failures.push(Failure::new(
            "entries_missing",
            data.at("entries"),
            "The lorebook has no entry: there is nothing in it to release.",
        ));
    }
    for entry in entries {
        check_entry(&entry, failures);
    }
}

fn check_entry(entry: &Part<'_>, failures: &mut Vec<Failure>) {
    let before = failures.len();
    let keys = entry.texts("keys", true, failures);
    let constant = entry.get("constant") == Some(&Tree::Bool(true));
    if failures.len() == before && !constant && keys.iter().all(|key| key.trim().is_empty()) {
        failures.push(Failure::new(
            "keys_missing",
            entry.at("keys"),
            "No key calls this entry, and it is not constant: it is never read.",
        ));
    }
    entry.needed_text("content", failures);
    for key in ["enabled", "use_regex"] {
        entry.is(key, true, "true or false", is_bool, failures);
    }
    entry.is("insertion_order", true, "a number", is_number, failures);
    entry.is("extensions", true, "an object", is_object, failures);
    for key in ["constant", "selective", "case_sensitive"] {
        entry.is(key, false, "true or false", is_bool, failures);
    }
    entry.texts("secondary_keys", false, failures);
    for key in ["name", "comment"] {
        entry.text(key, failures);
    }
}

#[cfg(test)]
mod tests {
    use crate::{ItemKind, kinds::tests::failures};

    const ENTRY: &str = r#"{"keys":["salt"],"content":"A road.","enabled":true,"use_regex":false,"insertion_order":1,"extensions":{}}"#;

    #[test]
    fn a_whole_one_passes() {
        let document = format!(
            r#"{{"spec":"lorebook_v3","data":{{"name":"Roads","x":1,"entries":[{ENTRY}]}}}}"#
        );
        assert!(failures(ItemKind::Lorebook, &document).is_empty());
    }

    #[test]
    fn every_failure_is_listed_with_its_path() {
        let document = r#"{"spec":"lorebook_v2","data":{"description":1,"scan_depth":"4","entries":[7,
            {"keys":["a",1],"content":" ","enabled":"yes","insertion_order":null,"extensions":{},"use_regex":true},
            {"keys":[],"content":"c","enabled":true,"insertion_order":1,"extensions":{},"use_regex":true,"name":[]}]}}"#;
        assert_eq!(
            failures(ItemKind::Lorebook, document),
            [
                "spec_unknown spec",
                "name_missing data/name",
                "wrong_type data/description",
                "wrong_type data/scan_depth",
                "wrong_type data/entries/0",
                "wrong_type data/entries/1/keys/1",
                "missing data/entries/1/content",
                "wrong_type data/entries/1/enabled",
                "missing data/entries/1/insertion_order",
                "keys_missing data/entries/2/keys",
                "wrong_type data/entries/2/name",
            ]
        );
        assert_eq!(
            failures(ItemKind::Lorebook, r#"{"spec":"lorebook_v3"}"#),
            ["missing data"]
        );
        assert_eq!(
            failures(
                ItemKind::Lorebook,
                r#"{"spec":"lorebook_v3","data":{"name":"n","entries":[]}}"#
            ),
            ["entries_missing data/entries"]
        );
    }
}
