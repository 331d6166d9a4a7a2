//! `dramatis reviews`, `approve`, `reject`: a reviewer's side.

use crate::{
    exit::{Exit, Failure},
    output,
};
use dramatis_drafts::{Studio, view::Review};

pub(crate) async fn list(studio: &Studio, json: bool) -> Result<Exit, Failure> {
    let reviews = studio.reviews().await?;
    output::print(json, &reviews, |reviews| match reviews.as_slice() {
        [] => vec!["Nothing waits for approval.".to_owned()],
        reviews => reviews.iter().flat_map(lines).collect(),
    })?;
    Ok(Exit::Done)
}

fn lines(review: &Review) -> Vec<String> {
    let to = match &review.channel {
        Some(channel) => format!(" → {channel}"),
        None => String::new(),
    };
    let mut lines = vec![
        format!(
            "{}/{}#{}  {}{to}",
            review.creator, review.slug, review.number, review.name
        ),
        format!("  {}", review.manifest_sha256),
    ];
    lines.extend(review.notes.iter().map(|notes| format!("  “{notes}”")));
    for stage in &review.stages {
        let standing = match &stage.approved_by {
            Some(name) => format!("approved by {name}"),
            None if stage.stage == review.next => "waits".to_owned(),
            None => "later".to_owned(),
        };
        lines.push(format!(
            "  {}. {} ({}): {standing}",
            stage.stage, stage.name, stage.role
        ));
    }
    lines.extend(review.why_not.iter().map(|why| format!("  {why}")));
    lines
}
