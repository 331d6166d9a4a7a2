//! PNG and APNG as boxes of chunks: found, read, replaced; pixels never touched.

pub(crate) mod blank;
pub(crate) mod chunks;
pub(crate) mod payload;
pub(crate) mod read;
pub(crate) mod size;
pub(crate) mod text;
pub(crate) mod write;
