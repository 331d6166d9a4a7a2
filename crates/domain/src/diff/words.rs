//! Words inside a field.

use serde::{Deserialize, Serialize};
use similar::{ChangeTag, TextDiff};

/// Above this many words on a side, lines are compared instead: word diffs of
/// two long, unlike texts take time that grows with the product of both.
const MANY_WORDS: usize = 20_000;

/// Whether a piece of text stands on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// On both sides.
    Same,
    /// Only before.
    Removed,
    /// Only after.
    Added,
}

/// A run of text with one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Which side it stands on.
    pub kind: SpanKind,
    /// The text.
    pub text: String,
}

/// Both texts as runs; the runs of *same* and *removed* give the first text
/// back, those of *same* and *added* the second.
#[must_use]
pub fn spans(before: &str, after: &str) -> Vec<Span> {
    if before.is_empty() || after.is_empty() {
        let mut out = Vec::new();
        push(&mut out, SpanKind::Removed, before);
        push(&mut out, SpanKind::Added, after);
        return out;
    }
    let words = |text: &str| text.split_whitespace().take(MANY_WORDS + 1).count();
    let many = words(before) > MANY_WORDS || words(after) > MANY_WORDS;
    let diff = if many {
        TextDiff::from_lines(before, after)
    } else {
        TextDiff::from_unicode_words(before, after)
    };
    let mut out = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => SpanKind::Same,
            ChangeTag::Delete => SpanKind::Removed,
            ChangeTag::Insert => SpanKind::Added,
        };
        push(&mut out, kind, change.value());
    }
    out
}

fn push(out: &mut Vec<Span>, kind: SpanKind, text: &str) {
    if text.is_empty() {
        return;
    }
    match out.last_mut() {
        Some(last) if last.kind == kind => last.text.push_str(text),
        _ => out.push(Span {
            kind,
            text: text.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_word_is_marked_not_the_line() {
        let kinds: Vec<_> = spans("been cheated by weather", "been robbed by weather")
            .into_iter()
            .map(|s| (s.kind, s.text))
            .collect();
        assert_eq!(
            kinds,
            [
                (SpanKind::Same, "been ".to_owned()),
                (SpanKind::Removed, "cheated".to_owned()),
                (SpanKind::Added, "robbed".to_owned()),
                (SpanKind::Same, " by weather".to_owned())
            ]
        );
    }

    proptest! {
        #[test]
        fn both_texts_come_back_whole(before in ".{0,60}", after in ".{0,60}") {
            let all = spans(&before, &after);
            let side = |other: SpanKind| all.iter().filter(|s| s.kind != other).map(|s| s.text.as_str()).collect::<String>();
            prop_assert_eq!(side(SpanKind::Added), before);
            prop_assert_eq!(side(SpanKind::Removed), after);
        }
    }
}
