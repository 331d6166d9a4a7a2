//! `dramatis import`, `dramatis list`

use crate::{
    args::{self, IfKnown},
    exit::{Exit, Failure},
    files, find, output,
};
use dramatis_drafts::{
    Studio,
    view::{CharacterSummary, DuplicateWhy, ImportChoice, ImportPreview},
};
use serde::Serialize;

#[derive(Serialize)]
struct Imported {
    file: String,
    name: String,
    /// None where it was left out.
    character: Option<String>,
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
    let mut imported = Vec::new();
    let mut failures = Vec::new();
    for file in &args.files {
        match one(studio, file, draft_of.as_deref(), args.if_known).await {
            Ok(done) => imported.push(done),
            Err(failure) => failures.push((file.display().to_string(), failure)),
        }
    }
    if !imported.is_empty() {
        output::print(json, &imported, |imported| {
            imported.iter().flat_map(lines).collect()
        })?;
    }
    match failures.as_slice() {
        [] => Ok(Exit::Done),
        [(file, failure)] if args.files.len() == 1 => Err(Failure {
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
                    args.files.len()
                ),
            );
            Err(several.iter().fold(failure, |all, (file, failure)| {
                all.hint(format!("{file}: {}", failure.message))
            }))
        }
    }
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
            let name = file
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
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
        already,
        preview,
    })
}

fn lines(imported: &Imported) -> Vec<String> {
    let name = output::plain(&imported.name);
    let mut lines = vec![match (&imported.character, &imported.already) {
        (Some(id), _) => format!(
            "{name}: imported as {id} ({}, {})",
            imported.preview.version, imported.preview.container
        ),
        (None, Some(id)) => format!(
            "{name}: already in the library as {id}; left out. (--if-known new imports it again)"
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
