//! Holds and rules of retention: set by an operator, each with its event.

use super::{Class, PrivacyFault, account};
use crate::{
    audit::{chain::Happened, tenant_stream},
    provision::Provisioner,
    table::{
        self,
        hold::{Hold, NewHold},
    },
};
use dramatis_domain::{Digest, TenantId};
use serde_json::json;
use uuid::Uuid;

/// What a hold is on.
#[derive(Clone, Copy, Debug)]
enum Subject<'a> {
    /// An account, by handle or id.
    Account(&'a str),
    /// An item, by id or as CREATOR/SLUG.
    Item(&'a str),
}

impl Provisioner {
    /// Holds everything about an account, by handle or id; the hold's number.
    ///
    /// # Errors
    /// Where there is no such account.
    pub async fn hold_account(
        &self,
        tenant: TenantId,
        account: &str,
        reason: &str,
    ) -> Result<i32, PrivacyFault> {
        self.hold(tenant, Subject::Account(account), reason).await
    }

    /// Holds everything about an item, by id or as CREATOR/SLUG; the hold's number.
    ///
    /// # Errors
    /// Where there is no such item.
    pub async fn hold_item(
        &self,
        tenant: TenantId,
        item: &str,
        reason: &str,
    ) -> Result<i32, PrivacyFault> {
        self.hold(tenant, Subject::Item(item), reason).await
    }

    async fn hold(
        &self,
        tenant: TenantId,
        subject: Subject<'_>,
        reason: &str,
    ) -> Result<i32, PrivacyFault> {
        if reason.trim().is_empty() {
            return Err(PrivacyFault::Refused("a hold needs its reason".into()));
        }
        let mut tx = self.service().append(tenant).await?;
        let about = super::operator(&mut tx, tenant).await?;
        let (on_account, on_item) = match subject {
            Subject::Account(name) => (Some(account(&mut tx, tenant, name).await?.0), None),
            Subject::Item(name) => {
                let (owner, slug) = match name.split_once('/') {
                    Some((creator, slug)) => (Some(account(&mut tx, tenant, creator).await?), slug),
                    None => (None, name),
                };
                let item = table::personal::find_item(&mut tx, tenant, owner, slug).await?;
                let item = item
                    .ok_or_else(|| PrivacyFault::Refused(format!("there is no item “{name}”")))?;
                (None, Some(item))
            }
        };
        table::event::lock_tenant(&mut tx, tenant).await?;
        let number = 1 + table::hold::list(&mut tx, tenant)
            .await?
            .last()
            .map_or(0, |hold| hold.number);
        let id = Uuid::now_v7();
        let by = about.caller.account;
        let what = Happened {
            action: "hold.placed",
            subject: Some(id),
            after: Some(json!({
                "account": on_account, "hold": number, "item": on_item, "reason": Digest::of(reason.as_bytes()),
            })),
            ..Happened::default()
        };
        let event = tenant_stream::append_in(&mut tx, about, what).await?;
        let new = NewHold {
            id,
            number,
            account: on_account,
            item: on_item,
            reason,
            by,
            event,
        };
        table::hold::insert(&mut tx, tenant, &new).await?;
        tx.commit().await?;
        Ok(number)
    }

    /// Ends a hold.
    ///
    /// # Errors
    /// Where there is none by that number, or it has ended.
    pub async fn release_hold(&self, tenant: TenantId, number: i32) -> Result<(), PrivacyFault> {
        let mut tx = self.service().append(tenant).await?;
        let about = super::operator(&mut tx, tenant).await?;
        table::event::lock_tenant(&mut tx, tenant).await?;
        let all = table::hold::list(&mut tx, tenant).await?;
        let hold = all
            .iter()
            .find(|hold| hold.number == number && hold.released_at.is_none())
            .ok_or_else(|| PrivacyFault::Refused(format!("no hold {number} stands")))?;
        let what = Happened {
            action: "hold.released",
            subject: Some(hold.id),
            after: Some(json!({ "hold": number })),
            ..Happened::default()
        };
        let event = tenant_stream::append_in(&mut tx, about, what).await?;
        table::hold::release(&mut tx, tenant, hold.id, event).await?;
        Ok(tx.commit().await?)
    }

    /// Every hold of a tenant.
    pub(crate) async fn holds(&self, tenant: TenantId) -> Result<Vec<Hold>, PrivacyFault> {
        let mut tx = self.service().read(tenant).await?;
        Ok(table::hold::list(&mut tx, tenant).await?)
    }

    /// Says for how long the tenant keeps a class; none keeps it for good.
    ///
    /// # Errors
    /// Where there is no such class.
    pub async fn set_retention(
        &self,
        tenant: TenantId,
        class: &str,
        days: Option<i32>,
    ) -> Result<(), PrivacyFault> {
        if !Class::ALL.iter().any(|known| known.name == class) {
            let all: Vec<_> = Class::ALL.iter().map(|class| class.name).collect();
            return Err(PrivacyFault::Refused(format!(
                "“{class}” is no class of data; there are {}",
                all.join(", ")
            )));
        }
        if days.is_some_and(|days| days < 1) {
            return Err(PrivacyFault::Refused("a day is the least".into()));
        }
        let mut tx = self.service().append(tenant).await?;
        let about = super::operator(&mut tx, tenant).await?;
        table::event::lock_tenant(&mut tx, tenant).await?;
        table::retention::set(&mut tx, tenant, class, days).await?;
        let what = Happened {
            action: "retention.set",
            subject: Some(tenant.0),
            after: Some(json!({ "class": class, "days": days })),
            ..Happened::default()
        };
        tenant_stream::append_in(&mut tx, about, what).await?;
        Ok(tx.commit().await?)
    }
}
