//! Events: what is appended in the transaction of the fact itself.

pub(crate) mod chain;
pub(crate) mod kept;
pub(crate) mod tenant_stream;
