//! The desktop's keychain, asked off the runtime's threads and never for ever.

use std::{sync::Arc, time::Duration};

use keyring_core::{CredentialStore, Entry, Error};
use uuid::Uuid;

use crate::Token;

/// The name all our entries carry in the keychain.
const SERVICE: &str = "Dramatis";
/// How long a keychain may take; one that wants a password typed takes longer,
/// and then the person is told rather than left waiting.
const PATIENCE: Duration = Duration::from_secs(20);

/// A keychain that has shown that it keeps what it is given.
#[derive(Clone, Debug)]
pub(super) struct Keychain {
    store: Arc<CredentialStore>,
}

/// Why the keychain cannot be used, in words for people.
#[derive(Debug, thiserror::Error)]
pub enum KeychainError {
    /// This desktop has no keychain, or it could not be reached.
    #[error("this desktop has no keychain that answers ({0})")]
    Absent(String),
    /// It is there and refuses.
    #[error("the keychain is locked or refuses access ({0})")]
    Locked(String),
    /// It took what it was given and did not give it back.
    #[error("the keychain does not keep what it is given")]
    Forgetful,
    /// It did not answer in time.
    #[error("the keychain did not answer within {} seconds", PATIENCE.as_secs())]
    Silent,
    /// Anything else it says.
    #[error("the keychain failed ({0})")]
    Failed(String),
}

impl Keychain {
    pub(super) async fn open() -> Result<Self, KeychainError> {
        let store = off_thread(|| {
            keyring::v1::Entry::store_status()
                .as_ref()
                .map_err(|why| KeychainError::Absent(why.to_string()))?;
            keyring_core::get_default_store()
                .ok_or_else(|| KeychainError::Absent("no store".to_owned()))
        })
        .await?;
        Self::probed(store).await
    }

    /// The keychain behind `store`, after it has kept, given back and deleted
    /// an entry. The entry's name is fresh, so that two programs that start
    /// together do not take each other's away.
    pub(super) async fn probed(store: Arc<CredentialStore>) -> Result<Self, KeychainError> {
        let keychain = Self { store };
        let name = format!("probe {}", Uuid::new_v4());
        let word = Token::new("probe");
        keychain.set(&name, &word).await?;
        let kept = keychain.get(&name).await;
        keychain.delete(&name).await?;
        match kept? {
            Some(found) if found == word => Ok(keychain),
            _ => Err(KeychainError::Forgetful),
        }
    }

    pub(super) async fn get(&self, name: &str) -> Result<Option<Token>, KeychainError> {
        self.with_entry(name, |entry| match entry.get_password() {
            Ok(text) => Ok(Some(Token::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(why) => Err(why.into()),
        })
        .await
    }

    pub(super) async fn set(&self, name: &str, token: &Token) -> Result<(), KeychainError> {
        let token = token.clone();
        self.with_entry(name, move |entry| Ok(entry.set_password(token.secret())?))
            .await
    }

    pub(super) async fn delete(&self, name: &str) -> Result<(), KeychainError> {
        self.with_entry(name, |entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(why) => Err(why.into()),
        })
        .await
    }

    async fn with_entry<T: Send + 'static>(
        &self,
        name: &str,
        ask: impl FnOnce(&Entry) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, KeychainError> {
        let store = Arc::clone(&self.store);
        let name = name.to_owned();
        off_thread(move || ask(&store.build(SERVICE, &name, None)?)).await
    }
}

/// Runs what blocks on the bus where it may block. When it takes too long the
/// thread is left to end by itself.
async fn off_thread<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let asked = tokio::task::spawn_blocking(ask);
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(why)) => Err(KeychainError::Failed(why.to_string())),
        Err(_) => Err(KeychainError::Silent),
    }
}

impl From<Error> for KeychainError {
    fn from(why: Error) -> Self {
        match why {
            Error::NoStorageAccess(source) => Self::Locked(source.to_string()),
            Error::NoDefaultStore => Self::Absent(why.to_string()),
            // These two carry the secret's bytes: their words are enough.
            Error::BadEncoding(_) | Error::BadDataFormat(..) => {
                Self::Failed("an entry in it is damaged".to_owned())
            }
            other => Self::Failed(other.to_string()),
        }
    }
}
