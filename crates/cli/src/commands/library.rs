//! `dramatis import`, `dramatis list`

use crate::{
    args::{self, IfKnown},
    exit::{Exit, Failure},
    files, find, output,
};
use dramatis_drafts::{
    CardFile, Studio,
    view::{CharacterSummary, DuplicateWhy, ImportChoice, ImportPreview},
};
use serde::Serialize;
use std::{collections::HashMap, path::PathBuf};

#[derive(Serialize)]
struct Imported {
    file: String,
    name: String,
    /// None where it was left out.
    character: Option<String>,
    /// What the library calls the character: this one, or the one that already
    /// holds the document.
    slug: Option<String>,
    /// The character that already holds the very same document.
    already: Option<String>,
    preview: ImportPreview,
}

/// Brings files in one after the other. A file that cannot be read stops
/// nothing: it is reported, the others are imported, and the status says so.
pub(crate) async fn import(
    studio: &Studio,
    args: &args::Import,
    json: bool,
) -> Result<Exit, Failure> {
    let draft_of = match &args.draft_of {
        Some(word) => Some(find::character(studio, word).await?.id),
        None => None,
    };
    let files = files::cards_in(&args.files)?;
    let done = match draft_of {
        None if files.len() > 1 && samples_in(studio, &files).await?.is_empty() => {
            several(studio, &files, args.if_known).await
        }
        draft_of => {
            let mut done = Vec::with_capacity(files.len());
            for file in &files {
                done.push(one(studio, file, draft_of.as_deref(), args.if_known).await);
            }
            done
        }
    };
    let mut imported = Vec::new();
    let mut failures = Vec::new();
    for (file, done) in files.iter().zip(done) {
        match done {
            Ok(done) => imported.push(done),
            Err(failure) => failures.push((file.display().to_string(), failure)),
        }
    }
    if !imported.is_empty() {
        let all = studio.list_characters().await?;
        let slugs: HashMap<_, _> = all.iter().map(|one| (&one.id, &one.slug)).collect();
        for one in &mut imported {
            let id = one.character.as_ref().or(one.already.as_ref());
            one.slug = id.and_then(|id| slugs.get(id)).map(ToString::to_string);
        }
        output::print(json, &imported, |imported| {
            imported.iter().flat_map(lines).collect()
        })?;
    }
    match failures.as_slice() {
        [] => Ok(Exit::Done),
        [(file, failure)] if files.len() == 1 => Err(Failure {
            message: if failure.message.contains(file.as_str()) {
                failure.message.clone()
            } else {
                format!("{file}: {}", failure.message)
            },
            ..failure.clone()
        }),
        several => {
            let failure = Failure::new(
                "not_imported",
                format!(
                    "{} of {} files were not imported; the others were.",
                    several.len(),
                    files.len()
                ),
            );
            Err(several.iter().fold(failure, |all, (file, failure)| {
                all.hint(format!("{file}: {}", failure.message))
            }))
        }
    }
}

/// Those of the words that name a sample and no file.
async fn samples_in(studio: &Studio, files: &[PathBuf]) -> Result<Vec<String>, Failure> {
    let samples = studio.list_samples().await?;
    let words = files.iter().filter(|file| !file.exists());
    Ok(words
        .map(|file| file.to_string_lossy().into_owned())
        .filter(|word| samples.iter().any(|sample| sample.id == *word))
        .collect())
}

/// A folder's worth: read on all cores, written many at a time.
async fn several(
    studio: &Studio,
    files: &[PathBuf],
    if_known: IfKnown,
) -> Vec<Result<Imported, Failure>> {
    let card_files = files.iter().cloned().map(|path| {
        let name = files::name(&path);
        CardFile::new(name, move || files::read_whole(&path))
    });
    let done = studio.import_files(card_files.collect(), if_known == IfKnown::New);
    let done = done.await.into_iter().zip(files);
    done.map(|(done, file)| {
        let done = done?;
        Ok(Imported {
            file: file.to_string_lossy().into_owned(),
            name: done.preview.name.clone(),
            character: done.character,
            slug: None,
            already: done.already,
            preview: done.preview,
        })
    })
    .collect()
}

async fn one(
    studio: &Studio,
    file: &std::path::Path,
    draft_of: Option<&str>,
    if_known: IfKnown,
) -> Result<Imported, Failure> {
    let word = file.to_string_lossy();
    let sample = studio
        .list_samples()
        .await?
        .into_iter()
        .find(|sample| sample.id == word && !file.exists());
    let preview = match sample {
        Some(sample) => studio.preview_sample(&sample.id).await?,
        None => {
            let name = files::name(file);
            studio.preview_import(&name, files::read(file)?).await?
        }
    };
    let already = preview
        .duplicates
        .iter()
        .find(|duplicate| duplicate.why == DuplicateWhy::SameBytes)
        .map(|duplicate| duplicate.character.clone());
    let choice = match (draft_of, &already) {
        (Some(character), _) => ImportChoice::DraftOf {
            character: character.to_owned(),
        },
        (None, Some(_)) if if_known == IfKnown::Skip => ImportChoice::Skip,
        (None, _) => ImportChoice::New,
    };
    let character = studio.commit_import(&preview.id, choice).await?;
    Ok(Imported {
        file: word.into_owned(),
        name: preview.name.clone(),
        character,
        slug: None,
        already,
        preview,
    })
}

fn lines(imported: &Imported) -> Vec<String> {
    let name = output::plain(&imported.name);
    let called = |id: &str| match &imported.slug {
        Some(slug) => format!("{slug} ({id})"),
        None => id.to_owned(),
    };
    let mut lines = vec![match (&imported.character, &imported.already) {
        (Some(id), _) => format!(
            "{name}: imported as {}: {}, {}",
            called(id),
            imported.preview.version,
            imported.preview.container
        ),
        (None, Some(id)) => format!(
            "{name}: already in the library as {}; left out. (--if-known new imports it again)",
            called(id)
        ),
        (None, None) => format!("{name}: left out."),
    }];
    lines.extend(imported.preview.repairs.iter().map(|repair| {
        format!(
            "  {}: {}",
            output::plain(&repair.path),
            output::plain(&repair.message)
        )
    }));
    lines
}

pub(crate) async fn list(studio: &Studio, json: bool) -> Result<Exit, Failure> {
    output::print(json, &studio.list_characters().await?, |all| {
        if all.is_empty() {
            return vec![
                "The library is empty. `dramatis import mirelle` brings in a sample.".to_owned(),
            ];
        }
        output::columns(&all.iter().map(row).collect::<Vec<_>>())
    })?;
    Ok(Exit::Done)
}

fn row(character: &CharacterSummary) -> Vec<String> {
    let latest = character.latest.as_ref().map_or_else(
        || "never published".to_owned(),
        |latest| format!("{} {}", latest.number, latest.state),
    );
    let mut notes = Vec::new();
    if character.unpublished_changes && character.latest.is_some() {
        notes.push("unpublished changes".to_owned());
    }
    if character.waiting > 0 {
        notes.push(format!("{} waiting", character.waiting));
    }
    if character.needs_you > 0 {
        notes.push(format!("{} needs you", character.needs_you));
    }
    vec![
        character.slug.clone(),
        output::plain(&character.name),
        latest,
        notes.join(", "),
    ]
}
