//! Connects a studio: which inventory, where it is now, with whose token.
//!
//! A window keeps a session for its whole life, a command line for one command.
//! It is the only place where an address, a token and a studio meet. Drafts
//! need none of it: a studio without a session is an offline studio.

mod current;
mod keychain;
mod this_computer;

use std::{path::PathBuf, sync::Arc};

use current::Current;
use tokio::sync::{Mutex, OnceCell, watch};
use url::Url;

use crate::{
    Connection, Studio, StudioError, Token,
    secrets::Secrets,
    view::{ConnectionState, InventoryKind, Settings},
};

/// What a session is opened with, besides its studio.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// Goes before the address in the settings (`DRAMATIS_INVENTORY_URL`).
    pub inventory: Option<Url>,
    /// Goes before the keychain (`DRAMATIS_TOKEN`, a token file), and is never kept.
    pub token: Option<Token>,
    /// The folder of this computer's own inventory.
    pub local_dir: PathBuf,
}

/// How far a session has come with the inventory it is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Still finding out.
    Starting,
    /// Address and token are known; whether it answers is the sender's to see.
    Connected,
    /// No token: somebody has to sign in.
    SignedOut,
    /// This computer's inventory cannot be started; the status says why.
    Unreachable,
}

/// A studio, its secrets, and what it is connected to. Cloning it is cheap and
/// gives the same one.
#[derive(Clone, Debug)]
pub struct Session {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    studio: Studio,
    options: SessionOptions,
    secrets: OnceCell<Secrets>,
    current: Mutex<Current>,
    reached: watch::Sender<Reached>,
}

impl Session {
    /// A session that has not begun to connect. The keychain is opened when a
    /// token is first looked for.
    #[must_use]
    pub fn new(studio: Studio, options: SessionOptions) -> Self {
        studio.set_connection_state(ConnectionState::Starting, None);
        let inner = Inner {
            studio,
            options,
            secrets: OnceCell::new(),
            current: Mutex::new(Current::None),
            reached: watch::Sender::new(Reached::Starting),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// The studio.
    #[must_use]
    pub fn studio(&self) -> &Studio {
        &self.inner.studio
    }

    /// The address of the shared inventory in use; none: this computer's own.
    ///
    /// # Errors
    /// Where the store cannot be read, or the address in it is none.
    pub async fn address(&self) -> Result<Option<Url>, StudioError> {
        if let Some(url) = &self.inner.options.inventory {
            return Ok(Some(url.clone()));
        }
        match self.studio().inventory_url().await? {
            None => Ok(None),
            Some(text) => match Url::parse(&text) {
                Ok(url) => Ok(Some(url)),
                Err(_) => Err(StudioError::Url { url: text }),
            },
        }
    }

    /// Connects to what is chosen; what was connected before is let go. Waits
    /// for no network: this computer's inventory starts in the background, and
    /// the studio's status says how far it is.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn connect(&self) -> Result<(), StudioError> {
        let address = self.address().await?;
        let mut current = self.inner.current.lock().await;
        self.studio().set_connection(None);
        self.inner.reached.send_replace(Reached::Starting);
        current.end().await;
        match address {
            None => *current = this_computer::begin(self),
            Some(base_url) => {
                *current = Current::Shared {
                    base_url: base_url.clone(),
                };
                match self.token(&current.name(self)).await {
                    Some(token) => self.connected(base_url, token, InventoryKind::Shared),
                    None => self.now(Reached::SignedOut, None),
                }
            }
        }
        Ok(())
    }

    /// Waits until it is known how far the session comes.
    pub async fn reached(&self) -> Reached {
        let mut reached = self.inner.reached.subscribe();
        let known = reached.wait_for(|reached| *reached != Reached::Starting);
        // The sender lives as long as `self`: waiting cannot fail.
        known.await.map_or(Reached::Unreachable, |reached| *reached)
    }

    /// Chooses an inventory by its address, none: this computer's own, and
    /// connects to it.
    ///
    /// # Errors
    /// `bad_url`, and where the store cannot be written.
    pub async fn use_inventory(&self, url: Option<&str>) -> Result<Settings, StudioError> {
        self.studio().use_inventory(url).await?;
        self.connect().await?;
        self.studio().settings().await
    }

    /// Signs in to the chosen inventory: asks it who the token belongs to, and
    /// only then keeps it, in the keychain, or for this session where there is
    /// none.
    ///
    /// # Errors
    /// `token_malformed`, `unauthorized`, `offline`, and where the store cannot
    /// be written.
    pub async fn sign_in(&self, token: &str) -> Result<Settings, StudioError> {
        let token = sendable(token)?;
        let current = self.inner.current.lock().await;
        let (base_url, kind) = current.address()?;
        let connection = Connection {
            base_url,
            token: token.clone(),
            kind,
        };
        self.studio().sign_in(connection).await?;
        self.keep_token(&current.name(self), token).await;
        self.inner.reached.send_replace(Reached::Connected);
        self.studio().settings().await
    }

    /// Forgets the token and who is signed in. Drafts, history and the outbox
    /// stay.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn sign_out(&self) -> Result<Settings, StudioError> {
        let current = self.inner.current.lock().await;
        self.studio().sign_out().await?;
        self.forget_token(&current.name(self)).await;
        self.now(Reached::SignedOut, None);
        self.studio().settings().await
    }

    /// Lets the inventory go and closes the store. This computer's inventory is
    /// stopped where a studio started it and nobody else uses it, and this
    /// waits for that end.
    pub async fn close(&self) {
        self.studio().set_connection(None);
        self.inner.current.lock().await.end().await;
        self.studio().close().await;
    }

    /// Gives the studio its connection.
    fn connected(&self, base_url: Url, token: Token, kind: InventoryKind) {
        self.studio().set_connection(Some(Connection {
            base_url,
            token,
            kind,
        }));
        self.inner.reached.send_replace(Reached::Connected);
    }

    /// Tells the studio and whoever waits that there is no connection, and why.
    fn now(&self, reached: Reached, why: Option<String>) {
        self.studio().set_connection(None);
        let state = match reached {
            Reached::Starting => ConnectionState::Starting,
            Reached::SignedOut => ConnectionState::SignedOut,
            Reached::Connected | Reached::Unreachable => ConnectionState::Offline,
        };
        self.studio().set_connection_state(state, why);
        self.inner.reached.send_replace(reached);
    }
}

/// A token as pasted, when it could stand in a header at all.
fn sendable(text: &str) -> Result<Token, StudioError> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Token::new(text))
    } else {
        Err(StudioError::TokenMalformed)
    }
}
