//! Where a value stands in a document's text.

use super::Members;

/// Where the value at `path`, a chain of keys, stands in the text of a document
/// that has passed the strict parse: its bytes, without white space around them.
#[must_use]
pub fn place_of(text: &str, path: &[&str]) -> Option<std::ops::Range<usize>> {
    let mut at = text;
    for key in path {
        let members: Members<'_> = serde_json::from_str(at).ok()?;
        let (_, value) = members.0.into_iter().find(|(name, _)| name == key)?;
        at = value.get();
    }
    // Every value is a part of the very text it was read from.
    let start = (at.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let place = start..start + at.len();
    (text.get(place.clone()) == Some(at)).then_some(place)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_value_is_found_in_its_text() {
        let text = "{ \"a\\u0062\" : 1, \"data\": {\"x\":[{}], \"name\" :  \"é\\n\" } }";
        let found = |path: &[&str]| super::place_of(text, path).map(|place| &text[place]);
        assert_eq!(found(&["data", "name"]), Some("\"é\\n\""));
        assert_eq!(found(&["ab"]), Some("1"));
        assert_eq!(found(&[]), Some(text));
        assert_eq!(found(&["data", "x", "y"]), None);
        assert_eq!(found(&["missing"]), None);
    }
}
