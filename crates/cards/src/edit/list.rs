//! Writing a list of texts in the layout the old one had.

use std::collections::HashMap;

use dramatis_domain::json::Tree;
use jsonc_parser::ast::{Array, Value};
use jsonc_parser::common::Ranged;

/// A list in one line.
pub(super) fn fresh(new: &[String], gap: &str) -> String {
    let elements: Vec<String> = new.iter().map(|element| quoted(element)).collect();
    format!("[{}]", elements.join(gap))
}

/// The list's new text. Elements that stay keep their own escapes; white space
/// around and between the elements is the old list's.
pub(super) fn rewritten(text: &str, old: &Array<'_>, new: &[String], gap: &'static str) -> String {
    let (Some(first), Some(last), false) =
        (old.elements.first(), old.elements.last(), new.is_empty())
    else {
        return fresh(new, gap);
    };
    let kept: HashMap<&str, &str> = old
        .elements
        .iter()
        .filter_map(|element| match element {
            Value::StringLit(literal) => Some((
                literal.value.as_ref(),
                &text[element.start()..element.end()],
            )),
            _ => None,
        })
        .collect();
    let written = |element: &String| {
        kept.get(element.as_str())
            .map_or_else(|| quoted(element), |raw| (*raw).to_owned())
    };

    let mut out = text[old.start()..first.start()].to_owned();
    let between = |at: usize| match (old.elements.get(at), old.elements.get(at + 1)) {
        (Some(left), Some(right)) => text[left.end()..right.start()].to_owned(),
        _ => match old.elements.get(1) {
            Some(second) => text[first.end()..second.start()].to_owned(),
            None => {
                let lead = &text[old.start() + 1..first.start()];
                if lead.is_empty() {
                    gap.to_owned()
                } else {
                    format!(",{lead}")
                }
            }
        },
    };
    for (at, element) in new.iter().enumerate() {
        out.push_str(&written(element));
        if at + 1 < new.len() {
            out.push_str(&between(at));
        }
    }
    out.push_str(&text[last.end()..old.end()]);
    out
}

fn quoted(text: &str) -> String {
    Tree::String(text.to_owned()).to_json()
}
