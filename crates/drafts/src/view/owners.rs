//! Who owns a character.

pub use dramatis_api::owners::OwnershipChange;

super::views! {
    /// Owner, co-owners and the offer that stands, by handle.
    pub struct Owners {
        /// The item.
        pub item: String,
        /// `creator/slug`: stays, whoever owns it.
        pub address: String,
        /// Who owns it.
        pub owner: String,
        /// With whom it is shared.
        pub co_owners: Vec<String>,
        /// To whom it is offered.
        pub offered_to: Option<String>,
        /// Since when, RFC 3339.
        pub offered_at: Option<String>,
    }
}
