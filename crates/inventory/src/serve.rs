//! Starting and stopping the service.

use crate::{
    app::App,
    asks::Asks,
    blobs::{BlobStore, open_store},
    db::{Database, DbRole},
    error::Fault,
    exchange::lanes::Lanes,
    migrate, observe,
    patience::Patience,
    rate::Limits,
    replica::{self, Replica},
    routes,
    table::{self, identity::Identity},
    webhook::{
        self, Deliverer, WebhookSettings,
        key::{KeyFault, SealingKey},
    },
};
use dramatis_domain::{ItemKind, rules};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch};

/// The longest wait for a connection to the replica.
const REPLICA_CONNECTION: Duration = Duration::from_secs(1);

/// Connections for the background work.
const WORKERS: u32 = 4;

/// What a service needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Postgres, as a login that may act as `dramatis_service`.
    pub database_url: String,
    /// A streaming replica of it, as the same login: reads go there.
    pub read_database_url: Option<String>,
    /// Postgres, as a login that may act as `dramatis_worker`; without it this
    /// process only serves and leaves the background work to others.
    pub worker_database_url: Option<String>,
    /// Where blobs lie.
    pub blobs: BlobStore,
    /// What people call this inventory.
    pub name: String,
    /// The most connections to Postgres.
    pub connections: u32,
    /// Requests per second and token; 0 for no limit.
    pub rate: u32,
    /// How news is brought to webhooks.
    pub webhooks: WebhookSettings,
    /// How long anything may take.
    pub patience: Patience,
}

/// Why a service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// Postgres.
    #[error(
        "Postgres does not answer, or refuses: {0}. Check the URL, and that `dramatis-inventory migrate` was run as an administrator."
    )]
    Database(#[from] sqlx::Error),
    /// The migrations do not match.
    #[error(
        "the database's schema is older than this version, or another. Run `dramatis-inventory migrate` with this very version."
    )]
    Migrations,
    /// A dump that was restored.
    #[error(
        "this database stands elsewhere than when it was last served: it was restored from a backup. Nothing was changed. Run `dramatis-inventory restored` as an administrator, once, then serve: studios with requests under way are told, and ask their people."
    )]
    Restored,
    /// The replica belongs to something else.
    #[error("the replica's URL leads to another inventory than the database's URL.")]
    AnotherReplica,
    /// The folder for files, the port.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// The store of files.
    #[error("the store of files cannot be used: {0}")]
    Blobs(#[from] object_store::Error),
    /// The key of the webhooks' secrets.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// Ours.
    #[error("{0}")]
    Internal(String),
}

impl App {
    /// Looks at the database before anything is served (seed 003: a check at
    /// the start), and keeps the rules this version checks with.
    ///
    /// # Errors
    /// Where the service could not serve.
    pub async fn start(settings: &Settings) -> Result<Self, StartFault> {
        let db = Database::open_with(
            &settings.database_url,
            DbRole::Service,
            settings.connections,
            settings.patience,
        )?;
        if !migrate::matches(db.pool()).await? {
            return Err(StartFault::Migrations);
        }
        for kind in ItemKind::ALL {
            let (document, rule_set) =
                rules::current(*kind).map_err(|fault| StartFault::Internal(fault.to_string()))?;
            table::rule_set::keep(db.pool(), rule_set, &document).await?;
        }
        let (_, rule_set) = rules::current(ItemKind::Character)
            .map_err(|fault| StartFault::Internal(fault.to_string()))?;
        let identity = table::identity::load(db.pool()).await?;
        if identity.elsewhere {
            return Err(StartFault::Restored);
        }
        let replica = match &settings.read_database_url {
            Some(url) => Some(replica_of(identity, url, settings).await?),
            None => None,
        };
        let blobs = open_store(&settings.blobs)?;
        warn_of_logins(&db, settings).await?;
        let worker = settings
            .worker_database_url
            .as_deref()
            .map(|url| Database::open(url, DbRole::Worker, WORKERS))
            .transpose()?;
        let deliverer = deliverer(&db, worker.as_ref(), &settings.webhooks).await?;
        let asks = Arc::new(Asks::new(&db, settings.patience));
        Ok(Self {
            db,
            asks,
            replica,
            worker,
            deliverer,
            identity,
            name: settings.name.as_str().into(),
            rule_set,
            blobs,
            limits: Limits::new(settings.rate),
            patience: settings.patience,
            metrics: observe::recorder().map_err(StartFault::Internal)?,
            stopping: Arc::new(watch::Sender::new(false)),
            by_key: Lanes::new("key"),
            by_item: Lanes::new("item"),
        })
    }

