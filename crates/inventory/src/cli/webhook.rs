//! Webhooks, as an operator makes and looks after them.

use super::{
    Anything,
    operator::{Database, open, say},
};
use crate::{
    db,
    webhook::{guard::Allowed, key::SealingKey},
};
use clap::{Args, Subcommand};
use dramatis_api::timestamp;
use serde_json::json;
use std::{path::PathBuf, time::Duration};
use time::OffsetDateTime;
use uuid::Uuid;

/// Beyond https to public addresses.
#[derive(Debug, Args)]
pub(super) struct Allow {
    /// Allow plain http for webhooks: for trials
    #[arg(long, env = "INVENTORY_WEBHOOK_ALLOW_HTTP")]
    webhook_allow_http: bool,
    /// Allow loopback, link-local and private addresses for webhooks
    #[arg(long, env = "INVENTORY_WEBHOOK_ALLOW_PRIVATE")]
    webhook_allow_private: bool,
}

impl From<Allow> for Allowed {
    fn from(allow: Allow) -> Self {
        Self {
            http: allow.webhook_allow_http,
            private: allow.webhook_allow_private,
        }
    }
}

/// Where the key lies.
#[derive(Debug, Args)]
pub(super) struct Key {
    /// The key that webhooks' secrets are sealed under, as `webhook key` makes it
    #[arg(long, env = "INVENTORY_WEBHOOK_KEY_FILE")]
    webhook_key_file: PathBuf,
}

/// Which webhook.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The tenant's slug
    #[arg(long)]
    tenant: String,
    /// The webhook's id
    webhook: Uuid,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Subcommand)]
pub(super) enum Webhook {
    /// Make a key file; every process that sends needs it, the database never has it
    Key {
        /// A new file
        file: PathBuf,
    },
    /// Make a webhook; its secret is shown this once
    Add {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        /// Where news is sent
        url: String,
        /// What it is told of, like release.published; again for more.
        /// Without it: what apps are told of
        #[arg(long = "topic")]
        topics: Vec<String>,
        #[command(flatten)]
        key: Key,
        #[command(flatten)]
        allow: Allow,
        #[command(flatten)]
        database: Database,
    },
    /// List a tenant's webhooks
    List {
        /// The tenant's slug
        #[arg(long)]
        tenant: String,
        #[command(flatten)]
        database: Database,
    },
    /// Give a webhook a new secret, shown this once; the old one signs beside it for a while
    Rotate {
        #[command(flatten)]
        which: Which,
        /// How many hours the old secret signs beside the new one
        #[arg(long, default_value_t = 24)]
        grace_hours: u16,
        #[command(flatten)]
        key: Key,
    },
    /// Send nothing more; what waits goes on waiting
    Disable(Which),
    /// Send again, what was missed included
    Enable(Which),
    /// Show a webhook's newest deliveries
    Deliveries {
        #[command(flatten)]
        which: Which,
        /// Only these: waiting, delivered or dead
        #[arg(long, value_parser = ["waiting", "delivered", "dead"])]
        state: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u16,
    },
    /// Try dead deliveries again
    Replay {
        #[command(flatten)]
        which: Which,
        /// Only the one with this number
        #[arg(long)]
        number: Option<i64>,
    },
}

pub(super) async fn carry_out(command: Webhook) -> Result<(), Anything> {
    match command {
        Webhook::Key { file } => {
            SealingKey::make(&file)?;
            say(&json!({ "key_file": file }))
        }
        Webhook::Add {
            tenant,
            url,
            topics,
            key,
            allow,
            database,
        } => {
            let key = SealingKey::read(&key.webhook_key_file)?;
            let provisioner = open(&database)?;
            let tenant = provisioner.tenant(&tenant).await?;
            let (id, secret) = provisioner
                .add_webhook(tenant, &url, &topics, &key, allow.into())
                .await?;
            say(&json!({ "id": id, "url": url, "secret": secret.reveal() }))
        }
        Webhook::List { tenant, database } => list(&tenant, &database).await,
        Webhook::Rotate {
            which,
            grace_hours,
            key,
        } => {
            let key = SealingKey::read(&key.webhook_key_file)?;
            let provisioner = open(&which.database)?;
            let tenant = provisioner.tenant(&which.tenant).await?;
            let grace = Duration::from_secs(u64::from(grace_hours) * 60 * 60);
            let (secret, ends) = provisioner
                .rotate_webhook(tenant, which.webhook, grace, &key)
                .await?;
            say(&json!({
                "id": which.webhook, "secret": secret.reveal(), "old_secret_signs_until": text(ends),
            }))
        }
        Webhook::Disable(which) => {
            let provisioner = open(&which.database)?;
            let tenant = provisioner.tenant(&which.tenant).await?;
            provisioner.disable_webhook(tenant, which.webhook).await?;
            say(&json!({ "id": which.webhook, "enabled": false }))
        }
        Webhook::Enable(which) => {
            let provisioner = open(&which.database)?;
            let tenant = provisioner.tenant(&which.tenant).await?;
            provisioner.enable_webhook(tenant, which.webhook).await?;
            say(&json!({ "id": which.webhook, "enabled": true }))
        }
        Webhook::Deliveries {
            which,
            state,
            limit,
        } => deliveries(&which, state.as_deref(), limit).await,
        Webhook::Replay { which, number } => {
            let provisioner = open(&which.database)?;
            let tenant = provisioner.tenant(&which.tenant).await?;
            let count = provisioner
                .replay_webhook(tenant, which.webhook, number)
                .await?;
            say(&json!({ "id": which.webhook, "replayed": count }))
        }
    }
}

async fn list(tenant: &str, database: &Database) -> Result<(), Anything> {
    let provisioner = open(database)?;
    let tenant = provisioner.tenant(tenant).await?;
    provisioner
        .webhooks(tenant)
        .await?
        .into_iter()
        .try_for_each(|webhook| {
            say(&json!({
                "id": webhook.id,
                "url": webhook.url,
                "topics": webhook.topics,
                "created_at": text(webhook.created_at),
                "disabled_at": webhook.disabled_at.and_then(text),
                "disabled_because": webhook.disabled_because,
                "waiting": webhook.waiting,
                "dead": webhook.dead,
            }))
        })
}

async fn deliveries(which: &Which, state: Option<&str>, limit: u16) -> Result<(), Anything> {
    let provisioner = open(&which.database)?;
    let tenant = provisioner.tenant(&which.tenant).await?;
    provisioner
        .deliveries(tenant, which.webhook, state, limit)
        .await?
        .into_iter()
        .try_for_each(|delivery| {
            say(&json!({
                "number": delivery.number,
                "item": delivery.item,
                "topic": delivery.topic,
                "attempts": delivery.attempts,
                "delivered_at": delivery.delivered_at.and_then(text),
                "dead_at": delivery.dead_at.and_then(text),
                "next_attempt_at": text(delivery.next_attempt_at),
                "last_status": delivery.last_status,
                "last_error": delivery.last_error,
            }))
        })
}

fn text(at: OffsetDateTime) -> Option<String> {
    timestamp::from_micros(db::micros(at))
}
