//! What filled characters are made of: words and tags that can be asked for.

/// Syllables; three make a word.
pub(super) const SYLLABLES: [&str; 32] = [
    "ba", "do", "fe", "gi", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wu", "za",
    "bren", "dal", "fin", "gor", "hul", "kes", "lom", "mar", "nim", "pel", "ros", "sul", "tam",
    "ven", "wil", "zor",
];
/// Words of a phrase; a description has four of those.
pub(super) const PHRASE: u32 = 4;
/// How many words there are: each stands in one phrase.
pub(super) const WORDS: u32 = 32 * 32 * 32;
/// How many tags there are; a character has two.
pub(super) const TAGS: u32 = 200;

/// A word.
pub(crate) fn word(any: u32) -> String {
    let syllable = |shift: u32| SYLLABLES[(any >> shift & 31) as usize];
    format!("{}{}{}", syllable(10), syllable(5), syllable(0))
}

/// A tag.
pub(crate) fn tag(any: u32) -> String {
    format!("tag-{}", any % TAGS)
}

/// The phrases, in order: all words, each once.
pub(super) fn phrases() -> Vec<String> {
    (0..WORDS / PHRASE)
        .map(|phrase| {
            let words: Vec<String> = (0..PHRASE)
                .map(|at| word(at * (WORDS / PHRASE) + phrase))
                .collect();
            words.join(" ")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_word_stands_in_a_phrase() {
        let all = phrases().join(" ");
        let known: BTreeSet<&str> = all.split(' ').collect();
        assert!((0..WORDS).all(|any| known.contains(word(any).as_str())));
    }
}
