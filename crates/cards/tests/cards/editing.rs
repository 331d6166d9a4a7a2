//! Edits change their field and nothing else.

use crate::make::{V1, V2, V3, document};
use dramatis_cards::{CardError, NewValue};
use dramatis_domain::card::CardFormat;

const PRETTY: &str = "{\r\n\t\"spec\" : \"chara_card_v2\",\r\n\t\"spec_version\": \"2.0\",\r\n\t\"data\": {\r\n\t\t\"name\": \"\\u0041na\",\r\n\t\t\"tags\": [\r\n\t\t\t\"\\u00e9t\\u00e9\",\r\n\t\t\t\"b\"\r\n\t\t],\r\n\t\t\"n\": 1.0e+2\r\n\t}\r\n}\r\n";

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_text_field_is_replaced_in_its_place_alone() {
    for (text, old) in [(V1, "A smith."), (V2, "A smith."), (V3, "A smith.")] {
        let edited = document(text)
            .set("description", NewValue::Text("A \"weaver\"\n\u{1F9F5}"))
            .unwrap();
        assert_eq!(
            edited.text(),
            text.replace(old, "A \\\"weaver\\\"\\n\u{1F9F5}")
        );
        assert_eq!(edited.view().text("description"), "A \"weaver\"\n\u{1F9F5}");
    }
}

#[test]
fn unedited_parts_keep_spacing_escapes_and_number_text() {
    let edited = document(PRETTY).set("name", NewValue::Text("Bea")).unwrap();
    assert_eq!(edited.text(), PRETTY.replace("\\u0041na", "Bea"));
}

