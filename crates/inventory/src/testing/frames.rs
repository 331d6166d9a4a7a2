//! Messages of Postgres' protocol, version 3: a type, a length, a body; only
//! the first of a connection has no type.

use std::io::{ErrorKind, Result};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// What was read and not yet taken.
#[derive(Default)]
pub(super) struct Reader {
    bytes: Vec<u8>,
}

impl Reader {
    /// Everything up to the message that asks for an answer: a simple query, a
    /// sync, the greeting; or up to the goodbye.
    pub(super) async fn request(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
        greets: bool,
    ) -> Result<Vec<u8>> {
        let mut end = 0;
        loop {
            let (kind, next) = loop {
                if let Some(found) = message(&self.bytes[end..], greets) {
                    break found;
                }
                self.more(from).await?;
            };
            end += next;
            if greets || matches!(kind, b'Q' | b'S' | b'X') {
                return Ok(self.bytes.drain(..end).collect());
            }
        }
    }

    /// Everything up to *ready for query*; whether no transaction is open then.
    pub(super) async fn answer(
        &mut self,
        from: &mut (impl AsyncRead + Unpin),
    ) -> Result<(Vec<u8>, bool)> {
        let mut end = 0;
        loop {
            let (kind, next) = loop {
                if let Some(found) = message(&self.bytes[end..], false) {
                    break found;
                }
                self.more(from).await?;
            };
            end += next;
            if kind == b'Z' {
                let idle = self.bytes[end - 1] == b'I';
                return Ok((self.bytes.drain(..end).collect(), idle));
            }
        }
    }

    /// What Postgres says unasked, or its end: either ends the connection.
    pub(super) async fn unasked(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<()> {
        self.more(from).await
    }

    async fn more(&mut self, from: &mut (impl AsyncRead + Unpin)) -> Result<()> {
        match from.read_buf(&mut self.bytes).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// The type and the whole size of the message that `bytes` begin with, where
/// it is there whole. The greeting has no type.
fn message(bytes: &[u8], greets: bool) -> Option<(u8, usize)> {
    let at = usize::from(!greets);
    let length = u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?);
    let size = at + usize::try_from(length).ok()?;
    (bytes.len() >= size).then(|| (bytes[0], size))
}

/// Whether the request begins a transaction that may write.
pub(super) fn begins_to_write(request: &[u8]) -> bool {
    is_query(request, b"BEGIN") && !request.windows(9).any(|words| words == b"READ ONLY")
}

/// Whether the request is a simple query that starts with these words.
pub(super) fn is_query(request: &[u8], words: &[u8]) -> bool {
    let text = request.strip_prefix(b"Q").and_then(|rest| rest.get(4..));
    text.is_some_and(|text| text.starts_with(words))
}

/// Whether the program says that it ends.
pub(super) fn is_goodbye(request: &[u8]) -> bool {
    request.first() == Some(&b'X')
}

/// Whether Postgres answers to it.
pub(super) fn is_answered(request: &[u8], greets: bool) -> bool {
    greets || !is_goodbye(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
        [&[kind], &length[..], body].concat()
    }

    #[tokio::test]
    async fn messages_are_told_apart_however_they_arrive() {
        let greeting = [&12_u32.to_be_bytes()[..], b"\0\x03\0\0abcd"].concat();
        let prepared = [frame(b'P', b"SELECT"), frame(b'S', b"")].concat();
        let begin = frame(b'Q', b"BEGIN ISOLATION LEVEL SERIALIZABLE\0");
        let (mut to, mut from) = tokio::io::duplex(3);
        let all = [&greeting[..], &prepared, &begin].concat();
        let written = tokio::spawn(async move { to.write_all(&all).await });
        let mut reader = Reader::default();
        assert_eq!(reader.request(&mut from, true).await.unwrap(), greeting);
        assert_eq!(reader.request(&mut from, false).await.unwrap(), prepared);
        assert_eq!(reader.request(&mut from, false).await.unwrap(), begin);
        written.await.unwrap().unwrap();
        assert!(begins_to_write(&begin) && !begins_to_write(&prepared));
        let reads = frame(b'Q', b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY\0");
        assert!(!begins_to_write(&reads));
    }
}
