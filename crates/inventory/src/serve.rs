//! Starting and stopping the service.

use crate::{
    app::App,
    blobs::{BlobStore, open_store},
    db::{Database, DbRole},
    error::Fault,
    exchange::lanes::Lanes,
    migrate,
    rate::Limits,
    routes, table,
    webhook::{
        self, Deliverer, WebhookSettings,
        key::{KeyFault, SealingKey},
    },
};
use dramatis_domain::{ItemKind, rules};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{net::SocketAddr, sync::OnceLock, time::Duration};
use tokio::net::TcpListener;

/// Connections for the background work.
const WORKERS: u32 = 2;

/// What a service needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Postgres, as a login that may act as `dramatis_service`.
    pub database_url: String,
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
        "the database's schema is not the one of this version. Run `dramatis-inventory migrate` with this very version."
    )]
    Migrations,
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
        let db = Database::open(
            &settings.database_url,
            DbRole::Service,
            settings.connections,
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
        let blobs = open_store(&settings.blobs)?;
        let worker = settings
            .worker_database_url
            .as_deref()
            .map(|url| Database::open(url, DbRole::Worker, WORKERS))
            .transpose()?;
        let deliverer = deliverer(&db, worker.as_ref(), &settings.webhooks).await?;
        Ok(Self {
            db,
            worker,
            deliverer,
            identity,
            name: settings.name.as_str().into(),
            rule_set,
            blobs,
            limits: Limits::new(settings.rate),
            metrics: recorder()?,
            by_key: Lanes::new(),
            by_item: Lanes::new(),
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
        let upkeep = tokio::spawn(upkeep(self.metrics.clone()));
        let work = self
            .worker
            .clone()
            .map(|db| tokio::spawn(crate::worker::run(db, self.blobs.clone())));
        let numbers = self
            .worker
            .clone()
            .map(|db| tokio::spawn(crate::feed::run(db)));
        let calls = self
            .deliverer
            .clone()
            .map(|deliverer| tokio::spawn(webhook::run(deliverer)));
        let pool = self.db.pool().clone();
        let (told, tell) = tokio::sync::oneshot::channel::<()>();
        let graceful = async move {
            stop.await;
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
        for work in [work, numbers, calls].into_iter().flatten() {
            work.abort();
        }
        // Connections that still carry an unfinished request roll back by themselves.
        let _ = tokio::time::timeout(Duration::from_secs(2), pool.close()).await;
        done
    }
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

/// One recorder a process: a second service in the same process (tests) shares it.
fn recorder() -> Result<PrometheusHandle, StartFault> {
    static RECORDER: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            PrometheusBuilder::new()
                .install_recorder()
                .map_err(|fault| fault.to_string())
        })
        .clone()
        .map_err(StartFault::Internal)
}

/// Histograms keep every sample until this is run.
async fn upkeep(metrics: PrometheusHandle) {
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    loop {
        tick.tick().await;
        metrics.run_upkeep();
    }
}

/// Whether this service could serve now: the database answers, and its schema
/// is the one compiled in.
pub(crate) async fn ready(app: &App) -> Result<bool, Fault> {
    Ok(app.db.fresh(|| migrate::matches(app.db.pool())).await?)
}
