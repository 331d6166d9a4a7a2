//! What a character costs in a prompt, counted in tokens.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
};

use dramatis_domain::{
    Digest,
    card::{CardView, EntryView, FIELDS, FieldKind},
};
use serde::{Deserialize, Serialize};
use tiktoken_rs::{CoreBPE, o200k_base};

/// The tokenizer the counts are by. Every model has its own; creators compare.
pub const TOKENIZER: &str = "o200k_base";

/// Fields that are in every prompt of a chat; `first_mes`, greetings and
/// examples scroll out of it, and the rest is never sent.
pub const PERMANENT_FIELDS: [&str; 5] = [
    "description",
    "personality",
    "scenario",
    "system_prompt",
    "post_history_instructions",
];

/// Counts for one card (cards.md, Tokens).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenCounts {
    /// [`TOKENIZER`], or [`ESTIMATE`] where it could not be made ready.
    pub tokenizer: String,
    /// Tokens per field that creators write, in the order of
    /// [`dramatis_domain::card::FIELDS`]; fields without text are left out.
    pub fields: Vec<FieldTokens>,
    /// All contents of the lorebook's entries that are on.
    pub lorebook: usize,
    /// Everything that may be in a prompt: [`PROMPT_FIELDS`] and the lorebook.
    pub total: usize,
    /// What always is: [`PERMANENT_FIELDS`] and the lorebook's constant
    /// entries that are on.
    pub permanent: usize,
}

/// One field's count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldTokens {
    /// The field's key.
    pub field: String,
    /// Its tokens; a list's are those of its elements together.
    pub tokens: usize,
}

/// The fields that an app may put into a prompt: all but names of people and
/// versions, notes and tags.
pub const PROMPT_FIELDS: [&str; 9] = [
    "description",
    "personality",
    "scenario",
    "first_mes",
    "mes_example",
    "system_prompt",
    "post_history_instructions",
    "alternate_greetings",
    "group_only_greetings",
];

/// Named in place of [`TOKENIZER`] where it could not be made ready: four
/// characters count as one token.
pub const ESTIMATE: &str = "estimate";

/// Counts a card's tokens. The first call makes the tokenizer ready, which
/// takes some tenths of a second; later ones take microseconds per kilobyte.
#[must_use]
pub fn count(card: &CardView<'_>) -> TokenCounts {
    let fields: Vec<FieldTokens> = FIELDS
        .iter()
        .map(|field| {
            let tokens = match field.kind {
                FieldKind::List => card
                    .list(field.key)
                    .iter()
                    .map(|text| count_text(text))
                    .sum(),
                FieldKind::Line | FieldKind::Text => count_text(&card.text(field.key)),
            };
            FieldTokens {
                field: field.key.to_owned(),
                tokens,
            }
        })
        .filter(|field| field.tokens > 0)
        .collect();
    let entries = card
        .lorebook()
        .map(|book| book.entries())
        .unwrap_or_default();
    let on: Vec<(bool, usize)> = entries
        .iter()
        .filter(|entry| entry.flag("enabled", true))
        .map(|entry: &EntryView<'_>| {
            (
                entry.flag("constant", false),
                count_text(&entry.text("content")),
            )
        })
        .collect();
    let lorebook = on.iter().map(|(_, tokens)| tokens).sum::<usize>();
    let constant: usize = on
        .iter()
        .filter(|(constant, _)| *constant)
        .map(|(_, tokens)| tokens)
        .sum();
    let sum = |keys: &[&str]| -> usize {
        fields
            .iter()
            .filter(|field| keys.contains(&field.field.as_str()))
            .map(|field| field.tokens)
            .sum()
    };
    TokenCounts {
        tokenizer: if ENCODER.is_some() {
            TOKENIZER
        } else {
            ESTIMATE
        }
        .to_owned(),
        lorebook,
        total: sum(&PROMPT_FIELDS) + lorebook,
        permanent: sum(&PERMANENT_FIELDS) + constant,
        fields,
    }
}

/// Counts one text's tokens. Special tokens in it count as the plain text they
/// are in a card.
#[must_use]
pub fn count_text(text: &str) -> usize {
    let Some(encoder) = ENCODER.as_ref() else {
        return text.chars().count().div_ceil(4);
    };
    let count = || -> usize {
        pieces(text)
            .map(|piece| encoder.count_ordinary(piece))
            .sum()
    };
    if text.len() < WORTH_KEEPING {
        return count();
    }
    let digest = Digest::of(text.as_bytes());
    let kept = || COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(counted) = kept().get(&digest) {
        return *counted;
    }
    let counted = count();
    let mut all = kept();
    if all.len() >= KEPT {
        all.clear();
    }
    all.insert(digest, counted);
    counted
}

/// Counts of the last texts. While somebody writes, a card is counted after
/// every change and all of its texts but one are as they were: counting them
/// again took half of the time of a save.
static COUNTED: LazyLock<Mutex<HashMap<Digest, usize>>> = LazyLock::new(Mutex::default);

/// Some hundred cards' worth.
const KEPT: usize = 16 * 1024;

/// Shorter texts are counted faster than looked up, in bytes.
const WORTH_KEEPING: usize = 32;

static ENCODER: LazyLock<Option<CoreBPE>> = LazyLock::new(|| o200k_base().ok());

/// The text in pieces of bounded size: the tokenizer's pattern looks back over
/// runs of white space and gives up, by panicking, beyond a million steps. Cut
/// at a line's end where there is one, which no token crosses in practice.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    const PIECE: usize = 64 * 1024;
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len().min(PIECE);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        if end < rest.len()
            && let Some(line) = rest[..end].rfind('\n')
        {
            end = line + 1;
        }
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}
