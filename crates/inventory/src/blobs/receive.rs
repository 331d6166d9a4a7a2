//! A file on its way in: hashed, counted and looked at while it streams, so
//! that nothing has to be in memory whole.

use crate::error::Fault;
use bytes::Bytes;
use dramatis_api::Code;
use dramatis_domain::{Digest, limits};
use futures::{Stream, StreamExt as _};
use object_store::WriteMultipart;
use sha2::{Digest as _, Sha256};

/// The first bytes of every PNG (ISO/IEC 15948, 5.2). No SVG: it can carry script.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Signature, the length and name of the first chunk, width and height
/// (ISO/IEC 15948, 11.2.2: IHDR comes first).
const HEADER: usize = 24;

/// Parts of a file that may wait to be written.
const WAITING: usize = 4;

/// Where the bytes go.
pub(super) enum Sink {
    /// Into an object.
    Object(WriteMultipart),
    /// Nowhere: they are only checked.
    Nowhere,
}

impl Sink {
    async fn put(&mut self, part: Bytes) -> object_store::Result<()> {
        if let Self::Object(writer) = self {
            writer.wait_for_capacity(WAITING).await?;
            writer.put(part);
        }
        Ok(())
    }
}

/// Takes a file in; its size. Refused where it breaks off or is not whole when
/// its time is `over`, is larger than
/// [`limits::BLOB`], no PNG, more than [`limits::PIXELS`] pixels, or hashes to
/// something else.
pub(super) async fn receive<E: std::fmt::Display>(
    sink: &mut Sink,
    sha256: Digest,
    body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    over: &mut (impl Future<Output = ()> + Unpin),
) -> Result<i64, Fault> {
    let mut hash = Sha256::new();
    let mut header = Header::default();
    let mut size = 0_usize;
    loop {
        let part = tokio::select! {
            part = body.next() => part,
            () = &mut *over => return Err(Fault::broke_off("its time is over")),
        };
        let Some(part) = part else { break };
        let part = part.map_err(Fault::broke_off)?;
        size += part.len();
        if size > limits::BLOB {
            let detail = format!("A file may have {} bytes.", limits::BLOB);
            return Err(Fault::new(Code::TooLarge, detail));
        }
        header.see(&part)?;
        hash.update(&part);
        sink.put(part).await?;
    }
    if !header.is_whole() {
        return Err(no_png());
    }
    if hash.finalize()[..] != sha256.0 {
        return Err(Fault::new(
            Code::DigestMismatch,
            "The file that came is not the one that was announced. Nothing was kept; send it again.",
        ));
    }
    i64::try_from(size).map_err(Fault::internal)
}

/// The beginning of a picture, as far as it came.
#[derive(Default)]
struct Header {
    bytes: Vec<u8>,
}

impl Header {
    fn see(&mut self, part: &[u8]) -> Result<(), Fault> {
        if self.is_whole() {
            return Ok(());
        }
        let wanted = part.len().min(HEADER - self.bytes.len());
        self.bytes.extend_from_slice(&part[..wanted]);
        let start = self.bytes.len().min(SIGNATURE.len());
        if self.bytes[..start] != SIGNATURE[..start] {
            return Err(no_png());
        }
        if self.is_whole() {
            self.check()
        } else {
            Ok(())
        }
    }

    fn is_whole(&self) -> bool {
        self.bytes.len() == HEADER
    }

    fn check(&self) -> Result<(), Fault> {
        let number = |at: usize| {
            self.bytes[at..]
                .first_chunk::<4>()
                .map_or(0, |bytes| u64::from(u32::from_be_bytes(*bytes)))
        };
        let (width, height) = (number(16), number(20));
        if &self.bytes[12..16] != b"IHDR" || width == 0 || height == 0 {
            return Err(no_png());
        }
        if width.saturating_mul(height) > limits::PIXELS {
            let detail = format!(
                "The picture says it is {width} by {height} pixels; one may have {} in all.",
                limits::PIXELS
            );
            return Err(Fault::new(Code::TooLarge, detail));
        }
        Ok(())
    }
}

fn no_png() -> Fault {
    Fault::new(
        Code::UnsupportedType,
        "Only PNG pictures are taken; this file is something else.",
    )
}
