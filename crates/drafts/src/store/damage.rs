//! A damaged store is put aside whole: database, journal and shared memory.
//! Nothing of it is deleted or written.

use super::{FILE, open::Opening};
use crate::StudioError;
use std::{
    fs::{self, File},
    io,
    path::PathBuf,
};

/// SQLITE_CORRUPT and SQLITE_NOTADB, with their extended codes
/// (sqlite.org/rescode.html): the low byte is the primary code.
pub(super) fn is_damage(error: &StudioError) -> bool {
    let StudioError::Store(error) = error else {
        return false;
    };
    let Some(database) = error.as_database_error() else {
        return matches!(error, sqlx::Error::Protocol(text) if text.starts_with(CHECKED));
    };
    let code = database.code().and_then(|code| code.parse::<u32>().ok());
    matches!(code.map(|code| code & 0xff), Some(11 | 26))
}

const CHECKED: &str = "the database's own check found: ";

/// What `PRAGMA quick_check` found, as an error.
pub(super) fn found(what: &str) -> StudioError {
    StudioError::Store(sqlx::Error::Protocol(format!("{CHECKED}{what}")))
}

/// Moves the three files into a folder of their own; gives the database in it.
pub(super) fn put_aside(opening: &Opening<'_>, in_use: &File) -> Result<PathBuf, StudioError> {
    let fault = |source| StudioError::Folder {
        path: opening.dir.to_owned(),
        source,
    };
    // Another process that has the store open would go on writing into what is
    // put aside.
    in_use.try_lock().map_err(|_| {
        fault(io::Error::other(
            "the store is damaged, and another window or command has it open; close it and start again",
        ))
    })?;
    let aside = opening
        .dir
        .join(format!("damaged-{}", opening.clock.now() / 1_000_000));
    fs::create_dir_all(&aside).map_err(fault)?;
    for suffix in ["", "-wal", "-shm"] {
        let name = format!("{FILE}{suffix}");
        let from = opening.dir.join(&name);
        if from.exists() {
            fs::rename(&from, aside.join(&name)).map_err(fault)?;
        }
    }
    Ok(aside.join(FILE))
}
