//! Talking to an inventory: one request, one answer, or the reason there is
//! none. Every operation of the API is a function of [`operations`], generated
//! from `docs/openapi.json`: path, parameters, body and answer are spelled
//! there and nowhere else on this side.
//!
//! A request is a value. Its body is the exact bytes that were frozen, so that
//! the same request can be sent again a year later.

mod answer;
#[rustfmt::skip]
mod generated;
mod request;
mod transport;

pub use answer::{Answer, Bytes, Head};
pub use request::{Frozen, Request};
pub use transport::{Client, SendFault};

/// Every operation of the API, by its tag and name.
pub mod operations {
    pub use crate::generated::*;
}
