//! The *repaired* export: every repair written, nothing left to repair.

use crate::make::{V2, V3, document, v2_with, v3_with};
use dramatis_cards::{CardDocument, to_format_repaired};
use dramatis_domain::card::{CardFormat, FieldKind};

fn repaired(text: &str) -> CardDocument {
    let before = document(text);
    let after = document(&to_format_repaired(&before, before.format()).text);
    assert!(after.repairs().is_empty(), "{:#?}", after.repairs());
    for field in dramatis_domain::card::FIELDS {
        if field.kind != FieldKind::List {
            assert_eq!(
                before.view().text(field.key),
                after.view().text(field.key),
                "{}",
                field.key
            );
        }
        assert_eq!(
            before.view().list(field.key),
            after.view().list(field.key),
            "{}",
            field.key
        );
    }
    after
}

#[test]
fn nothing_to_repair_is_the_exact_text() {
    for text in [V2, V3] {
        let spaced = text.replace(':', " : ");
        assert_eq!(
            to_format_repaired(&document(&spaced), document(text).format()).text,
            spaced
        );
    }
}

#[test]
fn required_fields_and_lorebook_extensions_are_added() {
    let text = r#"{"spec":"chara_card_v2","data":{"name":"A","character_book":{"entries":{"0":{"keys":"a,b","content":"c"},"1":null}}}}"#;
    let after = document(&to_format_repaired(&document(text), CardFormat::V2).text);
    assert!(after.repairs().is_empty(), "{:#?}", after.repairs());
    let json = after.text();
    for wanted in [
        r#""spec_version":"2.0""#,
        r#""tags":[]"#,
        r#""system_prompt":"""#,
        r#""insertion_order":100"#,
        r#""keys":["a","b"]"#,
    ] {
        assert!(json.contains(wanted), "{wanted} not in {json}");
    }
    assert_eq!(json.matches(r#""extensions":{}"#).count(), 4);
}

#[test]
fn a_v3_card_that_is_not_wrapped_is_wrapped() {
    let after = document(
        &to_format_repaired(&document(r#"{"spec":"chara_card_v3","spec_version":"3.0","name":"A","creator":7,"own":{"x":1}}"#), CardFormat::V3).text,
    );
    assert!(after.view().is_wrapped() && after.repairs().is_empty());
    assert!(after.text().contains(r#""own":{"x":1}"#) && after.text().contains(r#""creator":"7""#));
}

#[test]
fn odd_values_are_written_as_they_were_read() {
    repaired(&v2_with(
        r#""tags":7,"alternate_greetings":"Hi","character_version":1.0,"scenario":null"#,
    ));
    repaired(&v3_with(
        r#""creation_date":"1700000000000","modification_date":"","source":"x","creator_notes_multilingual":[]"#,
    ));
    let mended = repaired(&V2.replacen('{', r#"{"name":"Old","#, 1));
    assert_eq!(mended.text().matches(r#""name":"Ana""#).count(), 2);
}

#[test]
fn repaired_and_raised_at_once_leaves_nothing_to_repair() {
    let odd =
        v2_with(r#""tags":"a,b","character_book":{"entries":[{"keys":["k"],"content":"c"}]}"#);
    let after = document(&to_format_repaired(&document(&odd), CardFormat::V3).text);
    assert_eq!(after.format(), CardFormat::V3);
    assert!(after.repairs().is_empty(), "{:#?}", after.repairs());
}
