//! What a webhook signs with, as Standard Webhooks say: the receiver computes
//! the same and compares.

use super::key::{KeyFault, SealingKey};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use dramatis_domain::TenantId;
use ring::hmac;
use std::fmt;
use uuid::Uuid;

/// A secret, shared with one receiver.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// A new one.
    #[must_use]
    pub fn mint() -> Self {
        Self(rand::random::<[u8; 32]>().to_vec())
    }

    /// Its text, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("whsec_{}", BASE64_STANDARD.encode(&self.0))
    }

    pub(crate) fn seal(
        &self,
        key: &SealingKey,
        tenant: TenantId,
        webhook: Uuid,
    ) -> Result<Vec<u8>, KeyFault> {
        key.seal(&place(tenant, webhook), &self.0)
    }

    pub(crate) fn open(
        key: &SealingKey,
        tenant: TenantId,
        webhook: Uuid,
        sealed: &[u8],
    ) -> Result<Self, KeyFault> {
        key.open(&place(tenant, webhook), sealed).map(Self)
    }

    /// One signature, as it stands in the header.
    pub(crate) fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let tag = hmac::sign(&key, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", BASE64_STANDARD.encode(tag))
    }
}

/// A sealed secret that is copied to another webhook, or to another tenant's,
/// does not open there.
fn place(tenant: TenantId, webhook: Uuid) -> [u8; 32] {
    let mut place = [0; 32];
    place[..16].copy_from_slice(tenant.0.as_bytes());
    place[16..].copy_from_slice(webhook.as_bytes());
    place
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_specifications_example_is_signed_alike() {
        let secret = Secret(
            BASE64_STANDARD
                .decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
                .unwrap(),
        );
        let body = r#"{"test": 2432232314}"#;
        assert_eq!(
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }
}
