//! Where a cluster lies, and how it is reached.

use super::ClusterFault;
use dramatis_domain::Digest;
use nix::unistd::geteuid;
use std::path::{Path, PathBuf};
use url::form_urlencoded;

/// The port's number is part of the socket's name only: nothing listens on the network.
const PORT: u16 = 5432;
/// `sun_path` has 108 bytes, the socket's own name takes some of them.
const SOCKET_PATH_MAX: usize = 80;

/// A cluster's folder and its socket's folder.
#[derive(Clone, Debug)]
pub struct Place {
    folder: PathBuf,
    socket: PathBuf,
}

impl Place {
    /// The cluster that belongs to a data folder. As root it lies under
    /// `/var/lib/dramatis`, for Postgres' user has to reach it and cannot reach
    /// into root's home; else in the data folder itself.
    ///
    /// # Errors
    /// Where the folder has no absolute path.
    pub fn of(data: &Path) -> Result<Self, ClusterFault> {
        let data = data
            .canonicalize()
            .map_err(ClusterFault::io(format!("the folder {}", data.display())))?;
        let mark = Digest::of(data.as_os_str().as_encoded_bytes()).short();
        let folder = if geteuid().is_root() {
            let name = data
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            let plain: String = name
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
                .take(24)
                .collect();
            Path::new("/var/lib/dramatis").join(format!("{plain}-{mark}"))
        } else {
            data.join("cluster")
        };
        Ok(Self::within(folder, &mark))
    }

    /// A cluster in `folder` itself.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        let mark = Digest::of(folder.as_os_str().as_encoded_bytes()).short();
        Self::within(folder, &mark)
    }

    fn within(folder: PathBuf, mark: &str) -> Self {
        let beside = folder.join("socket");
        let socket = if beside.as_os_str().len() <= SOCKET_PATH_MAX {
            beside
        } else {
            std::env::temp_dir().join(format!("dramatis-{}-{mark}", geteuid()))
        };
        Self { folder, socket }
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("postgres.log")
    }

    pub(super) const fn port() -> u16 {
        PORT
    }

    /// The address of a database, by the socket.
    #[must_use]
    pub fn url(&self, role: &str, database: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("host", &self.socket.to_string_lossy())
            .append_pair("port", &PORT.to_string())
            .append_pair("sslmode", "disable")
            .finish();
        format!("postgres://{role}@localhost/{database}?{query}")
    }
}
