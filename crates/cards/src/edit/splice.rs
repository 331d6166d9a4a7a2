//! Replacing, adding and removing one member of an object in a JSON text,
//! byte by byte.

use std::ops::Range;

use dramatis_domain::json::{JsonFault, Tree};
use jsonc_parser::ast::{Array, Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::list;
use super::places::Place;
use super::{NewValue, as_tree};
use crate::error::CardError;

/// One replacement: these bytes by this text.
pub(super) type Splice = (Range<usize>, String);

/// Writes a value to all its places. The text has passed the strict parse.
pub(super) fn apply(
    text: &str,
    places: &[Place],
    value: NewValue<'_>,
) -> Result<String, CardError> {
    let mut splices: Vec<Splice> = parsed(text, |root| {
        let all = places.iter().filter_map(|place| {
            let object = match (place.wrapped, root.get_object("data")) {
                (true, Some(data)) => data,
                _ => root,
            };
            splice(text, object, place.key, value)
        });
        all.collect()
    })?;
    splices.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut out = text.to_owned();
    for (range, new) in splices {
        out.replace_range(range, &new);
    }
    Ok(out)
}

/// Looks at the document's object in the syntax tree.
pub(super) fn parsed<T>(text: &str, look: impl FnOnce(&Object<'_>) -> T) -> Result<T, CardError> {
    let broken = |what: String| CardError::Json(JsonFault::Syntax(what));
    let parsed = parse_to_ast(text, &CollectOptions::default(), &STRICT)
        .map_err(|fault| broken(fault.to_string()))?;
    match &parsed.value {
        Some(Value::Object(root)) => Ok(look(root)),
        _ => Err(broken("the document is no object".to_owned())),
    }
}

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

fn splice(text: &str, object: &Object<'_>, key: &str, value: NewValue<'_>) -> Option<Splice> {
    let at = object
        .properties
        .iter()
        .position(|property| property.name.as_str() == key);
    match (at, value) {
        (None, NewValue::Removed) => None,
        (Some(at), NewValue::Removed) => Some((removal(object, at), String::new())),
        (Some(at), _) => {
            let property = &object.properties[at];
            let new = written(text, Some(property), &colon(text, property), value);
            Some((property.value.start()..property.value.end(), new))
        }
        (None, _) => Some(addition(text, object, key, |colon| {
            written(text, None, colon, value)
        })),
    }
}

/// The value's text; a list keeps the text of elements that stay.
fn written(text: &str, old: Option<&ObjectProp<'_>>, colon: &str, value: NewValue<'_>) -> String {
    match (value, old.map(|property| &property.value)) {
        (NewValue::List(new), Some(Value::Array(old))) => {
            list::rewritten(text, old, new, gap(colon))
        }
        (NewValue::List(new), _) => list::fresh(new, gap(colon)),
        _ => as_tree(value).to_json(),
    }
}

/// A member with one comma and the white space on one side of it.
pub(super) fn removal(object: &Object<'_>, at: usize) -> Range<usize> {
    let property = &object.properties[at];
    match (
        object.properties.get(at + 1),
        at.checked_sub(1).map(|before| &object.properties[before]),
    ) {
        (Some(next), _) => property.start()..next.start(),
        (None, Some(previous)) => previous.end()..property.end(),
        (None, None) => property.start()..property.end(),
    }
}

/// An element with one comma and the white space on one side of it.
pub(super) fn members_removal(list: &Array<'_>, at: usize) -> Option<Range<usize>> {
    let element = list.elements.get(at)?;
    Some(match (list.elements.get(at + 1), at.checked_sub(1)) {
        (Some(next), _) => element.start()..next.start(),
        (None, Some(previous)) => list.elements[previous].end()..element.end(),
        (None, None) => element.start()..element.end(),
    })
}

/// A new last member, set off the way its neighbours are.
/// `written` is told what stands between a key and its value here.
pub(super) fn addition(
    text: &str,
    object: &Object<'_>,
    key: &str,
    written: impl FnOnce(&str) -> String,
) -> Splice {
    let key = Tree::String(key.to_owned()).to_json();
    let Some(last) = object.properties.last() else {
        let at = object.start() + 1;
        let new = written(":");
        return (at..at, format!("{key}:{new}"));
    };
    let colon = colon(text, last);
    let before = match object.properties.iter().rev().nth(1) {
        Some(previous) => text[previous.end()..last.start()].to_owned(),
        None => format!(",{}", &text[object.start() + 1..last.start()]),
    };
    let new = written(&colon);
    (last.end()..last.end(), format!("{before}{key}{colon}{new}"))
}

/// What stands between a member's key and its value.
fn colon(text: &str, property: &ObjectProp<'_>) -> String {
    text[property.name.end()..property.value.start()].to_owned()
}

/// What to put between the elements of a new list where the members' colons
/// look like this.
fn gap(colon: &str) -> &'static str {
    if colon.ends_with(' ') { ", " } else { "," }
}
