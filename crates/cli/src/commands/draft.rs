//! `dramatis show`, `dramatis set`, `dramatis export`, `dramatis original`

use crate::{
    args,
    exit::{Exit, Failure},
    files, find, output, when,
};
use dramatis_drafts::{
    Studio,
    view::{Character, ExportContainer, ExportFormat, Field, FieldEdit, FieldKind, Operation},
};
use serde::Serialize;
use std::{io::Read, path::Path};

pub(crate) async fn show(
    studio: &Studio,
    word: &str,
    field: Option<&str>,
    json: bool,
) -> Result<Exit, Failure> {
    let id = find::character(studio, word).await?.id;
    let character = studio.open_character(&id).await?;
    match field {
        Some(key) => output::print(json, field_of(&character, key)?, |field| vec![value(field)])?,
        None => output::print(json, &character, lines)?,
    }
    Ok(Exit::Done)
}

pub(crate) async fn set(studio: &Studio, args: &args::Set, json: bool) -> Result<Exit, Failure> {
    let id = find::character(studio, &args.character).await?.id;
    let character = studio.open_character(&id).await?;
    let slug = args.field == "slug";
    let saved = if slug {
        match studio.set_slug(&id, &text(&args.values)?).await {
            Ok(saved) => saved,
            Err(error) => return Err(with_what_holds_it(studio, &id, error.into()).await?),
        }
    } else {
        let field = args.field.clone();
        let edit = match field_of(&character, &field)?.kind {
            FieldKind::List => FieldEdit::List {
                field,
                items: args
                    .values
                    .iter()
                    .filter(|item| !item.is_empty())
                    .cloned()
                    .collect(),
            },
            FieldKind::Line | FieldKind::Text => FieldEdit::Text {
                field,
                text: text(&args.values)?,
            },
        };
        studio.edit_field(&id, character.revision, edit).await?
    };
    let address = if slug {
        Some(studio.open_character(&id).await?.slug)
    } else {
        None
    };
    output::print(json, &saved, |saved| {
        vec![match address {
            // An address is no part of the draft, and makes no revision of it.
            Some(address) => format!("Its address is {address}."),
            None if saved.revision == character.revision => format!(
                "Nothing to save: revision {} of {} says so already.",
                saved.revision,
                when::shown(&saved.saved_at)
            ),
            None => format!(
                "Saved {} as revision {}.",
                when::shown(&saved.saved_at),
                saved.revision
            ),
        }]
    })?;
    Ok(Exit::Done)
}

/// Names the requests that hold an address which was never published.
async fn with_what_holds_it(
    studio: &Studio,
    character: &str,
    failure: Failure,
) -> Result<Failure, Failure> {
    if failure.code != "slug_locked" || find::character(studio, character).await?.latest.is_some() {
        return Ok(failure);
    }
    let requests = studio.list_outbox().await?.into_iter();
    Ok(requests
        .filter(|entry| {
            entry.character == character
                && entry.operation == Operation::Publish
                && entry.can_cancel
        })
        .fold(failure, |failure, entry| {
            failure.hint(format!(
                "“{}” waits with it; to give that up: dramatis outbox cancel {}",
                output::plain(&entry.summary),
                entry.key
            ))
        }))
}

pub(crate) async fn export(
    studio: &Studio,
    args: &args::Export,
    json: bool,
) -> Result<Exit, Failure> {
    let id = find::character(studio, &args.character).await?.id;
    let version = find::version(studio, &id, &args.version).await?;
    let container = match args.container {
        args::Container::Png => ExportContainer::Png,
        args::Container::Json => ExportContainer::Json,
    };
    let format = match args.to {
        None => ExportFormat::AsIs,
        Some(args::CardFormat::V1) => ExportFormat::V1,
        Some(args::CardFormat::V2) => ExportFormat::V2,
        Some(args::CardFormat::V3) => ExportFormat::V3,
    };
    let exported = studio
        .export_card(&id, version, container, format, args.dry_run)
        .await?;
    output::print(json, &exported, |exported| {
        let mut lines = vec![exported.file.as_ref().map_or_else(
            || "Nothing was written.".to_owned(),
            |file| format!("Written to {file}"),
        )];
        lines.extend(
            exported
                .losses
                .iter()
                .map(|loss| format!("  the format cannot hold: {}", output::plain(loss))),
        );
        lines
    })?;
    Ok(Exit::Done)
}

