//! Files that were read and shown, and wait for the person's choice.

use super::bring::Brought;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes of files that are kept; beyond them the oldest goes first, and has to
/// be read again. Enough for a folder of a thousand cards.
const KEPT: usize = 512 * 1024 * 1024;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Previews(Mutex<VecDeque<Arc<Brought>>>);

impl Previews {
    pub(super) fn keep(&self, brought: Arc<Brought>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(brought);
        let mut weight: usize = kept.iter().map(|brought| brought.weight()).sum();
        while weight > KEPT && kept.len() > 1 {
            weight -= kept.pop_front().map_or(0, |oldest| oldest.weight());
        }
    }

    /// All of them, in this order; none, and none is taken, where one is gone.
    pub(super) fn take(&self, ids: &[&str]) -> Option<Vec<Arc<Brought>>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found: Option<Vec<_>> = ids
            .iter()
            .map(|id| kept.iter().find(|brought| brought.id == *id).cloned())
            .collect();
        let found = found?;
        kept.retain(|brought| !ids.contains(&brought.id.as_str()));
        Some(found)
    }

    /// A preview's picture by its digest.
    pub(crate) fn picture(&self, sha256: &str) -> Option<Vec<u8>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .filter_map(|brought| brought.portrait.as_ref())
            .find(|(digest, _)| digest == sha256)
            .map(|(_, bytes)| bytes.clone())
    }
}
