//! A card into a PNG and out of it, chunk by chunk: the pixels and every other
//! chunk stay the very bytes they were (cards.md, rule 2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dramatis_domain::card::CardFormat;

use super::chunks::{Chunk, SIGNATURE, SMALLEST_CHUNK, Walk, is_png, push, walk};
use super::read::Keyword;
use super::text::keyword;
use crate::convert::to_format;
use crate::document::CardDocument;
use crate::error::CardError;

/// Puts a document into a PNG as a `tEXt` chunk of base64.
///
/// V1 and V2 go into `chara`. V3 goes into `ccv3`, and its V2 form into
/// `chara` beside it, so that programs that know only V2 find the character
/// too; that is what SillyTavern and RisuAI write. The document's text is
/// written byte for byte.
///
/// The new chunks take the place of the old ones, with the keyword in the
/// letters it had; a picture without a card gets them just before its end
/// marker. A card chunk of a kind that is not written any more is taken out,
/// or it would contradict the new one. A cut-off picture is closed: its last,
/// partial pixel chunk is kept with a length and checksum that fit.
///
/// # Errors
/// [`CardError::NotPng`] where `png` is none, and what reading the document
/// gives where `card_text` is no card.
pub fn embed(png: &[u8], card_text: &str) -> Result<Vec<u8>, CardError> {
    if !is_png(png) {
        return Err(CardError::NotPng);
    }
    let document = CardDocument::parse(card_text.to_owned())?;
    let walk = walk(png);
    let mut cards = payloads(&document);
    for (wanted, name, _) in &mut cards {
        let old = walk
            .chunks
            .iter()
            .find(|chunk| Keyword::of(chunk) == Some(*wanted));
        if let Some(found) = old.and_then(keyword) {
            *name = found.to_vec();
        }
    }
    let room = cards
        .iter()
        .map(|(_, _, payload)| payload.len() + 32)
        .sum::<usize>();
    let mut out = Vec::with_capacity(png.len() + room);
    out.extend_from_slice(&SIGNATURE);
    let first_old = walk
        .chunks
        .iter()
        .position(|chunk| Keyword::of(chunk).is_some());
    let place = first_old.or_else(|| walk.chunks.iter().position(|chunk| &chunk.kind == b"IEND"));
    for (at, chunk) in walk.chunks.iter().enumerate() {
        if Some(at) == place {
            write_cards(&mut out, &cards);
        }
        if Keyword::of(chunk).is_none() {
            write_chunk(&mut out, chunk);
        }
    }
    if place.is_none() {
        write_cards(&mut out, &cards);
    }
    close(&mut out, &walk);
    Ok(out)
}

/// The PNG without its card: the portrait's own bytes, the same whatever card
/// it carried. All other chunks stay.
///
/// # Errors
/// [`CardError::NotPng`] where `png` is none.
pub fn strip_card(png: &[u8]) -> Result<Vec<u8>, CardError> {
    if !is_png(png) {
        return Err(CardError::NotPng);
    }
    let walk = walk(png);
    let mut out = Vec::with_capacity(png.len());
    out.extend_from_slice(&SIGNATURE);
    for chunk in walk
        .chunks
        .iter()
        .filter(|chunk| Keyword::of(chunk).is_none())
    {
        write_chunk(&mut out, chunk);
    }
    close(&mut out, &walk);
    Ok(out)
}

type Payload = (Keyword, Vec<u8>, String);

fn payloads(document: &CardDocument) -> Vec<Payload> {
    match document.format() {
        CardFormat::V1 | CardFormat::V2 => {
            vec![(
                Keyword::Chara,
                b"chara".to_vec(),
                document.text().to_owned(),
            )]
        }
        CardFormat::V3 => {
            let older = to_format(document, CardFormat::V2).text;
            vec![
                (Keyword::Chara, b"chara".to_vec(), older),
                (Keyword::Ccv3, b"ccv3".to_vec(), document.text().to_owned()),
            ]
        }
    }
}

fn write_cards(out: &mut Vec<u8>, cards: &[Payload]) {
    for (_, name, text) in cards {
        let mut data = name.clone();
        data.push(0);
        data.extend_from_slice(STANDARD.encode(text).as_bytes());
        push(out, *b"tEXt", &data);
    }
}

fn write_chunk(out: &mut Vec<u8>, chunk: &Chunk<'_>) {
    if chunk.complete {
        out.extend_from_slice(chunk.raw);
    } else if &chunk.kind == b"IDAT" {
        push(out, chunk.kind, chunk.data);
    }
}

/// Ends the file as it ended. A cut-off one gets an end marker, unless what
/// follows its last chunk is more than the start of another: that is damage in
/// the middle, and the bytes behind it are not ours to throw away.
fn close(out: &mut Vec<u8>, walk: &Walk<'_>) {
    if walk.is_cut_off() && walk.rest.len() < SMALLEST_CHUNK {
        push(out, *b"IEND", &[]);
    } else {
        out.extend_from_slice(walk.rest);
    }
}
