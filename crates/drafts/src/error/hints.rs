//! What is safe and what to do, for every failure.

use super::StudioError;
use dramatis_api::Code;

impl StudioError {
    pub(super) fn hints(&self) -> Vec<String> {
        let hints: &[&str] = match self {
            Self::EditConflict { .. } => &["Both texts are kept.", "Choose which one stands."],
            Self::StoreFull => &[
                "What was saved before is safe, and what you typed is kept in this window.",
                "Free some space, or export the character now.",
            ],
            Self::StoreNewer { .. } => {
                &["Nothing was changed.", "Install the newer version again."]
            }
            Self::Folder { .. } => &[
                "Nothing was changed.",
                "Check the folder's permissions, or choose another.",
            ],
            Self::NoRoomForBackup { .. } => {
                &["Nothing was changed.", "Free some space and start again."]
            }
            Self::Store(_) | Self::Migrate(_) | Self::Unreadable { .. } => &[
                "What was saved before is kept as it is.",
                "Try again; if it comes back, copy this message for support.",
            ],
            Self::Card(error) => return error.hints(),
            Self::Name { .. } => &[
                "Nothing was changed.",
                "Use small letters, digits and single hyphens.",
            ],
            Self::SlugTaken { .. } | Self::SlugOfAnotherKind { .. } => {
                &["The address is as it was.", "Choose another."]
            }
            Self::SlugLocked => &["The name itself can still change."],
            Self::TooLong { .. } | Self::DeviceName => &["Nothing was changed.", "Shorten it."],
            Self::Url { .. } => &[
                "Nothing was changed.",
                "Write it as https://inventory.example.org.",
            ],
            Self::NotRestorable => &[
                "Nothing was changed.",
                "Copy the text from the comparison instead.",
            ],
            Self::PreviewGone => &["Nothing was imported.", "Choose the file again."],
            Self::NoPortrait => &["Set a portrait, or export as JSON."],
            Self::NotSignedIn => &[
                "The draft is saved.",
                "Sign in once (in Settings, or with `dramatis sign-in`); from then on publishing works offline too.",
            ],
            Self::TokenMalformed => &["Nothing was changed.", "Copy the whole token again."],
            Self::Offline { .. } => &[
                "Everything here is saved.",
                "What waits in the outbox is sent when the inventory is back.",
            ],
            Self::NoInventory { .. } => &[
                "Everything here is saved.",
                "Check the address, its path too: an inventory's address usually has none.",
            ],
            Self::Inventory(problem) if problem.code == Code::HandedOver.as_str() => {
                &["Your drafts stay here, and so does what was seen of its history."]
            }
            Self::Inventory(problem) => {
                return problem
                    .failures
                    .iter()
                    .map(|failure| failure.message.clone())
                    .chain(["Everything here is saved.".to_owned()])
                    .collect();
            }
            Self::Answer { .. } => &[
                "Nothing of it was taken over.",
                "Check the address in Settings.",
            ],
            Self::OtherInventory => &["Nothing was sent.", "Sign in again if that is intended."],
            Self::HistoryAlarm { .. } => &[
                "Both versions are kept.",
                "Ask whoever runs the inventory what happened before you publish more.",
            ],
            Self::NotPublishable(_) => &["The draft is saved."],
            Self::Unchanged { .. } => &["The draft is saved."],
            Self::BaseBlocked { state, .. } if state == "submitted" => &[
                "The draft is saved.",
                "Wait for the decision about that release, or withdraw it.",
            ],
            Self::BaseBlocked { .. } => &[
                "The draft is saved.",
                "Wait for the decision about that release, or ask the operator.",
            ],
            Self::BaseOutdated { .. } => &[
                "The draft is saved, and both versions are kept.",
                "Take that release in, look at what both sides changed, then publish.",
            ],
            Self::SaysTheSame { state, .. } if state == "revoked" => &[
                "Nothing was published; the draft is saved.",
                "Revoking is for good. Change what was wrong, then publish.",
            ],
            Self::SaysTheSame { .. } => &[
                "Nothing was published; the draft is saved.",
                "Bring that release back, or change the draft first.",
            ],
            Self::StageDecided { .. } => &["Nothing was decided.", "Look at it again."],
            Self::UnderWay => &["The draft is saved.", "See the outbox."],
            Self::NothingNewer | Self::PointsThere { .. } => &["Nothing was changed."],
            Self::Step(_) | Self::NotOffered { .. } => &["Nothing was changed."],
            Self::NotFound { .. }
            | Self::NotACreator
            | Self::NothingToUndo
            | Self::NothingToRedo
            | Self::CannotCancel { .. }
            | Self::CannotRetry { .. }
            | Self::Canonical(_)
            | Self::Interrupted(_) => &[],
        };
        hints.iter().map(|&hint| hint.to_owned()).collect()
    }
}
