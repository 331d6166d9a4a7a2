//! What is asked so often that it is asked together: who somebody is, and what
//! every account may have of a release.

mod together;

use self::together::Together;
use crate::{
    app::App,
    auth::Caller,
    db::Database,
    error::Fault,
    patience::Patience,
    table::{
        open::{self, ChannelName, OpenManifest},
        token::{self, Found},
    },
};
use dramatis_api::item::Release;
use dramatis_domain::Digest;

/// One of each for a process.
pub(crate) struct Asks {
    /// Tokens, by their secrets' hashes.
    pub(crate) tokens: Together<Digest, Found>,
    /// Manifests, by their hashes.
    manifests: Together<Digest, OpenManifest>,
    channels: Together<ChannelName, Release>,
}

impl Asks {
    pub(crate) fn new(db: &Database, patience: Patience) -> Self {
        // Connection and statement each have their own limit; a round has one
        // for what neither sees: a server that went without a word.
        let limit = patience.connection + patience.statement;
        let (tokens, manifests, channels) = (db.clone(), db.clone(), db.clone());
        Self {
            tokens: Together::new("tokens", limit, move |tenant, secrets| {
                let db = tokens.clone();
                async move { token::authenticate(&db, tenant, secrets).await }
            }),
            manifests: Together::new("manifests", limit, move |tenant, hashes| {
                let db = manifests.clone();
                async move { Ok(db.fresh(|| open::manifests(&db, tenant, &hashes)).await?) }
            }),
            channels: Together::new("channels", limit, move |tenant, names| {
                let db = channels.clone();
                async move { Ok(db.fresh(|| open::channels(&db, tenant, &names)).await?) }
            }),
        }
    }
}

/// With a replica, reads go there one by one: how far it has come is asked on
/// the connection that reads.
impl App {
    /// A manifest that everybody may have.
    pub(crate) async fn open_manifest(
        &self,
        caller: &Caller,
        hash: Digest,
    ) -> Result<Option<OpenManifest>, Fault> {
        if self.replica.is_some() {
            return Ok(None);
        }
        self.asks.manifests.ask(caller.tenant, hash).await
    }

    /// What a channel points at, where nothing is to be said of it.
    pub(crate) async fn open_channel(
        &self,
        caller: &Caller,
        name: &ChannelName,
    ) -> Result<Option<Release>, Fault> {
        if self.replica.is_some() {
            return Ok(None);
        }
        self.asks.channels.ask(caller.tenant, name.clone()).await
    }
}
