//! What is printed: one JSON document with `--json`, lines for people without.

use crate::exit::{Exit, Failure};
use serde::Serialize;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Prints `value` as JSON, or what `lines` makes of it.
///
/// A reader that went away (`dramatis list | head -1`) is no failure.
pub(crate) fn print<T: Serialize>(
    json: bool,
    value: &T,
    lines: impl FnOnce(&T) -> Vec<String>,
) -> Result<(), Failure> {
    let text = if json {
        serde_json::to_string_pretty(value).map_err(|e| {
            Failure::new(
                "output",
                format!("The answer cannot be written as JSON: {e}"),
            )
        })?
    } else {
        lines(value).join("\n")
    };
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(
            "output",
            format!("The answer could not be printed: {error}"),
        )),
        Ok(()) => Ok(()),
    }
}

/// Prints a failure to standard error and gives the exit status for it.
pub(crate) fn failed(failure: &Failure, json: bool) -> ExitCode {
    let text = match serde_json::to_string_pretty(failure) {
        Ok(text) if json => text,
        _ => std::iter::once(format!("dramatis: {}", failure.message))
            .chain(failure.hints.iter().map(|hint| format!("  {hint}")))
            .collect::<Vec<_>>()
            .join("\n"),
    };
    // Where even standard error is closed, the status alone has to do.
    let _ = writeln!(io::stderr().lock(), "{text}");
    Exit::Failed.into()
}

/// Tells a person something beside the answer, on standard error: what a script
/// reads stays what it was.
pub(crate) fn aside(text: &str) {
    let _ = writeln!(io::stderr().lock(), "dramatis: {}", plain(text));
}

/// Whether an error only says that the inventory cannot be asked now.
pub(crate) fn is_unreached(code: &str) -> bool {
    matches!(
        code,
        "offline" | "no_inventory" | "not_signed_in" | "signed_out" | "starting" | "unauthorized"
    )
}

/// A word of the views for people: `needs_you` is "needs you".
pub(crate) fn word(state: &str) -> String {
    state.replace('_', " ")
}

/// Columns of equal width, two spaces apart.
pub(crate) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..count)
        .map(|column| {
            rows.iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    rows.iter()
        .map(|row| {
            let cells: Vec<String> = row
                .iter()
                .enumerate()
                .map(|(column, cell)| {
                    let padding = widths
                        .get(column)
                        .copied()
                        .unwrap_or_default()
                        .saturating_sub(cell.chars().count());
                    format!("{cell}{}", " ".repeat(padding))
                })
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect()
}

/// Control characters of somebody else's text would steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\n' && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}
