//! What the words on the command line name.

use crate::{exit::Failure, output};
use dramatis_drafts::{
    Studio,
    view::{CharacterSummary, ReleaseNode, VersionRef},
};

/// How many names that are like the one that was looked for are shown.
const NEAR: usize = 5;

/// The character called so by id, slug or name; refused where several are.
pub(crate) async fn character(studio: &Studio, word: &str) -> Result<CharacterSummary, Failure> {
    let all = studio.list_characters().await?;
    let by = |matches: &dyn Fn(&CharacterSummary) -> bool| -> Vec<CharacterSummary> {
        all.iter().filter(|c| matches(c)).cloned().collect()
    };
    let lower = word.to_lowercase();
    let ways: [&dyn Fn(&CharacterSummary) -> bool; 3] =
        [&|c| c.id == word, &|c| c.slug == word, &|c| {
            c.name.to_lowercase() == lower
        }];
    for way in ways {
        let found = by(way);
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one.clone()),
            several => {
                let failure = Failure::new(
                    "ambiguous",
                    format!(
                        "{} characters are called “{word}”; name one by its id.",
                        several.len()
                    ),
                );
                return Err(several.iter().fold(failure, |failure, c| {
                    failure.hint(format!("{}  {}  {}", c.id, c.slug, c.name))
                }));
            }
        }
    }
    let failure = Failure::new(
        "no_such_character",
        format!("There is no character called “{word}” in the library."),
    );
    let near = all.iter().filter(|c| {
        !lower.is_empty() && (c.slug.contains(&lower) || c.name.to_lowercase().contains(&lower))
    });
    Err(near
        .take(NEAR)
        .fold(failure, |failure, c| {
            failure.hint(format!("Is {} meant ({})?", c.slug, output::plain(&c.name)))
        })
        .hint("`dramatis list` shows all of them."))
}

/// The release with that number.
pub(crate) async fn release(
    studio: &Studio,
    character: &str,
    number: u32,
) -> Result<ReleaseNode, Failure> {
    let timeline = studio.timeline(character).await?;
    let known: Vec<String> = timeline
        .releases
        .iter()
        .map(|release| release.number.to_string())
        .collect();
    timeline
        .releases
        .into_iter()
        .find(|release| release.number == number)
        .ok_or_else(|| {
            let hint = if known.is_empty() {
                "It has no release that this store has seen.".to_owned()
            } else {
                format!("It has {}.", known.join(", "))
            };
            Failure::new("no_such_release", format!("There is no release {number}.")).hint(hint)
        })
}

/// `draft`, or the number of a release.
pub(crate) async fn version(
    studio: &Studio,
    character: &str,
    word: &str,
) -> Result<VersionRef, Failure> {
    if word == "draft" {
        return Ok(VersionRef::Draft);
    }
    let number = word.parse().map_err(|_| {
        Failure::new(
            "no_such_version",
            format!("“{word}” is neither `draft` nor the number of a release."),
        )
    })?;
    Ok(VersionRef::Release {
        release: release(studio, character, number).await?.id,
    })
}
