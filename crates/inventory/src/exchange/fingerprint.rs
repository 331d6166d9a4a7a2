//! What a key stands for: operation, canonical body and base
//! (inventory.md, Idempotency contract 3). The base is in the body: the
//! manifest's parent, or the state the person saw.

use crate::error::Fault;
use dramatis_domain::{Digest, canonical::canonical_json};
use serde::Serialize;

/// FROZEN: a key that comes back after a year has to find its answer.
const DOMAIN: &[u8] = b"dramatis.fingerprint.1\0";

/// SHA-256 over the operation with what it is done to, and the canonical body.
pub(crate) fn of<T: Serialize>(operation: &str, subject: &str, body: &T) -> Result<Digest, Fault> {
    let body = canonical_json(body).map_err(Fault::internal)?;
    Ok(Digest::of_parts(&[
        DOMAIN,
        operation.as_bytes(),
        b"\0",
        subject.as_bytes(),
        b"\0",
        &body,
    ]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    /// FROZEN: see [`super::DOMAIN`].
    #[test]
    fn frozen() {
        let one = super::of("publish", "", &serde_json::json!({"b": 1, "a": "x"})).unwrap();
        let other_order = super::of("publish", "", &serde_json::json!({"a": "x", "b": 1})).unwrap();
        assert_eq!(one, other_order);
        insta::assert_snapshot!(one);
    }
}
