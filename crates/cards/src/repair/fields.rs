//! Reading one member of an object as what its format says it is.

use dramatis_domain::json::Tree;

use super::RepairCode as Code;
use super::log::{Log, join};

/// What to do where a member is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing.
    Optional,
    /// Note it and read it as this.
    Required(Tree),
}

/// An object under repair: its members, where it stands, and the list to fill.
pub(super) struct Members<'a> {
    pub(super) list: &'a mut Vec<(String, Tree)>,
    pub(super) path: &'a str,
    pub(super) log: &'a mut Log,
}

impl Members<'_> {
    /// Text; anything else is read as its text.
    pub(super) fn text(&mut self, key: &str, need: Need) {
        self.each(key, need, |value, path, log| {
            if value.as_str().is_some() {
                return Some(value);
            }
            log.note(
                Code::NotText,
                path,
                format!("“{key}” is no text; it was read as its text."),
            );
            Some(Tree::String(as_text(&value)))
        });
    }

    /// A list of texts; one text alone is read as a list, split at `separator`.
    pub(super) fn texts(&mut self, key: &str, need: Need, separator: Option<char>) {
        self.each(key, need, |value, path, log| {
            let elements = match value {
                Tree::Array(elements) => elements,
                Tree::Object(_) => {
                    log.note(Code::NotAList, path, format!("“{key}” is an object where a list belongs; it was left as it is."));
                    return Some(value);
                }
                other => {
                    log.note(Code::NotAList, path, format!("“{key}” is one value where a list belongs; it was read as a list."));
                    split(&as_text(&other), separator)
                }
            };
            let odd = elements.iter().filter(|element| element.as_str().is_none()).count();
            if odd > 0 {
                log.note(Code::OddElement, path, format!("“{key}” has elements that are no text ({odd}); they were read as their text."));
            }
            Some(Tree::Array(elements.iter().map(|element| Tree::String(as_text(element))).collect()))
        });
    }

    /// A number; digits in quotes are read as the number, other text as absent
    /// or, where the format requires one, as what `need` says.
    pub(super) fn number(&mut self, key: &str, need: Need) {
        let fallback = match &need {
            Need::Required(value) => Some(value.clone()),
            Need::Optional => None,
        };
        self.each(key, need, move |value, path, log| match value {
            Tree::Number(_) => Some(value),
            Tree::String(text) if is_number(text.trim()) => {
                log.note(
                    Code::NumberAsText,
                    path,
                    format!("“{key}” is a number in quotes; it was read as the number."),
                );
                Some(Tree::Number(text.trim().to_owned()))
            }
            _ => {
                log.note(
                    Code::NotANumber,
                    path,
                    format!(
                        "“{key}” holds no number where one belongs; it was read as {}.",
                        told(fallback.as_ref())
                    ),
                );
                fallback
            }
        });
    }

    /// True or false; their names in quotes, and 0 and 1, are read as such.
    pub(super) fn truth(&mut self, key: &str, need: Need) {
        let fallback = match &need {
            Need::Required(value) => Some(value.clone()),
            Need::Optional => None,
        };
        self.each(key, need, move |value, path, log| {
            let read = match &value {
                Tree::Bool(_) => return Some(value),
                Tree::Number(text) => Some(Tree::Bool(text != "0")),
                Tree::String(text) => Some(Tree::Bool(text == "true" || text == "1")),
                _ => fallback,
            };
            log.note(
                Code::NotABool,
                path,
                format!(
                    "“{key}” is neither true nor false; it was read as {}.",
                    told(read.as_ref())
                ),
            );
            read
        });
    }

    /// An object; an empty list or text is read as an empty one. Anything else
    /// has no obvious reading and stays as it is.
    pub(super) fn object(&mut self, key: &str, need: Need, missing: Code) {
        if matches!(self.get(key), None | Some(Tree::Null))
            && let Need::Required(value) = need
        {
            self.log.note(
                missing,
                &join(self.path, key),
                format!("“{key}” is missing; it was read as empty."),
            );
            match self.list.iter_mut().find(|(name, _)| name == key) {
                Some((_, found)) => *found = value,
                None => self.list.push((key.to_owned(), value)),
            }
            return;
        }
        self.each(key, Need::Optional, |value, path, log| {
            let read = match &value {
                Tree::Object(_) => return Some(value),
                Tree::Array(elements) if elements.is_empty() => Tree::Object(Vec::new()),
                Tree::String(text) if text.is_empty() => Tree::Object(Vec::new()),
                _ => {
                    log.note(
                        Code::NotAnObject,
                        path,
                        format!("“{key}” is no object; it was left as it is."),
                    );
                    return Some(value);
                }
            };
            log.note(
                Code::NotAnObject,
                path,
                format!("“{key}” is empty, but no object; it was read as an empty one."),
            );
            Some(read)
        });
    }

    pub(super) fn get(&self, key: &str) -> Option<&Tree> {
        self.list
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value)
    }

    /// Applies `read` to the member `key`; what it gives back as `None` goes.
    /// `null` counts as absent, noted.
    pub(super) fn each(
        &mut self,
        key: &str,
        need: Need,
        read: impl FnOnce(Tree, &str, &mut Log) -> Option<Tree>,
    ) {
        let path = join(self.path, key);
        let Some(at) = self.list.iter().position(|(name, _)| name == key) else {
            if let Need::Required(value) = need {
                self.log.note(
                    Code::MissingField,
                    &path,
                    format!("“{key}” is missing; it was read as {}.", told(Some(&value))),
                );
                self.list.push((key.to_owned(), value));
            }
            return;
        };
        let value = std::mem::replace(&mut self.list[at].1, Tree::Null);
        let read = if value == Tree::Null {
            let empty = match need {
                Need::Required(value) => Some(value),
                Need::Optional => None,
            };
            self.log.note(
                Code::NullField,
                &path,
                format!("“{key}” is null; it was read as {}.", told(empty.as_ref())),
            );
            empty
        } else {
            read(value, &path, self.log)
        };
        match read {
            Some(value) => self.list[at].1 = value,
            None => {
                self.list.remove(at);
            }
        }
    }
}

/// The text a value is read as where text belongs.
pub(super) fn as_text(value: &Tree) -> String {
    match value {
        Tree::Null => String::new(),
        Tree::String(text) | Tree::Number(text) => text.clone(),
        other => other.to_json(),
    }
}

/// Whether a text is a JSON number (RFC 8259).
pub(super) fn is_number(text: &str) -> bool {
    matches!(Tree::parse_strict(text), Ok(Tree::Number(_)))
}

fn split(text: &str, separator: Option<char>) -> Vec<Tree> {
    let part = |part: &str| Tree::String(part.to_owned());
    match separator {
        _ if text.trim().is_empty() => Vec::new(),
        Some(separator) => text
            .split(separator)
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(part)
            .collect(),
        None => vec![part(text)],
    }
}

fn told(value: Option<&Tree>) -> String {
    match value {
        None => "absent".to_owned(),
        Some(Tree::String(text)) if text.is_empty() => "empty".to_owned(),
        Some(Tree::Array(elements)) if elements.is_empty() => "empty".to_owned(),
        Some(other) => other.to_json(),
    }
}
