//! Files that are read and written whole.

use crate::exit::Failure;
use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// No card file is larger; what is larger is refused before it is read.
const MOST: u64 = 256 * 1024 * 1024;

/// Reads a file of at most [`MOST`] bytes.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_whole(path).map_err(|error| {
        Failure::new(
            "cannot_read",
            format!("{} cannot be read: {error}", path.display()),
        )
    })
}

/// The same, as whoever reads many at once wants it.
pub(crate) fn read_whole(path: &Path) -> io::Result<Vec<u8>> {
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is larger than 256 MiB; no card is",
        ));
    }
    Ok(bytes)
}

/// A file's name without its folder.
pub(crate) fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The files meant: a folder stands for the cards in it (PNG and JSON, not
/// those of folders inside it), by name.
pub(crate) fn cards_in(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let listed = fs::read_dir(path).and_then(|entries| {
            entries
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<io::Result<Vec<_>>>()
        });
        let mut cards = listed.map_err(|error| {
            Failure::new(
                "cannot_read",
                format!("{} cannot be listed: {error}", path.display()),
            )
        })?;
        cards.retain(|path| {
            path.extension().is_some_and(|ext| {
                ["png", "json"]
                    .iter()
                    .any(|known| ext.eq_ignore_ascii_case(known))
            })
        });
        cards.sort();
        if cards.is_empty() {
            return Err(Failure::new(
                "no_cards",
                format!("There is no PNG or JSON file in {}.", path.display()),
            ));
        }
        all.append(&mut cards);
    }
    Ok(all)
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
