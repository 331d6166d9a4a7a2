//! What is brought in: read, shown, and stored only when the person has chosen.

use crate::{
    Micros, Studio, StudioError,
    draft::{
        change::{self, Change},
        facts::{Facts, excerpt},
        journal,
    },
    samples::Sample,
    show,
    store::{Db, Write},
    table::{self, blob, draft::Draft, original::Original},
    view::{Duplicate, DuplicateWhy, ImportChoice, ImportPreview},
};
use dramatis_cards::{CardDocument, read, strip_card};
use dramatis_domain::{Digest, names::Slug};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};
use uuid::Uuid;

/// Previews that are kept until they are committed; the oldest goes first.
const KEPT: usize = 64;

/// Files that were read and not committed yet.
#[derive(Debug, Default)]
pub(crate) struct Previews(Mutex<VecDeque<Arc<Brought>>>);

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Brought {
    id: String,
    file_name: String,
    file: Vec<u8>,
    container: String,
    card: CardDocument,
    /// The picture without its card, and its digest.
    portrait: Option<(String, Vec<u8>)>,
}

impl Previews {
    fn keep(&self, brought: Arc<Brought>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(brought);
        while kept.len() > KEPT {
            kept.pop_front();
        }
    }

    fn take(&self, id: &str) -> Option<Arc<Brought>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|brought| brought.id == id)?;
        kept.remove(place)
    }

    fn put_back(&self, brought: Arc<Brought>) {
        self.keep(brought);
    }

    /// A preview's picture by its digest.
    pub(crate) fn picture(&self, sha256: &str) -> Option<Vec<u8>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .filter_map(|brought| brought.portrait.as_ref())
            .find(|(digest, _)| digest == sha256)
            .map(|(_, bytes)| bytes.clone())
    }
}

/// Reads a file and says what importing it would bring.
pub(crate) async fn preview(
    studio: &Studio,
    file_name: &str,
    bytes: Vec<u8>,
) -> Result<ImportPreview, StudioError> {
    let name = file_name.to_owned();
    let brought = tokio::task::spawn_blocking(move || bring(name, bytes)).await??;
    let mut db = studio.store().reader().await?;
    let duplicates = duplicates(&mut db, &brought).await?;
    let view = brought.card.view();
    let preview = ImportPreview {
        id: brought.id.clone(),
        file_name: brought.file_name.clone(),
        container: brought.container.clone(),
        version: dramatis_cards::format::label(view.format()).to_owned(),
        name: view.name().into_owned(),
        excerpt: Facts::of(&brought.card).excerpt,
        portrait: brought.portrait.as_ref().map(|(digest, _)| digest.clone()),
        lorebook_entries: count(view.lorebook().map_or(0, |book| book.entries().len())),
        greetings: count(
            usize::from(!view.text("first_mes").is_empty())
                + view.list("alternate_greetings").len(),
        ),
        repairs: brought.card.repairs().iter().map(show::repair).collect(),
        duplicates,
    };
    studio.inner.previews.keep(Arc::new(brought));
    Ok(preview)
}

/// The same for a character that comes with the studio.
pub(crate) async fn preview_sample(
    studio: &Studio,
    sample: &Sample,
) -> Result<ImportPreview, StudioError> {
    preview(studio, sample.file_name, sample.bytes.to_vec()).await
}

/// Does what was chosen for a preview.
pub(crate) async fn commit(
    studio: &Studio,
    preview: &str,
    choice: ImportChoice,
) -> Result<Option<String>, StudioError> {
    let brought = studio
        .inner
        .previews
        .take(preview)
        .ok_or(StudioError::PreviewGone)?;
    let committed = store(studio, &brought, choice).await;
    if committed.is_err() {
        // Nothing was stored: the same preview can be tried again.
        studio.inner.previews.put_back(brought);
    }
    studio.noted(committed)
}

/// A slug that no other character on this device has.
pub(crate) async fn free_slug(
    db: &mut Db,
    name: &str,
    character: &str,
) -> Result<Slug, StudioError> {
    let suggested = Slug::suggest(name);
    let mut slug = suggested.clone();
    let mut number = 2;
    while table::character::with_slug(db, slug.as_str(), character)
        .await?
        .is_some()
    {
        slug = suggested.numbered(number);
        number += 1;
    }
    Ok(slug)
}

