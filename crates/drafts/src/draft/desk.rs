//! What lies open: the drafts that were written last, as they are stored. Only
//! ever a guess, since other processes write the same store: whoever relies on
//! it names the revision, and the store refuses where that is not the one.

use crate::{
    StudioError,
    store::Db,
    table::{self, draft::Draft, edit::Edit},
};
use dramatis_cards::CardDocument;
use dramatis_domain::json::Tree;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// Drafts that lie open at once; the one that was touched longest ago goes first.
const OPEN: usize = 8;

/// A draft, taken apart, and where its journal stands.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) draft: Draft,
    pub(crate) card: CardDocument,
    /// The journal's last applied entry.
    pub(crate) last: Option<Edit>,
    /// Whether entries that were taken back could be done again.
    pub(crate) ahead: bool,
}

impl Open {
    /// A character's draft as it is stored.
    pub(crate) async fn load(db: &mut Db, character: &str) -> Result<Self, StudioError> {
        let draft = table::draft::get(db, character).await?;
        let card = CardDocument::parse(draft.document.clone())?;
        Self::with_journal(db, draft, card).await
    }

    /// The same where draft and card are at hand.
    pub(crate) async fn with_journal(
        db: &mut Db,
        draft: Draft,
        card: CardDocument,
    ) -> Result<Self, StudioError> {
        let last = table::edit::get(db, &draft.character, draft.undo_seq).await?;
        let (_, ahead) = table::edit::around(db, &draft.character, draft.undo_seq).await?;
        Ok(Self {
            draft,
            card,
            last,
            ahead,
        })
    }
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    open: Mutex<VecDeque<Arc<Open>>>,
    bases: Mutex<VecDeque<(String, Arc<Tree>)>>,
}

impl Desk {
    /// A character's draft, if it lies open at this revision.
    pub(crate) fn at(&self, character: &str, revision: i64) -> Option<Arc<Open>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter()
            .find(|open| open.draft.character == character && open.draft.revision == revision)
            .cloned()
    }

    /// Puts a draft there that was just read or written.
    pub(crate) fn lay(&self, fresh: Arc<Open>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|other| other.draft.character != fresh.draft.character);
        open.push_back(fresh);
        while open.len() > OPEN {
            open.pop_front();
        }
    }

    /// A card that drafts are compared with, by its digest, if it was taken
    /// apart lately.
    pub(crate) fn base(&self, sha256: &str) -> Option<Arc<Tree>> {
        let bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        bases
            .iter()
            .find(|(digest, _)| digest == sha256)
            .map(|(_, tree)| Arc::clone(tree))
    }

    /// Keeps such a card.
    pub(crate) fn keep_base(&self, sha256: &str, tree: Arc<Tree>) {
        let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        bases.push_back((sha256.to_owned(), tree));
        while bases.len() > OPEN {
            bases.pop_front();
        }
    }
}
