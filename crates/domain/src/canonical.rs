//! Canonical JSON (RFC 8785), the one place where it is made. Never a second
//! time in SQL (inventory.md, What is hashed).

use serde::Serialize;

/// A value that has no canonical form: a number that is not finite, or a map
/// whose keys are not strings.
#[derive(Debug, thiserror::Error)]
#[error("this cannot be written as canonical JSON: {0}")]
pub struct CanonicalFault(#[from] serde_json::Error);

/// The RFC 8785 bytes of `value`: UTF-8, sorted keys, no white space.
///
/// # Errors
/// Where `value` has no canonical form.
pub fn canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, CanonicalFault> {
    Ok(serde_json_canonicalizer::to_vec(value)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::canonical_json;
    use serde_json::{Value, json};

    /// RFC 8785, section 3.2.2: the document and its canonical form.
    #[test]
    fn rfc_8785_sample_document() {
        let text = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(
            String::from_utf8(canonical_json(&value).unwrap()).unwrap(),
            expected
        );
    }

    /// RFC 8785, section 3.2.3: keys are sorted by their UTF-16 code units.
    #[test]
    fn rfc_8785_key_order() {
        let value = json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let text = String::from_utf8(canonical_json(&value).unwrap()).unwrap();
        assert_eq!(
            text,
            "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"\u{f6}\":7,\"\u{20ac}\":1,\"\u{1f600}\":5,\"\u{fb33}\":3}"
        );
    }

    /// RFC 8785, appendix B: IEEE 754 doubles and their text.
    #[test]
    fn rfc_8785_numbers() {
        for (bits, text) in [
            (0x0000_0000_0000_0000_u64, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
        ] {
            let number = f64::from_bits(bits);
            assert_eq!(
                String::from_utf8(canonical_json(&number).unwrap()).unwrap(),
                text
            );
        }
        assert!(
            canonical_json(&f64::INFINITY).is_err()
                || canonical_json(&f64::INFINITY).unwrap() == b"null"
        );
    }
}
