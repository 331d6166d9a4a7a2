//! One part of another version taken over, byte for byte, and nothing else.

use crate::make::document;
use dramatis_cards::{CardDocument, WHOLE_LOREBOOK};
use dramatis_domain::diff::diff;

const OLD: &str = r#"{"spec":"chara_card_v2","fav":true,"data":{"name":"A",
  "character_book":{"name":"Salt","x":1.0e+2,"entries":[
    {"id":1,"keys":["a"],"content":"\u0041","order":123456789012345678901234567890},
    {"id":2,"keys":["b"],"content":"two"},
    {"keys":["c"],"content":"three"}
  ]},"extensions":{"depth/prompt":{"d":1.50}}}}"#;
const NEW: &str = r#"{ "spec": "chara_card_v2", "fav": false, "data": { "name": "A",
    "character_book": { "name": "Sea", "entries": [ {"id":1,"keys":["a"],"content":"one"}, {"id":9,"keys":["z"],"content":"new"} ] },
    "extensions": { "depth/prompt": { "d": 2 }, "mine": [1] } } }"#;

fn paths(before: &CardDocument, after: &CardDocument) -> Vec<String> {
    diff(before.tree(), after.tree())
        .into_iter()
        .map(|change| change.path)
        .collect()
}

#[test]
fn a_lorebook_entry_is_taken_with_its_very_bytes_and_nothing_else_changes() {
    let (old, new) = (document(OLD), document(NEW));
    let taken = new.taking(&old, "character_book/entries/id:1").unwrap();
    assert_eq!(
        taken.text(),
        NEW.replace(
            r#"{"id":1,"keys":["a"],"content":"one"}"#,
            r#"{"id":1,"keys":["a"],"content":"\u0041","order":123456789012345678901234567890}"#
        )
    );
    // One that is missing comes back behind the one it stood behind.
    let back = new.taking(&old, "character_book/entries/id:2").unwrap();
    assert_eq!(
        back.text(),
        NEW.replace(
            r#", {"id":9"#,
            r#", {"id":2,"keys":["b"],"content":"two"}, {"id":9"#
        )
    );
    // One that the other version does not have goes.
    let gone = new.taking(&old, "character_book/entries/id:9").unwrap();
    assert_eq!(
        gone.text(),
        NEW.replace(r#", {"id":9,"keys":["z"],"content":"new"}"#, "")
    );
}

#[test]
fn taking_every_part_that_differs_one_by_one_gives_the_other_version() {
    for (from, to) in [(OLD, NEW), (NEW, OLD)] {
        let (source, mut card) = (document(from), document(to));
        let differing = paths(&source, &card);
        assert!(differing.len() >= 6, "{differing:?}");
        for path in differing {
            card = card.taking(&source, &path).unwrap();
            assert!(!paths(&source, &card).contains(&path), "{path}");
        }
        assert!(
            paths(&source, &card).iter().all(|path| path == "document"),
            "at most the order of keys is left: {:?}",
            paths(&source, &card)
        );
    }
}

#[test]
fn the_whole_lorebook_is_taken_as_it_was_written_also_where_there_is_none() {
    let old = document(OLD);
    let none = document(r#"{"spec":"chara_card_v2","data":{"name":"A"}}"#);
    for card in [document(NEW), none.clone()] {
        let taken = card.taking(&old, WHOLE_LOREBOOK).unwrap();
        let book =
            &OLD[OLD.find(r#"{"name":"Salt""#).unwrap()..OLD.find(r#","extensions""#).unwrap()];
        assert!(taken.text().contains(book), "{}", taken.text());
    }
    let without = old.taking(&none, WHOLE_LOREBOOK).unwrap();
    assert!(without.view().lorebook().is_none());
    let one = none.taking(&old, "character_book/entries/id:2").unwrap();
    assert_eq!(one.view().lorebook().unwrap().entries().len(), 1);
    assert_eq!(
        none.taking(&none, "extensions/nothing").unwrap_err().code(),
        "card_no_such_part"
    );
}

#[test]
fn entries_that_are_keyed_by_number_keep_their_form() {
    let numbered = document(
        r#"{"name":"A","description":"d","character_book":{"entries":{"0":{"uid":0,"keys":["a"],"content":"x"}}}}"#,
    );
    let taken = numbered
        .taking(&document(OLD), "character_book/entries/keys:c")
        .unwrap();
    assert_eq!(
        taken.text(),
        r#"{"name":"A","description":"d","character_book":{"entries":{"0":{"uid":0,"keys":["a"],"content":"x"},"1":{"keys":["c"],"content":"three"}}}}"#
    );
}
