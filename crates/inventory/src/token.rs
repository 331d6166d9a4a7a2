//! API tokens: `dmt_TENANT_SECRETCHECK`, all hex. They carry their tenant, so
//! that a look-up knows it before any row is seen; only their SHA-256 is kept
//! (inventory.md, Service).

use dramatis_domain::{Digest, TenantId};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The bytes in front of a token's hash.
const DOMAIN: &[u8] = b"dramatis.token.1\0";
const PREFIX: &str = "dmt_";
/// 160 random bits.
const SECRET_HEX: usize = 40;
/// 32 bits of checksum: a mistyped token is told from a wrong one without a look-up.
const CHECK_HEX: usize = 8;

/// A whole token. Its text is a secret: shown once, never logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    tenant: TenantId,
    text: String,
}

/// A text that is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a token of an inventory, or it was not copied whole")]
pub struct TokenFault;

impl Token {
    /// A token from random bytes that the caller drew.
    #[must_use]
    pub fn mint(tenant: TenantId, secret: [u8; SECRET_HEX / 2]) -> Self {
        let body = format!("{PREFIX}{}_{}", tenant.0.simple(), hex::encode(secret));
        let text = format!("{body}{}", check(&body));
        Self { tenant, text }
    }

    /// The tenant it belongs to.
    #[must_use]
    pub const fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// What is stored of it.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        Digest::of_parts(&[DOMAIN, self.text.as_bytes()])
    }

    /// The text to hand over, once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({PREFIX}{}_…)", self.tenant.0.simple())
    }
}

impl FromStr for Token {
    type Err = TokenFault;

    fn from_str(text: &str) -> Result<Self, TokenFault> {
        let rest = text.strip_prefix(PREFIX).ok_or(TokenFault)?;
        let (tenant, secret) = rest.split_once('_').ok_or(TokenFault)?;
        let lower_hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if tenant.len() != 32
            || secret.len() != SECRET_HEX + CHECK_HEX
            || !lower_hex(tenant)
            || !lower_hex(secret)
        {
            return Err(TokenFault);
        }
        let (body, given) = text.split_at(text.len() - CHECK_HEX);
        if check(body) != given {
            return Err(TokenFault);
        }
        let tenant = Uuid::parse_str(tenant).map_err(|_| TokenFault)?;
        Ok(Self {
            tenant: TenantId(tenant),
            text: text.to_owned(),
        })
    }
}

fn check(body: &str) -> String {
    Digest::of(body.as_bytes()).short()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_token_reads_back_and_a_mistyped_one_does_not() {
        let token = Token::mint(TenantId(Uuid::from_u128(7)), [5; 20]);
        assert_eq!(token.reveal().parse::<Token>().unwrap(), token);
        for index in 0..token.reveal().len() {
            let mut bytes = token.reveal().as_bytes().to_vec();
            bytes[index] = if bytes[index] == b'0' { b'1' } else { b'0' };
            let text = String::from_utf8(bytes).unwrap();
            assert_eq!(text.parse::<Token>(), Err(TokenFault), "{text}");
        }
        assert!(!format!("{token:?}").contains("0505"));
    }
}
