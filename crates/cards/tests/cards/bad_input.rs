//! Files that are refused: each with its own sentence, in bounded time and memory.

use std::time::{Duration, Instant};

use crate::make::{
    V2, card_picture, deflated, packed_chunk, picture, push, raw_chunk, text_chunk, v2_with,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dramatis_cards::{CardError, NewValue, read};
use dramatis_domain::json::JsonFault;

/// Refusals may not take long, even in an unoptimised build on a busy machine.
const BOUND: Duration = Duration::from_secs(20);

fn refused(bytes: &[u8]) -> CardError {
    let start = Instant::now();
    let fault = read(bytes).unwrap_err();
    assert!(start.elapsed() < BOUND, "took {:?}", start.elapsed());
    let sentence = fault.to_string();
    assert!(
        sentence.len() > 20 && !sentence.contains('\n'),
        "no clear sentence: {sentence}"
    );
    fault
}

#[test]
fn a_file_that_is_not_a_card_is_refused() {
    assert_eq!(refused(b""), CardError::Empty);
    for bytes in [
        &b"hello"[..],
        b"\x7fELF\x02\x01",
        b"{\"a\":1}",
        b"[1,2]",
        b"\"text\"",
        b"GIF89a....",
        b"\x89PN",
        b"{\"name\":\"package\",\"version\":\"1\"}",
    ] {
        let fault = refused(bytes);
        assert_eq!(fault.code(), "card_not_a_card", "{fault}");
    }
    assert_eq!(refused(&picture(&[], &[])), CardError::NoCardInPng);
}

#[test]
fn text_that_is_almost_json_is_refused_as_such() {
    for text in ["{", "{\"name\":\"A\",}", "{/* c */\"name\":1}"] {
        assert_eq!(refused(text.as_bytes()).code(), "card_not_json");
    }
}

#[test]
fn a_picture_cut_off_before_its_card_is_told_apart_from_one_without() {
    let whole = card_picture(V2);
    assert_eq!(refused(&whole[..60]), CardError::CutOffBeforeCard);
    assert_eq!(refused(&whole[..8]), CardError::CutOffBeforeCard);
}

#[test]
fn a_picture_cut_off_inside_its_card_is_refused() {
    let whole = picture(&[], &[text_chunk("chara", V2)]);
    assert_eq!(
        refused(&whole[..whole.len() - 200]),
        CardError::CutOffInsideCard
    );
    let packed = picture(
        &[],
        &[packed_chunk("chara", STANDARD.encode(V2).as_bytes())],
    );
    assert_eq!(
        refused(&packed[..packed.len() - 60]),
        CardError::CutOffInsideCard
    );
}

#[test]
fn a_text_chunk_of_100_megabytes_is_refused_by_its_size() {
    let bytes = picture(&[], &[raw_chunk("chara", &vec![b'A'; 100 << 20])]);
    let fault = refused(&bytes);
    assert!(
        matches!(fault, CardError::ChunkTooLarge { bytes, .. } if bytes > 100 << 20),
        "{fault}"
    );
}

#[test]
fn another_chunk_of_100_megabytes_is_not_in_the_way_of_a_card() {
    let bytes = picture(
        &[raw_chunk("Comment", &vec![b'A'; 100 << 20])],
        &[text_chunk("chara", V2)],
    );
    assert_eq!(read(&bytes).unwrap().document.text(), V2);
}

#[test]
fn a_zip_bomb_in_ztxt_stops_at_the_limit() {
    // 256 MiB of nothing in about a megabyte, ten times the limit. Its second
    // half is damaged: who reads beyond the limit finds that instead.
    let mut bomb = {
        use std::io::Write as _;
        let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        let block = vec![b'A'; 1 << 20];
        (0..256).for_each(|_| writer.write_all(&block).unwrap());
        writer.finish().unwrap()
    };
    let half = bomb.len() / 2;
    bomb[half..].fill(0xFF);
    let chunk = (b"zTXt", [b"chara\0\0", bomb.as_slice()].concat());
    assert!(matches!(
        refused(&picture(&[], &[chunk])),
        CardError::ChunkExpandsTooFar { .. }
    ));
    let chunk = (b"iTXt", [b"ccv3\0\x01\0\0\0", bomb.as_slice()].concat());
    assert!(matches!(
        refused(&picture(&[], &[chunk])),
        CardError::ChunkExpandsTooFar { .. }
    ));
}

#[test]
fn a_length_field_of_four_gigabytes_reserves_nothing() {
    let mut bytes = picture(&[], &[]);
    bytes.truncate(bytes.len() - 12);
    bytes.extend_from_slice(&u32::MAX.to_be_bytes());
    bytes.extend_from_slice(b"tEXtchara\0eyJu");
    assert_eq!(refused(&bytes), CardError::CutOffInsideCard);
}

#[test]
fn millions_of_empty_chunks_are_walked_in_bounded_time() {
    let mut bytes = picture(&[], &[]);
    bytes.truncate(bytes.len() - 12);
    let mut empty = Vec::new();
    push(&mut empty, b"teSt", b"");
    bytes.extend(empty.iter().copied().cycle().take(empty.len() * 2_000_000));
    // Not even a card behind them is looked for.
    let (kind, data) = text_chunk("chara", V2);
    push(&mut bytes, kind, &data);
    assert_eq!(refused(&bytes), CardError::CutOffBeforeCard);
}

#[test]
fn damaged_compression_is_refused() {
    let mut packed = deflated(STANDARD.encode(V2).as_bytes());
    packed.iter_mut().skip(20).for_each(|byte| *byte ^= 0x5A);
    let chunk = (b"zTXt", [b"chara\0\0", packed.as_slice()].concat());
    assert!(matches!(
        refused(&picture(&[], &[chunk])),
        CardError::ChunkDamaged { .. }
    ));
}

#[test]
fn a_chunk_with_neither_base64_nor_json_is_refused() {
    assert!(matches!(
        refused(&picture(&[], &[raw_chunk("chara", b"hello!")])),
        CardError::NotBase64 { .. }
    ));
    assert!(matches!(
        refused(&picture(&[], &[raw_chunk("chara", b"")])),
        CardError::NotBase64 { .. }
    ));
}

#[test]
fn deep_nesting_is_refused_before_any_recursion() {
    for depth in [65, 100_000, 4_000_000] {
        let deep = v2_with("").replace(
            "[1.50,1e999]",
            &format!("{}{}", "[".repeat(depth), "]".repeat(depth)),
        );
        assert_eq!(
            refused(deep.as_bytes()),
            CardError::Json(JsonFault::TooDeep)
        );
        assert_eq!(
            refused(&card_picture(&deep)),
            CardError::Json(JsonFault::TooDeep)
        );
    }
}

#[test]
fn duplicate_keys_are_refused_with_their_place() {
    let twice = V2.replace(r#""unknown""#, r#""n\u0061me":"Eve","unknown""#);
    let fault = refused(&card_picture(&twice));
    assert_eq!(
        fault,
        CardError::Json(JsonFault::DuplicateKey {
            path: "/data".into(),
            key: "name".into()
        })
    );
    assert_eq!(fault.code(), "card_duplicate_key");
}

#[test]
fn lone_surrogates_are_refused() {
    let fault = refused(&card_picture(
        &V2.replace("A smith.", r"half \ud83d of a pair"),
    ));
    assert_eq!(fault.code(), "card_bad_text");
}

#[test]
fn text_that_is_not_utf_8_is_refused_and_not_guessed() {
    let latin: Vec<u8> = V2
        .replace("A smith.", "caf#")
        .bytes()
        .map(|byte| if byte == b'#' { 0xE9 } else { byte })
        .collect();
    assert!(matches!(refused(&latin), CardError::NotUtf8 { at } if at > 10));
    let chunk = raw_chunk("chara", STANDARD.encode(&latin).as_bytes());
    assert!(matches!(
        refused(&picture(&[], &[chunk])),
        CardError::NotUtf8 { .. }
    ));
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(V2.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(matches!(refused(&utf16), CardError::NotUtf8 { .. }));
}

#[test]
fn a_card_of_more_than_the_limit_is_refused() {
    let long = V2.replace("A smith.", &"a".repeat(17 << 20));
    assert!(matches!(
        refused(long.as_bytes()),
        CardError::Json(JsonFault::TooLarge { .. })
    ));
}

#[test]
fn an_encrypted_risu_card_says_that_nobody_else_can_read_it() {
    assert_eq!(
        refused(&picture(
            &[],
            &[raw_chunk("chara", b"rcc||rccv1||AAAA||0||e30=")]
        )),
        CardError::Encrypted
    );
    assert_eq!(
        refused(&card_picture("rcc||rccv1||AAAA")),
        CardError::Encrypted
    );
    assert_eq!(refused(b"rcc||rccv1||AAAA"), CardError::Encrypted);
}

#[test]
fn other_containers_get_their_own_not_yet() {
    let zip = b"PK\x03\x04\x14\0\0\0\0\0................card.json{}";
    let jpeg = [b"\xFF\xD8\xFF\xE0....", &zip[..]].concat();
    for (bytes, word) in [
        (&b"RIFF\x10\0\0\0WEBPVP8 "[..], "WebP"),
        (&zip[..], "CHARX"),
        (&jpeg, "JPEG picture with a CHARX"),
        (b"\xFF\xD8\xFF\xE0....", "JPEG"),
        (
            br#"{"spec":"lorebook_v3","data":{"entries":[]}}"#,
            "lorebook",
        ),
        (
            br#"{"entries":{"0":{"uid":0,"key":["a"],"content":"b"}}}"#,
            "World Info",
        ),
        (br#"{"char_name":"A","char_persona":"b"}"#, "Pygmalion"),
    ] {
        let fault = refused(bytes);
        assert_eq!(fault.code(), "card_not_yet");
        assert!(fault.to_string().contains(word), "{fault}");
        assert!(!fault.hints().is_empty());
    }
    assert_eq!(
        refused(b"PK\x03\x04 some other archive").code(),
        "card_not_a_card"
    );
}

#[test]
fn svg_is_refused_for_good() {
    for bytes in [
        &b"<svg onload='x()'/>"[..],
        b"<?xml version=\"1.0\"?>\n<SVG>",
    ] {
        assert!(matches!(refused(bytes), CardError::Refused { .. }));
    }
}

#[test]
fn a_30_digit_integer_stays_as_written_through_edit_and_export() {
    let number = "123456789012345678901234567890";
    let carried = read(&card_picture(V2)).unwrap();
    let edited = carried
        .document
        .set("description", NewValue::Text("Changed."))
        .unwrap();
    assert!(edited.text().contains(number) && edited.text().contains("[1.50,1e999]"));
    let exported = dramatis_cards::embed(&card_picture(V2), edited.text()).unwrap();
    let again = read(&exported).unwrap().document;
    assert_eq!(again.text(), edited.text());
    let v3 = dramatis_cards::to_format(&again, dramatis_domain::card::CardFormat::V3);
    assert!(v3.text.contains(number) && v3.text.contains("1.50,1e999"));
}
