//! Where the token lies, and what the person is told of it.

use super::Session;
use crate::{
    Token,
    secrets::{Keeping, Secrets},
    view::{KeychainState, KeychainWord},
};

impl Session {
    async fn secrets(&self) -> &Secrets {
        self.inner.secrets.get_or_init(Secrets::open).await
    }

    /// The token for the inventory called `name`, and the person is told where
    /// it lies.
    pub(super) async fn token(&self, name: &str) -> Option<Token> {
        if let Some(given) = &self.inner.options.token {
            self.tell(
                KeychainWord::SessionOnly,
                "The token was given with the command.",
            );
            return Some(given.clone());
        }
        let secrets = self.secrets().await;
        match secrets.token(name).await {
            Ok(Some(token)) => {
                self.tell_kept(&secrets.keeping());
                Some(token)
            }
            Ok(None) => {
                self.tell_none(&secrets.keeping());
                None
            }
            Err(why) => {
                self.tell(
                    KeychainWord::Empty,
                    &format!("The token could not be read: {why}."),
                );
                None
            }
        }
    }

    pub(super) async fn keep_token(&self, name: &str, token: Token) {
        let keeping = self.secrets().await.keep(name, token).await;
        self.tell_kept(&keeping);
    }

    pub(super) async fn forget_token(&self, name: &str) {
        let secrets = self.secrets().await;
        match secrets.forget(name).await {
            Ok(()) => self.tell_none(&secrets.keeping()),
            Err(why) => self.tell(
                KeychainWord::Ok,
                &format!(
                    "The token could not be taken out of the keychain: {why}. \
                     Remove the entry “Dramatis” there yourself."
                ),
            ),
        }
    }

    fn tell_kept(&self, keeping: &Keeping) {
        match keeping {
            Keeping::Keychain => self.tell(KeychainWord::Ok, ""),
            Keeping::SessionOnly(why) => self.tell(
                KeychainWord::SessionOnly,
                &format!("The token is kept until the studio quits, because {why}."),
            ),
        }
    }

    fn tell_none(&self, keeping: &Keeping) {
        match keeping {
            Keeping::Keychain => self.tell(KeychainWord::Empty, ""),
            Keeping::SessionOnly(why) => self.tell(
                KeychainWord::Empty,
                &format!("A token would be kept only until the studio quits, because {why}."),
            ),
        }
    }

    fn tell(&self, state: KeychainWord, message: &str) {
        let message = (!message.is_empty()).then(|| message.to_owned());
        self.studio().set_keychain(KeychainState { state, message });
    }
}
