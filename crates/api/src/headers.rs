//! Header names.

/// A UUID as a quoted string (RFC 8941), on every mutation but blob uploads.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// `true` on an answer that was given before.
pub const IDEMPOTENCY_REPLAYED: &str = "idempotency-replayed";
/// The request's id, in the answer and in every event it caused.
pub const REQUEST_ID: &str = "x-request-id";
/// The inventory that answers, and its epoch: `UUID;epoch=N`, on every answer.
pub const INVENTORY: &str = "dramatis-inventory";
/// The inventory a request is meant for, in the same form; another one answers
/// `wrong_inventory` and does nothing.
pub const EXPECT_INVENTORY: &str = "dramatis-expect-inventory";
/// How far the inventory's log had come when a change was answered
/// ([`crate::Position`]): sent back with a read, whoever serves it has come as far.
pub const POSITION: &str = "dramatis-position";
/// What a card written in another format does not hold any more: `code=path`,
/// parted by commas.
pub const LOSSES: &str = "dramatis-losses";
/// The media type of a problem (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The value of [`INVENTORY`].
#[must_use]
pub fn inventory(id: dramatis_domain::InventoryId, epoch: i32) -> String {
    format!("{id};epoch={epoch}")
}

/// Reads the value of [`INVENTORY`].
#[must_use]
pub fn parse_inventory(value: &str) -> Option<(dramatis_domain::InventoryId, i32)> {
    let (id, epoch) = value.split_once(";epoch=")?;
    Some((id.parse().ok()?, epoch.parse().ok()?))
}

/// The value of [`IDEMPOTENCY_KEY`].
#[must_use]
pub fn quoted_key(key: dramatis_domain::IdempotencyKey) -> String {
    format!("\"{key}\"")
}
