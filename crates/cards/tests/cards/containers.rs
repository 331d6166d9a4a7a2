//! Where a card can stand in a file.

use crate::make::{
    V1, V2, V3, card_picture, document, international_chunk, packed_chunk, picture, push,
    raw_chunk, text_chunk, v3_with,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dramatis_cards::{Container, RepairCode as Code, TextKind, read};
use dramatis_domain::card::CardFormat;

fn codes(bytes: &[u8]) -> Vec<Code> {
    read(bytes)
        .unwrap()
        .document
        .repairs()
        .iter()
        .map(|repair| repair.code)
        .collect()
}

#[test]
fn every_text_chunk_before_and_after_the_pixels_gives_the_same_text() {
    let packed = STANDARD.encode(V2);
    let chunks = [
        (text_chunk("chara", V2), TextKind::Plain),
        (
            packed_chunk("chara", packed.as_bytes()),
            TextKind::Compressed,
        ),
        (
            international_chunk("chara", packed.as_bytes(), false),
            TextKind::International,
        ),
        (
            international_chunk("chara", packed.as_bytes(), true),
            TextKind::International,
        ),
    ];
    for (chunk, kind) in chunks {
        for after in [false, true] {
            let bytes = if after {
                picture(&[], std::slice::from_ref(&chunk))
            } else {
                picture(std::slice::from_ref(&chunk), &[])
            };
            let carried = read(&bytes).unwrap();
            let place = carried.chunk.unwrap();
            assert_eq!(carried.document.text(), V2);
            assert_eq!(carried.container, Container::Png);
            assert_eq!(
                (place.kind, place.after_pixels, place.keyword.as_str()),
                (kind, after, "chara")
            );
            assert!(
                carried.document.repairs().is_empty(),
                "{:?}",
                carried.document.repairs()
            );
        }
    }
}

#[test]
fn the_keyword_counts_in_any_letters_and_is_told_as_found() {
    let carried = read(&picture(&[], &[text_chunk("Chara", V2)])).unwrap();
    assert_eq!(carried.chunk.unwrap().keyword, "Chara");
}

#[test]
fn ccv3_wins_over_chara_in_silence_where_both_say_the_same() {
    for chunks in [
        [text_chunk("chara", V2), text_chunk("ccv3", V3)],
        [text_chunk("ccv3", V3), text_chunk("chara", V2)],
    ] {
        let older = dramatis_cards::to_format(&document(V3), CardFormat::V2).text;
        let agreeing = chunks.clone().map(|(kind, data)| {
            if data.starts_with(b"chara") {
                text_chunk("chara", &older)
            } else {
                (kind, data)
            }
        });
        let carried = read(&picture(&[], &agreeing)).unwrap();
        assert_eq!(carried.document.format(), CardFormat::V3);
        assert!(carried.document.repairs().is_empty());
    }
}

#[test]
fn where_ccv3_and_chara_differ_the_fields_are_named() {
    let bytes = picture(
        &[],
        &[
            text_chunk("chara", V2),
            text_chunk("ccv3", &v3_with(r#""name":"Other""#)),
        ],
    );
    let carried = read(&bytes).unwrap();
    assert_eq!(carried.document.view().name(), "Other");
    let repair = &carried.document.repairs()[0];
    assert_eq!(repair.code, Code::ChunksDiffer);
    assert!(
        repair.message.contains("name") && repair.message.contains("alternate_greetings"),
        "{}",
        repair.message
    );
}

#[test]
fn an_unreadable_ccv3_beside_a_readable_chara_is_told() {
    let bytes = picture(&[], &[text_chunk("chara", V2), raw_chunk("ccv3", b"!!!")]);
    assert_eq!(codes(&bytes), [Code::OtherChunkTaken]);
}

#[test]
fn of_several_chara_chunks_the_first_is_taken() {
    let bytes = picture(&[text_chunk("chara", V2)], &[text_chunk("chara", V1)]);
    assert_eq!(codes(&bytes), [Code::SeveralCards]);
    assert_eq!(read(&bytes).unwrap().document.text(), V2);
}

#[test]
fn raw_json_where_base64_belongs_is_read() {
    let bytes = picture(&[], &[raw_chunk("chara", V2.as_bytes())]);
    assert_eq!(codes(&bytes), [Code::RawJson]);
    assert_eq!(read(&bytes).unwrap().document.text(), V2);
}

#[test]
fn base64_with_line_breaks_and_without_padding_is_read() {
    let broken: String = STANDARD
        .encode(V1)
        .trim_end_matches('=')
        .as_bytes()
        .chunks(60)
        .fold(String::new(), |out, line| {
            out + std::str::from_utf8(line).unwrap() + "\r\n"
        });
    let bytes = picture(&[], &[raw_chunk("chara", broken.as_bytes())]);
    assert_eq!(codes(&bytes), [Code::LooseBase64]);
    assert_eq!(read(&bytes).unwrap().document.text(), V1);
}

#[test]
fn a_picture_cut_off_behind_its_card_is_read() {
    let whole = picture(&[text_chunk("chara", V2)], &[]);
    let cut = &whole[..whole.len() - 30];
    assert_eq!(codes(cut), [Code::PictureCutOff]);
    assert_eq!(read(cut).unwrap().document.text(), V2);
}

#[test]
fn a_card_whose_checksum_alone_is_cut_off_is_read() {
    let whole = card_picture(V2);
    let cut = &whole[..whole.len() - 12 - 3];
    assert_eq!(codes(cut), [Code::PictureCutOff]);
    assert_eq!(read(cut).unwrap().document.text(), V2);
}

#[test]
fn a_wrong_checksum_is_noted_and_not_refused() {
    let mut bytes = card_picture(V2);
    let last = bytes.len() - 12 - 1;
    bytes[last] ^= 0xFF;
    assert_eq!(codes(&bytes), [Code::ChecksumMismatch]);
}

#[test]
fn a_card_behind_the_end_marker_and_bytes_behind_it_are_read_and_noted() {
    let mut bytes = picture(&[], &[]);
    let (kind, data) = text_chunk("chara", V2);
    push(&mut bytes, kind, &data);
    bytes.extend_from_slice(b"\xFF\xFF\xFF\xFFtail of nothing");
    assert_eq!(codes(&bytes), [Code::CardAfterEnd, Code::TrailingBytes]);
}

#[test]
fn a_v3_card_only_in_chara_is_read_as_v3_and_noted() {
    let bytes = card_picture(V3);
    assert_eq!(codes(&bytes), [Code::V3InChara]);
    assert_eq!(read(&bytes).unwrap().document.format(), CardFormat::V3);
}

#[test]
fn an_animated_picture_is_told_as_one() {
    let bytes = picture(
        &[
            (b"acTL", vec![0, 0, 0, 1, 0, 0, 0, 0]),
            text_chunk("chara", V2),
        ],
        &[],
    );
    assert_eq!(read(&bytes).unwrap().container, Container::Apng);
}

#[test]
fn json_alone_is_read_with_or_without_a_byte_order_mark() {
    let carried = read(V2.as_bytes()).unwrap();
    assert_eq!(
        (carried.container, carried.chunk, carried.document.text()),
        (Container::Json, None, V2)
    );
    let marked = format!("\u{feff}\r\n{V2}");
    assert_eq!(codes(marked.as_bytes()), [Code::ByteOrderMark]);
    assert_eq!(
        read(marked.as_bytes()).unwrap().document.text(),
        format!("\r\n{V2}")
    );
}

#[test]
fn nul_bytes_behind_a_card_are_left_out_and_noted() {
    assert_eq!(codes(format!("{V2}\0\0").as_bytes()), [Code::TrailingNul]);
}
