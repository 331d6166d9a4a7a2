//! A card into a picture and out of it; everything else stays.

use crate::make::{
    Chunk, V1, V2, V3, card_picture, document, international_chunk, packed_chunk, picture, pixels,
    position, push, text_chunk,
};
use base64::Engine as _;
use dramatis_cards::{CardError, embed, picture_size, read, strip_card, to_format};
use dramatis_domain::card::CardFormat;

fn others() -> Vec<Chunk> {
    vec![
        (b"pHYs", vec![0, 0, 11, 19, 0, 0, 11, 19, 1]),
        (b"tEXt", b"Software\0Some painter".to_vec()),
        (b"tEXt", b"chara-ext-asset_:assets/a.png\0AAAA".to_vec()),
        (b"prVt", vec![1, 2, 3]),
    ]
}

#[test]
fn an_untouched_card_is_exported_as_the_very_same_file() {
    for text in [V1, V2] {
        for before in [true, false] {
            let mut chunks = others();
            chunks.insert(1, text_chunk("chara", text));
            let file = if before {
                picture(&chunks, &[])
            } else {
                picture(&[], &chunks)
            };
            let carried = read(&file).unwrap();
            assert_eq!(carried.document.text(), text);
            assert_eq!(embed(&file, carried.document.text()).unwrap(), file);
        }
    }
}

#[test]
fn a_v3_card_is_written_to_ccv3_with_its_v2_form_in_chara() {
    let file = picture(&[], &[text_chunk("ccv3", V3)]);
    let out = embed(&file, V3).unwrap();
    let carried = read(&out).unwrap();
    assert_eq!(
        (
            carried.document.text(),
            carried.chunk.unwrap().keyword.as_str()
        ),
        (V3, "ccv3")
    );
    assert!(carried.document.repairs().is_empty());
    // What a program that knows only V2 finds.
    let older = to_format(&document(V3), CardFormat::V2).text;
    let (_, chara) = text_chunk("chara", &older);
    assert!(out.windows(chara.len()).any(|window| window == chara));
}

#[test]
fn an_older_card_takes_a_contradicting_ccv3_out() {
    let file = picture(&[text_chunk("ccv3", V3)], &[text_chunk("chara", V2)]);
    let out = embed(&file, V1).unwrap();
    let carried = read(&out).unwrap();
    assert_eq!(
        (carried.document.text(), carried.document.repairs().len()),
        (V1, 0)
    );
    assert!(!out.windows(4).any(|window| window == b"ccv3"));
}

#[test]
fn new_text_leaves_pixels_and_other_chunks_as_they_were() {
    let mut chunks = others();
    chunks.push(packed_chunk(
        "Chara",
        base64::engine::general_purpose::STANDARD
            .encode(V2)
            .as_bytes(),
    ));
    let file = picture(&chunks, &[]);
    let out = embed(&file, V1).unwrap();
    assert_eq!(pixels(&out), pixels(&file));
    for (kind, data) in others() {
        let mut raw = Vec::new();
        push(&mut raw, kind, &data);
        assert!(out.windows(raw.len()).any(|window| window == raw));
    }
    let carried = read(&out).unwrap();
    assert_eq!(
        (
            carried.document.text(),
            carried.chunk.unwrap().keyword.as_str()
        ),
        (V1, "Chara")
    );
    assert_eq!(
        out.windows(5)
            .filter(|window| window.eq_ignore_ascii_case(b"chara"))
            .count(),
        2
    );
}

#[test]
fn a_picture_without_a_card_gets_it_before_its_end_marker() {
    let plain = picture(&others(), &[]);
    let out = embed(&plain, V2).unwrap();
    assert!(position(&out, b"IEND") > position(&out, b"IDAT"));
    assert_eq!(out[out.len() - 12..], plain[plain.len() - 12..]);
    assert_eq!(read(&out).unwrap().document.text(), V2);
}

#[test]
fn the_portrait_is_the_same_whatever_card_it_carried() {
    let plain = picture(&others(), &[]);
    for text in [V1, V2, V3] {
        assert_eq!(strip_card(&embed(&plain, text).unwrap()).unwrap(), plain);
    }
    let three = picture(
        &[
            international_chunk("CCV3", b"x", true),
            packed_chunk("chara", b"y"),
        ],
        &[text_chunk("chara", V2)],
    );
    assert_eq!(strip_card(&three).unwrap(), picture(&[], &[]));
    assert_eq!(strip_card(&plain).unwrap(), plain);
}

#[test]
fn a_cut_off_picture_is_closed_and_keeps_what_there_is() {
    let whole = picture(&[text_chunk("chara", V2)], &[]);
    let cut = &whole[..whole.len() - 20];
    let out = embed(cut, V2).unwrap();
    let carried = read(&out).unwrap();
    assert!(
        carried.document.repairs().is_empty(),
        "{:?}",
        carried.document.repairs()
    );
    assert_eq!(carried.document.text(), V2);
    assert!(read(&strip_card(cut).unwrap()).is_err());
    assert_eq!(strip_card(&strip_card(cut).unwrap()), strip_card(cut));
}

#[test]
fn bytes_behind_the_end_marker_stay() {
    let mut file = card_picture(V2);
    file.extend_from_slice(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    assert_eq!(embed(&file, V2).unwrap(), file);
}

#[test]
fn sizes_are_read_from_the_header_and_bombs_refused() {
    let file = picture(&[], &[]);
    let size = picture_size(&file).unwrap();
    assert_eq!((size.width, size.height), (6, 4));
    for (width, height) in [(20_000_u32, 1_u32), (16_000, 16_000), (u32::MAX, u32::MAX)] {
        let mut bomb = file.clone();
        bomb[16..20].copy_from_slice(&width.to_be_bytes());
        bomb[20..24].copy_from_slice(&height.to_be_bytes());
        assert_eq!(
            picture_size(&bomb),
            Err(CardError::PictureTooLarge { width, height })
        );
    }
    for bytes in [&b""[..], b"\x89PNG\r\n\x1a\n", b"nothing", &file[..20]] {
        assert_eq!(picture_size(bytes), Err(CardError::NotPng));
    }
}

#[test]
fn only_a_png_takes_a_card_and_only_a_card_is_put_in() {
    assert_eq!(embed(b"GIF89a", V2), Err(CardError::NotPng));
    assert_eq!(strip_card(b"GIF89a"), Err(CardError::NotPng));
    assert!(embed(&picture(&[], &[]), "{}").is_err());
}

#[test]
fn a_blank_picture_takes_a_card_and_decodes() {
    let blank = dramatis_cards::blank_picture();
    let size = picture_size(&blank).unwrap();
    assert_eq!((size.width, size.height), (400, 600));
    assert!(pixels(&blank).iter().all(|byte| *byte == 0));
    assert_eq!(
        read(&embed(&blank, V2).unwrap()).unwrap().document.text(),
        V2
    );
    assert_eq!(blank, dramatis_cards::blank_picture());
}

#[test]
fn bytes_behind_damage_in_the_middle_stay() {
    let mut file = picture(&[text_chunk("chara", V2)], &[]);
    let end = position(&file, b"IEND");
    file[end] = 1;
    assert_eq!(embed(&file, V2).unwrap(), file);
    assert_eq!(
        strip_card(&file).unwrap().last_chunk::<12>(),
        file.last_chunk::<12>()
    );
}
