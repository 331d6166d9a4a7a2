//! Files that are read and written whole.

use crate::exit::Failure;
use std::{
    fs,
    io::{Read, Write},
    path::Path,
};

/// No card file is larger; what is larger is refused before it is read.
const MOST: u64 = 256 * 1024 * 1024;

/// Reads a file of at most [`MOST`] bytes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::new(
            "cannot_read",
            format!("{} cannot be read: {error}", path.display()),
        )
    };
    let file = fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(MOST + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    if bytes.len() as u64 > MOST {
        return Err(Failure::new(
            "too_large",
            format!("{} is larger than 256 MiB; no card is.", path.display()),
        ));
    }
    Ok(bytes)
}

/// Writes a new file whole or not at all; an existing one is never replaced.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let cannot = |error: std::io::Error| {
        let failure = Failure::new(
            "cannot_write",
            format!("{} cannot be written: {error}", path.display()),
        );
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            failure.hint("Choose another name; nothing is ever overwritten.")
        } else {
            failure
        }
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(cannot)?;
    file.write_all(bytes)
        .and_then(|()| file.as_file().sync_all())
        .map_err(cannot)?;
    file.persist_noclobber(path)
        .map_err(|error| cannot(error.error))?;
    Ok(())
}
