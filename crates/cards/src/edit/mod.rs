//! Edits that leave everything else as it was written.
//!
//! A field's place is found in jsonc-parser's syntax tree, and only the bytes
//! of its value are replaced, so that every other byte stays by construction.
//! (jsonc-parser's own tree editor is not used for writing: adding a key to a
//! one-line object reflows all of it.)

mod in_place;
mod list;
mod places;
mod splice;
mod transplant;

use dramatis_domain::card::{CardFormat, FieldKind, FieldSpec, field_spec};
use dramatis_domain::json::Tree;

use crate::convert::to_format;
use crate::document::CardDocument;
use crate::error::CardError;
pub use transplant::WHOLE_LOREBOOK;

use places::{places, standing_there};
use splice::apply;

/// A field's new content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewValue<'a> {
    /// For a text field.
    Text(&'a str),
    /// For a list of texts.
    List(&'a [String]),
    /// The field is taken out of the document.
    Removed,
}

/// What an edit that may raise the format did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The document after the edit.
    pub document: CardDocument,
    /// The format it was in before, where the edit needed a newer one. The
    /// creator is to be told.
    pub raised_from: Option<CardFormat>,
}

impl CardDocument {
    /// Sets one field (`key` as in [`dramatis_domain::card::FIELDS`]) and
    /// gives the new document. Every byte outside the field's value stays.
    ///
    /// The field is set where its format has it: at the top level in V1 and in
    /// cards that are not wrapped, in `data` otherwise. Where the top level
    /// repeats it and said the same before, it is kept in step. Setting what
    /// the field already reads as changes nothing.
    ///
    /// # Errors
    /// [`CardError::UnknownField`], [`CardError::WrongKindOfValue`], and
    /// [`CardError::FieldNotInFormat`] where the document's format has no such
    /// field: nothing is converted unasked, see
    /// [`set_raising_format`](Self::set_raising_format).
    pub fn set(&self, key: &str, value: NewValue<'_>) -> Result<Self, CardError> {
        let field = known_field(key, value)?;
        let held = standing_there(self.tree(), key);
        if self.format() < field.since && !held {
            if reads_as(self, field, value) {
                return Ok(self.clone());
            }
            return Err(CardError::FieldNotInFormat {
                field: field.key,
                format: self.format(),
                needs: field.since,
            });
        }
        if reads_as(self, field, value) && (value != NewValue::Removed || !held) {
            return Ok(self.clone());
        }
        if let NewValue::Text(text) = value
            && let Some(edited) = in_place::replaced(self, field.key, text)
        {
            return Ok(edited);
        }
        let text = apply(self.text(), &places(self.tree(), field.key), value)?;
        Self::parse(text)
    }

    /// Like [`set`](Self::set), but a card whose format has no such field is
    /// first converted to the one that has it; nothing is lost on the way up.
    ///
    /// # Errors
    /// As [`set`](Self::set), without [`CardError::FieldNotInFormat`].
    pub fn set_raising_format(&self, key: &str, value: NewValue<'_>) -> Result<Edited, CardError> {
        match self.set(key, value) {
            Err(CardError::FieldNotInFormat { needs, .. }) => {
                let raised = Self::parse(to_format(self, needs).text)?;
                Ok(Edited {
                    document: raised.set(key, value)?,
                    raised_from: Some(self.format()),
                })
            }
            set => set.map(|document| Edited {
                document,
                raised_from: None,
            }),
        }
    }
}

fn known_field(key: &str, value: NewValue<'_>) -> Result<&'static FieldSpec, CardError> {
    let field = field_spec(key).ok_or_else(|| CardError::UnknownField {
        name: key.to_owned(),
    })?;
    let expected = match field.kind {
        FieldKind::Line | FieldKind::Text => "text",
        FieldKind::List => "list of texts",
    };
    match (value, field.kind) {
        (NewValue::Text(_), FieldKind::List)
        | (NewValue::List(_), FieldKind::Line | FieldKind::Text) => {
            Err(CardError::WrongKindOfValue {
                field: field.key,
                expected,
            })
        }
        _ => Ok(field),
    }
}

fn reads_as(document: &CardDocument, field: &FieldSpec, value: NewValue<'_>) -> bool {
    let view = document.view();
    match value {
        NewValue::Text(text) => view.text(field.key) == text,
        NewValue::List(list) => view
            .list(field.key)
            .iter()
            .map(AsRef::as_ref)
            .eq(list.iter().map(String::as_str)),
        NewValue::Removed => view.body().get(field.key).is_none(),
    }
}

/// A value as the tree it will be.
pub(crate) fn as_tree(value: NewValue<'_>) -> Tree {
    match value {
        NewValue::Text(text) => Tree::String(text.to_owned()),
        NewValue::List(list) => Tree::Array(list.iter().cloned().map(Tree::String).collect()),
        NewValue::Removed => Tree::Null,
    }
}
