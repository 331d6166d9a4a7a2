//! `dramatis search`, `fetch`, `lineage`: the inventory as apps read it.

use crate::{
    args,
    exit::{Exit, Failure},
    files, output,
};
use dramatis_domain::address::Address;
use dramatis_drafts::{Form, Lineage, Listed, Relative, Search, Studio};
use serde::Serialize;
use std::{
    io::{self, IsTerminal, Write},
    path::Path,
};

pub(crate) async fn search(
    studio: &Studio,
    args: args::Search,
    json: bool,
) -> Result<Exit, Failure> {
    let text = args.text.join(" ");
    let search = Search {
        text: (!text.is_empty()).then_some(text),
        kind: Some(args.kind.into()),
        tags: args.tag,
        creator: args.creator,
        vertical: args.vertical,
        app: args.app,
        app_version: args.app_version,
        state: args.state.map(|state| state.as_str().to_owned()),
        since: args.since,
        after: args.after,
        limit: args.limit,
    };
    let found = studio.search(&search).await?;
    output::print(json, &found, |found| {
        let mut lines = output::columns(&found.entries.iter().map(row).collect::<Vec<_>>());
        if found.entries.is_empty() {
            lines.push("Nothing is found.".to_owned());
        }
        lines.extend(
            found
                .next
                .iter()
                .map(|next| format!("There is more: --after {next}")),
        );
        lines
    })?;
    Ok(Exit::Done)
}

fn row(entry: &Listed) -> Vec<String> {
    let state = match entry.release.state.as_str() {
        "published" => String::new(),
        state => format!("[{state}]"),
    };
    vec![
        format!("{}/{}#{}", entry.creator, entry.slug, entry.release.number),
        output::plain(&entry.name),
        output::plain(&entry.tags.join(", ")),
        state,
    ]
}

#[derive(Serialize)]
struct Written {
    file: String,
    bytes: usize,
    number: i32,
    state: String,
    manifest_sha256: String,
    losses: Vec<String>,
}

pub(crate) async fn fetch(
    studio: &Studio,
    args: &args::Fetch,
    json: bool,
) -> Result<Exit, Failure> {
    let form = args
        .written
        .map_or_else(|| of_name(args.out.as_deref()), Into::into);
    let here = args.out.is_none();
    if here && form == Form::Png && io::stdout().is_terminal() {
        return Err(Failure::new(
            "no_file",
            "A picture would only upset the terminal; nothing was fetched.",
        )
        .hint("Name a file with -o."));
    }
    let fetched = studio.fetch(&address(&args.address)?, form).await?;
    let Some(out) = &args.out else {
        let mut stdout = io::stdout().lock();
        return match stdout.write_all(&fetched.bytes) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
                "output",
                format!("The answer could not be printed: {error}"),
            )),
            _ => Ok(Exit::Done),
        };
    };
    files::write_new(out, &fetched.bytes)?;
    let written = Written {
        file: out.display().to_string(),
        bytes: fetched.bytes.len(),
        number: fetched.release.number,
        state: fetched.release.state,
        manifest_sha256: fetched.release.manifest_sha256,
        losses: fetched.losses,
    };
    output::print(json, &written, |written| {
        let mut lines = vec![format!(
            "Release {} ({}) written as {}, {} bytes.",
            written.number, written.state, written.file, written.bytes
        )];
        if !written.losses.is_empty() {
            lines.push("This form could not hold:".to_owned());
        }
        lines.extend(
            written
                .losses
                .iter()
                .map(|loss| format!("  {}", output::plain(loss))),
        );
        lines
    })?;
    Ok(Exit::Done)
}

/// A file that is called a picture becomes one.
fn of_name(out: Option<&Path>) -> Form {
    let extension = out.and_then(Path::extension);
    match extension {
        Some(extension) if extension.eq_ignore_ascii_case("png") => Form::Png,
        _ => Form::Exact,
    }
}

pub(crate) async fn lineage(
    studio: &Studio,
    args: &args::Lineage,
    json: bool,
) -> Result<Exit, Failure> {
    let found = studio
        .lineage(&address(&args.address)?, args.after.as_deref())
        .await?;
    output::print(json, &found, lines)?;
    Ok(Exit::Done)
}

fn lines(found: &Lineage) -> Vec<String> {
    let mut lines = Vec::new();
    for ancestor in &found.ancestors {
        let what = match (&ancestor.release, &ancestor.state) {
            (Some(release), _) => named(release),
            (None, Some(state)) => format!("{} [{state}]", ancestor.manifest_sha256),
            (None, None) => format!(
                "{} from outside, or never published here",
                ancestor.manifest_sha256
            ),
        };
        lines.push(format!("began as {what}"));
    }
    if lines.is_empty() {
        lines.push("It began here.".to_owned());
    }
    lines.extend(
        found
            .forks
            .iter()
            .map(|fork| format!("forked: {}", named(&fork.release))),
    );
    lines.extend(
        found
            .next
            .iter()
            .map(|next| format!("There are more forks: --after {next}")),
    );
    lines
}

fn named(one: &Relative) -> String {
    let state = match one.release.state.as_str() {
        "published" => String::new(),
        state => format!(" [{state}]"),
    };
    format!(
        "{}/{}#{}  {}{state}",
        one.creator,
        one.slug,
        one.release.number,
        output::plain(&one.name)
    )
}

/// An address; the person may also leave the channel out.
pub(super) fn address(word: &str) -> Result<Address, Failure> {
    word.parse()
        .map_err(|fault| Failure::new("bad_address", format!("{fault}.")))
}
