//! From one format to another: what goes along, and what is named as lost.

use crate::make::{V1, V2, V3, document, v3_with};
use dramatis_cards::{LossCode, losses, to_format};
use dramatis_domain::card::CardFormat::{V1 as One, V2 as Two, V3 as Three};
use dramatis_domain::json::Tree;

fn paths(text: &str, format: dramatis_domain::card::CardFormat) -> Vec<String> {
    losses(&document(text), format)
        .into_iter()
        .map(|loss| loss.path)
        .collect()
}

#[test]
fn the_own_format_is_the_exact_text() {
    for (text, format) in [(V1, One), (V2, Two), (V3, Three)] {
        let spaced = text.replace(',', " ,\n");
        let converted = to_format(&document(&spaced), format);
        assert_eq!(
            (converted.text.as_str(), converted.losses.len()),
            (spaced.as_str(), 0)
        );
    }
}

#[test]
fn upwards_nothing_is_lost_and_the_result_needs_no_repair() {
    for (text, format) in [(V1, Two), (V1, Three), (V2, Three)] {
        let converted = to_format(&document(text), format);
        assert!(converted.losses.is_empty());
        let raised = document(&converted.text);
        assert_eq!(raised.format(), format);
        assert!(raised.repairs().is_empty(), "{:?}", raised.repairs());
        assert_eq!(raised.view().text("first_mes"), "Hello.");
    }
    assert!(
        to_format(&document(V1), Two)
            .text
            .contains(r#""public_id":"ab12""#)
    );
}

#[test]
fn up_and_down_again_gives_the_same_card() {
    for (text, format, up) in [(V1, One, Two), (V1, One, Three), (V2, Two, Three)] {
        let raised = document(&to_format(&document(text), up).text);
        let back = to_format(&raised, format);
        assert!(back.losses.is_empty(), "{:?}", back.losses);
        assert_eq!(
            Tree::parse_strict(&back.text),
            Tree::parse_strict(text),
            "{up:?}"
        );
    }
}

#[test]
fn v3_to_v2_names_every_field_that_v2_lacks() {
    assert_eq!(
        paths(V3, Two),
        [
            "/data/group_only_greetings",
            "/data/nickname",
            "/data/creation_date",
            "/data/source",
            "/data/assets",
            "/data/character_book/entries",
            "/data/character_book/entries"
        ]
    );
    let older = document(&to_format(&document(V3), Two).text);
    assert_eq!(older.format(), Two);
    assert!(older.repairs().is_empty(), "{:?}", older.repairs());
    assert!(
        !older.text().contains("nickname") && older.text().contains(r#""extensions":{"own":1}"#)
    );
    assert!(older.text().contains(r"@@depth 4\nx"));
}

#[test]
fn empty_fields_are_no_loss() {
    let bare = v3_with(
        r#""group_only_greetings":[],"nickname":"","creation_date":0,"source":[],"assets":[],"character_book":null"#,
    );
    assert!(paths(&bare, Two).is_empty());
}

#[test]
fn to_v1_names_every_field_and_keeps_unknown_keys() {
    let converted = to_format(&document(V2), One);
    let codes: Vec<(LossCode, &str)> = converted
        .losses
        .iter()
        .map(|loss| (loss.code, loss.path.as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            (LossCode::Field, "/data/alternate_greetings"),
            (LossCode::Field, "/data/tags"),
            (LossCode::Field, "/data/creator"),
            (LossCode::Field, "/data/character_version"),
            (LossCode::Extensions, "/data/extensions"),
        ]
    );
    assert_eq!(
        converted.text,
        r#"{"name":"Ana","description":"A smith.","personality":"dry","scenario":"","first_mes":"Hello.","mes_example":"","unknown":[1.50,1e999]}"#
    );
    assert!(
        losses(&document(V3), One)
            .iter()
            .any(|loss| loss.code == LossCode::Lorebook)
    );
}

#[test]
fn to_v1_names_a_repetition_that_said_something_else() {
    let differing = V2.replacen('{', r#"{"name":"Old","fav":true,"#, 1);
    let converted = to_format(&document(&differing), One);
    assert!(
        converted
            .losses
            .iter()
            .any(|loss| loss.code == LossCode::Repetition && loss.path == "/name")
    );
    assert!(converted.text.contains(r#""name":"Ana""#) && converted.text.contains(r#""fav":true"#));
}

#[test]
fn losses_are_told_without_writing_and_match_what_is_written() {
    for text in [V1, V2, V3] {
        for format in dramatis_cards::format::FORMATS {
            assert_eq!(
                losses(&document(text), format),
                to_format(&document(text), format).losses
            );
        }
    }
}

#[test]
fn an_unwrapped_v3_card_is_wrapped_on_the_way_to_v2_and_flat_in_v1() {
    let text = r#"{"spec":"chara_card_v3","spec_version":"3.0","name":"A","description":"d","nickname":"B","own":1}"#;
    let two = to_format(&document(text), Two);
    assert_eq!(
        two.text,
        r#"{"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"A","description":"d","own":1}}"#
    );
    assert_eq!(two.losses[0].path, "/nickname");
    let one = document(&to_format(&document(text), One).text);
    assert_eq!((one.format(), one.tree().get("own").is_some()), (One, true));
}

#[test]
fn creator_notes_of_v1_cards_are_found_under_their_older_name() {
    let text = V1.replace(
        r#""public_id":"ab12""#,
        r#""creatorcomment":"by me","tags":["a"]"#,
    );
    let raised = document(&to_format(&document(&text), Two).text);
    assert_eq!(raised.view().text("creator_notes"), "by me");
    assert_eq!(raised.view().list("tags"), ["a"]);
}

#[test]
fn a_card_in_lines_stays_in_lines() {
    let spaced = V2.replace(',', ",\n");
    assert!(
        to_format(&document(&spaced), Three)
            .text
            .contains("\n  \"data\": {")
    );
}

#[test]
fn a_data_that_is_no_body_is_kept_under_another_key() {
    let one = V1.replacen('{', r#"{"data":{"hp":3},"x_data":1,"#, 1);
    assert!(
        to_format(&document(&one), Two)
            .text
            .contains(r#""x_data_":{"hp":3}"#)
    );
    let loose = r#"{"spec":"chara_card_v3","name":"A","description":"d","data":"text"}"#;
    assert!(
        to_format(&document(loose), Two)
            .text
            .contains(r#""x_data":"text""#)
    );
    assert!(
        document(loose)
            .repaired_tree()
            .to_json()
            .contains(r#""x_data":"text""#)
    );
}
