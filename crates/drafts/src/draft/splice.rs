//! What was replaced in a text: exactly enough to go back and forth.

/// At byte `at`, `removed` was replaced by `inserted`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Splice {
    pub(crate) at: usize,
    pub(crate) removed: String,
    pub(crate) inserted: String,
}

impl Splice {
    /// The smallest one that makes `after` of `before`.
    pub(crate) fn between(before: &str, after: &str) -> Self {
        let mut start = before
            .bytes()
            .zip(after.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        while !before.is_char_boundary(start) || !after.is_char_boundary(start) {
            start -= 1;
        }
        let (old, new) = (&before[start..], &after[start..]);
        let mut end = old
            .bytes()
            .rev()
            .zip(new.bytes().rev())
            .take_while(|(a, b)| a == b)
            .count();
        while !old.is_char_boundary(old.len() - end) || !new.is_char_boundary(new.len() - end) {
            end -= 1;
        }
        Self {
            at: start,
            removed: old[..old.len() - end].to_owned(),
            inserted: new[..new.len() - end].to_owned(),
        }
    }

    /// The text after it; none where `text` is not the one it was made for.
    pub(crate) fn apply(&self, text: &str) -> Option<String> {
        replace(text, self.at, &self.removed, &self.inserted)
    }

    /// The text before it; none where `text` is not the one it led to.
    pub(crate) fn revert(&self, text: &str) -> Option<String> {
        replace(text, self.at, &self.inserted, &self.removed)
    }
}

fn replace(text: &str, at: usize, old: &str, new: &str) -> Option<String> {
    let (head, tail) = (text.get(..at)?, text.get(at..)?);
    let rest = tail.strip_prefix(old)?;
    Some([head, new, rest].concat())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Splice;

    #[test]
    fn there_and_back_inside_characters_too() {
        for (before, after) in [
            ("", ""),
            ("a", "a"),
            ("abc", "axc"),
            ("aaa", "aa"),
            ("é", "è"),
            ("x🦊y", "x🦝y"),
            ("ab", ""),
            ("", "ab"),
            ("abab", "ab"),
        ] {
            let splice = Splice::between(before, after);
            assert_eq!(splice.apply(before).unwrap(), after);
            assert_eq!(splice.revert(after).unwrap(), before);
        }
        assert_eq!(Splice::between("abc", "axc").apply("zzz"), None);
    }
}
