//! What was released: `history`, `audit`, `diff`, `resolve`, `verify`.

use crate::{
    exit::{Exit, Failure},
    find, output, when,
};
use dramatis_drafts::{
    Studio,
    view::{Diff, EventLine, ReleaseNode, SpanKind, Timeline, VerifyReport},
};
use serde::Serialize;

pub(crate) async fn history(studio: &Studio, word: &str, json: bool) -> Result<Exit, Failure> {
    let (timeline, not_asked) = timeline(studio, word).await?;
    output::print(json, &timeline, |timeline| {
        let mut lines: Vec<String> = timeline
            .waiting
            .iter()
            .map(|entry| {
                let state = output::word(entry.state.as_str());
                format!("{}  [{state}]", output::plain(&entry.summary))
            })
            .collect();
        if timeline.releases.is_empty() {
            lines.push(match (&not_asked, &timeline.fetched_at) {
                (None, _) => "No release yet.".to_owned(),
                (Some(_), Some(_)) => "No release when the inventory was last asked.".to_owned(),
                (Some(_), None) => "No release was ever seen.".to_owned(),
            });
        }
        lines.extend(output::columns(
            &timeline
                .releases
                .iter()
                .map(release_row)
                .collect::<Vec<_>>(),
        ));
        lines.push(seen(timeline, not_asked.is_some()));
        lines
    })?;
    not_asked.map_or(Ok(Exit::Done), Err)
}

pub(crate) async fn audit(studio: &Studio, word: &str, json: bool) -> Result<Exit, Failure> {
    let (timeline, not_asked) = timeline(studio, word).await?;
    let mut events: Vec<(u32, &EventLine)> = timeline
        .releases
        .iter()
        .flat_map(|release| {
            release
                .events
                .iter()
                .map(move |event| (release.number, event))
        })
        .collect();
    events.sort_by_key(|(_, event)| event.seq);
    events.dedup_by_key(|(_, event)| event.seq);
    #[derive(Serialize)]
    struct Row<'a> {
        release: u32,
        #[serde(flatten)]
        event: &'a EventLine,
    }
    let rows: Vec<_> = events
        .into_iter()
        .map(|(release, event)| Row { release, event })
        .collect();
    output::print(json, &rows, |rows| {
        let mut lines = Vec::new();
        for Row { release, event } in rows {
            let device = if event.device.is_empty() {
                String::new()
            } else {
                format!(" from “{}”", output::plain(&event.device))
            };
            let what = what_was_done(event, *release);
            lines.push(format!(
                "{:>4}  {}  {} {what}{device}",
                event.seq,
                when::shown(&event.at),
                output::plain(&event.actor)
            ));
            let why: Vec<_> = [&event.reason_code, &event.reason]
                .into_iter()
                .flatten()
                .map(|text| output::plain(text))
                .collect();
            if !why.is_empty() {
                lines.push(format!("      {}", why.join(": ")));
            }
            lines.push(format!("      {}", event.hash));
        }
        lines.push(seen(&timeline, not_asked.is_some()));
        lines
    })?;
    not_asked.map_or(Ok(Exit::Done), Err)
}

pub(crate) async fn diff(
    studio: &Studio,
    word: &str,
    a: &str,
    b: &str,
    json: bool,
) -> Result<Exit, Failure> {
    let character = find::character(studio, word).await?.id;
    let a = find::version(studio, &character, a).await?;
    let b = find::version(studio, &character, b).await?;
    output::print(json, &studio.diff(&character, a, b).await?, diff_lines)?;
    Ok(Exit::Done)
}

pub(crate) async fn resolve(
    studio: &Studio,
    word: &str,
    channel: &str,
    json: bool,
) -> Result<Exit, Failure> {
    let character = find::character(studio, word).await?.id;
    let resolved = studio.resolve(&character, channel).await?;
    output::print(json, &resolved, |resolved| {
        let mut lines = vec![output::plain(&resolved.message)];
        lines.extend(
            resolved
                .successor
                .map(|number| format!("Use release {number} instead.")),
        );
        lines
    })?;
    Ok(if resolved.ok {
        Exit::Done
    } else {
        Exit::Failed
    })
}

pub(crate) async fn verify(
    studio: &Studio,
    word: Option<&str>,
    json: bool,
) -> Result<Exit, Failure> {
    let characters = match word {
        Some(word) => vec![find::character(studio, word).await?],
        None => studio
            .list_characters()
            .await?
            .into_iter()
            .filter(|character| character.latest.is_some())
            .collect(),
    };
    #[derive(Serialize)]
    struct Row {
        character: String,
        name: String,
        report: VerifyReport,
    }
    let mut rows = Vec::new();
    for character in characters {
        let report = studio.verify(&character.id).await?;
        rows.push(Row {
            character: character.id,
            name: character.name,
            report,
        });
    }
    output::print(json, &rows, |rows| {
        let mut lines = Vec::new();
        for row in rows {
            lines.push(format!(
                "{}: {}",
                output::plain(&row.name),
                if row.report.ok {
                    "verified"
                } else {
                    "DOES NOT VERIFY"
                }
            ));
            lines.extend(row.report.lines.iter().map(|line| {
                format!(
                    "  {} {}: {}",
                    if line.ok { "ok " } else { "NO " },
                    line.what,
                    output::plain(&line.detail)
                )
            }));
        }
        if rows.is_empty() {
            lines.push("Nothing was released yet; there is nothing to verify.".to_owned());
        }
        lines
    })?;
    Ok(if rows.iter().all(|row| row.report.ok) {
        Exit::Done
    } else {
        Exit::NotVerified
    })
}

