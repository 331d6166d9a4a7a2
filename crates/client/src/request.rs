//! A request before it is sent.

use crate::answer::Bytes;
use dramatis_api::{Position, headers};
use dramatis_domain::{IdempotencyKey, InventoryId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::Serialize;
use std::{fmt, marker::PhantomData};

/// What a segment of a path may hold as it is (RFC 3986, 3.3: pchar).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// A request whose answer is a `T`.
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request<T> {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) expect: Option<String>,
    pub(crate) seen: Option<Position>,
    pub(crate) body: Option<(&'static str, Vec<u8>)>,
    reads: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl Request<Bytes> {
    /// What was frozen before, as it was: the path of a mutation, its key and
    /// the exact bytes of its body.
    pub fn frozen(path: impl Into<String>, key: IdempotencyKey, body: Vec<u8>) -> Self {
        Self {
            body: Some((JSON, body)),
            ..Self::new(Method::POST, path.into()).keyed(key)
        }
    }
}

const JSON: &str = "application/json";

impl<T> Request<T> {
    pub(crate) const fn new(method: Method, path: String) -> Self {
        Self {
            method,
            path,
            query: Vec::new(),
            key: None,
            expect: None,
            seen: None,
            body: None,
            reads: PhantomData,
        }
    }

    pub(crate) fn asking(mut self, name: &'static str, value: Option<impl ToString>) -> Self {
        self.query
            .extend(value.map(|value| (name, value.to_string())));
        self
    }

    pub(crate) fn json<B>(mut self, body: Frozen<B>) -> Self {
        self.body = Some((JSON, body.bytes));
        self
    }

    pub(crate) fn bytes(mut self, media_type: &'static str, bytes: Vec<u8>) -> Self {
        self.body = Some((media_type, bytes));
        self
    }

    /// Under this key it happens once.
    pub fn keyed(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Only for this inventory and epoch: any other refuses it.
    pub fn expecting(mut self, inventory: InventoryId, epoch: i32) -> Self {
        self.expect = Some(headers::inventory(inventory, epoch));
        self
    }

    /// Answered by a server whose log has come as far.
    pub fn having_seen(mut self, position: Position) -> Self {
        self.seen = Some(position);
        self
    }

    /// The same, whatever the answer is read as.
    pub fn untyped(self) -> Request<Bytes> {
        Request {
            method: self.method,
            path: self.path,
            query: self.query,
            key: self.key,
            expect: self.expect,
            seen: self.seen,
            body: self.body,
            reads: PhantomData,
        }
    }

    /// Where it goes, without the inventory's root, and every byte it brings:
    /// what [`frozen`](Request::frozen) makes it of again.
    #[must_use]
    pub fn into_path_and_body(self) -> (String, Vec<u8>) {
        (
            self.path,
            self.body.map(|(_, bytes)| bytes).unwrap_or_default(),
        )
    }
}

/// A body as the exact bytes that are sent every time.
pub struct Frozen<B> {
    bytes: Vec<u8>,
    of: PhantomData<fn() -> B>,
}

impl<B: Serialize> Frozen<B> {
    /// Writes a body down.
    ///
    /// # Errors
    /// Where it has no JSON form.
    pub fn of(body: &B) -> serde_json::Result<Self> {
        serde_json::to_vec(body).map(|bytes| Self {
            bytes,
            of: PhantomData,
        })
    }
}

/// A value as one segment of a path.
pub(crate) fn segment(value: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(value, SEGMENT)
}
