//! Where the inventory of a folder is served: one line of JSON, on standard
//! output and in the folder.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// Who serves, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    /// The root of the API.
    pub(crate) url: String,
    /// The process that serves it.
    pub(crate) pid: u32,
}

impl Notice {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            url: format!("http://{address}"),
            pid: std::process::id(),
        }
    }

    /// Says it on standard output, for whoever started us.
    pub(crate) fn announce(&self) {
        use std::io::Write as _;
        if let Ok(line) = serde_json::to_string(self) {
            let mut out = std::io::stdout();
            // Whoever started us may have gone: that is theirs.
            let _ = writeln!(out, "{line}").and_then(|()| out.flush());
        }
    }

    pub(super) fn port(&self) -> Option<u16> {
        self.url.rsplit_once(':')?.1.parse().ok()
    }
}