    /// Serves until `stop` resolves; then takes no new request and finishes
    /// those at hand, for at most ten seconds.
    ///
    /// # Errors
    /// Where the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let sweep = tokio::spawn(self.limits.clone().sweep());
        let upkeep = tokio::spawn(observe::upkeep(self.metrics.clone()));
        let work = self
            .worker
            .clone()
            .map(|db| tokio::spawn(crate::worker::run(db, self.blobs.clone())));
        let numbers = self
            .worker
            .clone()
            .map(|db| tokio::spawn(crate::feed::run(db)));
        let counted = self
            .worker
            .clone()
            .map(|db| tokio::spawn(webhook::measure::run(db)));
        let calls = self
            .deliverer
            .clone()
            .map(|deliverer| tokio::spawn(webhook::run(deliverer)));
        let behind = self
            .replica
            .clone()
            .map(|replica| tokio::spawn(replica::watch(replica, self.db.clone())));
        let (db, counts) = (self.db.clone(), self.limits.counts.clone());
        let rates = tokio::spawn(counts.clone().run(db.clone()));
        let pool = self.db.pool().clone();
        let (told, tell) = tokio::sync::oneshot::channel::<()>();
        let stopping = self.stopping.clone();
        let graceful = async move {
            stop.await;
            stopping.send_replace(true);
            let _ = told.send(());
        };
        let server = axum::serve(listener, routes::router(self).into_make_service())
            .with_graceful_shutdown(graceful);
        let patience = async move {
            if tell.await.is_ok() {
                tokio::time::sleep(Duration::from_secs(10)).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        let done = tokio::select! {
            done = server.into_future() => done,
            () = patience => Ok(()),
        };
        sweep.abort();
        upkeep.abort();
        rates.abort();
        for work in [work, numbers, counted, calls, behind]
            .into_iter()
            .flatten()
        {
            work.abort();
        }
        let _ = tokio::time::timeout(Duration::from_secs(2), counts.write(&db)).await;
        // Connections that still carry an unfinished request roll back by themselves.
        let _ = tokio::time::timeout(Duration::from_secs(2), pool.close()).await;
        done
    }
}

/// Says which logins are not as they should be: everything starts without a
/// word, and nobody would see why apps hear of nothing.
async fn warn_of_logins(db: &Database, settings: &Settings) -> Result<(), StartFault> {
    if settings.worker_database_url.is_none() {
        tracing::warn!(
            "this process only answers: it was given no --worker-database-url. Unless another one has the worker's login, apps and webhooks hear of nothing"
        );
    }
    // Who signed in, not the role that every connection acts as.
    let administrator: Option<bool> = sqlx::query_scalar(
        "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = session_user",
    )
    .fetch_optional(db.pool())
    .await?;
    if administrator == Some(true) {
        tracing::warn!(
            "--database-url signs in as an administrator of Postgres: give this process the login dramatis_service instead"
        );
    }
    Ok(())
}

/// Who brings news to webhooks, where this process is to: it needs the worker's
/// login and the key. Webhooks that nobody serves are said.
async fn deliverer(
    db: &Database,
    worker: Option<&Database>,
    settings: &WebhookSettings,
) -> Result<Option<Deliverer>, StartFault> {
    let Some(path) = &settings.key_file else {
        if let Some(worker) = worker
            && table::webhook::any(worker.pool()).await?
        {
            tracing::warn!(
                "there are webhooks, and this process was not given --webhook-key-file: unless another one was, nothing is sent to them"
            );
        }
        return Ok(None);
    };
    let key = SealingKey::read(path)?;
    let Some(worker) = worker else {
        return Err(StartFault::Internal(
            "--webhook-key-file is for the background work, which needs --worker-database-url too"
                .to_owned(),
        ));
    };
    Deliverer::new(
        worker.clone(),
        db.clone(),
        key,
        settings.allowed,
        webhook::LEASE,
    )
    .map(Some)
    .map_err(|fault| StartFault::Internal(format!("webhooks cannot be called: {fault}")))
}

/// A replica that is there has to be one of this inventory; one that is not
/// there yet is passed over until it is.
async fn replica_of(
    primary: Identity,
    url: &str,
    settings: &Settings,
) -> Result<Replica, StartFault> {
    let patience = Patience {
        // The primary answers instead: nobody waits long.
        connection: REPLICA_CONNECTION.min(settings.patience.connection),
        ..settings.patience
    };
    let db = Database::open_with(url, DbRole::Service, settings.connections, patience)?;
    match table::identity::load(db.pool()).await {
        Ok(found) if found.id != primary.id => return Err(StartFault::AnotherReplica),
        Ok(_) => {}
        Err(fault) => tracing::warn!(%fault, "the replica does not answer yet"),
    }
    Ok(Replica::new(db))
}

/// Binds a port.
///
/// # Errors
/// Where it is taken or not ours to take.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, StartFault> {
    TcpListener::bind(address)
        .await
        .map_err(|source| StartFault::Io {
            what: format!("listening on {address}"),
            source,
        })
}

/// How long `/ready` may take: whoever asks decides where requests go.
const READY: Duration = Duration::from_secs(2);

/// Whether this service could serve now: the database answers, and its schema
/// has all that is compiled in.
pub(crate) async fn ready(app: &App) -> Result<bool, Fault> {
    let look = app.db.fresh(|| migrate::matches(app.db.pool()));
    match tokio::time::timeout(READY, look).await {
        Ok(matches) => Ok(matches?),
        Err(_) => Err(Fault::Database(sqlx::Error::PoolTimedOut)),
    }
}
