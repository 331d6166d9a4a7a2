//! Importing PNG cards beside reading and hashing the same files.

use crate::{
    fault::Fault,
    plan::Plan,
    table::{Aim, Row, Table},
    turns::{self, Contest},
};
use bytes::Bytes;
use dramatis_cards::{NewValue, embed};
use dramatis_domain::Digest;
use dramatis_drafts::{CardFile, Studio, StudioOptions, view::ImportChoice};
use img_parts::png::{Png, PngChunk};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

const SAMPLES: [&[u8]; 3] = [
    include_bytes!("../../../samples/anselm.png"),
    include_bytes!("../../../samples/lighthouse.png"),
    include_bytes!("../../../samples/mirelle.png"),
];

/// Measures, and takes cards and stores away again.
pub(crate) async fn measure(plan: &Plan, folder: &Path, table: &mut Table) -> Result<(), Fault> {
    let place = fresh(&folder.join("import"))?;
    eprintln!("· making {} cards", plan.cards);
    let files = make(&place, plan.cards)?;
    let mut sides = Sides {
        place: place.clone(),
        files,
    };
    let medians = turns::medians("import", plan.import_turns, &mut sides).await?;
    table.row(Row {
        what: format!("import {} PNG cards", plan.cards),
        beside: "reading and hashing the same files",
        ours: medians[0],
        floor: medians[1],
        unit: "cards/s",
        aim: Some(Aim::AtLeast(0.3)),
    });
    let bytes = sides
        .files
        .iter()
        .map(|path| fs::metadata(path).map(|found| found.len()))
        .sum::<std::io::Result<u64>>();
    let bytes = bytes.map_err(Fault::io("the cards"))?;
    table.note(format!(
        "Import: {:.1} MB of cards, each kept as its file, its portrait and its draft.",
        bytes as f64 / 1e6
    ));
    fs::remove_dir_all(&place).map_err(Fault::io(format!("the folder {}", place.display())))
}

struct Sides {
    place: PathBuf,
    files: Vec<PathBuf>,
}

impl Sides {
    /// Into a new store, as a person drops a folder of cards on the window.
    async fn ours(&self) -> Result<f64, Fault> {
        let place = fresh(&self.place.join("studio"))?;
        let studio = studio(&place).await?;
        let begun = Instant::now();
        let files = self.files.iter().cloned();
        let files = files.map(|path| CardFile::new(name(&path), move || fs::read(path)));
        for done in studio.import_files(files.collect(), false).await {
            done?;
        }
        let took = begun.elapsed().as_secs_f64();
        let there = studio.list_characters().await?.len();
        studio.close().await;
        if there == self.files.len() {
            return Ok(took);
        }
        Err(Fault::made(format!(
            "{there} of {} cards were imported",
            self.files.len()
        )))
    }

    fn floor(&self) -> Result<f64, Fault> {
        let begun = Instant::now();
        for path in &self.files {
            let bytes =
                fs::read(path).map_err(Fault::io(format!("the file {}", path.display())))?;
            std::hint::black_box(Digest::of(&bytes));
        }
        Ok(begun.elapsed().as_secs_f64())
    }
}

impl Contest for Sides {
    fn sides(&self) -> usize {
        2
    }

    async fn turn(&mut self, side: usize) -> Result<f64, Fault> {
        let took = if side == 0 {
            self.ours().await?
        } else {
            self.floor()?
        };
        #[expect(clippy::cast_precision_loss)]
        let cards = self.files.len() as f64;
        Ok(cards / took)
    }
}

/// A studio over a folder.
pub(crate) async fn studio(folder: &Path) -> Result<Studio, Fault> {
    Ok(Studio::open(StudioOptions::new(
        folder.join("store"),
        folder.join("exports"),
        "bench",
    ))
    .await?)
}

/// Imports a card as a new character; gives its id.
pub(crate) async fn import(studio: &Studio, name: &str, bytes: Vec<u8>) -> Result<String, Fault> {
    let preview = studio.preview_import(name, bytes).await?;
    let character = studio.commit_import(&preview.id, ImportChoice::New).await?;
    character.ok_or_else(|| Fault::made("an import brought no character"))
}

/// The folder, empty.
pub(crate) fn fresh(folder: &Path) -> Result<PathBuf, Fault> {
    let fault = |cause| Fault::io(format!("the folder {}", folder.display()))(cause);
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(fault)?;
    }
    fs::create_dir_all(folder).map_err(fault)?;
    Ok(folder.to_owned())
}

/// Cards made of our samples, no two alike, neither in text nor in picture.
fn make(place: &Path, count: usize) -> Result<Vec<PathBuf>, Fault> {
    let documents = SAMPLES
        .iter()
        .map(|png| Ok(dramatis_cards::read(png)?.document))
        .collect::<Result<Vec<_>, Fault>>()?;
    let mut files = Vec::with_capacity(count);
    for at in 0..count {
        let (png, document) = (SAMPLES[at % SAMPLES.len()], &documents[at % SAMPLES.len()]);
        let (name, scenario) = (
            format!("{} {at}", document.view().name()),
            format!("{} It is day {at}.", document.view().text("scenario")),
        );
        let card = document
            .set("name", NewValue::Text(&name))?
            .set("scenario", NewValue::Text(&scenario))?;
        let picture = numbered(png, at)?;
        let path = place.join(format!("card-{at:04}.png"));
        let about = || format!("the file {}", path.display());
        fs::write(&path, embed(&picture, card.text())?).map_err(Fault::io(about()))?;
        // On the disk before anything is measured, so that it is not written meanwhile.
        fs::File::open(&path)
            .and_then(|file| file.sync_all())
            .map_err(Fault::io(about()))?;
        files.push(path);
    }
    Ok(files)
}

/// The picture with a number in a chunk of its own, after the header.
fn numbered(png: &[u8], number: usize) -> Result<Vec<u8>, Fault> {
    let mut picture = Png::from_bytes(Bytes::copy_from_slice(png)).map_err(Fault::made)?;
    let comment = format!("Comment\0No. {number}");
    picture
        .chunks_mut()
        .insert(1, PngChunk::new(*b"tEXt", comment.into()));
    Ok(picture.encoder().bytes().to_vec())
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}
