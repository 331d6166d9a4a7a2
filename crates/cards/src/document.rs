//! A card document: the exact text, and how it is read.

use dramatis_domain::card::{CardFormat, CardView, FIELDS};
use dramatis_domain::json::Tree;

use crate::error::CardError;
use crate::format::refuse_other_documents;
use crate::repair::{Repair, scan};

/// A card as its document. The text is the truth (cards.md, rule 1): nothing
/// here changes it but an edit the creator makes, and that only where it was
/// made. The tree is the same text taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardDocument {
    text: String,
    tree: Tree,
    repairs: Vec<Repair>,
    /// How many of the repairs, at the front, are the file's and not the document's.
    of_file: usize,
}

impl CardDocument {
    /// Takes a card's JSON text, without byte order mark, strictly: repeated
    /// keys, comments, lone surrogates and too deep nesting are refused. What
    /// the format wants otherwise is read leniently and listed in
    /// [`repairs`](Self::repairs).
    ///
    /// # Errors
    /// [`CardError::Json`] for what is no strict JSON, and
    /// [`CardError::NotACard`] or [`CardError::NotYet`] for JSON of another kind.
    pub fn parse(text: String) -> Result<Self, CardError> {
        let tree = Tree::parse_strict(&text)?;
        refuse_other_documents(&tree)?;
        let repairs = scan(&tree).repairs;
        Ok(Self {
            text,
            tree,
            repairs,
            of_file: 0,
        })
    }

    /// The exact text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The exact text, given away.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// The text taken apart.
    #[must_use]
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The lenient typed reading.
    #[must_use]
    pub fn view(&self) -> CardView<'_> {
        CardView::new(&self.tree)
    }

    /// The format it is in.
    #[must_use]
    pub fn format(&self) -> CardFormat {
        self.view().format()
    }

    /// `spec` as it stands in the document, where it is text.
    #[must_use]
    pub fn spec(&self) -> Option<&str> {
        self.tree.get("spec").and_then(Tree::as_str)
    }

    /// `spec_version` as it stands in the document, where it is text or a number.
    #[must_use]
    pub fn spec_version(&self) -> Option<&str> {
        match self.tree.get("spec_version") {
            Some(Tree::String(text) | Tree::Number(text)) => Some(text),
            _ => None,
        }
    }

    /// How odd spots were read. Where the document came out of a file, the
    /// file's own oddities stand first.
    #[must_use]
    pub fn repairs(&self) -> &[Repair] {
        &self.repairs
    }

    /// The same document with every repair applied: the tree that a *repaired*
    /// export writes.
    #[must_use]
    pub fn repaired_tree(&self) -> Tree {
        scan(&self.tree).tree
    }

    /// Fields creators write, and the lorebook, that read differently in the
    /// other document; only those that both formats have.
    #[must_use]
    pub fn fields_differing_from(&self, other: &Self) -> Vec<&'static str> {
        let (ours, theirs) = (self.repaired_tree(), other.repaired_tree());
        let (ours, theirs) = (CardView::new(&ours), CardView::new(&theirs));
        let format = self.format().min(other.format());
        let mut fields: Vec<&'static str> = FIELDS
            .iter()
            .filter(|field| field.since <= format)
            .map(|field| field.key)
            .filter(|key| ours.body().get(key) != theirs.body().get(key))
            .collect();
        if format > CardFormat::V1 && entries(&ours) != entries(&theirs) {
            fields.push("character_book");
        }
        fields
    }

    /// The parts of a document that was derived and not parsed: whoever calls
    /// this knows that parsing `text` gives this tree and these repairs.
    pub(crate) fn derived(text: String, tree: Tree, repairs: Vec<Repair>) -> Self {
        Self {
            text,
            tree,
            repairs,
            of_file: 0,
        }
    }

    /// The document's own repairs, without the file's.
    pub(crate) fn own_repairs(&self) -> &[Repair] {
        &self.repairs[self.of_file..]
    }

    pub(crate) fn with_repairs_before(mut self, mut repairs: Vec<Repair>) -> Self {
        self.of_file += repairs.len();
        repairs.append(&mut self.repairs);
        self.repairs = repairs;
        self
    }
}

/// What a lorebook says, entry by entry: V3 entries carry a `use_regex` that
/// V2 ones lack, which is no difference worth a sentence.
fn entries<'a>(view: &CardView<'a>) -> Vec<(Vec<String>, String)> {
    let Some(book) = view.lorebook() else {
        return Vec::new();
    };
    book.entries()
        .iter()
        .map(|entry| {
            let keys = entry
                .list("keys")
                .into_iter()
                .map(std::borrow::Cow::into_owned)
                .collect();
            (keys, entry.text("content").into_owned())
        })
        .collect()
}
