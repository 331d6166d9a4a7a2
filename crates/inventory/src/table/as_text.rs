//! What is kept as bytes, as an answer says it.

use crate::db;
use dramatis_api::{publish::SaltedText, timestamp};
use dramatis_domain::Digest;
use uuid::Uuid;

pub(super) fn digest(release: Uuid, bytes: &[u8]) -> Result<String, sqlx::Error> {
    let digest = Digest::from_slice(bytes).map_err(|_| unreadable(release, "its hash"))?;
    Ok(digest.to_string())
}

pub(super) fn manifest(release: Uuid, bytes: Vec<u8>) -> Result<String, sqlx::Error> {
    String::from_utf8(bytes).map_err(|_| unreadable(release, "its manifest is not UTF-8"))
}

pub(super) fn time(release: Uuid, at: time::OffsetDateTime) -> Result<String, sqlx::Error> {
    timestamp::from_micros(db::micros(at)).ok_or_else(|| unreadable(release, "its time"))
}

pub(super) fn notes(salt: Option<Vec<u8>>, value: Option<String>) -> Option<SaltedText> {
    Some(SaltedText {
        salt: hex::encode(salt?),
        value: value?,
    })
}

fn unreadable(release: Uuid, what: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("release {release}: {what}").into())
}
