//! Somebody else's newer release, merged into a draft field by field
//! (studio.md, Local store). Where both changed the same, the draft's own words
//! stand and the release keeps the other's: nothing is lost, and the person is
//! told which fields to look at.

use super::edit::taken;
use crate::StudioError;
use dramatis_cards::CardDocument;
use dramatis_domain::{
    card::{FIELDS, FieldKind, FieldSpec, field_spec},
    diff::diff,
};

/// A merged card.
#[derive(Clone, Debug)]
pub(crate) struct Merged {
    pub(crate) card: CardDocument,
    /// Paths that both sides changed, as a diff names them.
    pub(crate) overlaps: Vec<String>,
}

/// Merges what `mine` and `theirs` made of `base`.
pub(crate) fn merge(
    base: &CardDocument,
    mine: &CardDocument,
    theirs: &CardDocument,
) -> Result<Merged, StudioError> {
    // The parts without an editor go as one: whoever changed them brings them,
    // and where both did, the draft's stand.
    let (my_rest, their_rest) = (rest(base, mine), rest(base, theirs));
    let (mut card, from, rests_overlap) = if my_rest.is_empty() {
        (theirs.clone(), mine, Vec::new())
    } else {
        let overlaps = if rest(mine, theirs).is_empty() {
            Vec::new()
        } else {
            their_rest
        };
        (mine.clone(), theirs, overlaps)
    };
    let starts_from_theirs = my_rest.is_empty();
    let mut overlaps = Vec::new();
    for field in FIELDS {
        let (i_changed, they_changed) = (differs(base, mine, field), differs(base, theirs, field));
        let take = if starts_from_theirs {
            i_changed
        } else {
            they_changed && !i_changed
        };
        if take && differs(&card, from, field) {
            card = taken(&card, &from.view(), field)?;
        }
        if i_changed && they_changed && differs(mine, theirs, field) {
            overlaps.push(field.key.to_owned());
        }
    }
    overlaps.extend(rests_overlap);
    Ok(Merged { card, overlaps })
}

fn differs(a: &CardDocument, b: &CardDocument, field: &FieldSpec) -> bool {
    let (a, b) = (a.view(), b.view());
    match field.kind {
        FieldKind::Line | FieldKind::Text => a.text(field.key) != b.text(field.key),
        FieldKind::List => a.list(field.key) != b.list(field.key),
    }
}

/// Paths outside of the fields that differ.
fn rest(a: &CardDocument, b: &CardDocument) -> Vec<String> {
    diff(a.tree(), b.tree())
        .into_iter()
        .map(|change| change.path)
        .filter(|path| {
            path.split('/')
                .next()
                .is_none_or(|key| field_spec(key).is_none())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn card(personality: &str, scenario: &str, tags: &str, extra: &str) -> CardDocument {
        let text = format!(
            r#"{{"spec":"chara_card_v2","data":{{"name":"A","description":"d","personality":"{personality}","scenario":"{scenario}","tags":[{tags}],"extensions":{{"x":{extra}}}}}}}"#
        );
        CardDocument::parse(text).unwrap()
    }

    #[test]
    fn each_side_keeps_what_only_it_changed() {
        let base = card("p", "s", r#""a""#, "1");
        let mine = card("mine", "s", r#""a""#, "1");
        let theirs = card("p", "theirs", r#""a","b""#, "2");
        let merged = merge(&base, &mine, &theirs).unwrap();
        assert_eq!(
            merged.card.text(),
            card("mine", "theirs", r#""a","b""#, "2").text()
        );
        assert_eq!(merged.overlaps, [""; 0]);
    }

    #[test]
    fn where_both_changed_mine_stands_and_is_named() {
        let base = card("p", "s", "", "1");
        let mine = card("mine", "s", "", "3");
        let theirs = card("theirs", "theirs", "", "2");
        let merged = merge(&base, &mine, &theirs).unwrap();
        assert_eq!(merged.card.text(), card("mine", "theirs", "", "3").text());
        assert_eq!(merged.overlaps, ["personality", "extensions/x"]);
    }

    #[test]
    fn the_same_change_on_both_sides_is_no_overlap() {
        let base = card("p", "s", "", "1");
        let both = card("q", "s", "", "2");
        let merged = merge(&base, &both, &both).unwrap();
        assert_eq!(
            (merged.card.text(), merged.overlaps.len()),
            (both.text(), 0)
        );
    }
}
