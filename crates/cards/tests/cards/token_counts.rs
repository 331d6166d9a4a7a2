//! Token counts.

use crate::make::{V2, document, v2_with};
use dramatis_cards::tokens::{TOKENIZER, count, count_text};

#[test]
fn known_texts_have_known_counts() {
    // o200k_base of tiktoken's own tests and of OpenAI's tokenizer page.
    assert_eq!(count_text("hello world"), 2);
    assert_eq!(count_text(""), 0);
    assert_eq!(
        count_text("<|endoftext|>"),
        count_text("<|") + count_text("endoftext") + count_text("|>")
    );
}

#[test]
fn permanent_is_what_is_always_in_the_prompt() {
    let entry = |constant: bool, enabled: bool| {
        format!(
            r#"{{"keys":["a"],"content":"hello world","extensions":{{}},"enabled":{enabled},"insertion_order":1,"constant":{constant}}}"#
        )
    };
    let book = [entry(true, true), entry(false, true), entry(true, false)].join(",");
    let text = v2_with(&format!(
        r#""character_book":{{"extensions":{{}},"entries":[{book}]}}"#
    ));
    let counts = count(&document(&text).view());
    let field = |key: &str| {
        counts
            .fields
            .iter()
            .find(|field| field.field == key)
            .map_or(0, |field| field.tokens)
    };
    assert_eq!(counts.tokenizer, TOKENIZER);
    assert_eq!(counts.lorebook, 4);
    assert_eq!(
        counts.permanent,
        field("description") + field("personality") + 2
    );
    assert_eq!(
        counts.total,
        field("description")
            + field("personality")
            + field("first_mes")
            + field("alternate_greetings")
            + 4
    );
    assert_eq!(count(&document(V2).view()).lorebook, 0);
}

#[test]
fn hostile_runs_neither_panic_nor_take_long() {
    let start = std::time::Instant::now();
    for unit in [" ", "\n", "a", "=", "\u{200d}", "\u{1F9F5}", " \u{a0}"] {
        assert!(count_text(&unit.repeat(100_000)) > 0);
    }
    // A run that the tokenizer's pattern gives up on where it gets it whole.
    assert!(count_text(&format!("{}a", " ".repeat(3_000_000))) > 0);
    assert!(
        start.elapsed() < std::time::Duration::from_secs(60),
        "{:?}",
        start.elapsed()
    );
}
