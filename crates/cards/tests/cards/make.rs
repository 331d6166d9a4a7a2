//! Small card files for the tests, made in code.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dramatis_cards::{CardDocument, NewValue};

/// A whole V2 card, compact, with one unknown key and one in `extensions`.
pub(crate) const V2: &str = concat!(
    r#"{"spec":"chara_card_v2","spec_version":"2.0","data":{"name":"Ana","description":"A smith.","personality":"dry","#,
    r#""scenario":"","first_mes":"Hello.","mes_example":"","creator_notes":"","system_prompt":"","#,
    r#""post_history_instructions":"","alternate_greetings":["Hi."],"tags":["forge"],"creator":"me","#,
    r#""character_version":"1","extensions":{"own/tool":{"n":123456789012345678901234567890}},"unknown":[1.50,1e999]}}"#,
);

/// A whole V3 card with everything V3 has.
pub(crate) const V3: &str = concat!(
    r#"{"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"Ana","description":"A smith.","personality":"dry","#,
    r#""scenario":"","first_mes":"Hello.","mes_example":"","creator_notes":"","system_prompt":"","#,
    r#""post_history_instructions":"","alternate_greetings":[],"tags":[],"creator":"","character_version":"","#,
    r#""extensions":{"own":1},"group_only_greetings":["All!"],"nickname":"An","creation_date":1700000000,"#,
    r#""source":["https://example.org/ana"],"assets":[{"type":"icon","uri":"ccdefault:","name":"main","ext":"png"}],"#,
    r#""character_book":{"extensions":{},"entries":[{"keys":["a"],"content":"@@depth 4\nx","extensions":{},"#,
    r#""enabled":true,"insertion_order":1,"use_regex":true,"id":"one"}]}}}"#,
);

/// A V1 card with a key of its own.
pub(crate) const V1: &str = concat!(
    r#"{"name":"Ana","description":"A smith.","personality":"","scenario":"","first_mes":"Hello.","#,
    r#""mes_example":"","public_id":"ab12"}"#,
);

/// V2 with `members` in place of `data`'s members of the same name, or added.
pub(crate) fn v2_with(members: &str) -> String {
    with(V2, members)
}

/// V3 in the same way.
pub(crate) fn v3_with(members: &str) -> String {
    with(V3, members)
}

/// V2 without one member of `data`.
pub(crate) fn v2_without(key: &'static str) -> String {
    document(V2)
        .set(key, NewValue::Removed)
        .unwrap()
        .into_text()
}

/// The document of a text that must be readable.
pub(crate) fn document(text: &str) -> CardDocument {
    CardDocument::parse(text.to_owned()).unwrap()
}

fn with(card: &str, members: &str) -> String {
    use dramatis_domain::json::Tree;
    let mut tree = Tree::parse_strict(card).unwrap();
    let Tree::Object(new) = Tree::parse_strict(&format!("{{{members}}}")).unwrap() else {
        unreachable!()
    };
    let Tree::Object(root) = &mut tree else {
        unreachable!()
    };
    let Some((_, Tree::Object(data))) = root.iter_mut().find(|(key, _)| key == "data") else {
        unreachable!()
    };
    for (key, value) in new {
        match data.iter_mut().find(|(found, _)| *found == key) {
            Some((_, found)) => *found = value,
            None => data.push((key, value)),
        }
    }
    tree.to_json()
}

/// A chunk to put into a picture: type and payload.
pub(crate) type Chunk = (&'static [u8; 4], Vec<u8>);

/// A `tEXt` chunk with base64, as the formats want it.
pub(crate) fn text_chunk(keyword: &str, json: &str) -> Chunk {
    (
        b"tEXt",
        [keyword.as_bytes(), &[0], STANDARD.encode(json).as_bytes()].concat(),
    )
}

/// A `tEXt` chunk with any payload.
pub(crate) fn raw_chunk(keyword: &str, payload: &[u8]) -> Chunk {
    (b"tEXt", [keyword.as_bytes(), &[0], payload].concat())
}

/// A `zTXt` chunk around any payload.
pub(crate) fn packed_chunk(keyword: &str, payload: &[u8]) -> Chunk {
    (
        b"zTXt",
        [keyword.as_bytes(), &[0, 0], &deflated(payload)].concat(),
    )
}

/// An `iTXt` chunk, compressed or not.
pub(crate) fn international_chunk(keyword: &str, payload: &[u8], packed: bool) -> Chunk {
    let body = if packed {
        deflated(payload)
    } else {
        payload.to_vec()
    };
    (
        b"iTXt",
        [
            keyword.as_bytes(),
            &[0, u8::from(packed), 0],
            b"en\0Karte\0",
            &body,
        ]
        .concat(),
    )
}

/// zlib, as PNG packs.
pub(crate) fn deflated(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// A real picture of 6 × 4 pixels with chunks before and after its pixels.
pub(crate) fn picture(before: &[Chunk], after: &[Chunk]) -> Vec<u8> {
    let plain = plain_picture();
    let idat = position(&plain, b"IDAT") - 4;
    let iend = position(&plain, b"IEND") - 4;
    let mut out = plain[..idat].to_vec();
    before
        .iter()
        .for_each(|(kind, data)| push(&mut out, kind, data));
    out.extend_from_slice(&plain[idat..iend]);
    after
        .iter()
        .for_each(|(kind, data)| push(&mut out, kind, data));
    out.extend_from_slice(&plain[iend..]);
    out
}

/// A picture with a card in `chara`, behind the pixels.
pub(crate) fn card_picture(json: &str) -> Vec<u8> {
    picture(&[], &[text_chunk("chara", json)])
}

/// The decoded pixels.
pub(crate) fn pixels(bytes: &[u8]) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    pixels
}

/// Where four letters first stand.
pub(crate) fn position(bytes: &[u8], letters: &[u8; 4]) -> usize {
    bytes
        .windows(4)
        .position(|window| window == letters)
        .unwrap()
}

/// Appends a chunk with its checksum.
pub(crate) fn push(out: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    out.extend_from_slice(&u32::try_from(data.len()).unwrap().to_be_bytes());
    out.extend_from_slice(kind);
    out.extend_from_slice(data);
    let sum = crc32fast::hash(&[kind.as_slice(), data].concat());
    out.extend_from_slice(&sum.to_be_bytes());
}

fn plain_picture() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 6, 4);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..6 * 4 * 3)
        .map(|n: u32| u8::try_from(n * 3).unwrap())
        .collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    out
}
