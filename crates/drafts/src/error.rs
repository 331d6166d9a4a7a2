//! Everything that can go wrong here, with a stable code, a sentence for
//! people and hints (studio.md, The IPC boundary).

mod hints;

use crate::view::IpcError;
use dramatis_api::Problem;
use dramatis_cards::error::CardError;
use dramatis_domain::{
    canonical::CanonicalFault, lifecycle::StepRefusal, names::NameFault, rules::Failure,
};
use std::{io, path::PathBuf};

/// A failure of the studio's core. What was saved before it is safe in every case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudioError {
    /// Nothing by that id.
    #[error("there is no such {what} here")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// The field was changed in between by another window.
    #[error("“{label}” was changed in another window at the same time")]
    EditConflict {
        /// The field's name for people.
        label: String,
    },
    /// The disk, or the database, is full.
    #[error("the disk is full, so this could not be saved")]
    StoreFull,
    /// Another version's store.
    #[error(
        "this store was written by a newer version of Dramatis (it is at step {found}, this version knows {known}); it was not touched"
    )]
    StoreNewer {
        /// The newest migration found.
        found: i64,
        /// The newest migration known.
        known: i64,
    },
    /// The folder cannot be used.
    #[error("the folder {} cannot be used: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is not enough room for a backup before a migration.
    #[error(
        "the store has to be brought up to date, and there is no room for the backup that is made before: {needed} bytes are needed"
    )]
    NoRoomForBackup {
        /// Bytes that are missing or needed.
        needed: u64,
    },
    /// SQLite said no.
    #[error("the local store could not be read or written: {0}")]
    Store(#[source] sqlx::Error),
    /// The migration failed.
    #[error("the local store could not be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// What stands in the store is not what this version writes.
    #[error("the local store holds {what} that cannot be read")]
    Unreadable {
        /// What.
        what: &'static str,
    },
    /// A card or a picture that is refused.
    #[error(transparent)]
    Card(#[from] CardError),
    /// A name in addresses that is none.
    #[error("“{name}” cannot stand in an address: {fault}")]
    Name {
        /// `slug`, `channel`.
        what: &'static str,
        /// What was given.
        name: String,
        /// Why not.
        fault: NameFault,
    },
    /// Another character has the slug.
    #[error("another character of yours has the address “{slug}”")]
    SlugTaken {
        /// The slug.
        slug: String,
    },
    /// An item of another kind has the slug.
    #[error("your {kind} has the address “{slug}”")]
    SlugOfAnotherKind {
        /// The slug.
        slug: String,
        /// What it is.
        kind: String,
    },
    /// An account that owns nothing.
    #[error("this account has no handle: only creators publish")]
    NotACreator,
    /// The slug stands in a frozen request or a release.
    #[error("the address can no longer change: it was published, or is about to be")]
    SlugLocked,
    /// A device name that is empty or too long.
    #[error("a name of a device has one to {limit} bytes and no line breaks", limit = dramatis_domain::limits::DEVICE_NAME)]
    DeviceName,
    /// A reason, notes or a message that is too long.
    #[error("the {what} has {length} bytes; {limit} is the most")]
    TooLong {
        /// What.
        what: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
    /// No address.
    #[error("“{url}” is no address of an inventory")]
    Url {
        /// What was given.
        url: String,
    },
    /// The journal has nothing before.
    #[error("there is nothing more to take back")]
    NothingToUndo,
    /// The journal has nothing after.
    #[error("there is nothing to do again")]
    NothingToRedo,
    /// A path that cannot be taken over by itself.
    #[error("this part cannot be taken over by itself")]
    NotRestorable,
    /// A preview that was committed, or is too old.
    #[error("this preview is no longer here")]
    PreviewGone,
    /// A picture is needed.
    #[error("this version has no portrait, and a PNG needs a picture to stand in")]
    NoPortrait,
    /// Nobody is signed in.
    #[error("nobody is signed in to an inventory yet, so there is nobody to publish as")]
    NotSignedIn,
    /// What was pasted could not be a token.
    #[error("this is no token: it is empty, or holds spaces or other signs that no token has")]
    TokenMalformed,
    /// The inventory does not answer.
    #[error("the inventory cannot be reached: {detail}")]
    Offline {
        /// Why.
        detail: String,
    },
    /// Something answers at the address that is no inventory.
    #[error("{detail}")]
    NoInventory {
        /// Where, and what it answered, as a sentence.
        detail: String,
    },
    /// The inventory said no.
    #[error("{}", .0.detail)]
    Inventory(Box<Problem>),
    /// The inventory's answer is not what was agreed on.
    #[error("the inventory answered something that cannot be read: {detail}")]
    Answer {
        /// What is off.
        detail: String,
    },
    /// It is another inventory than the one signed in to.
    #[error("another inventory answers at this address than the one that was signed in to")]
    OtherInventory,
    /// The history does not continue what was seen.
    #[error("the history of {name} does not continue what this studio saw before: {detail}")]
    HistoryAlarm {
        /// The character.
        name: String,
        /// What is off.
        detail: String,
    },
    /// Rules are not fulfilled.
    #[error("this cannot be published yet: {}", .0.iter().map(|failure| failure.message.as_str()).collect::<Vec<_>>().join(" "))]
    NotPublishable(Vec<Failure>),
    /// There is nothing new.
    #[error("nothing has changed since {version}, so there is nothing to publish")]
    Unchanged {
        /// What people call the version.
        version: String,
    },
    /// The base's state forbids a next release.
    #[error("release {number}, which a next one would follow, is {state}")]
    BaseBlocked {
        /// Its number.
        number: u32,
        /// Its state.
        state: String,
    },
    /// Somebody published in between.
    #[error("release {number} was published in between, and this draft was not made from it")]
    BaseOutdated {
        /// The newest release's number.
        number: u32,
    },
    /// The content equals that of a release that is not offered.
    #[error(
        "release {number} says the very same and is {state}, so this would only publish it again"
    )]
    SaysTheSame {
        /// Its number.
        number: u32,
        /// Its state.
        state: String,
    },
    /// Nothing came in between.
    #[error("no release is newer than the one this draft was made from")]
    NothingNewer,
    /// A publish is not answered yet.
    #[error("a publish of this draft is on its way; its answer comes first")]
    UnderWay,
    /// The channel is there already.
    #[error("the channel {channel} points at release {number} already")]
    PointsThere {
        /// The channel.
        channel: String,
        /// The release's number.
        number: u32,
    },
    /// A step that is not legal.
    #[error("the release cannot take this step: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Step(Vec<StepRefusal>),
    /// A channel points at what is offered only.
    #[error(
        "release {number} is {state}; a channel can point at published and deprecated releases only"
    )]
    NotOffered {
        /// Its number.
        number: u32,
        /// Its state.
        state: &'static str,
    },
    /// The request cannot be cancelled.
    #[error("this request can no longer be cancelled: it {why}")]
    CannotCancel {
        /// Why, as a part of the sentence.
        why: &'static str,
    },
    /// The request cannot be retried.
    #[error("this request cannot be tried again: {why}")]
    CannotRetry {
        /// Why, as a part of the sentence.
        why: &'static str,
    },
    /// What waits for a word is not what was looked at.
    #[error("stage {seen} was decided in between; stage {waits} waits now")]
    StageDecided {
        /// The stage that was looked at.
        seen: u32,
        /// The stage that waits.
        waits: u32,
    },
    /// Canonical bytes could not be made.
    #[error(transparent)]
    Canonical(#[from] CanonicalFault),
    /// A task of ours did not come back.
    #[error("a step of the studio was interrupted: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl StudioError {
    /// The failure as it crosses to a window or a command line.
    #[must_use]
    pub fn to_ipc(&self) -> IpcError {
        IpcError {
            code: self.code().to_owned(),
            message: sentence(&self.to_string()),
            hints: self.hints(),
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::EditConflict { .. } => "edit_conflict",
            Self::StoreFull => "store_full",
            Self::StoreNewer { .. } => "store_newer",
            Self::Folder { .. } => "folder",
            Self::NoRoomForBackup { .. } => "no_room_for_backup",
            Self::Store(_) | Self::Migrate(_) => "store",
            Self::Unreadable { .. } => "store_unreadable",
            Self::Card(error) => error.code(),
            Self::Name { what: "slug", .. } => "slug_invalid",
            Self::Name { .. } => "channel_invalid",
            Self::SlugTaken { .. } | Self::SlugOfAnotherKind { .. } => "slug_taken",
            Self::NotACreator => "not_a_creator",
            Self::SlugLocked => "slug_locked",
            Self::DeviceName => "device_name_invalid",
            Self::TooLong { .. } => "too_long",
            Self::Url { .. } => "bad_url",
            Self::NothingToUndo => "nothing_to_undo",
            Self::NothingToRedo => "nothing_to_redo",
            Self::NotRestorable => "not_restorable",
            Self::PreviewGone => "preview_gone",
            Self::NoPortrait => "no_portrait",
            Self::NotSignedIn => "not_signed_in",
            Self::TokenMalformed => "token_malformed",
            Self::Offline { .. } => "offline",
            Self::NoInventory { .. } => "no_inventory",
            Self::Inventory(problem) => &problem.code,
            Self::Answer { .. } => "bad_answer",
            Self::OtherInventory => "other_inventory",
            Self::HistoryAlarm { .. } => "history_alarm",
            Self::NotPublishable(_) => "not_publishable",
            Self::Unchanged { .. } => "unchanged",
            Self::BaseBlocked { .. } | Self::SaysTheSame { .. } => "base_blocked",
            Self::NothingNewer => "nothing_newer",
            Self::UnderWay => "under_way",
            Self::PointsThere { .. } => "points_there",
            Self::BaseOutdated { .. } => "base_outdated",
            Self::Step(_) | Self::NotOffered { .. } => "step_refused",
            Self::CannotCancel { .. } => "cannot_cancel",
            Self::CannotRetry { .. } => "cannot_retry",
            Self::StageDecided { .. } => "state_changed",
            Self::Canonical(_) | Self::Interrupted(_) => "internal",
        }
    }
}

/// SQLITE_FULL, and SQLITE_IOERR's extended codes for a full disk
/// (sqlite.org/rescode.html).
impl From<sqlx::Error> for StudioError {
    fn from(error: sqlx::Error) -> Self {
        let code = error
            .as_database_error()
            .and_then(|database| database.code().map(std::borrow::Cow::into_owned));
        match code.as_deref() {
            Some("13") => Self::StoreFull,
            _ => Self::Store(error),
        }
    }
}

/// A message as a sentence: capital at the front, full stop at the end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence: String = letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default();
    if !sentence.ends_with(['.', '!', '?', '…']) {
        sentence.push('.');
    }
    sentence
}