/// The releases, and why the inventory could not be asked where it could not:
/// what was last seen of it is shown all the same, and the command then fails.
async fn timeline(studio: &Studio, word: &str) -> Result<(Timeline, Option<Failure>), Failure> {
    let character = find::character(studio, word).await?.id;
    let mut not_asked = None;
    if let Err(error) = studio.refresh(Some(&character)).await {
        let error = error.to_ipc();
        if error.code == "handed_over" {
            let said: Vec<_> = std::iter::once(error.message).chain(error.hints).collect();
            output::aside(&said.join(" "));
        } else if output::is_unreached(&error.code) {
            not_asked = Some(error.into());
        } else {
            return Err(error.into());
        }
    }
    Ok((studio.timeline(&character).await?, not_asked))
}

/// An event as a sentence without its subject.
fn what_was_done(event: &EventLine, release: u32) -> String {
    // The view says a channel and where it points as `stable: 2`.
    let pointed = |text: &Option<String>| -> Option<(String, String)> {
        let (channel, number) = text.as_deref()?.split_once(": ")?;
        Some((output::plain(channel), output::plain(number)))
    };
    match event.action.as_str() {
        "item.created" => "created the character".to_owned(),
        "item.co_owner_added" => "shared the character with a co-owner".to_owned(),
        "item.co_owner_removed" => "ended sharing it with a co-owner".to_owned(),
        "item.transfer_offered" => "offered the character to another creator".to_owned(),
        "item.transfer_ended" => "ended the offer".to_owned(),
        "item.transferred" => "made it another creator's".to_owned(),
        "channel.moved" => match (pointed(&event.before), pointed(&event.after)) {
            (Some((_, from)), Some((channel, to))) => {
                format!("moved {channel} from release {from} to {to}")
            }
            (None, Some((channel, to))) => format!("pointed {channel} at release {to}"),
            _ => format!("moved a channel to release {release}"),
        },
        other => match other.strip_prefix("release.") {
            Some("unchanged") => format!("published nothing new: release {release} says the same"),
            Some(done) => format!("{done} release {release}"),
            None => other.to_owned(),
        },
    }
}

fn seen(timeline: &Timeline, not_asked: bool) -> String {
    let at = timeline.fetched_at.as_deref().map_or_else(
        || "The inventory was never asked.".to_owned(),
        |at| {
            let at = when::shown(at);
            if not_asked {
                format!("Last seen {at}; the inventory could not be asked now.")
            } else {
                format!("As the inventory said {at}.")
            }
        },
    );
    let verified = timeline
        .verification
        .message
        .as_deref()
        .map(|message| format!(" {}", output::plain(message)))
        .unwrap_or_default();
    format!("{at} History: {}.{verified}", timeline.verification.state)
}

fn release_row(release: &ReleaseNode) -> Vec<String> {
    let notice = release.notice.as_ref().map(|notice| {
        let code = notice
            .code
            .map(|code| format!("{code}: "))
            .unwrap_or_default();
        let successor = notice
            .successor
            .map(|number| format!(" → {number}"))
            .unwrap_or_default();
        format!("{code}{}{successor}", notice.message)
    });
    let first = release
        .notes
        .as_deref()
        .and_then(|notes| notes.lines().next())
        .unwrap_or_default()
        .to_owned();
    vec![
        release.number.to_string(),
        release.state.to_string(),
        release.channels.join(","),
        when::shown(&release.published_at),
        release
            .manifest_sha256
            .trim_start_matches("sha256:")
            .chars()
            .take(12)
            .collect(),
        output::plain(&match notice {
            Some(notice) => format!("{first}  [{notice}]").trim_start().to_owned(),
            None => first,
        }),
    ]
}

fn diff_lines(diff: &Diff) -> Vec<String> {
    let mut lines = vec![format!(
        "{} → {}: {} changed, {} the same",
        diff.a,
        diff.b,
        diff.fields.len(),
        diff.same
    )];
    for field in &diff.fields {
        lines.push(String::new());
        lines.push(format!(
            "── {} ({}) · {}",
            output::plain(&field.label),
            output::plain(&field.path),
            field.kind
        ));
        let text: String = field
            .spans
            .iter()
            .map(|span| match span.kind {
                SpanKind::Same => output::plain(&span.text),
                SpanKind::Removed => format!("[-{}-]", output::plain(&span.text)),
                SpanKind::Added => format!("{{+{}+}}", output::plain(&span.text)),
            })
            .collect();
        lines.push(text);
    }
    lines
}
