//! What a reviewer decides on, whole.

use super::{
    card::{fields, format_word, lorebook, rest, totals},
    compare,
};
use crate::{
    StudioError,
    sync::Checked,
    version::Version,
    view::{Field, FieldKind, Review, Submission, TokenTotals},
};
use dramatis_cards::{CardDocument, tokens};
use dramatis_domain::{ItemKind, json::Tree};

/// A submission beside the release it was made from, or why there is none.
pub(crate) fn submission(
    review: Review,
    after: &Checked,
    before: Result<&Version, Option<String>>,
) -> Result<Submission, StudioError> {
    let Checked { manifest, version } = after;
    if manifest.kind != ItemKind::Character {
        return Ok(document(review, manifest.kind, version));
    }
    let card = CardDocument::parse(version.card.clone())?;
    let (changes, not_compared) = match before {
        Ok(before) => {
            let base = CardDocument::parse(before.card.clone())?;
            (Some(compare(before, version, &base, &card)), None)
        }
        Err(why) => (None, why),
    };
    let view = card.view();
    Ok(Submission {
        review,
        kind: manifest.kind.as_str().to_owned(),
        format: Some(format_word(view.format())),
        portrait: version.portrait.clone(),
        fields: fields(&view),
        lorebook: lorebook(&view),
        rest: rest(&view),
        tokens: totals(&view),
        changes,
        not_compared,
    })
}

/// What has no fields: its document, indented where it is JSON.
fn document(review: Review, kind: ItemKind, version: &Version) -> Submission {
    let text = Tree::parse_strict(&version.card)
        .map_or_else(|_| version.card.clone(), |tree| tree.to_json_pretty());
    let total = u32::try_from(tokens::count_text(&text)).unwrap_or(u32::MAX);
    Submission {
        review,
        kind: kind.as_str().to_owned(),
        format: None,
        portrait: version.portrait.clone(),
        fields: vec![Field {
            key: "document".to_owned(),
            label: "Document".to_owned(),
            kind: FieldKind::Text,
            tokens: total,
            text,
            items: Vec::new(),
            required: true,
            available: true,
            unavailable_why: None,
        }],
        lorebook: None,
        rest: Vec::new(),
        tokens: TokenTotals {
            total,
            permanent: 0,
            tokenizer: String::new(),
        },
        changes: None,
        not_compared: Some(format!(
            "A {} is shown as it stands; only characters are compared field by field.",
            kind.as_str()
        )),
    }
}
