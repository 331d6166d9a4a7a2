//! Rule sets, by the hash of their document.

use dramatis_domain::Digest;
use sqlx::{PgExecutor, PgPool};

/// Keeps the rules this program checks with. Idempotent: run at every start.
pub(crate) async fn keep(db: &PgPool, sha256: Digest, document: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO rule_set (sha256, document) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT rule_set_pkey DO NOTHING",
        sha256.as_bytes().as_slice(),
        document,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A rule set's document.
pub(crate) async fn find(
    db: impl PgExecutor<'_>,
    sha256: Digest,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let row = sqlx::query!(
        "SELECT document FROM rule_set WHERE sha256 = $1",
        sha256.as_bytes().as_slice()
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.document))
}
