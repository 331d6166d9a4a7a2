//! `dramatis take-in`

use crate::{
    args,
    exit::{Exit, Failure},
    find, output,
};
use dramatis_drafts::{
    Studio,
    view::{ChangedField, Overlap, SideChoice},
};
use serde::Serialize;

/// What came of it.
#[derive(Serialize)]
struct Done {
    /// The release that was taken in; none where nothing was newer and only
    /// sides were chosen.
    number: Option<u32>,
    /// What the draft took from it.
    taken: Vec<ChangedField>,
    /// Fields that both sides changed and that are still to be decided; the
    /// draft's text stands there.
    undecided: Vec<Overlap>,
}

pub(crate) async fn run(studio: &Studio, args: &args::TakeIn, json: bool) -> Result<Exit, Failure> {
    let character = find::character(studio, &args.character).await?.id;
    // What cannot be asked now was perhaps seen before.
    if let Err(error) = studio.refresh(Some(&character)).await {
        let error = error.to_ipc();
        if !output::is_unreached(&error.code) {
            return Err(error.into());
        }
    }
    let mut done = Done {
        number: None,
        taken: Vec::new(),
        undecided: Vec::new(),
    };
    let chosen = !args.mine.is_empty() || !args.theirs.is_empty();
    let before = studio.open_character(&character).await?;
    // To choose a side is enough to do, where a release is in already.
    if before.newer.is_some() || (!chosen && before.overlaps.is_empty()) {
        let taken = studio.take_in(&character).await?;
        (done.number, done.taken) = (Some(taken.number), taken.taken);
    }
    let sides = [
        (&args.mine, SideChoice::Mine),
        (&args.theirs, SideChoice::Theirs),
    ];
    for (fields, choice) in sides {
        for field in fields {
            studio.settle_overlap(&character, field, choice).await?;
        }
    }
    done.undecided = studio.open_character(&character).await?.overlaps;
    output::print(json, &done, lines)?;
    Ok(if done.undecided.is_empty() {
        Exit::Done
    } else {
        Exit::NeedsYou
    })
}

fn lines(done: &Done) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(number) = done.number {
        let labels: Vec<_> = done
            .taken
            .iter()
            .map(|change| output::plain(&change.label))
            .collect();
        lines.push(if labels.is_empty() {
            format!("Release {number} is taken in; nothing of the draft had to change.")
        } else {
            format!("Release {number} is taken in: {}.", labels.join(", "))
        });
    }
    for overlap in &done.undecided {
        lines.push(String::new());
        lines.push(format!(
            "── {} ({}) was changed on both sides; yours stands",
            output::plain(&overlap.label),
            output::plain(&overlap.path)
        ));
        let side = |text: &str, portrait: &Option<String>| match portrait {
            Some(digest) => format!("picture {digest}"),
            None => output::plain(text),
        };
        lines.push(format!(
            "mine:\n{}",
            side(&overlap.mine, &overlap.my_portrait)
        ));
        lines.push(format!(
            "release {}:\n{}",
            overlap.number,
            side(&overlap.theirs, &overlap.their_portrait)
        ));
    }
    if let Some(first) = done.undecided.first() {
        lines.push(String::new());
        lines.push(format!(
            "Decide with --mine {0} or --theirs {0}; both texts are kept.",
            output::plain(&first.path)
        ));
    } else {
        lines.push("Nothing is left to decide; the draft can be published.".to_owned());
    }
    lines
}
