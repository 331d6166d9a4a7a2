//! The documents of the kinds of item that are no cards: what each has to hold,
//! with every failure at its path. Where a card's fields are named by their
//! key, these are named by their whole path: `members/2/item`.

pub mod lorebook;
pub mod pack;
pub mod runtime;

use crate::{ItemKind, json::Tree, rules::Failure};

/// Checks the document of a kind.
pub(crate) fn check(kind: ItemKind, document: &Tree, failures: &mut Vec<Failure>) {
    if kind != ItemKind::Character && document.members().is_none() {
        failures.push(Failure::new(
            "not_an_object",
            "document",
            format!(
                "A {} is a JSON object; this is something else.",
                kind.as_str()
            ),
        ));
        return;
    }
    match kind {
        ItemKind::Character => crate::rules::check_card(document, failures),
        ItemKind::Lorebook => lorebook::check(document, failures),
        ItemKind::Pack => pack::check(document, failures),
        ItemKind::Runtime => runtime::check(document, failures),
    }
}

/// An object within a document, with the path that leads to it.
#[derive(Clone)]
struct Part<'a> {
    node: &'a Tree,
    path: String,
}

impl<'a> Part<'a> {
    fn root(node: &'a Tree) -> Self {
        Self {
            node,
            path: String::new(),
        }
    }

    fn at(&self, key: &str) -> String {
        if self.path.is_empty() {
            return key.to_owned();
        }
        format!("{}/{key}", self.path)
    }

    /// A member; `null` is none.
    fn get(&self, key: &str) -> Option<&'a Tree> {
        self.node
            .get(key)
            .filter(|value| !matches!(value, Tree::Null))
    }

    /// A text that may be left out.
    fn text(&self, key: &str, failures: &mut Vec<Failure>) -> Option<&'a str> {
        let value = self.get(key)?;
        let text = value.as_str();
        if text.is_none() {
            failures.push(wrong_type(self.at(key), "a text"));
        }
        text
    }

    /// A text that has to be there and may not be blank.
    fn needed_text(&self, key: &str, failures: &mut Vec<Failure>) -> Option<&'a str> {
        if self.get(key).is_none() {
            failures.push(missing(self.at(key)));
            return None;
        }
        let text = self.text(key, failures)?;
        if text.trim().is_empty() {
            failures.push(missing(self.at(key)));
            return None;
        }
        Some(text)
    }

    /// A list; none where it is missing or no list, which is a failure where
    /// it is needed or something else stands there.
    fn list(&self, key: &str, needed: bool, failures: &mut Vec<Failure>) -> Option<&'a [Tree]> {
        let Some(value) = self.get(key) else {
            if needed {
                failures.push(missing(self.at(key)));
            }
            return None;
        };
        let elements = value.elements();
        if elements.is_none() {
            failures.push(wrong_type(self.at(key), "a list"));
        }
        elements
    }

    /// A list of texts.
    fn texts(&self, key: &str, needed: bool, failures: &mut Vec<Failure>) -> Vec<&'a str> {
        let path = self.at(key);
        let mut texts = Vec::new();
        for (index, element) in self
            .list(key, needed, failures)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            match element.as_str() {
                Some(text) => texts.push(text),
                None => failures.push(wrong_type(format!("{path}/{index}"), "a text")),
            }
        }
        texts
    }

    /// The objects of a list.
    fn objects(&self, key: &str, needed: bool, failures: &mut Vec<Failure>) -> Vec<Part<'a>> {
        let path = self.at(key);
        let mut parts = Vec::new();
        for (index, node) in self
            .list(key, needed, failures)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            let path = format!("{path}/{index}");
            if node.members().is_some() {
                parts.push(Part { node, path });
            } else {
                failures.push(wrong_type(path, "an object"));
            }
        }
        parts
    }

    /// A member that has to be of one type where it is there.
    fn is(
        &self,
        key: &str,
        needed: bool,
        what: &str,
        fits: fn(&Tree) -> bool,
        failures: &mut Vec<Failure>,
    ) {
        match self.get(key) {
            None if needed => failures.push(missing(self.at(key))),
            Some(value) if !fits(value) => failures.push(wrong_type(self.at(key), what)),
            _ => {}
        }
    }

    /// No other members than these: in a form of our own a word that nobody
    /// reads is a mistake.
    fn only(&self, known: &[&str], failures: &mut Vec<Failure>) {
        for (key, _) in self.node.members().unwrap_or_default() {
            if !known.contains(&key.as_str()) {
                let message = format!(
                    "“{key}” is not part of this form; what belongs to one program goes into “extensions”."
                );
                failures.push(Failure::new("unknown_field", self.at(key), message));
            }
        }
    }

    /// What all forms of our own begin with: schema, name, description, tags
    /// and extensions.
    fn heading(&self, schema: &str, failures: &mut Vec<Failure>) {
        if self.get("schema").and_then(Tree::as_str) != Some(schema) {
            let message = format!("“schema” has to be “{schema}”.");
            failures.push(Failure::new("schema_unknown", self.at("schema"), message));
        }
        self.name(failures);
        self.text("description", failures);
        self.texts("tags", false, failures);
        self.is("extensions", false, "an object", is_object, failures);
    }

    fn name(&self, failures: &mut Vec<Failure>) {
        let name = self.text("name", failures);
        if name.is_some() || self.get("name").is_none() {
            let missing = "It needs a name: lists show it by that.";
            crate::rules::check_name(
                name.unwrap_or_default(),
                &self.at("name"),
                missing,
                failures,
            );
        }
    }
}

fn is_object(value: &Tree) -> bool {
    value.members().is_some()
}

fn is_bool(value: &Tree) -> bool {
    matches!(value, Tree::Bool(_))
}

fn is_number(value: &Tree) -> bool {
    matches!(value, Tree::Number(_))
}

fn missing(path: String) -> Failure {
    let message = format!("“{path}” is missing.");
    Failure::new("missing", path, message)
}

fn wrong_type(path: String, what: &str) -> Failure {
    let message = format!("“{path}” has to be {what}.");
    Failure::new("wrong_type", path, message)
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// `code at field` of every failure.
    pub(crate) fn failures(kind: ItemKind, document: &str) -> Vec<String> {
        let mut failures = Vec::new();
        check(kind, &Tree::parse_strict(document).unwrap(), &mut failures);
        failures
            .into_iter()
            .map(|failure| format!("{} {}", failure.code, failure.field))
            .collect()
    }

    #[test]
    fn what_is_no_object_is_one_failure_for_every_kind() {
        for kind in ItemKind::ALL {
            assert_eq!(failures(*kind, "[]"), ["not_an_object document"]);
        }
    }
}
