//! Files in the object store, per tenant. The row comes after the bytes: a row
//! always has its file. No upload happens inside a publish.

pub(crate) mod collect;
mod place;
mod receive;
mod store;

pub(crate) use place::Place;
pub use store::{BlobStore, open as open_store};

use crate::{
    app::App,
    error::Fault,
    table::{self, blob::Known},
};
use bytes::Bytes;
use dramatis_domain::{Digest, TenantId};
use futures::{Stream, stream::BoxStream};
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use receive::Sink;
use std::time::Duration;
use tokio::time::Instant;
use tracing::Instrument as _;

/// How long an upload may go on in a process that stops: less than the process
/// itself, so that a broken one is still taken away.
const AT_A_STOP: Duration = Duration::from_secs(7);

/// Keeps a file; whether it is new here. Nothing is kept of one that is too
/// large, of another type or another digest. One that is there already is
/// hashed all the same, so that the answer is true, but not written again.
///
/// It goes on where nobody waits for the answer any more, for only what goes on
/// can take a broken upload away again: a store keeps the parts of one that is
/// dropped for good. It ends at the request's `deadline`, or soon after the
/// process is asked to stop.
pub(crate) async fn keep<E: std::fmt::Display + Send + 'static>(
    app: &App,
    tenant: TenantId,
    sha256: Digest,
    body: impl Stream<Item = Result<Bytes, E>> + Send + Unpin + 'static,
    deadline: Instant,
) -> Result<bool, Fault> {
    let app = app.clone();
    let mut stopping = app.stopping.subscribe();
    let over = async move {
        tokio::select! {
            () = tokio::time::sleep_until(deadline) => {}
            () = async { drop(stopping.wait_for(|stopping| *stopping).await) } => {
                tokio::time::sleep(AT_A_STOP).await;
            }
        }
    };
    let kept = async move { keep_whole(&app, tenant, sha256, body, Box::pin(over)).await };
    tokio::spawn(kept.in_current_span())
        .await
        .map_err(Fault::internal)?
}

async fn keep_whole<E: std::fmt::Display>(
    app: &App,
    tenant: TenantId,
    sha256: Digest,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    mut over: impl Future<Output = ()> + Unpin,
) -> Result<bool, Fault> {
    let known = known(app, tenant, sha256).await?;
    let place = match &known {
        Some(known) if known.erased => return Err(Fault::erased()),
        Some(known) if is_there(app, &known.place, known.size).await? => {
            receive::receive(&mut Sink::Nowhere, sha256, &mut body, &mut over).await?;
            return Ok(false);
        }
        // The row outlived its file (a folder that was lost): the same place again.
        Some(known) => known.place,
        None => Place::fresh(tenant, sha256),
    };
    let size = write(app, &place, &mut body, &mut over).await?;
    if known.is_some() {
        return Ok(true);
    }
    let mut tx = app.db.append(tenant).await?;
    let ours = table::blob::insert(&mut tx, &place, size).await?;
    tx.commit().await?;
    if !ours {
        // Somebody else was quicker with the same bytes; what this leaves
        // behind where it fails, a collection finds.
        discard(app, &place).await;
    }
    Ok(ours)
}

/// From the primary: a release read from a replica may name a file whose row
/// another replica does not have yet.
async fn known(app: &App, tenant: TenantId, sha256: Digest) -> Result<Option<Known>, Fault> {
    let mut tx = app.db.read(tenant).await?;
    Ok(table::blob::find(&mut tx, tenant, sha256).await?)
}

async fn is_there(app: &App, place: &Place, size: i64) -> Result<bool, Fault> {
    match app.blobs.head(&place.path()).await {
        Ok(found) => Ok(i64::try_from(found.size).ok() == Some(size)),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(fault) => Err(fault.into()),
    }
}

async fn write<E: std::fmt::Display>(
    app: &App,
    place: &Place,
    body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    over: &mut (impl Future<Output = ()> + Unpin),
) -> Result<i64, Fault> {
    let upload = app.blobs.put_multipart(&place.path()).await?;
    let mut sink = Sink::Object(WriteMultipart::new(upload));
    let received = receive::receive(&mut sink, place.sha256, body, over).await;
    let Sink::Object(writer) = sink else {
        return received;
    };
    match received {
        Ok(size) => {
            writer.finish().await?;
            Ok(size)
        }
        Err(fault) => {
            if let Err(fault) = writer.abort().await {
                tracing::warn!(%fault, "a broken upload was not cleaned up");
            }
            Err(fault)
        }
    }
}

async fn discard(app: &App, place: &Place) {
    if let Err(fault) = app.blobs.delete(&place.path()).await {
        tracing::warn!(%fault, "a file that nothing names was not cleaned up");
    }
}

/// A file's size and bytes.
pub(crate) async fn open(
    app: &App,
    tenant: TenantId,
    sha256: Digest,
) -> Result<Option<(i64, BoxStream<'static, object_store::Result<Bytes>>)>, Fault> {
    match known(app, tenant, sha256).await? {
        Some(known) => stream(app, &known).await.map(Some),
        None => Ok(None),
    }
}

/// Its size and bytes, where they are still there.
pub(crate) async fn stream(
    app: &App,
    known: &Known,
) -> Result<(i64, BoxStream<'static, object_store::Result<Bytes>>), Fault> {
    let Known {
        place,
        size,
        erased,
    } = known;
    if *erased {
        return Err(Fault::erased());
    }
    match app.blobs.get(&place.path()).await {
        Ok(found) if i64::try_from(found.meta.size).ok() == Some(*size) => {
            Ok((*size, found.into_stream()))
        }
        Ok(_) | Err(object_store::Error::NotFound { .. }) => Err(Fault::file_missing(place.sha256)),
        Err(fault) => Err(fault.into()),
    }
}

/// Reads a whole file of a store and hashes it: its size and digest.
pub(crate) async fn hash(
    store: &dyn ObjectStore,
    place: &Place,
) -> object_store::Result<(u64, Digest)> {
    use futures::TryStreamExt as _;
    use sha2::{Digest as _, Sha256};
    let mut stream = store.get(&place.path()).await?.into_stream();
    let (mut hash, mut size) = (Sha256::new(), 0);
    while let Some(part) = stream.try_next().await? {
        size += part.len() as u64;
        hash.update(&part);
    }
    Ok((size, Digest(hash.finalize().into())))
}

/// What tells two uploads of the same bytes apart: random, or none for files
/// from before there were generations.
pub(crate) type Generation = Option<i64>;
