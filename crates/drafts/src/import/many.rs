//! A folder of cards: read on all cores, written many in one transaction,
//! while the next are being read. A file that cannot be read stops no other.

use super::{bring, bring::Brought, duplicates, store::store};
use crate::{
    Studio, StudioError,
    view::{DuplicateWhy, ImportChoice, ImportPreview},
};
use std::{collections::HashMap, io, sync::Arc};

/// Cards of one transaction, and bytes: enough that a sync costs little beside
/// them, and that a crash costs little to do again.
const CARDS: usize = 64;
const BYTES: usize = 16 * 1024 * 1024;

/// A file on its way in: its name, and how to get at its bytes.
pub struct CardFile {
    name: String,
    read: Box<dyn FnOnce() -> io::Result<Vec<u8>> + Send>,
}

impl CardFile {
    /// A file that is read when its turn comes, on a thread that may block.
    pub fn new(
        name: impl Into<String>,
        read: impl FnOnce() -> io::Result<Vec<u8>> + Send + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            read: Box::new(read),
        }
    }
}

/// What became of a file.
#[derive(Debug)]
pub struct CardImported {
    /// What was read.
    pub preview: ImportPreview,
    /// The new character; none where it was left out.
    pub character: Option<String>,
    /// The character that holds the very same document.
    pub already: Option<String>,
}

/// What became of each, in the order they came.
pub(crate) async fn import(
    studio: &Studio,
    files: Vec<CardFile>,
    known_again: bool,
) -> Vec<Result<CardImported, StudioError>> {
    let mut done = Vec::with_capacity(files.len());
    let mut seen = HashMap::new();
    let mut files = files.into_iter();
    let mut batch = bring_in(&mut files).await;
    while !batch.is_empty() {
        let (stored, next) = tokio::join!(
            store_all(studio, batch, known_again, &mut seen),
            bring_in(&mut files)
        );
        done.extend(stored);
        batch = next;
    }
    done
}

type Read = Result<Arc<Brought>, StudioError>;

/// Reads the next files, as many as one transaction takes.
async fn bring_in(files: &mut impl Iterator<Item = CardFile>) -> Vec<Read> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let mut batch = Vec::new();
    let mut weight = 0;
    while batch.len() < CARDS && weight < BYTES {
        let reading: Vec<_> = files
            .take(cores)
            .map(|file| tokio::task::spawn_blocking(move || bring_one(file)))
            .collect();
        if reading.is_empty() {
            break;
        }
        for one in reading {
            let one = one.await.map_err(StudioError::from).and_then(|read| read);
            weight += one.as_ref().map_or(0, |brought| brought.weight());
            batch.push(one);
        }
    }
    batch
}

fn bring_one(file: CardFile) -> Read {
    let bytes = (file.read)().map_err(|source| StudioError::Folder {
        path: file.name.clone().into(),
        source,
    })?;
    bring::bring(file.name, bytes).map(Arc::new)
}

/// Writes a batch in one transaction. Where that fails, each is tried by
/// itself, so that one does not keep the others out.
async fn store_all(
    studio: &Studio,
    batch: Vec<Read>,
    known_again: bool,
    seen: &mut HashMap<String, String>,
) -> Vec<Result<CardImported, StudioError>> {
    let mut looked = Vec::with_capacity(batch.len());
    for read in batch {
        looked.push(match read {
            Ok(brought) => look(studio, brought).await,
            Err(error) => Err(error),
        });
    }
    let readable: Vec<&Looked> = looked.iter().filter_map(|one| one.as_ref().ok()).collect();
    let mut stored = match write(studio, &readable, known_again, seen).await {
        Ok(stored) => stored.into_iter().map(Ok).collect(),
        Err(_) => {
            let mut stored = Vec::with_capacity(readable.len());
            for one in readable {
                let alone = write(studio, &[one], known_again, seen).await;
                stored.push(alone.map(|mut only| only.pop().unwrap_or_default()));
            }
            stored
        }
    }
    .into_iter();
    looked
        .into_iter()
        .map(|looked| {
            let looked = looked?;
            let (character, already) = stored.next().unwrap_or_else(|| Ok((None, None)))?;
            Ok(CardImported {
                preview: looked.preview,
                character,
                already,
            })
        })
        .collect()
}

struct Looked {
    brought: Arc<Brought>,
    preview: ImportPreview,
}

async fn look(studio: &Studio, brought: Arc<Brought>) -> Result<Looked, StudioError> {
    let mut db = studio.store().reader().await?;
    let duplicates = duplicates(&mut db, &brought).await?;
    Ok(Looked {
        preview: brought.preview(duplicates),
        brought,
    })
}

/// The new character, and the one that was there already.
type Stored = (Option<String>, Option<String>);

async fn write(
    studio: &Studio,
    batch: &[&Looked],
    known_again: bool,
    seen: &mut HashMap<String, String>,
) -> Result<Vec<Stored>, StudioError> {
    let now = studio.now();
    let mut write = studio.noted(studio.store().begin().await)?;
    let mut stored = Vec::with_capacity(batch.len());
    let mut fresh: HashMap<&str, String> = HashMap::new();
    for one in batch {
        let document = one.brought.document.as_str();
        let already = one
            .preview
            .duplicates
            .iter()
            .find(|duplicate| duplicate.why == DuplicateWhy::SameBytes)
            .map(|duplicate| duplicate.character.clone())
            .or_else(|| seen.get(document).or_else(|| fresh.get(document)).cloned());
        let choice = if already.is_some() && !known_again {
            ImportChoice::Skip
        } else {
            ImportChoice::New
        };
        let origin = studio.store().origin();
        let written = store(&mut write, &one.brought, &choice, origin, now).await;
        let character = studio.noted(written)?;
        if let Some(character) = &character {
            fresh.insert(document, character.clone());
        }
        stored.push((character, already));
    }
    studio.noted(write.commit().await)?;
    let fresh = fresh
        .into_iter()
        .map(|(document, character)| (document.to_owned(), character));
    seen.extend(fresh);
    Ok(stored)
}
