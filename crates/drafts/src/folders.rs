//! Where everything of a person lies on this computer: the same folders for
//! the window and the command line.

use std::path::{Path, PathBuf};

/// The folders of one store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// The local store.
    pub store: PathBuf,
    /// This computer's own inventory.
    pub inventory: PathBuf,
    /// Logs.
    pub logs: PathBuf,
    /// Where exports are written.
    pub exports: PathBuf,
}

impl Folders {
    /// The folders beneath `chosen`, or beneath this person's data folder
    /// (`$XDG_DATA_HOME/dramatis`, and what other systems have in its place).
    /// Exports go to the person's downloads; beside a chosen store, so that
    /// nothing leaves it.
    #[must_use]
    pub fn of(chosen: Option<&Path>) -> Self {
        let root = match chosen {
            Some(folder) => std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()),
            None => dirs::data_dir()
                .unwrap_or_else(|| PathBuf::from("."))
                .join("dramatis"),
        };
        let downloads = match chosen {
            Some(_) => None,
            None => {
                dirs::download_dir().or_else(|| dirs::home_dir().map(|home| home.join("Downloads")))
            }
        };
        Self {
            inventory: root.join("inventory"),
            logs: root.join("logs"),
            exports: downloads.unwrap_or_else(|| root.join("exports")),
            store: root,
        }
    }
}

/// What events call this computer until the person says otherwise: its host name.
#[must_use]
pub fn default_device_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("COMPUTERNAME").ok());
    name.map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "this computer".to_owned())
}
