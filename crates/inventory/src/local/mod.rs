//! *This computer*: the embedded default. One folder, one private cluster, one
//! service on loopback, one provisioned creator (inventory.md, Service).

mod folder;
mod notice;
mod token;

use crate::{
    app::App,
    blobs::BlobStore,
    cluster::{Cluster, ClusterFault, Flavour},
    migrate,
    provision::{ProvisionFault, Provisioner},
    serve::{Settings, StartFault, bind},
    webhook::WebhookSettings,
};
pub(crate) use folder::blobs;
use folder::{Folder, Hold};
pub(crate) use notice::Notice;
use std::{net::SocketAddr, path::Path, time::Duration};
pub(crate) use token::{auditor_url, mint};

/// The database in the private cluster.
const DATABASE: &str = "inventory";
/// The tenant's name in addresses.
const TENANT: &str = "this-computer";
/// The creator's name in addresses.
const CREATOR: &str = "me";

/// Why *This computer* is not served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LocalFault {
    #[error(transparent)]
    Cluster(#[from] ClusterFault),
    #[error(
        "the database could not be brought up to date: {0}. Nothing was changed by the failed step; the data is safe"
    )]
    Migrate(#[from] migrate::MigrateFault),
    #[error(transparent)]
    Start(#[from] StartFault),
    #[error(transparent)]
    Provision(#[from] ProvisionFault),
    #[error("{what}: {source}")]
    Io {
        what: String,
        source: std::io::Error,
    },
    #[error(
        "this folder's inventory is held by another process that does not come up; end it and start again"
    )]
    Held,
    #[error(
        "this folder's inventory is not running; start it with `dramatis-inventory local --data {0}`"
    )]
    NotRunning(String),
    #[error("“{0}” is not a name: {1}")]
    Name(&'static str, dramatis_domain::names::NameFault),
}

impl LocalFault {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// Serves the folder until `stop` resolves. Says on standard output where, in
/// one line of JSON; where another process already serves the folder, says
/// where that one is and ends.
pub(crate) async fn run(
    data: &Path,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), LocalFault> {
    let folder = match Folder::enter(data).await? {
        Hold::Ours(folder) => folder,
        Hold::Served(notice) => {
            notice.announce();
            return Ok(());
        }
    };
    let mut cluster = Cluster::start(folder.place()?, Flavour::Lasting).await?;
    let served = serve(&folder, &mut cluster, stop).await;
    folder.retract();
    let stopped = cluster.stop().await;
    served?;
    Ok(stopped?)
}

async fn serve(
    folder: &Folder,
    cluster: &mut Cluster,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<(), LocalFault> {
    cluster.ensure_database(DATABASE).await?;
    let admin = cluster.url("postgres", DATABASE);
    migrate::migrate(&admin).await?;
    provision(&admin).await?;
    let settings = Settings {
        database_url: cluster.url("dramatis_service", DATABASE),
        read_database_url: None,
        worker_database_url: Some(cluster.url("dramatis_worker", DATABASE)),
        blobs: BlobStore::Folder(folder.blobs()),
        name: "This computer".into(),
        connections: 16,
        rate: 0,
        webhooks: WebhookSettings::default(),
        patience: crate::Patience::default(),
    };
    let app = App::start(&settings).await?;
    let listener = listen(folder).await?;
    let address = listener.local_addr().map_err(LocalFault::io("the port"))?;
    let notice = Notice::new(address);
    folder.post(&notice)?;
    notice.announce();

    let (told, tell) = tokio::sync::oneshot::channel::<()>();
    let server = app.serve(listener, async move {
        let _ = tell.await;
    });
    tokio::pin!(server);
    tokio::pin!(stop);
    // Side by side: who asks while Postgres is away is told to come back, and
    // who wants this to end does not wait for it.
    tokio::select! {
        done = &mut server => return done.map_err(LocalFault::io("serving")),
        () = &mut stop => {}
        fault = keep_alive(cluster) => return Err(fault),
    }
    let _ = told.send(());
    server.await.map_err(LocalFault::io("stopping"))
}

/// A dead Postgres is started again, as often as it comes back; why it does not.
async fn keep_alive(cluster: &mut Cluster) -> LocalFault {
    loop {
        cluster.gone().await;
        if let Err(fault) = revive(cluster).await {
            return fault;
        }
    }
}

async fn revive(cluster: &mut Cluster) -> Result<(), LocalFault> {
    for attempt in 0_u32.. {
        match cluster.restart().await {
            Ok(()) => {
                tracing::info!(pid = cluster.pid(), "Postgres is back");
                return Ok(());
            }
            Err(fault) if attempt >= 5 => return Err(fault.into()),
            Err(fault) => {
                tracing::error!(%fault, "Postgres did not come back; trying again");
                tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
            }
        }
    }
    Ok(())
}

/// The port of the last time where it is free, so that whoever knows the
/// address finds it again; loopback only.
async fn listen(folder: &Folder) -> Result<tokio::net::TcpListener, LocalFault> {
    if let Some(port) = folder.last_port()
        && let Ok(listener) = bind(SocketAddr::from(([127, 0, 0, 1], port))).await
    {
        return Ok(listener);
    }
    Ok(bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?)
}

/// Tenant and creator, once.
async fn provision(admin: &str) -> Result<(), LocalFault> {
    let provisioner = Provisioner::open(admin).map_err(ProvisionFault::from)?;
    let slug = TENANT
        .parse()
        .map_err(|fault| LocalFault::Name(TENANT, fault))?;
    let tenant = match provisioner.tenant(TENANT).await {
        Ok(tenant) => tenant,
        Err(ProvisionFault::Missing { .. }) => {
            provisioner
                .create_tenant(&slug, "This computer", false)
                .await?
        }
        Err(fault) => return Err(fault.into()),
    };
    match provisioner.creator(tenant, CREATOR).await {
        Ok(_) => Ok(()),
        Err(ProvisionFault::Missing { .. }) => {
            let handle = CREATOR
                .parse()
                .map_err(|fault| LocalFault::Name(CREATOR, fault))?;
            provisioner
                .create_creator(tenant, &handle, "Me", &["operator".to_owned()])
                .await?;
            Ok(())
        }
        Err(fault) => Err(fault.into()),
    }
}
