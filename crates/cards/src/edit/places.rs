//! Where a field stands in a document: in one place, or in two that agree.

use dramatis_domain::card::CardView;
use dramatis_domain::json::Tree;

/// One place of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Whether it is inside `data`; otherwise at the top level.
    pub(super) wrapped: bool,
    /// Its key there.
    pub(super) key: &'static str,
}

/// The places an edit of `key` writes to, the field's own first. A repetition
/// at the top level follows it only where it exists and said the same before,
/// or where it is the only copy there is.
pub(super) fn places(root: &Tree, key: &'static str) -> Vec<Place> {
    let view = CardView::new(root);
    let inside = view.body().get(key);
    let mut places = vec![Place {
        wrapped: view.is_wrapped(),
        key,
    }];
    if view.is_wrapped() {
        let older = (key == "creator_notes").then_some("creatorcomment");
        let agrees = |outer: &&str| {
            root.get(outer)
                .is_some_and(|repeated| inside.is_none() || inside == Some(repeated))
        };
        let repeated = [Some(key), older].into_iter().flatten().filter(agrees);
        places.extend(repeated.map(|key| Place {
            wrapped: false,
            key,
        }));
    }
    places
}

/// Whether the field's key is in the document already, whatever its format says.
pub(super) fn standing_there(root: &Tree, key: &str) -> bool {
    CardView::new(root).body().get(key).is_some()
}