/// A new character with its first draft.
pub(crate) async fn add_character(
    write: &mut Write<'_>,
    card: &CardDocument,
    portrait: Option<String>,
    now: Micros,
) -> Result<String, StudioError> {
    let id = Uuid::now_v7().to_string();
    let facts = Facts::of(card);
    let slug = free_slug(write.db(), &facts.name, &id).await?;
    table::character::add(write.db(), &id, slug.as_str(), now).await?;
    let draft = Draft {
        character: id.clone(),
        revision: 1,
        document: card.text().to_owned(),
        sha256: Digest::of(card.text().as_bytes()).hex(),
        portrait,
        undo_seq: 0,
        name: facts.name,
        tags: facts.tags,
        excerpt: facts.excerpt,
        saved_at: now,
    };
    table::draft::put(write.db(), &draft).await?;
    write.tag("library");
    write.tag(format!("character:{id}"));
    Ok(id)
}

/// A picture without a card in it, and its digest.
pub(crate) fn bare_picture(bytes: &[u8]) -> Result<(String, Vec<u8>), StudioError> {
    let picture = strip_card(bytes)?;
    Ok((Digest::of(&picture).hex(), picture))
}

fn bring(file_name: String, file: Vec<u8>) -> Result<Brought, StudioError> {
    let carried = read(&file)?;
    let portrait = match carried.chunk {
        Some(_) => Some(bare_picture(&file)?),
        None => None,
    };
    Ok(Brought {
        id: Uuid::now_v7().to_string(),
        file_name,
        container: carried.container.label().to_owned(),
        card: carried.document,
        portrait,
        file,
    })
}

async fn duplicates(db: &mut Db, brought: &Brought) -> Result<Vec<Duplicate>, StudioError> {
    let document = Digest::of(brought.card.text().as_bytes()).hex();
    let file = Digest::of(&brought.file).hex();
    let mut found: Vec<Duplicate> = table::draft::with_bytes(db, &document, &file)
        .await?
        .into_iter()
        .map(|(character, name)| Duplicate {
            character,
            name,
            why: DuplicateWhy::SameBytes,
        })
        .collect();
    for (character, name) in table::draft::with_name(db, &brought.card.view().name()).await? {
        if found
            .iter()
            .all(|duplicate| duplicate.character != character)
        {
            found.push(Duplicate {
                character,
                name,
                why: DuplicateWhy::SameName,
            });
        }
    }
    Ok(found)
}

async fn store(
    studio: &Studio,
    brought: &Brought,
    choice: ImportChoice,
) -> Result<Option<String>, StudioError> {
    let now = studio.now();
    if choice == ImportChoice::Skip {
        return Ok(None);
    }
    let mut write = studio.store().begin().await?;
    let portrait = match &brought.portrait {
        Some((_, bytes)) => Some(blob::put(write.db(), bytes, blob::PNG, now).await?),
        None => None,
    };
    let character = match choice {
        ImportChoice::DraftOf { character } => {
            let draft = table::draft::get(write.db(), &character).await?;
            let portrait = portrait.or_else(|| draft.portrait.clone());
            let change = Change {
                field: journal::DOCUMENT,
                card: &brought.card,
                portrait,
                coalesce: false,
            };
            change::make(&mut write, &draft, change, studio.store().origin(), now).await?;
            character
        }
        ImportChoice::New | ImportChoice::Skip => {
            add_character(&mut write, &brought.card, portrait, now).await?
        }
    };
    let media_type = if brought.portrait.is_some() {
        blob::PNG
    } else {
        blob::JSON
    };
    let repairs: Vec<_> = brought.card.repairs().iter().map(show::repair).collect();
    let original = Original {
        file_name: brought.file_name.clone(),
        container: brought.container.clone(),
        file: blob::put(write.db(), &brought.file, media_type, now).await?,
        document: Digest::of(brought.card.text().as_bytes()).hex(),
        repairs: serde_json::to_string(&repairs).unwrap_or_else(|_| "[]".to_owned()),
        imported_at: now,
    };
    table::original::add(write.db(), &character, &original).await?;
    write.commit().await?;
    Ok(Some(character))
}

/// How a sample reads in a list.
pub(crate) fn excerpt_of(card: &CardDocument) -> String {
    excerpt(&card.view().text("description"))
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
