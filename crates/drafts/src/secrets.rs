//! Where an inventory's token is kept: in the desktop's keychain, or, where
//! there is none, in this process until it ends (studio.md, Shell security).
//!
//! No other place: not the store, not a file, not a log. The keychain is
//! probed once, at start, by writing, reading and deleting an entry: a locked
//! provider answers a plain read like an empty one.

mod keychain;

use std::{collections::HashMap, sync::Mutex};

use keychain::Keychain;
pub use keychain::KeychainError;

use crate::Token;

/// The tokens of this person on this computer, one for each inventory.
///
/// An inventory is named by a word of the caller's choice that stays the same
/// over restarts, for example its URL.
#[derive(Debug)]
pub struct Secrets {
    keychain: Result<Keychain, String>,
    session: Mutex<HashMap<String, Token>>,
}

/// How long a token will be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// In the desktop's keychain.
    Keychain,
    /// Until the program ends; why the keychain cannot be used.
    SessionOnly(String),
}

impl Secrets {
    /// Opens and probes the desktop's keychain. Never fails: without one,
    /// tokens are kept for the session only.
    pub async fn open() -> Self {
        Self::with(Keychain::open().await)
    }

    /// Keeps tokens in this process only, and says `why`.
    #[must_use]
    pub fn session_only(why: impl Into<String>) -> Self {
        Self {
            keychain: Err(why.into()),
            session: Mutex::default(),
        }
    }

    fn with(keychain: Result<Keychain, KeychainError>) -> Self {
        match keychain {
            Ok(keychain) => Self {
                keychain: Ok(keychain),
                session: Mutex::default(),
            },
            Err(why) => {
                tracing::warn!(error = %why, "no keychain: tokens are kept for this session only");
                Self::session_only(why.to_string())
            }
        }
    }

    /// How long a token will be kept.
    #[must_use]
    pub fn keeping(&self) -> Keeping {
        match &self.keychain {
            Ok(_) => Keeping::Keychain,
            Err(why) => Keeping::SessionOnly(why.clone()),
        }
    }

    /// The token kept for an inventory.
    ///
    /// # Errors
    /// When the keychain stopped answering.
    pub async fn token(&self, inventory: &str) -> Result<Option<Token>, KeychainError> {
        if let Some(token) = self.session().get(inventory) {
            return Ok(Some(token.clone()));
        }
        match &self.keychain {
            Ok(keychain) => keychain.get(inventory).await,
            Err(_) => Ok(None),
        }
    }

    /// Keeps a token for an inventory, in place of the one before. Where the
    /// keychain refuses it, it is kept for this session and the answer says so.
    pub async fn keep(&self, inventory: &str, token: Token) -> Keeping {
        let refused = match &self.keychain {
            Ok(keychain) => match keychain.set(inventory, &token).await {
                Ok(()) => {
                    self.session().remove(inventory);
                    return Keeping::Keychain;
                }
                Err(why) => why.to_string(),
            },
            Err(why) => why.clone(),
        };
        self.session().insert(inventory.to_owned(), token);
        Keeping::SessionOnly(refused)
    }

    /// Forgets the token of an inventory; none there is no error.
    ///
    /// # Errors
    /// When the keychain stopped answering: then it may still hold the token.
    pub async fn forget(&self, inventory: &str) -> Result<(), KeychainError> {
        self.session().remove(inventory);
        match &self.keychain {
            Ok(keychain) => keychain.delete(inventory).await,
            Err(_) => Ok(()),
        }
    }

    fn session(&self) -> std::sync::MutexGuard<'_, HashMap<String, Token>> {
        // A panic while it was held leaves a whole map: inserts are atomic.
        self.session
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use keyring_core::mock;

    use super::*;

    fn token(text: &str) -> Token {
        Token::new(text)
    }

    async fn mock_secrets() -> Secrets {
        Secrets::with(Keychain::probed(mock::Store::new().unwrap()).await)
    }

    #[tokio::test]
    async fn a_token_is_kept_by_inventory_and_forgotten() {
        let secrets = mock_secrets().await;
        assert_eq!(secrets.keeping(), Keeping::Keychain);
        assert!(secrets.token("a").await.unwrap().is_none());
        assert_eq!(secrets.keep("a", token("one")).await, Keeping::Keychain);
        assert_eq!(secrets.keep("b", token("two")).await, Keeping::Keychain);
        assert_eq!(secrets.token("a").await.unwrap().unwrap(), token("one"));
        secrets.keep("a", token("three")).await;
        assert_eq!(secrets.token("a").await.unwrap().unwrap(), token("three"));
        secrets.forget("a").await.unwrap();
        secrets.forget("a").await.unwrap();
        assert!(secrets.token("a").await.unwrap().is_none());
        assert_eq!(secrets.token("b").await.unwrap().unwrap(), token("two"));
    }

    #[tokio::test]
    async fn without_a_keychain_the_token_lives_as_long_as_the_session() {
        let secrets = Secrets::session_only("no provider");
        let Keeping::SessionOnly(why) = secrets.keep("a", token("one")).await else {
            panic!("claims to have kept it");
        };
        assert_eq!(why, "no provider");
        assert_eq!(secrets.token("a").await.unwrap().unwrap(), token("one"));
        secrets.forget("a").await.unwrap();
        assert!(secrets.token("a").await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_token_is_never_printed() {
        let secrets = Secrets::session_only("no provider");
        secrets.keep("a", token("dram_secret")).await;
        assert!(!format!("{secrets:?}").contains("dram_secret"));
    }
}
