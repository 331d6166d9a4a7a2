//! A JSON document as it was written: every key in its order, every number as
//! its text. The strict pass that studio and inventory share; a typed parser
//! would drop repeated keys in silence and round long numbers (cards.md, rule 1).

mod place;

pub use place::place_of;

use crate::limits;
use serde::de::{self, Deserialize, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::{fmt, marker::PhantomData};

/// A node of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// The number's own text: `30`, `30.0` and `3e1` differ.
    Number(String),
    /// The text that the string means, escapes resolved.
    String(String),
    /// Elements in order.
    Array(Vec<Tree>),
    /// Members in the order of the document; no key twice.
    Object(Vec<(String, Tree)>),
}

/// Why a text is not a document we take.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// More text than [`limits::CARD_TEXT`].
    #[error("the document has {length} bytes; {limit} is the most", limit = limits::CARD_TEXT)]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// Deeper nesting than [`limits::CARD_DEPTH`].
    #[error("the document is nested deeper than {limit} levels", limit = limits::CARD_DEPTH)]
    TooDeep,
    /// The same key twice in one object: one of them would be lost.
    #[error("the key “{key}” stands twice at {path}; delete one of them, nothing was read")]
    DuplicateKey {
        /// Where the object is, as a JSON Pointer (RFC 6901); empty is the root.
        path: String,
        /// The repeated key.
        key: String,
    },
    /// Half of a surrogate pair, or another escape that means no character.
    #[error("a text at {path} holds an escape that is no character (half of a surrogate pair)")]
    BadText {
        /// Where, as a JSON Pointer.
        path: String,
    },
    /// Not JSON at all (RFC 8259), comments and trailing commas included.
    #[error("this is not JSON: {0}")]
    Syntax(String),
}

impl Tree {
    /// Parses a whole document strictly.
    ///
    /// # Errors
    /// On anything that is not RFC 8259, on repeated keys, on escapes that are
    /// no character, and beyond the limits of size and depth.
    pub fn parse_strict(text: &str) -> Result<Self, JsonFault> {
        if text.len() > limits::CARD_TEXT {
            return Err(JsonFault::TooLarge { length: text.len() });
        }
        check_depth(text)?;
        let raw: &RawValue =
            serde_json::from_str(text).map_err(|e| JsonFault::Syntax(e.to_string()))?;
        node(raw, &mut String::new())
    }

    /// The member `key` of an object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.members()?
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// An object's members.
    #[must_use]
    pub fn members(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// An array's elements.
    #[must_use]
    pub fn elements(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// A string's text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Compact JSON with the numbers as they were written.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, None, 0);
        out
    }

    /// JSON indented by two spaces, for people.
    #[must_use]
    pub fn to_json_pretty(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, Some("  "), 0);
        out
    }

    fn write(&self, out: &mut String, indent: Option<&str>, level: usize) {
        let line = |out: &mut String, level: usize| {
            if let Some(indent) = indent {
                out.push('\n');
                (0..level).for_each(|_| out.push_str(indent));
            }
        };
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::String(text) => push_string(out, text),
            Self::Array(elements) if elements.is_empty() => out.push_str("[]"),
            Self::Object(members) if members.is_empty() => out.push_str("{}"),
            Self::Array(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    line(out, level + 1);
                    element.write(out, indent, level + 1);
                }
                line(out, level);
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    line(out, level + 1);
                    push_string(out, key);
                    out.push_str(if indent.is_some() { ": " } else { ":" });
                    value.write(out, indent, level + 1);
                }
                line(out, level);
                out.push('}');
            }
        }
    }
}

/// Strings are written by serde_json, the one escaper in the house.
fn push_string(out: &mut String, text: &str) {
    match serde_json::to_string(text) {
        Ok(json) => out.push_str(&json),
        // A `&str` always has a JSON form; nothing to lose here.
        Err(_) => out.push_str("\"\""),
    }
}

