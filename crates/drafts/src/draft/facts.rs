//! What lists show of a card, taken from its document.

use dramatis_cards::CardDocument;

/// How much of a description a list shows, in characters.
const EXCERPT: usize = 160;

/// A card's projections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) name: String,
    /// A JSON list.
    pub(crate) tags: String,
    pub(crate) excerpt: String,
}

impl Facts {
    pub(crate) fn of(card: &CardDocument) -> Self {
        let view = card.view();
        let tags: Vec<_> = view
            .list("tags")
            .into_iter()
            .map(std::borrow::Cow::into_owned)
            .collect();
        let text = ["description", "personality", "scenario", "first_mes"]
            .into_iter()
            .map(|key| view.text(key))
            .find(|text| !text.trim().is_empty())
            .unwrap_or_default();
        Self {
            name: view.name().into_owned(),
            tags: serde_json::to_string(&tags).unwrap_or_else(|_| "[]".to_owned()),
            excerpt: excerpt(&text),
        }
    }
}

/// The beginning of a text on one line.
pub(crate) fn excerpt(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() >= EXCERPT {
            line.push('…');
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}
