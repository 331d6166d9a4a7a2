//! Text about people that a hash commits to without showing it: the salted
//! hash stands in manifests and events, value and salt lie where an erasure
//! may delete them (inventory.md, What is hashed).

use crate::Digest;
use serde::{Deserialize, Serialize};

/// The bytes in front of every salted hash, so that it can be no other hash.
const DOMAIN: &[u8] = b"dramatis.personal.1\0";

/// A text and the random salt it is hashed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salted {
    /// 16 random bytes, lower-case hex.
    #[serde(with = "hex::serde")]
    pub salt: [u8; 16],
    /// The text itself.
    pub value: String,
}

impl Salted {
    /// Binds `value` to a salt the caller drew at random.
    #[must_use]
    pub fn new(salt: [u8; 16], value: impl Into<String>) -> Self {
        Self {
            salt,
            value: value.into(),
        }
    }

    /// SHA-256(domain ‖ salt ‖ value).
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of_parts(&[DOMAIN, &self.salt, self.value.as_bytes()])
    }
}
