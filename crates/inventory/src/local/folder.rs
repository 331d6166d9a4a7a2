//! The folder of *This computer*: whose it is right now, and what lies in it.

use super::{LocalFault, Notice};
use crate::cluster::{ClusterFault, Place};
use std::{
    fs::{self, File, Permissions, TryLockError},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Where the one that serves says where.
const NOTICE: &str = "local.json";
/// Locked by the one that serves, for as long as it lives.
const LOCK: &str = "local.lock";
/// As long as a first start may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A folder that is ours until dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

/// Who holds the folder.
pub(super) enum Hold {
    /// We do.
    Ours(Folder),
    /// Another process does, and serves.
    Served(Notice),
}

impl Folder {
    /// Takes the folder, or waits until whoever has it serves.
    pub(super) async fn enter(path: &Path) -> Result<Hold, LocalFault> {
        let about = || format!("the folder {}", path.display());
        fs::create_dir_all(path).map_err(LocalFault::io(about()))?;
        fs::set_permissions(path, Permissions::from_mode(0o700))
            .map_err(LocalFault::io(about()))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))
            .map_err(LocalFault::io(about()))?;
        let since = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => {
                    return Ok(Hold::Ours(Self {
                        path: path.to_owned(),
                        _lock: lock,
                    }));
                }
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(fault)) => return Err(LocalFault::io(about())(fault)),
            }
            if let Some(notice) = posted(path)
                && is_listening(&notice).await
            {
                return Ok(Hold::Served(notice));
            }
            if since.elapsed() > PATIENCE {
                return Err(LocalFault::Held);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(super) fn place(&self) -> Result<Place, ClusterFault> {
        Place::of(&self.path)
    }

    pub(super) fn blobs(&self) -> PathBuf {
        blobs(&self.path)
    }

    /// Says where we serve; whole or not at all.
    pub(super) fn post(&self, notice: &Notice) -> Result<(), LocalFault> {
        let text = serde_json::to_vec(notice)
            .map_err(|fault| LocalFault::io("the notice")(fault.into()))?;
        let fresh = self.path.join("local.json.new");
        fs::write(&fresh, text)
            .and_then(|()| fs::rename(&fresh, self.path.join(NOTICE)))
            .and_then(|()| {
                fs::write(
                    self.path.join("port"),
                    notice.port().unwrap_or_default().to_string(),
                )
            })
            .map_err(LocalFault::io(format!("the file {NOTICE}")))
    }

    /// Takes the notice back.
    pub(super) fn retract(&self) {
        // A leftover is told from a live one by asking its address.
        let _ = fs::remove_file(self.path.join(NOTICE));
    }

    pub(super) fn last_port(&self) -> Option<u16> {
        fs::read_to_string(self.path.join("port"))
            .ok()?
            .trim()
            .parse()
            .ok()
    }
}

/// Where the files of a folder's inventory lie.
pub(crate) fn blobs(path: &Path) -> PathBuf {
    path.join("blobs")
}

/// Where the folder's inventory says that it is served.
pub(super) fn posted(path: &Path) -> Option<Notice> {
    serde_json::from_slice(&fs::read(path.join(NOTICE)).ok()?).ok()
}

/// Whether somebody listens there.
pub(super) async fn is_listening(notice: &Notice) -> bool {
    let Some(address) = notice.url.strip_prefix("http://") else {
        return false;
    };
    let attempt = tokio::net::TcpStream::connect(address);
    matches!(
        tokio::time::timeout(Duration::from_secs(2), attempt).await,
        Ok(Ok(_))
    )
}
