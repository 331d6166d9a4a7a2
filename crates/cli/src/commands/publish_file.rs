//! `dramatis publish-file`: a document of any kind, straight from a file. The
//! frozen request lies beside the file until it is answered: whatever happens
//! in between, the same command sends the same request again.

use crate::{
    args,
    connect::Opened,
    exit::{Exit, Failure},
    files, output,
};
use dramatis_domain::{
    names::Slug,
    rules::{self, Candidate},
};
use dramatis_drafts::{Document, FrozenDocument, Problem, PublishOutcome, Sent, view::IpcError};
use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) async fn run(
    session: &Opened,
    args: &args::PublishFile,
    json: bool,
) -> Result<Exit, Failure> {
    let text = String::from_utf8(files::read(&args.file)?).map_err(|_| {
        Failure::new(
            "not_text",
            format!("{} is not UTF-8 text.", args.file.display()),
        )
    })?;
    let portrait = args.portrait.as_deref().map(files::read).transpose()?;
    let waiting = waiting_beside(&args.file);
    let (frozen, again) = if waiting.exists() {
        (read(&waiting)?, true)
    } else {
        let frozen = session
            .studio
            .freeze_document(&document(args, &text, portrait.clone())?)
            .await?;
        let bytes = serde_json::to_vec(&frozen).map_err(|fault| {
            Failure::new("output", format!("The request cannot be written: {fault}"))
        })?;
        files::write_new(&waiting, &bytes)?;
        (frozen, false)
    };
    match session
        .studio
        .send_document(&frozen, portrait.as_deref())
        .await
    {
        Ok(Sent::Published(published)) => {
            done(&waiting)?;
            output::print(json, &*published, |published| {
                let number = published.release.number;
                let at = format!("{}/{}#{number}", published.creator, published.slug);
                let mut lines = vec![match published.outcome {
                    PublishOutcome::Published => format!("Published as {at}."),
                    PublishOutcome::Submitted => {
                        format!("Submitted as {at}; it waits for approval.")
                    }
                    PublishOutcome::Unchanged => {
                        format!("{at} already says the same; nothing was published.")
                    }
                }];
                lines.push(published.release.manifest_sha256.clone());
                lines
            })?;
            if again && !frozen.is_of(&text, portrait.as_deref()) {
                return Err(Failure::new(
                    "frozen_before",
                    "That was the request from before; the file, or its portrait, says something else by now.",
                )
                .hint("Run the command again to publish what they are now."));
            }
            Ok(Exit::Done)
        }
        Ok(Sent::Refused(problem)) => {
            done(&waiting)?;
            Err(refused(&problem))
        }
        Ok(Sent::Open(error)) | Err(error) => Err(open(error.to_ipc(), &waiting)),
    }
}

fn document(
    args: &args::PublishFile,
    text: &str,
    portrait: Option<Vec<u8>>,
) -> Result<Document, Failure> {
    let slug = match &args.slug {
        Some(slug) => slug.clone(),
        None => args
            .file
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default(),
    };
    let unfit = |what: &str, name: &str, fault: &dyn std::fmt::Display| {
        Failure::new(
            what,
            format!("“{name}” cannot stand in an address: {fault}."),
        )
    };
    let origin = args.forked_from.as_deref();
    let document = Document {
        kind: args.kind.into(),
        text: text.to_owned(),
        slug: slug
            .parse::<Slug>()
            .map_err(|fault| unfit("slug_invalid", &slug, &fault).hint("Name one with --slug."))?,
        channel: Some(
            args.channel
                .parse()
                .map_err(|fault| unfit("channel_invalid", &args.channel, &fault))?,
        ),
        notes: args.notes.clone(),
        licence: args.licence.clone(),
        portrait,
        forked_from: origin.map(super::reading::address).transpose()?,
    };
    let failures = rules::check(&Candidate {
        kind: document.kind,
        card: text,
        notes: args.notes.as_deref(),
        assets: &document.assets()?,
    });
    if failures.is_empty() {
        return Ok(document);
    }
    let failure = Failure::new("invalid", "This cannot be published yet; nothing was sent.");
    Err(failures.iter().fold(failure, |failure, one| {
        failure.hint(format!("{}: {}", one.field, one.message))
    }))
}

/// `roads.json` waits as `roads.json.waiting`.
fn waiting_beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".waiting");
    name.into()
}

fn read(waiting: &Path) -> Result<FrozenDocument, Failure> {
    serde_json::from_slice(&files::read(waiting)?).map_err(|fault| {
        Failure::new(
            "not_a_request",
            format!(
                "{} is no request of this program: {fault}",
                waiting.display()
            ),
        )
        .hint("Nothing was sent. Move it away where it is not yours.")
    })
}

fn done(waiting: &Path) -> Result<(), Failure> {
    fs::remove_file(waiting).map_err(|error| {
        Failure::new(
            "cannot_write",
            format!(
                "It is answered, but {} cannot be removed: {error}",
                waiting.display()
            ),
        )
        .hint("Running the command again is safe: the same request gets the same answer.")
    })
}

fn refused(problem: &Problem) -> Failure {
    let failure = Failure::new(&problem.code, problem.detail.clone());
    problem.failures.iter().fold(failure, |failure, one| {
        failure.hint(format!("{}: {}", one.field, one.message))
    })
}

fn open(error: IpcError, waiting: &Path) -> Failure {
    Failure::new(&error.code, error.message).hint(format!(
        "The request is kept in {}: run the same command again, it is published once. To give it up, remove that file.",
        waiting.display()
    ))
}
