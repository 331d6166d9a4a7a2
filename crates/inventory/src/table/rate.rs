//! How fast accounts ask, minute by minute.

use crate::{db::Database, rate::counts::Tally};
use dramatis_domain::TenantId;
use sqlx::PgConnection;

/// Adds counts to the minute that is now, and forgets what is a week old.
/// What no account's token asked is nobody's.
pub(crate) async fn add(db: &Database, tenant: TenantId, tally: &Tally) -> Result<(), sqlx::Error> {
    let mut tx = db.append(tenant).await?;
    let accounts: Vec<_> = tally.accounts.iter().collect();
    let tokens: Vec<_> = tally.tokens.iter().collect();
    // In the order of accounts: two processes never wait for each other.
    sqlx::query!(
        "INSERT INTO account_rate AS r (tenant_id, account_id, minute, requests, limited)
         SELECT $1, c.account, date_trunc('minute', now()), sum(c.requests), sum(c.limited)
         FROM (SELECT * FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS a (account, requests, limited)
               UNION ALL
               SELECT t.account_id, l.limited, l.limited
               FROM unnest($5::bytea[], $6::bigint[]) AS l (sha256, limited)
               JOIN api_token t ON t.tenant_id = $1 AND t.secret_sha256 = l.sha256) c
         GROUP BY c.account
         ORDER BY c.account
         ON CONFLICT ON CONSTRAINT account_rate_pkey
         DO UPDATE SET requests = r.requests + excluded.requests, limited = r.limited + excluded.limited",
        tenant.0,
        &accounts.iter().map(|(id, _)| id.0).collect::<Vec<_>>(),
        &accounts.iter().map(|(_, count)| count.requests).collect::<Vec<_>>(),
        &accounts.iter().map(|(_, count)| count.limited).collect::<Vec<_>>(),
        &tokens.iter().map(|(sha256, _)| sha256.0.to_vec()).collect::<Vec<_>>(),
        &tokens.iter().map(|(_, count)| **count).collect::<Vec<_>>(),
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM account_rate WHERE tenant_id = $1 AND minute < now() - interval '7 days'",
        tenant.0,
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await
}

/// How fast one account asked.
#[derive(Debug)]
pub(crate) struct Rate {
    pub(crate) handle: Option<String>,
    pub(crate) name: String,
    pub(crate) requests: i64,
    pub(crate) limited: i64,
    pub(crate) busiest: i64,
}

/// The accounts that asked in the last minutes, who was limited most first.
pub(crate) async fn list(
    db: &mut PgConnection,
    tenant: TenantId,
    minutes: i32,
) -> Result<Vec<Rate>, sqlx::Error> {
    sqlx::query_as!(
        Rate,
        r#"SELECT a.handle, a.name, sum(r.requests)::bigint AS "requests!", sum(r.limited)::bigint AS "limited!",
                  max(r.requests) AS "busiest!"
           FROM account_rate r
           JOIN account a ON a.tenant_id = $1 AND a.id = r.account_id
           WHERE r.tenant_id = $1 AND r.minute >= date_trunc('minute', now()) - make_interval(mins => $2)
           GROUP BY a.id, a.handle, a.name
           ORDER BY sum(r.limited) DESC, sum(r.requests) DESC, a.handle"#,
        tenant.0,
        minutes,
    )
    .fetch_all(db)
    .await
}
