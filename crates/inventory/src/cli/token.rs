//! Tokens: made, ended, listed; and how fast they are used.

use super::{
    Anything,
    operator::{Database, open, say},
};
use crate::db;
use clap::Subcommand;
use dramatis_api::timestamp;
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(super) enum Token {
    /// Make a token; it is shown this once
    Create {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// Whose, by handle
        #[arg(long)]
        creator: String,
        /// What it is for
        #[arg(long)]
        label: String,
        /// What it may do: read, write; once each. Without it both, and an
        /// account with the role app only reads
        #[arg(long)]
        scope: Vec<String>,
        /// When it ends: RFC 3339
        #[arg(long)]
        expires: Option<String>,
        #[command(flatten)]
        database: Database,
    },
    /// End a token at once
    Revoke {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// The token's id
        id: Uuid,
        #[command(flatten)]
        database: Database,
    },
    /// List a tenant's tokens
    List {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        #[command(flatten)]
        database: Database,
    },
    /// How fast accounts asked, and who was told to come back later
    Rates {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// In so many minutes until now; a week is kept
        #[arg(long, default_value_t = 60)]
        minutes: u16,
        #[command(flatten)]
        database: Database,
    },
}

pub(super) async fn carry_out(command: Token) -> Result<(), Anything> {
    match command {
        Token::Create {
            tenant,
            creator,
            label,
            scope,
            expires,
            database,
        } => {
            let provisioner = open(&database)?;
            let tenant = provisioner.tenant(&tenant).await?;
            let creator = provisioner.creator(tenant, &creator).await?;
            let expires = match expires {
                Some(text) => Some(
                    timestamp::to_micros(&text)
                        .map(db::moment)
                        .ok_or("--expires has to be RFC 3339, like 2027-01-31T00:00:00Z")?,
                ),
                None => None,
            };
            if let Some(at) = expires
                && db::micros(at) <= provisioner.service().now().await?
            {
                return Err(
                    "--expires is in the past: such a token would never work. No token was made."
                        .into(),
                );
            }
            let scope = if scope.is_empty() {
                provisioner.usual_scopes(tenant, creator).await?
            } else {
                scope
            };
            let (id, token) = provisioner
                .create_token(tenant, creator, &label, &scope, expires)
                .await?;
            say(&json!({ "id": id, "scopes": scope, "token": token.reveal() }))
        }
        Token::Revoke {
            tenant,
            id,
            database,
        } => {
            let provisioner = open(&database)?;
            let tenant = provisioner.tenant(&tenant).await?;
            provisioner.revoke_token(tenant, id).await?;
            say(&json!({ "id": id, "revoked": true }))
        }
        Token::List { tenant, database } => {
            let provisioner = open(&database)?;
            let tenant = provisioner.tenant(&tenant).await?;
            let text = |at: time::OffsetDateTime| timestamp::from_micros(db::micros(at));
            provisioner
                .tokens(tenant)
                .await?
                .into_iter()
                .try_for_each(|token| {
                    say(&json!({
                        "id": token.id,
                        "creator": token.handle,
                        "label": token.label,
                        "scopes": token.scopes,
                        "created_at": text(token.created_at),
                        "expires_at": token.expires_at.and_then(text),
                        "revoked_at": token.revoked_at.and_then(text),
                        "last_used_at": token.last_used_at.and_then(text),
                    }))
                })
        }
        Token::Rates {
            tenant,
            minutes,
            database,
        } => {
            let provisioner = open(&database)?;
            let tenant = provisioner.tenant(&tenant).await?;
            let all = provisioner.rates(tenant, minutes).await?;
            all.into_iter().try_for_each(|rate| {
                say(&json!({
                    "creator": rate.handle,
                    "name": rate.name,
                    "requests": rate.requests,
                    "limited": rate.limited,
                    "busiest_minute": rate.busiest,
                }))
            })
        }
    }
}
