//! From a text chunk's bytes to the card's JSON text.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use crate::error::CardError;
use crate::limits::MAX_CARD_TEXT_BYTES;
use crate::repair::{Repair, RepairCode};
use dramatis_domain::json::JsonFault;

/// Padding or none, stray bits or none: for files whose writer was careless.
const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The JSON text of a card chunk's payload and how it had to be read.
pub(crate) fn json_of_chunk(
    keyword: &str,
    payload: &[u8],
) -> Result<(String, Vec<Repair>), CardError> {
    let mut repairs = Vec::new();
    let payload = without_nul(payload, &mut repairs);
    refuse_encrypted(payload)?;
    if looks_like_json(payload) {
        repairs.push(Repair::new(
            RepairCode::RawJson,
            "",
            format!(
                "The {keyword} chunk holds JSON where base64 belongs; it was read as it stands."
            ),
        ));
        return finish(payload.to_vec(), repairs);
    }
    let bytes = match STANDARD.decode(payload) {
        Ok(bytes) => bytes,
        Err(_) => {
            let bytes = FORGIVING
                .decode(tidied(payload))
                .map_err(|_| CardError::NotBase64 {
                    keyword: keyword.to_owned(),
                })?;
            repairs.push(Repair::new(
                RepairCode::LooseBase64,
                "",
                format!("The {keyword} chunk's base64 is not in the standard form; it was read all the same."),
            ));
            bytes
        }
    };
    refuse_encrypted(&bytes)?;
    if bytes.is_empty() {
        return Err(CardError::NotBase64 {
            keyword: keyword.to_owned(),
        });
    }
    finish(bytes, repairs)
}

/// The JSON text of a file that is JSON alone.
pub(crate) fn json_of_file(bytes: &[u8]) -> Result<(String, Vec<Repair>), CardError> {
    let mut repairs = Vec::new();
    let bytes = without_nul(bytes, &mut repairs);
    refuse_encrypted(bytes)?;
    finish(bytes.to_vec(), repairs)
}

/// Whether the first thing in the bytes, a byte order mark aside, opens an object.
pub(crate) fn looks_like_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    bytes.trim_ascii_start().first() == Some(&b'{')
}

/// RisuAI's `rcc||…`, which only RisuAI's own key opens.
pub(crate) fn refuse_encrypted(bytes: &[u8]) -> Result<(), CardError> {
    if bytes.starts_with(b"rcc||") {
        Err(CardError::Encrypted)
    } else {
        Ok(())
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

fn without_nul<'a>(bytes: &'a [u8], repairs: &mut Vec<Repair>) -> &'a [u8] {
    let end = bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    if end < bytes.len() && end > 0 {
        repairs.push(Repair::new(
            RepairCode::TrailingNul,
            "",
            "NUL bytes stand behind the card; they were left out.",
        ));
    }
    &bytes[..end]
}

fn tidied(payload: &[u8]) -> Vec<u8> {
    payload
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect()
}

fn finish(bytes: Vec<u8>, mut repairs: Vec<Repair>) -> Result<(String, Vec<Repair>), CardError> {
    if bytes.len() > MAX_CARD_TEXT_BYTES {
        return Err(CardError::Json(JsonFault::TooLarge {
            length: bytes.len(),
        }));
    }
    let mut text = String::from_utf8(bytes).map_err(|fault| CardError::NotUtf8 {
        at: fault.utf8_error().valid_up_to(),
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
        repairs.push(Repair::new(
            RepairCode::ByteOrderMark,
            "",
            "A byte order mark stands before the JSON; it was left out.",
        ));
    }
    Ok((text, repairs))
}