/// Depth is checked on the bytes before any parser sees them: parsers recurse.
fn check_depth(text: &str) -> Result<(), JsonFault> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > limits::CARD_DEPTH {
                    return Err(JsonFault::TooDeep);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// Reads one node from its raw text. serde_json has already checked the whole
/// document's grammar, so that what can fail here is only repeated keys and
/// escapes that mean no character.
fn node(raw: &RawValue, path: &mut String) -> Result<Tree, JsonFault> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'{') => {
            let members: Members<'_> = parse(text, path)?;
            let mut out: Vec<(String, Tree)> = Vec::with_capacity(members.0.len());
            let mut seen = std::collections::HashSet::with_capacity(members.0.len());
            for (key, value) in members.0 {
                if !seen.insert(key.clone()) {
                    return Err(JsonFault::DuplicateKey {
                        path: shown(path),
                        key,
                    });
                }
                let length = path.len();
                path.push('/');
                path.push_str(&key.replace('~', "~0").replace('/', "~1"));
                let value = node(value, path)?;
                path.truncate(length);
                out.push((key, value));
            }
            Ok(Tree::Object(out))
        }
        Some(b'[') => {
            let elements: Elements<'_> = parse(text, path)?;
            let mut out = Vec::with_capacity(elements.0.len());
            for (index, element) in elements.0.into_iter().enumerate() {
                let length = path.len();
                path.push('/');
                path.push_str(&index.to_string());
                out.push(node(element, path)?);
                path.truncate(length);
            }
            Ok(Tree::Array(out))
        }
        Some(b'"') => parse::<String>(text, path).map(Tree::String),
        Some(b'n') => Ok(Tree::Null),
        Some(b't') => Ok(Tree::Bool(true)),
        Some(b'f') => Ok(Tree::Bool(false)),
        _ => Ok(Tree::Number(text.to_owned())),
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, path: &str) -> Result<T, JsonFault> {
    serde_json::from_str(text).map_err(|_| JsonFault::BadText { path: shown(path) })
}

fn shown(path: &str) -> String {
    if path.is_empty() {
        "the top level".to_owned()
    } else {
        path.to_owned()
    }
}

/// An object's members in order, repeated keys included.
struct Members<'a>(Vec<(String, &'a RawValue)>);
/// An array's elements in order.
struct Elements<'a>(Vec<&'a RawValue>);

struct Shape<T>(PhantomData<T>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Shape::<Self>(PhantomData))
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Shape<Members<'a>> {
    type Value = Members<'a>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry::<String, &'de RawValue>()? {
            members.push(member);
        }
        Ok(Members(members))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Elements<'a> {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Shape::<Self>(PhantomData))
    }
}

impl<'de: 'a, 'a> Visitor<'de> for Shape<Elements<'a>> {
    type Value = Elements<'a>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element::<&'de RawValue>()? {
            elements.push(element);
        }
        Ok(Elements(elements))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{JsonFault, Tree};

    #[test]
    fn numbers_and_order_are_kept_as_written() {
        let text = r#"{"z":123456789012345678901234567890,"a":[1.0,1e999,-0],"m":{"é":"\u00e9\ud83d\ude00"}}"#;
        let tree = Tree::parse_strict(text).unwrap();
        assert_eq!(tree.to_json(), text.replace("\\u00e9\\ud83d\\ude00", "é😀"));
    }

    #[test]
    fn a_repeated_key_is_refused_with_its_place() {
        let fault = Tree::parse_strict(r#"{"data":{"name":"a","n\u0061me":"b"}}"#).unwrap_err();
        assert_eq!(
            fault,
            JsonFault::DuplicateKey {
                path: "/data".into(),
                key: "name".into()
            }
        );
    }

    #[test]
    fn lone_surrogates_are_refused_in_keys_and_values() {
        for text in [
            r#"{"a":["\ud800"]}"#,
            r#"{"\udc00":1}"#,
            r#"{"a":"\ud800\u0041"}"#,
        ] {
            assert!(
                matches!(Tree::parse_strict(text), Err(JsonFault::BadText { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn depth_is_bounded_before_any_recursion() {
        assert_eq!(
            Tree::parse_strict(&"[".repeat(1_000_000)),
            Err(JsonFault::TooDeep)
        );
        let legal = format!("{}{}", "[".repeat(64), "]".repeat(64));
        assert!(Tree::parse_strict(&legal).is_ok());
        assert!(Tree::parse_strict(&format!("[\"{}\"]", "[".repeat(100))).is_ok());
    }

    #[test]
    fn comments_trailing_commas_and_rest_are_refused() {
        for text in [
            "{} x",
            "{/*a*/}",
            "[1,]",
            "{'a':1}",
            "",
            "\u{feff}{}",
            "[01]",
            "[NaN]",
        ] {
            assert!(
                matches!(Tree::parse_strict(text), Err(JsonFault::Syntax(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn size_is_bounded() {
        let text = format!("\"{}\"", "a".repeat(super::limits::CARD_TEXT));
        assert!(matches!(
            Tree::parse_strict(&text),
            Err(JsonFault::TooLarge { .. })
        ));
    }
}
