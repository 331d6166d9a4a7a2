//! `dramatis inspect FILE`

use crate::{
    exit::{Exit, Failure},
    files, output,
};
use dramatis_cards::Inspection;
use std::path::Path;

pub(crate) fn run(file: &Path, json: bool) -> Result<Exit, Failure> {
    let inspection = dramatis_cards::inspect(&files::read(file)?)?;
    output::print(json, &inspection, lines)?;
    Ok(Exit::Done)
}

fn lines(card: &Inspection) -> Vec<String> {
    let version = card
        .spec_version
        .as_deref()
        .map(|version| format!(", version {version}"))
        .unwrap_or_default();
    let spec = card.spec.as_deref().map_or_else(
        || "no spec stated".to_owned(),
        |spec| format!("spec {spec}{version}"),
    );
    let chunk = card
        .chunk
        .as_ref()
        .map(|chunk| format!(", in {} chunk “{}”", chunk.kind.letters(), chunk.keyword))
        .unwrap_or_default();
    let lorebook = match card.lorebook_entries {
        None => "none".to_owned(),
        Some(1) => "1 entry".to_owned(),
        Some(entries) => format!("{entries} entries"),
    };
    let mut rows = vec![
        vec!["name".into(), output::plain(&card.name)],
        vec![
            "format".into(),
            format!(
                "{} ({})",
                card.format.as_str().to_uppercase(),
                output::plain(&spec)
            ),
        ],
        vec![
            "file".into(),
            format!(
                "{}{chunk}, {} bytes of card",
                card.container.label(),
                card.text_bytes
            ),
        ],
        vec!["greetings".into(), card.greetings.to_string()],
        vec!["lorebook".into(), lorebook],
        vec![
            "tokens".into(),
            format!(
                "{} in all, {} permanent ({})",
                card.tokens.total, card.tokens.permanent, card.tokens.tokenizer
            ),
        ],
    ];
    if let Some(picture) = &card.picture {
        rows.push(vec![
            "portrait".into(),
            format!("{} × {}", picture.width, picture.height),
        ]);
    }
    let mut lines = output::columns(&rows);
    lines.push(String::new());
    lines.push(match card.repairs.len() {
        0 => "Nothing to repair.".to_owned(),
        1 => "1 odd spot, read as follows (the document stays as it is):".to_owned(),
        count => format!("{count} odd spots, read as follows (the document stays as it is):"),
    });
    lines.extend(card.repairs.iter().map(|repair| {
        format!(
            "  {}: {}",
            output::plain(&repair.path),
            output::plain(&repair.message)
        )
    }));
    for format in card
        .losses
        .iter()
        .filter(|format| !format.losses.is_empty())
    {
        lines.push(format!(
            "As {} it would lose:",
            format.format.as_str().to_uppercase()
        ));
        lines.extend(format.losses.iter().map(|loss| {
            format!(
                "  {}: {}",
                output::plain(&loss.path),
                output::plain(&loss.message)
            )
        }));
    }
    lines
}
