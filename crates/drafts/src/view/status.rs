//! The status line and the settings.

super::words! {
    /// Whether the inventory can be talked to.
    pub enum ConnectionState {
        /// This computer's own inventory is being started.
        Starting = "starting",
        /// It answered last time.
        Online = "online",
        /// It did not answer last time, or was never asked.
        Offline = "offline",
        /// There is no token, or the inventory no longer takes it.
        SignedOut = "signed_out",
    }

    /// Which kind of inventory.
    pub enum InventoryKind {
        /// The embedded one.
        ThisComputer = "this_computer",
        /// One at an address.
        Shared = "shared",
    }

    /// How the local store is.
    pub enum StoreState {
        /// Well.
        Ok = "ok",
        /// Nothing more can be written.
        Full = "full",
        /// A damaged store was put aside at the last start.
        Recovered = "recovered",
    }

    /// Whether the history continues what was seen before.
    pub enum HistoryState {
        /// Nothing was fetched yet.
        Unknown = "unknown",
        /// It does.
        Verified = "verified",
        /// It does not; both versions are kept.
        Alarm = "alarm",
    }

    /// Where the token lies.
    pub enum KeychainWord {
        /// In the desktop's keychain.
        Ok = "ok",
        /// In memory until the studio quits.
        SessionOnly = "session_only",
        /// Nowhere: there is none.
        Empty = "empty",
    }
}

super::views! {
    /// The status line.
    pub struct Status {
        /// Whether the inventory can be talked to.
        pub connection: ConnectionState,
        /// Why not, where it cannot.
        pub connection_detail: Option<String>,
        /// Which inventory.
        pub inventory: InventoryRef,
        /// Who is signed in.
        pub account: Option<AccountRef>,
        /// Requests that the inventory has not acknowledged and that need nobody.
        pub waiting: u32,
        /// Requests that need the person.
        pub needs_you: u32,
        /// The local store.
        pub store: StoreHealth,
        /// The history over all characters.
        pub history: HistoryHealth,
        /// The keychain.
        pub keychain: KeychainState,
    }

    /// An inventory by name.
    pub struct InventoryRef {
        /// Which kind.
        pub kind: InventoryKind,
        /// What people call it.
        pub name: String,
        /// Its address; none for this computer's own.
        pub url: Option<String>,
    }

    /// An account by name.
    pub struct AccountRef {
        /// Its name in addresses.
        pub handle: String,
        /// What people call it.
        pub name: String,
        /// The tenant's name.
        pub tenant: String,
    }

    /// The local store.
    pub struct StoreHealth {
        /// In a word.
        pub state: StoreState,
        /// In a sentence, where there is something to say.
        pub message: Option<String>,
    }

    /// A history.
    pub struct HistoryHealth {
        /// In a word.
        pub state: HistoryState,
        /// When it was last verified, RFC 3339.
        pub at: Option<String>,
        /// What is off.
        pub message: Option<String>,
    }

    /// The keychain.
    pub struct KeychainState {
        /// In a word.
        pub state: KeychainWord,
        /// In a sentence, where there is something to say.
        pub message: Option<String>,
    }

    /// The settings view.
    pub struct Settings {
        /// What events call this installation.
        pub device_name: String,
        /// Which inventory.
        pub inventory: InventoryRef,
        /// Who is signed in.
        pub account: Option<AccountRef>,
        /// The keychain.
        pub keychain: KeychainState,
        /// The token's first characters.
        pub token_prefix: Option<String>,
        /// Where the store lies, for people.
        pub data_folder: String,
        /// Where exports go, for people.
        pub export_folder: String,
        /// The program's version.
        pub app_version: String,
        /// The rule set this version checks with, `sha256:…`.
        pub rule_set: String,
    }
}
