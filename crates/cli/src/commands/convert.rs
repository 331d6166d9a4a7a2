//! `dramatis convert IN OUT --to …`

use crate::{
    args,
    exit::{Exit, Failure},
    files, output,
};
use dramatis_cards::{Loss, embed, is_png, read, to_format, to_format_repaired};
use dramatis_domain::card::CardFormat;
use serde::Serialize;

#[derive(Serialize)]
struct Written {
    file: String,
    format: CardFormat,
    losses: Vec<Loss>,
}

pub(crate) fn run(args: &args::Convert, json: bool) -> Result<Exit, Failure> {
    let bytes = files::read(&args.input)?;
    let document = read(&bytes)?.document;
    let format = format(args.to);
    let converted = if args.repaired {
        to_format_repaired(&document, format)
    } else {
        to_format(&document, format)
    };
    let extension = args
        .output
        .extension()
        .map(|e| e.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    let out = match extension.as_str() {
        "json" => converted.text.into_bytes(),
        "png" if is_png(&bytes) => embed(&bytes, &converted.text)?,
        "png" => {
            return Err(Failure::new(
                "no_picture",
                "A PNG card needs a picture, and the input has none.",
            )
            .hint("Write a .json instead."));
        }
        _ => {
            return Err(Failure::new(
                "unknown_extension",
                "The output has to end in .json or .png.",
            ));
        }
    };
    files::write_new(&args.output, &out)?;
    let written = Written {
        file: args.output.display().to_string(),
        format,
        losses: converted.losses,
    };
    output::print(json, &written, |written| {
        let mut lines = vec![format!(
            "{} written as {}.",
            written.file,
            written.format.as_str().to_uppercase()
        )];
        if !written.losses.is_empty() {
            lines.push("It could not hold:".to_owned());
        }
        lines.extend(written.losses.iter().map(|loss| {
            format!(
                "  {}: {}",
                output::plain(&loss.path),
                output::plain(&loss.message)
            )
        }));
        lines
    })?;
    Ok(Exit::Done)
}

pub(crate) const fn format(format: args::CardFormat) -> CardFormat {
    match format {
        args::CardFormat::V1 => CardFormat::V1,
        args::CardFormat::V2 => CardFormat::V2,
        args::CardFormat::V3 => CardFormat::V3,
    }
}
