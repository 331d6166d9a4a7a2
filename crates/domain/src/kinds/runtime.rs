//! A model pack or runtime manifest, `dramatis.runtime/1`: what a character's
//! targets run on.

use super::{Part, is_object};
use crate::{Digest, face::version, json::Tree, limits, rules::Failure};
use serde_json::{Value, json};
use std::collections::HashSet;

/// What `schema` says.
pub const SCHEMA: &str = "dramatis.runtime/1";

pub(crate) fn rules() -> Value {
    json!({
        "schema": { "required": SCHEMA },
        "name": { "required": true },
        "description": "text",
        "tags": "texts",
        "runtime|models": { "required": "one of them" },
        "min_version|max_version": "up to four numbers with dots between them; with runtime; in order",
        "models": { "max": limits::MODELS, "twice": "refused" },
        "models/*": { "name": { "required": true }, "sha256": "digest", "licence": "text" },
        "parameters": "object",
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
        "runtime",
        "min_version",
        "max_version",
        "models",
        "parameters",
        "extensions",
    ];
    root.only(&known, failures);
    let runtime = root.get("runtime").is_some();
    if runtime {
        root.needed_text("runtime", failures);
    }
    let models = root.objects("models", false, failures);
    let count = root
        .get("models")
        .and_then(Tree::elements)
        .map_or(0, <[_]>::len);
    if !runtime
        && root
            .get("models")
            .is_none_or(|all| all.elements().is_some_and(<[_]>::is_empty))
    {
        failures.push(Failure::new(
            "runtime_missing",
            "runtime",
            "Name a runtime, models, or both: there is nothing to run on otherwise.",
        ));
    }
    if count > limits::MODELS {
        let message = format!("{count} models; {} is the most.", limits::MODELS);
        failures.push(Failure::new("models_too_many", "models", message));
    }
    check_versions(&root, runtime, failures);
    root.is("parameters", false, "an object", is_object, failures);
    let mut seen = HashSet::new();
    for model in &models {
        if let Some(name) = model.needed_text("name", failures)
            && !seen.insert(name)
        {
            failures.push(Failure::new(
                "model_twice",
                model.at("name"),
                format!("“{name}” is named already."),
            ));
        }
        if let Some(text) = model.text("sha256", failures)
            && !text
                .parse::<Digest>()
                .is_ok_and(|digest| digest.to_string() == text)
        {
            let message = format!("“{text}” is not “sha256:” and 64 lower-case hex digits.");
            failures.push(Failure::new("not_an_id", model.at("sha256"), message));
        }
        model.text("licence", failures);
        model.only(&["name", "sha256", "licence"], failures);
    }
}

fn check_versions(root: &Part<'_>, runtime: bool, failures: &mut Vec<Failure>) {
    let mut ends = [None, None];
    for (end, key) in ends.iter_mut().zip(["min_version", "max_version"]) {
        let Some(text) = root.text(key, failures) else {
            continue;
        };
        if !runtime {
            failures.push(Failure::new(
                "version_of_nothing",
                key,
                "A version goes with “runtime”.",
            ));
        }
        *end = version(text);
        if end.is_none() {
            let message = format!("“{text}” is not up to four numbers with dots between them.");
            failures.push(Failure::new("not_a_version", key, message));
        }
    }
    if let [Some(min), Some(max)] = ends
        && min > max
    {
        failures.push(Failure::new(
            "versions_reversed",
            "max_version",
            "The last version that works is before the first.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::{Digest, ItemKind, kinds::tests::failures};

    #[test]
    fn an_engine_or_models_pass() {
        let hash = Digest::of(b"weights");
        for document in [
            r#"{"schema":"dramatis.runtime/1","name":"n","runtime":"lantern","min_version":"1.9","max_version":"1.10"}"#.to_owned(),
            format!(r#"{{"schema":"dramatis.runtime/1","name":"n","models":[{{"name":"m","sha256":"{hash}","licence":"MIT"}}],"parameters":{{"temperature":0.70}}}}"#),
        ] {
            assert!(failures(ItemKind::Runtime, &document).is_empty(), "{document}");
        }
    }

    #[test]
    fn every_failure_is_listed_with_its_path() {
        let document = r#"{"schema":"dramatis.runtime/2","description":[],"min_version":"x","max_version":"1",
            "models":[{"name":"m"},{"name":"m","sha256":"12","license":"MIT"},{"licence":2}],"parameters":[],"engine":"e"}"#;
        assert_eq!(
            failures(ItemKind::Runtime, document),
            [
                "schema_unknown schema",
                "name_missing name",
                "wrong_type description",
                "unknown_field engine",
                "version_of_nothing min_version",
                "not_a_version min_version",
                "version_of_nothing max_version",
                "wrong_type parameters",
                "model_twice models/1/name",
                "not_an_id models/1/sha256",
                "unknown_field models/1/license",
                "missing models/2/name",
                "wrong_type models/2/licence",
            ]
        );
        assert_eq!(
            failures(
                ItemKind::Runtime,
                r#"{"schema":"dramatis.runtime/1","name":"n","models":[]}"#
            ),
            ["runtime_missing runtime"]
        );
        assert_eq!(
            failures(
                ItemKind::Runtime,
                r#"{"schema":"dramatis.runtime/1","name":"n","runtime":"r","min_version":"1.10","max_version":"1.9"}"#
            ),
            ["versions_reversed max_version"]
        );
    }
}
