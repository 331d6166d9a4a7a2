//! Every deviation of real files (cards.md, What real files do): read in the
//! one obvious way, listed, and the text left alone.

use crate::make::{V1, V2, document, v2_with, v2_without, v3_with};
use dramatis_cards::{CardDocument, RepairCode as Code, read};
use dramatis_domain::card::CardFormat;

/// The repairs of a card, whose text must have been left alone.
fn read_with(text: &str, expected: &[Code]) -> CardDocument {
    let document = read(text.as_bytes()).unwrap().document;
    let codes: Vec<Code> = document
        .repairs()
        .iter()
        .map(|repair| repair.code)
        .collect();
    assert_eq!(codes, expected, "{:#?}", document.repairs());
    assert_eq!(document.text(), text);
    document
}

#[test]
fn clean_cards_have_no_repairs() {
    for text in [V1, V2, crate::make::V3] {
        read_with(text, &[]);
    }
}

#[test]
fn v1_fields_repeated_at_the_top_level_are_no_repair_where_they_agree() {
    read_with(
        &V2.replacen(
            '{',
            r#"{"name":"Ana","description":"A smith.","fav":false,"#,
            1,
        ),
        &[],
    );
}

#[test]
fn v1_fields_repeated_at_the_top_level_that_differ_are_told_and_data_counts() {
    let text = V2.replacen('{', r#"{"name":"Old","description":"A smith.","#, 1);
    let document = read_with(&text, &[Code::RepeatDiffers]);
    assert_eq!(document.view().name(), "Ana");
    assert_eq!(document.repairs()[0].path, "/name");
}

#[test]
fn v3_fields_not_wrapped_in_data_are_read_at_the_top_level() {
    let text = r#"{"spec":"chara_card_v3","spec_version":"3.0","name":"A","description":"","personality":"","scenario":"","first_mes":"","mes_example":"","creator_notes":"","system_prompt":"","post_history_instructions":"","alternate_greetings":[],"tags":[],"creator":"","character_version":"","extensions":{},"group_only_greetings":[]}"#;
    let document = read_with(text, &[Code::NotWrapped]);
    assert_eq!(
        (document.format(), document.view().name().as_ref()),
        (CardFormat::V3, "A")
    );
}

#[test]
fn a_null_lorebook_is_read_as_none() {
    let document = read_with(&v2_with(r#""character_book":null"#), &[Code::NullLorebook]);
    assert!(document.view().lorebook().is_none());
}

#[test]
fn a_lorebook_without_extensions_is_told_once_however_many_entries_it_has() {
    let entry = r#"{"keys":["a"],"content":"c","enabled":true,"insertion_order":1}"#;
    let text = v2_with(&format!(
        r#""character_book":{{"entries":[{entry},{entry},{entry}]}}"#
    ));
    let document = read_with(&text, &[Code::LorebookExtensions, Code::LorebookExtensions]);
    assert_eq!(
        document.repairs()[1].path,
        "/data/character_book/entries/0/extensions"
    );
    assert!(
        document.repairs()[1].message.contains("2 more"),
        "{}",
        document.repairs()[1].message
    );
    assert_eq!(document.view().lorebook().unwrap().entries().len(), 3);
}

#[test]
fn alternate_greetings_as_one_string_are_one_greeting() {
    let document = read_with(
        &v2_with(r#""alternate_greetings":"Hi, you.""#),
        &[Code::NotAList],
    );
    assert_eq!(document.view().list("alternate_greetings"), ["Hi, you."]);
}

#[test]
fn tags_as_one_string_are_split_at_commas() {
    let document = read_with(&v2_with(r#""tags":"a, b,,c""#), &[Code::NotAList]);
    assert_eq!(document.view().list("tags"), ["a", "b", "c"]);
}

#[test]
fn numbers_as_strings_and_empty_strings_for_numbers_are_read() {
    let text = v2_with(
        r#""character_book":{"scan_depth":"50","token_budget":"","extensions":{},"entries":[{"keys":[],"content":"","extensions":{},"enabled":true,"insertion_order":"7","priority":""}]}"#,
    );
    read_with(
        &text,
        &[
            Code::NumberAsText,
            Code::NotANumber,
            Code::NumberAsText,
            Code::NotANumber,
        ],
    );
}

#[test]
fn a_character_version_as_a_number_is_read_as_its_text() {
    let document = read_with(&v2_with(r#""character_version":1.10"#), &[Code::NotText]);
    assert_eq!(document.view().text("character_version"), "1.10");
}

#[test]
fn timestamps_in_milliseconds_are_read_as_seconds() {
    let document = read_with(
        &v3_with(r#""creation_date":1700000000123"#),
        &[Code::Milliseconds],
    );
    assert!(
        document
            .repaired_tree()
            .to_json()
            .contains(r#""creation_date":1700000000,"#)
    );
}

#[test]
fn one_timestamp_in_milliseconds_and_one_in_seconds_are_told_apart() {
    let document = read_with(
        &v3_with(r#""creation_date":1700000000,"modification_date":1700000001000"#),
        &[Code::Milliseconds],
    );
    assert_eq!(document.repairs()[0].path, "/data/modification_date");
}

#[test]
fn an_entry_position_that_is_empty_or_of_another_program_is_read() {
    let entry = |position: &str| {
        format!(
            r#"{{"keys":[],"content":"","extensions":{{}},"enabled":true,"insertion_order":1,"position":{position}}}"#
        )
    };
    let entries = [r#""""#, r#""after_char_defs""#, "4", r#""before_char""#]
        .map(entry)
        .join(",");
    let text = v2_with(&format!(
        r#""character_book":{{"extensions":{{}},"entries":[{entries}]}}"#
    ));
    let document = read_with(&text, &[Code::OddPosition]);
    let repaired = document.repaired_tree().to_json();
    assert!(
        repaired.contains(r#""position":"after_char""#) && repaired.contains(r#""position":4"#)
    );
    assert!(!repaired.contains(r#""position":"""#));
}

#[test]
fn entries_as_an_object_are_read_in_their_order() {
    let entry = |text: &str| {
        format!(
            r#"{{"keys":["k"],"content":"{text}","extensions":{{}},"enabled":true,"insertion_order":1}}"#
        )
    };
    let text = v2_with(&format!(
        r#""character_book":{{"extensions":{{}},"entries":{{"1":{},"0":{}}}}}"#,
        entry("x"),
        entry("y")
    ));
    let document = read_with(&text, &[Code::EntriesAsObject]);
    let book = document.view().lorebook().unwrap();
    assert_eq!(
        book.entries()
            .iter()
            .map(|entry| entry.text("content").into_owned())
            .collect::<Vec<_>>(),
        ["x", "y"]
    );
}

#[test]
fn odd_asset_addresses_types_and_endings_are_told() {
    let asset = |kind: &str, uri: &str, ext: &str| {
        format!(r#"{{"type":"{kind}","uri":"{uri}","name":"n","ext":"{ext}"}}"#)
    };
    let assets = [
        asset("custom", "/storage/a.png", "png"),
        asset("sound", "data:audio/ogg;base64,AA==", ".OGG"),
        asset("x-risu-asset", "embedded://assets/a.png", "png"),
        asset("x_mine", "__asset:1", "png"),
    ]
    .join(",");
    let document = read_with(
        &v3_with(&format!(r#""assets":[{assets}]"#)),
        &[Code::AssetType, Code::AssetUri, Code::AssetExt],
    );
    let repaired = document.repaired_tree().to_json();
    for wanted in [
        "x_custom",
        "x_sound",
        "x_risu_asset",
        "embeded://assets",
        r#""ext":"ogg""#,
        "/storage/a.png",
    ] {
        assert!(repaired.contains(wanted), "{wanted} not in {repaired}");
    }
}

#[test]
fn of_several_icons_exactly_one_is_made_main() {
    let icon =
        |name: &str| format!(r#"{{"type":"icon","uri":"ccdefault:","name":"{name}","ext":"png"}}"#);
    let two = v3_with(&format!(r#""assets":[{},{}]"#, icon("main"), icon("main")));
    let none = v3_with(&format!(r#""assets":[{},{}]"#, icon("a"), icon("b")));
    for text in [two, none] {
        let document = read_with(&text, &[Code::MainIcon]);
        assert_eq!(
            document
                .repaired_tree()
                .to_json()
                .matches(r#""name":"main""#)
                .count(),
            1
        );
    }
}

#[test]
fn a_missing_group_only_greetings_of_v3_is_told() {
    let text = document(crate::make::V3)
        .set("group_only_greetings", dramatis_cards::NewValue::Removed)
        .unwrap()
        .into_text();
    let document = read_with(&text, &[Code::MissingField]);
    assert_eq!(document.repairs()[0].path, "/data/group_only_greetings");
}

#[test]
fn missing_and_null_fields_are_read_as_empty() {
    read_with(&v2_without("system_prompt"), &[Code::MissingField]);
    let document = read_with(
        &v2_with(r#""scenario":null,"tags":null,"extensions":null"#),
        &[Code::NullField, Code::NullField, Code::MissingField],
    );
    assert_eq!(
        (
            document.view().text("scenario").as_ref(),
            document.view().list("tags").len()
        ),
        ("", 0)
    );
}

#[test]
fn lists_with_elements_that_are_no_text_are_read_as_their_text() {
    let document = read_with(&v2_with(r#""tags":["a",7,true]"#), &[Code::OddElement]);
    assert_eq!(document.view().list("tags"), ["a", "7", "true"]);
}

#[test]
fn crlf_inside_texts_is_kept() {
    let text = v2_with(r#""description":"one\r\ntwo""#);
    let document = read_with(&text, &[]);
    assert_eq!(document.view().text("description"), "one\r\ntwo");
    let edited = document
        .set("personality", dramatis_cards::NewValue::Text("x"))
        .unwrap();
    assert!(edited.text().contains(r"one\r\ntwo"));
}

#[test]
fn a_newer_spec_version_is_told_and_never_refused() {
    let newer = crate::make::V3.replace(r#""3.0""#, r#""3.1""#);
    assert_eq!(
        read_with(&newer, &[Code::NewerVersion]).spec_version(),
        Some("3.1")
    );
    let future = crate::make::V3
        .replace("chara_card_v3", "chara_card_v4")
        .replace(r#""3.0""#, r#""4.0""#);
    assert_eq!(
        read_with(&future, &[Code::NewerVersion]).format(),
        CardFormat::V3
    );
    // Compared as a float: other spellings of the same number are fine.
    read_with(&crate::make::V3.replace(r#""3.0""#, "3"), &[]);
}

#[test]
fn a_wrapped_card_without_spec_is_read_as_v2() {
    let text = V2.replace(r#""spec":"chara_card_v2","spec_version":"2.0","#, "");
    let document = read_with(&text, &[Code::SpecUnclear, Code::SpecUnclear]);
    assert_eq!(document.format(), CardFormat::V2);
}

#[test]
fn a_v1_card_with_a_spec_of_its_own_is_v1() {
    let text = V1.replacen('{', r#"{"spec":"tavern_ai","spec_version":"1.0","#, 1);
    let document = read_with(&text, &[]);
    assert_eq!(
        (document.format(), document.spec()),
        (CardFormat::V1, Some("tavern_ai"))
    );
}

#[test]
fn a_card_of_470_kilobytes_with_114_entries_is_read_and_edited_quickly() {
    let entry = format!(
        r#"{{"keys":["k"],"content":"{}","enabled":true,"insertion_order":1}}"#,
        "lore ".repeat(800)
    );
    let text = v2_with(&format!(
        r#""character_book":{{"entries":[{}]}}"#,
        vec![entry; 114].join(",")
    ));
    assert!(text.len() > 450_000);
    let start = std::time::Instant::now();
    let edited = document(&text)
        .set("name", dramatis_cards::NewValue::Text("Bea"))
        .unwrap();
    assert_eq!(edited.view().lorebook().unwrap().entries().len(), 114);
    assert!(
        start.elapsed() < std::time::Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn empty_lists_where_objects_belong_are_read_as_empty() {
    read_with(&v2_with(r#""extensions":[]"#), &[Code::NotAnObject]);
    let kept = read_with(&v2_with(r#""extensions":"mine""#), &[Code::NotAnObject]);
    assert!(
        kept.repaired_tree()
            .to_json()
            .contains(r#""extensions":"mine""#)
    );
}
