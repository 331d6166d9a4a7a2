//! Text in place of text: what every keystroke comes to. The document is not
//! parsed again, since only the inside of one string changes; a property test
//! holds the result against a parse of its text.

use dramatis_domain::json::{Tree, place_of};
use dramatis_domain::limits;

use super::places::{Place, places};
use crate::document::CardDocument;
use crate::repair::RepairCode;

/// The document with another text in all places of a field; none where that
/// takes more than replacing strings, and the long way has to be gone.
pub(super) fn replaced(
    document: &CardDocument,
    key: &'static str,
    text: &str,
) -> Option<CardDocument> {
    // A repetition that differs may come to agree, and its repair goes.
    let repairs = document.own_repairs();
    if repairs
        .iter()
        .any(|repair| repair.code == RepairCode::RepeatDiffers)
    {
        return None;
    }
    let written = Tree::String(text.to_owned());
    let json = written.to_json();
    let mut tree = document.tree().clone();
    let mut found = Vec::new();
    for place in places(document.tree(), key) {
        let value = value_at(&mut tree, &place)?;
        value.as_str()?;
        *value = written.clone();
        let path: &[&str] = if place.wrapped {
            &["data", place.key]
        } else {
            &[place.key]
        };
        found.push(place_of(document.text(), path)?);
    }
    found.sort_by_key(|range| std::cmp::Reverse(range.start));
    let mut out = document.text().to_owned();
    for range in found {
        out.replace_range(range, &json);
    }
    (out.len() <= limits::CARD_TEXT).then(|| CardDocument::derived(out, tree, repairs.to_vec()))
}

fn value_at<'t>(root: &'t mut Tree, place: &Place) -> Option<&'t mut Tree> {
    if place.wrapped {
        member(member(root, "data")?, place.key)
    } else {
        member(root, place.key)
    }
}

fn member<'t>(tree: &'t mut Tree, key: &str) -> Option<&'t mut Tree> {
    let Tree::Object(members) = tree else {
        return None;
    };
    members
        .iter_mut()
        .find(|(name, _)| name == key)
        .map(|(_, value)| value)
}