#[test]
fn setting_what_a_field_already_reads_as_changes_no_byte() {
    let pretty = document(PRETTY);
    assert_eq!(
        pretty.set("name", NewValue::Text("Ana")).unwrap().text(),
        PRETTY
    );
    assert_eq!(
        pretty
            .set("tags", NewValue::List(&list(&["été", "b"])))
            .unwrap()
            .text(),
        PRETTY
    );
    assert_eq!(
        pretty.set("scenario", NewValue::Text("")).unwrap().text(),
        PRETTY
    );
    assert_eq!(
        pretty.set("scenario", NewValue::Removed).unwrap().text(),
        PRETTY
    );
    // Read leniently, too: an unchanged field in a form is no edit.
    let odd = crate::make::v2_with(r#""tags":"a, b","character_version":2"#);
    assert_eq!(
        document(&odd)
            .set("tags", NewValue::List(&list(&["a", "b"])))
            .unwrap()
            .text(),
        odd
    );
    assert_eq!(
        document(&odd)
            .set("character_version", NewValue::Text("2"))
            .unwrap()
            .text(),
        odd
    );
    assert_eq!(
        document(V1)
            .set("tags", NewValue::List(&[]))
            .unwrap()
            .text(),
        V1
    );
}

#[test]
fn a_missing_field_is_added_at_the_end_the_way_its_neighbours_stand() {
    let edited = document(PRETTY)
        .set("scenario", NewValue::Text("dusk"))
        .unwrap();
    assert_eq!(
        edited.text(),
        PRETTY.replace("1.0e+2", "1.0e+2,\r\n\t\t\"scenario\": \"dusk\"")
    );
    let compact = crate::make::v2_without("scenario");
    let edited = document(&compact)
        .set("scenario", NewValue::Text("dusk"))
        .unwrap();
    assert_eq!(
        edited.text(),
        format!(
            "{},\"scenario\":\"dusk\"}}}}",
            compact.strip_suffix("}}").unwrap()
        )
    );
    let empty = r#"{"spec":"chara_card_v2","data":{ }}"#;
    let edited = document(empty)
        .set("tags", NewValue::List(&list(&["a", "b"])))
        .unwrap();
    assert_eq!(
        edited.text(),
        r#"{"spec":"chara_card_v2","data":{"tags":["a","b"] }}"#
    );
}

#[test]
fn list_elements_that_stay_keep_their_own_text_and_the_list_its_layout() {
    let document = document(PRETTY);
    let added = document
        .set("tags", NewValue::List(&list(&["été", "b", "c"])))
        .unwrap();
    assert_eq!(
        added.text(),
        PRETTY.replace("\"b\"", "\"b\",\r\n\t\t\t\"c\"")
    );
    let swapped = document
        .set("tags", NewValue::List(&list(&["b", "été"])))
        .unwrap();
    assert_eq!(
        swapped.text(),
        PRETTY
            .replace("\"\\u00e9t\\u00e9\"", "#")
            .replace("\"b\"", "\"\\u00e9t\\u00e9\"")
            .replace('#', "\"b\"")
    );
    let fewer = document.set("tags", NewValue::List(&list(&["b"]))).unwrap();
    assert_eq!(fewer.view().list("tags"), ["b"]);
    let none = document.set("tags", NewValue::List(&[])).unwrap();
    assert!(none.text().contains("\"tags\": [],"));
}

#[test]
fn a_removed_field_takes_one_comma_along() {
    let document = document(V2);
    for (key, gone) in [
        ("name", r#""name":"Ana","#),
        ("tags", r#""tags":["forge"],"#),
        ("character_version", r#""character_version":"1","#),
    ] {
        assert_eq!(
            document.set(key, NewValue::Removed).unwrap().text(),
            V2.replace(gone, "")
        );
    }
    let last = crate::make::document(r#"{"spec":"chara_card_v2","data":{"name":"A", "tags":[]}}"#);
    assert_eq!(
        last.set("tags", NewValue::Removed).unwrap().text(),
        r#"{"spec":"chara_card_v2","data":{"name":"A"}}"#
    );
    let only = crate::make::document(r#"{"spec":"chara_card_v2","data":{ "name": "A" }}"#);
    assert_eq!(
        only.set("name", NewValue::Removed).unwrap().text(),
        r#"{"spec":"chara_card_v2","data":{  }}"#
    );
}

#[test]
fn a_repetition_at_the_top_level_is_kept_in_step_where_it_agreed() {
    let agreeing = V2.replacen(
        '{',
        r#"{"name":"Ana","creatorcomment":"","tags":["forge"],"#,
        1,
    );
    let edited = document(&agreeing)
        .set("name", NewValue::Text("Bea"))
        .unwrap();
    assert_eq!(edited.text().matches(r#""name":"Bea""#).count(), 2);
    let edited = edited.set("creator_notes", NewValue::Text("new")).unwrap();
    assert!(
        edited.text().contains(r#""creatorcomment":"new""#)
            && edited.text().contains(r#""creator_notes":"new""#)
    );
    let edited = edited.set("tags", NewValue::List(&list(&["x"]))).unwrap();
    assert_eq!(edited.text().matches(r#""tags":["x"]"#).count(), 2);
}

#[test]
fn a_repetition_that_differed_is_left_alone() {
    let differing = V2.replacen('{', r#"{"name":"Old","#, 1);
    let edited = document(&differing)
        .set("name", NewValue::Text("Bea"))
        .unwrap();
    assert_eq!(edited.text(), differing.replace("Ana", "Bea"));
}

#[test]
fn an_unwrapped_v3_card_is_edited_at_the_top_level() {
    let text = r#"{"spec":"chara_card_v3","spec_version":"3.0","name":"A","nickname":"B"}"#;
    let edited = document(text).set("nickname", NewValue::Text("C")).unwrap();
    assert_eq!(edited.text(), text.replace("\"B\"", "\"C\""));
}

#[test]
fn a_field_the_format_lacks_is_refused_and_nothing_is_converted_unasked() {
    let tags = list(&["x"]);
    let fault = document(V1).set("tags", NewValue::List(&tags)).unwrap_err();
    assert_eq!(
        fault,
        CardError::FieldNotInFormat {
            field: "tags",
            format: CardFormat::V1,
            needs: CardFormat::V2
        }
    );
    assert!(fault.hints()[0].contains("V2"), "{:?}", fault.hints());
    assert!(document(V2).set("nickname", NewValue::Text("x")).is_err());
}

#[test]
fn raising_the_format_for_a_field_is_told_and_loses_nothing() {
    let tags = list(&["x"]);
    let edited = document(V1)
        .set_raising_format("tags", NewValue::List(&tags))
        .unwrap();
    assert_eq!(edited.raised_from, Some(CardFormat::V1));
    assert_eq!(
        (
            edited.document.format(),
            edited.document.view().list("tags").len()
        ),
        (CardFormat::V2, 1)
    );
    assert!(edited.document.text().contains(r#""public_id":"ab12""#));
    let same = document(V2)
        .set_raising_format("name", NewValue::Text("B"))
        .unwrap();
    assert_eq!(same.raised_from, None);
}

#[test]
fn unknown_fields_and_wrong_kinds_are_refused() {
    assert!(matches!(
        document(V2).set("spec", NewValue::Text("x")),
        Err(CardError::UnknownField { .. })
    ));
    assert!(matches!(
        document(V2).set("tags", NewValue::Text("x")),
        Err(CardError::WrongKindOfValue { .. })
    ));
    assert!(matches!(
        document(V2).set("name", NewValue::List(&[])),
        Err(CardError::WrongKindOfValue { .. })
    ));
}
