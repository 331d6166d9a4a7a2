//! Writing a version as a file: whole or not at all, and never over another.

use crate::{
    Studio, StudioError, sync,
    version::Version,
    view::{ExportContainer, ExportFormat, Exported},
};
use dramatis_cards::{CardDocument, blank_picture, embed, losses, to_format};
use dramatis_domain::{card::CardFormat, names::Slug};
use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    pub(crate) container: ExportContainer,
    pub(crate) format: ExportFormat,
}

/// What the form cannot hold of a card.
pub(crate) fn lost(card: &CardDocument, version: &Version, form: Form) -> Vec<String> {
    let mut lost: Vec<_> = match wanted(form.format) {
        Some(format) => losses(card, format)
            .into_iter()
            .map(|loss| loss.message)
            .collect(),
        None => Vec::new(),
    };
    if form.container == ExportContainer::Json && version.portrait.is_some() {
        lost.push("The portrait has no place in a JSON file.".to_owned());
    }
    if form.container == ExportContainer::Png && version.portrait.is_none() {
        lost.push("There is no portrait: the card is put into a blank sheet.".to_owned());
    }
    lost
}

/// Writes a version into the export folder.
pub(crate) async fn write(
    studio: &Studio,
    version: &Version,
    card: CardDocument,
    form: Form,
) -> Result<Exported, StudioError> {
    let losses = lost(&card, version, form);
    let picture = match (form.container, &version.portrait) {
        (ExportContainer::Json, _) => None,
        (ExportContainer::Png, None) => Some(blank_picture()),
        (ExportContainer::Png, Some(sha256)) => Some(sync::picture(studio, sha256).await?),
    };
    let folder = studio.inner.options.export_dir.clone();
    let name = format!(
        "{} - {}",
        Slug::suggest(&card.view().name()),
        Slug::suggest(&version.label)
    );
    let file = tokio::task::spawn_blocking(move || {
        let text = match wanted(form.format) {
            Some(format) => to_format(&card, format).text,
            None => card.into_text(),
        };
        let (bytes, extension) = match picture {
            Some(picture) => (embed(&picture, &text)?, "png"),
            None => (text.into_bytes(), "json"),
        };
        put(&folder, &name, extension, &bytes).map_err(|source| StudioError::Folder {
            path: folder.clone(),
            source,
        })
    })
    .await??;
    Ok(Exported {
        file: Some(file.display().to_string()),
        losses,
    })
}

fn wanted(format: ExportFormat) -> Option<CardFormat> {
    match format {
        ExportFormat::AsIs => None,
        ExportFormat::V1 => Some(CardFormat::V1),
        ExportFormat::V2 => Some(CardFormat::V2),
        ExportFormat::V3 => Some(CardFormat::V3),
    }
}

/// Writes bytes beside their place and then gives them their name, which no
/// other file has: `x.png`, `x (2).png`, … .
fn put(folder: &Path, name: &str, extension: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let scratch = folder.join(format!(".{}.part", uuid::Uuid::now_v7()));
    let written =
        write_through(&scratch, bytes).and_then(|()| name_it(&scratch, folder, name, extension));
    fs::remove_file(&scratch).ok();
    written
}

fn write_through(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A hard link fails where the name is taken, also by somebody who came in
/// between; file systems without links get a name that was free just now.
fn name_it(scratch: &Path, folder: &Path, name: &str, extension: &str) -> io::Result<PathBuf> {
    for number in 1_u32.. {
        let suffix = if number == 1 {
            String::new()
        } else {
            format!(" ({number})")
        };
        let target = folder.join(format!("{name}{suffix}.{extension}"));
        match fs::hard_link(scratch, &target) {
            Ok(()) => return Ok(target),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) if target.exists() => {}
            Err(_) => {
                File::create_new(&target)?;
                fs::rename(scratch, &target)?;
                return Ok(target);
            }
        }
    }
    Err(io::Error::other("every name is taken"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::put;

    #[test]
    fn nothing_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<_> = (0..3)
            .map(|index| {
                put(folder.path(), "a", "json", &[index])
                    .unwrap()
                    .file_name()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        assert_eq!(names, ["a.json", "a (2).json", "a (3).json"]);
        assert_eq!(std::fs::read(folder.path().join("a.json")).unwrap(), [0]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }
}