pub(crate) async fn original(
    studio: &Studio,
    character: &str,
    out: &Path,
    json: bool,
) -> Result<Exit, Failure> {
    let id = find::character(studio, character).await?.id;
    let (file_name, bytes) = studio.original_file(&id).await?;
    files::write_new(out, &bytes)?;
    let written = Written {
        file: out.display().to_string(),
        imported_as: file_name,
        bytes: bytes.len(),
    };
    output::print(json, &written, |written| {
        let name = output::plain(&written.imported_as);
        vec![format!(
            "Written to {}: {name} as it was imported.",
            written.file
        )]
    })?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Written {
    file: String,
    imported_as: String,
    bytes: usize,
}

/// One text: the only value, or standard input for `-`.
fn text(values: &[String]) -> Result<String, Failure> {
    match values {
        [dash] if dash == "-" => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| {
                    Failure::new(
                        "cannot_read",
                        format!("Standard input cannot be read as text: {error}"),
                    )
                })?;
            Ok(text)
        }
        [one] => Ok(one.clone()),
        _ => Err(Failure::new(
            "one_text",
            "This field holds one text; put it in quotes.",
        )),
    }
}

fn field_of<'a>(character: &'a Character, key: &str) -> Result<&'a Field, Failure> {
    character
        .fields
        .iter()
        .find(|field| field.key == key)
        .ok_or_else(|| {
            let known: Vec<_> = character
                .fields
                .iter()
                .map(|field| field.key.as_str())
                .collect();
            Failure::new("no_such_field", format!("There is no field “{key}”."))
                .hint(format!("The fields: slug, {}", known.join(", ")))
        })
}

fn value(field: &Field) -> String {
    match field.kind {
        FieldKind::List => field
            .items
            .iter()
            .map(|item| output::plain(item))
            .collect::<Vec<_>>()
            .join("\n"),
        FieldKind::Line | FieldKind::Text => output::plain(&field.text),
    }
}

fn lines(character: &Character) -> Vec<String> {
    let mut lines = vec![
        format!(
            "{}  ({}, {}, revision {}, saved {})",
            output::plain(&character.name),
            character.slug,
            character.format,
            character.revision,
            when::shown(&character.saved_at)
        ),
        format!(
            "{} tokens in all, {} permanent ({})",
            character.tokens.total, character.tokens.permanent, character.tokens.tokenizer
        ),
    ];
    match &character.base {
        Some(base) if character.changes.is_empty() => {
            lines.push(format!("As release {}.", base.number));
        }
        Some(base) => {
            let labels: Vec<_> = character
                .changes
                .iter()
                .map(|change| change.label.as_str())
                .collect();
            lines.push(format!(
                "Changed since release {}: {}",
                base.number,
                output::plain(&labels.join(", "))
            ));
        }
        None => lines.push("Never published.".to_owned()),
    }
    for field in character
        .fields
        .iter()
        .filter(|field| !field.text.is_empty() || !field.items.is_empty())
    {
        lines.push(String::new());
        lines.push(format!(
            "── {} ({}) · {} tokens",
            field.label, field.key, field.tokens
        ));
        lines.push(value(field));
    }
    if let Some(lorebook) = &character.lorebook {
        lines.push(String::new());
        lines.push(format!(
            "── Lorebook · {} entries · {} tokens",
            lorebook.entries.len(),
            lorebook.tokens
        ));
        lines.extend(lorebook.entries.iter().map(|entry| {
            format!(
                "{}: {}",
                output::plain(&entry.label),
                output::plain(&entry.keys.join(", "))
            )
        }));
    }
    for item in &character.checklist {
        lines.push(format!("To publish: {}: {}", item.field, item.message));
    }
    lines
}
