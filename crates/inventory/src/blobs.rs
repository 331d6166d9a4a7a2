//! Files in the object store, per tenant. The row comes after the bytes: a row
//! always has its file. No upload happens inside a publish.

use crate::{app::App, error::Fault, table};
use bytes::{Bytes, BytesMut};
use dramatis_api::Code;
use dramatis_domain::{Digest, TenantId, limits};
use futures::{Stream, StreamExt as _, stream::BoxStream};
use object_store::{ObjectStore as _, WriteMultipart, path::Path};
use sha2::{Digest as _, Sha256};

/// The first bytes of every PNG (ISO/IEC 15948, 5.2). No SVG: it can carry script.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Keeps a file; whether it is new here. Nothing is kept of one that is too
/// large, of another type or another digest.
pub(crate) async fn keep<E: std::fmt::Display>(
    app: &App,
    tenant: TenantId,
    sha256: Digest,
    mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
) -> Result<bool, Fault> {
    let upload = app.blobs.put_multipart(&place(tenant, sha256)).await?;
    let mut writer = WriteMultipart::new(upload);
    let size = match receive(&mut writer, sha256, &mut body).await {
        Ok(size) => size,
        Err(fault) => {
            if let Err(fault) = writer.abort().await {
                tracing::warn!(%fault, "a broken upload was not cleaned up");
            }
            return Err(fault);
        }
    };
    writer.finish().await?;
    let mut tx = app.db.append(tenant).await?;
    let known = table::blob::size(&mut tx, tenant, sha256).await?.is_some();
    table::blob::insert(&mut tx, tenant, sha256, size).await?;
    tx.commit().await?;
    Ok(!known)
}

/// Writes what comes in and hashes it on the way.
async fn receive<E: std::fmt::Display>(
    writer: &mut WriteMultipart,
    sha256: Digest,
    body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<i64, Fault> {
    let mut hash = Sha256::new();
    let mut start = BytesMut::with_capacity(PNG.len());
    let mut size = 0_usize;
    while let Some(part) = body.next().await {
        let part = part.map_err(|fault| {
            Fault::new(Code::BadRequest, format!("The upload broke off: {fault}."))
        })?;
        size += part.len();
        if size > limits::BLOB {
            return Err(Fault::new(
                Code::TooLarge,
                format!("A file may have {} bytes.", limits::BLOB),
            ));
        }
        if start.len() < PNG.len() {
            start.extend_from_slice(&part[..part.len().min(PNG.len() - start.len())]);
            if !PNG.starts_with(&start) {
                return Err(Fault::new(
                    Code::UnsupportedType,
                    "Only PNG pictures are taken; this file is something else.",
                ));
            }
        }
        hash.update(&part);
        writer.wait_for_capacity(4).await?;
        writer.put(part);
    }
    if start.len() < PNG.len() {
        return Err(Fault::new(
            Code::UnsupportedType,
            "Only PNG pictures are taken; this file is something else.",
        ));
    }
    if hash.finalize()[..] != sha256.0 {
        return Err(Fault::new(
            Code::DigestMismatch,
            "The file that came is not the one that was announced. Nothing was kept; send it again.",
        ));
    }
    i64::try_from(size).map_err(Fault::internal)
}

/// A file's size and bytes.
pub(crate) async fn open(
    app: &App,
    tenant: TenantId,
    sha256: Digest,
) -> Result<Option<(i64, BoxStream<'static, object_store::Result<Bytes>>)>, Fault> {
    let mut tx = app.db.read(tenant).await?;
    let Some(size) = table::blob::size(&mut tx, tenant, sha256).await? else {
        return Ok(None);
    };
    drop(tx);
    let found = app.blobs.get(&place(tenant, sha256)).await?;
    Ok(Some((size, found.into_stream())))
}

/// Where a file lies: by tenant, then by the first byte of its hash.
pub(crate) fn place(tenant: TenantId, sha256: Digest) -> Path {
    let hex = sha256.hex();
    Path::from_iter([tenant.to_string().as_str(), &hex[..2], &hex])
}
