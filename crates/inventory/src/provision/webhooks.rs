//! Webhooks: made, listed, given new secrets, disabled, replayed; each change
//! with its event.

use super::{ProvisionFault, Provisioner, operator};
use crate::{
    audit::{chain::Happened, tenant_stream},
    db::Database,
    table::{self, webhook::NewWebhook},
    webhook::{
        TOPICS,
        guard::{self, Allowed},
        key::SealingKey,
        secret::Secret,
    },
};
use dramatis_domain::TenantId;
use serde_json::{Value, json};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

impl Provisioner {
    /// Makes a webhook; its secret is to be shown once. Without topics it is
    /// told of what apps are told of.
    ///
    /// # Errors
    /// Where the address is not allowed or a topic is not known.
    pub async fn add_webhook(
        &self,
        tenant: TenantId,
        url: &str,
        topics: &[String],
        key: &SealingKey,
        allowed: Allowed,
    ) -> Result<(Uuid, Secret), ProvisionFault> {
        let refused = |fault: &dyn std::fmt::Display| ProvisionFault::Refused(fault.to_string());
        let url = guard::address(url, allowed).map_err(|fault| refused(&fault))?;
        guard::leads_outside(&url, allowed)
            .await
            .map_err(|fault| refused(&fault))?;
        if let Some(unknown) = topics
            .iter()
            .find(|topic| !TOPICS.contains(&topic.as_str()))
        {
            let detail = format!("“{unknown}” is no topic; there are {}", TOPICS.join(", "));
            return Err(ProvisionFault::Refused(detail));
        }
        let (id, secret) = (Uuid::now_v7(), Secret::mint());
        let sealed = secret
            .seal(key, tenant, id)
            .map_err(|fault| refused(&fault))?;
        let about = operator(&self.service, tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        let new = NewWebhook {
            tenant,
            id,
            account: about.caller.account,
            url: url.as_str(),
            topics: (!topics.is_empty()).then_some(topics),
            sealed: &sealed,
        };
        table::webhook::insert(&mut tx, &new).await?;
        // An address's path can be a secret of the receiver's: history keeps its host.
        let after = json!({ "host": url.origin().ascii_serialization(), "topics": topics });
        let what = happened("webhook.created", id, after);
        tenant_stream::append_in(&mut tx, about, what).await?;
        tx.commit().await?;
        Ok((id, secret))
    }

    /// Every webhook of a tenant, without secrets.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn webhooks(
        &self,
        tenant: TenantId,
    ) -> Result<Vec<table::webhook::Webhook>, ProvisionFault> {
        let mut tx = self.service.read(tenant).await?;
        Ok(table::webhook::list(&mut tx, tenant).await?)
    }

