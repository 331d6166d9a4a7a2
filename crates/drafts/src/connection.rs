//! How to reach an inventory, as the shell or the command line found out.

use crate::view::InventoryKind;
use std::fmt;
use url::Url;

/// An address and a token for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The inventory's root: `http://127.0.0.1:4711/`.
    pub base_url: Url,
    /// The token of one account.
    pub token: Token,
    /// Whose inventory it is.
    pub kind: InventoryKind,
}

/// An API token. It is shown by its first characters only, and never stored
/// by this crate's database.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Takes the token's text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The whole secret, for the one header it stands in.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