    /// Gives a webhook a new secret, to be shown once; the old one signs beside
    /// it for `grace`. Answers when that ends.
    ///
    /// # Errors
    /// Where there is no such webhook.
    pub async fn rotate_webhook(
        &self,
        tenant: TenantId,
        webhook: Uuid,
        grace: Duration,
        key: &SealingKey,
    ) -> Result<(Secret, OffsetDateTime), ProvisionFault> {
        let secret = Secret::mint();
        let sealed = secret
            .seal(key, tenant, webhook)
            .map_err(|fault| ProvisionFault::Refused(fault.to_string()))?;
        let about = operator(&self.service, tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        // The stream's row first: two rotations follow each other.
        table::event::lock_tenant(&mut tx, tenant).await?;
        let ends = table::webhook::end_secret(&mut tx, tenant, webhook, grace)
            .await?
            .ok_or_else(|| missing(webhook))?;
        table::webhook::insert_secret(&mut tx, tenant, webhook, &sealed).await?;
        let after = json!({ "grace_seconds": grace.as_secs() });
        let what = happened("webhook.rotated", webhook, after);
        tenant_stream::append_in(&mut tx, about, what).await?;
        tx.commit().await?;
        Ok((secret, ends))
    }

    /// Disables a webhook: nothing is sent to it, and what waits goes on waiting.
    ///
    /// # Errors
    /// Where there is no such webhook that is enabled.
    pub async fn disable_webhook(
        &self,
        tenant: TenantId,
        webhook: Uuid,
    ) -> Result<(), ProvisionFault> {
        if disable(&self.service, tenant, webhook, "operator").await? {
            return Ok(());
        }
        Err(ProvisionFault::Missing {
            what: "enabled webhook",
            name: webhook.to_string(),
        })
    }

    /// Enables a webhook again: what waits, and what happened meanwhile, is sent.
    ///
    /// # Errors
    /// Where there is no such webhook that is disabled.
    pub async fn enable_webhook(
        &self,
        tenant: TenantId,
        webhook: Uuid,
    ) -> Result<(), ProvisionFault> {
        let about = operator(&self.service, tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        if !table::webhook::enable(&mut tx, tenant, webhook).await? {
            return Err(ProvisionFault::Missing {
                what: "disabled webhook",
                name: webhook.to_string(),
            });
        }
        let what = happened("webhook.enabled", webhook, json!({}));
        tenant_stream::append_in(&mut tx, about, what).await?;
        Ok(tx.commit().await?)
    }

    /// The newest deliveries of a webhook: `waiting`, `delivered` or `dead`
    /// ones, or all.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn deliveries(
        &self,
        tenant: TenantId,
        webhook: Uuid,
        state: Option<&str>,
        limit: u16,
    ) -> Result<Vec<table::webhook::Delivery>, ProvisionFault> {
        let mut tx = self.service.read(tenant).await?;
        Ok(table::webhook::deliveries(&mut tx, tenant, webhook, state, i64::from(limit)).await?)
    }

    /// Tries dead deliveries again, or the one with that number, from the
    /// beginning of their schedule; how many.
    ///
    /// # Errors
    /// Where none is dead.
    pub async fn replay_webhook(
        &self,
        tenant: TenantId,
        webhook: Uuid,
        number: Option<i64>,
    ) -> Result<u64, ProvisionFault> {
        let about = operator(&self.service, tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        let count = table::webhook::replay(&mut tx, tenant, webhook, number).await?;
        if count == 0 {
            return Err(ProvisionFault::Missing {
                what: "dead delivery of webhook",
                name: webhook.to_string(),
            });
        }
        let mut after = json!({ "deliveries": count });
        if let Some(number) = number {
            after["number"] = number.into();
        }
        let what = happened("webhook.replayed", webhook, after);
        tenant_stream::append_in(&mut tx, about, what).await?;
        tx.commit().await?;
        Ok(count)
    }
}

/// Disables a webhook whose receiver says that it is gone, where it is not
/// disabled already.
pub(crate) async fn disable_gone(
    service: &Database,
    tenant: TenantId,
    webhook: Uuid,
) -> Result<(), ProvisionFault> {
    disable(service, tenant, webhook, "gone").await.map(|_| ())
}

/// Whether it was enabled.
async fn disable(
    service: &Database,
    tenant: TenantId,
    webhook: Uuid,
    because: &str,
) -> Result<bool, ProvisionFault> {
    let about = operator(service, tenant).await?;
    let mut tx = service.append(tenant).await?;
    if !table::webhook::disable(&mut tx, tenant, webhook, because).await? {
        return Ok(false);
    }
    let what = happened("webhook.disabled", webhook, json!({ "because": because }));
    tenant_stream::append_in(&mut tx, about, what).await?;
    tx.commit().await?;
    Ok(true)
}

fn happened(action: &'static str, webhook: Uuid, after: Value) -> Happened {
    Happened {
        action,
        subject: Some(webhook),
        after: Some(after),
        ..Happened::default()
    }
}

fn missing(webhook: Uuid) -> ProvisionFault {
    ProvisionFault::Missing {
        what: "webhook",
        name: webhook.to_string(),
    }
}
