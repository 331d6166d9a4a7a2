//! Tokens: made, ended and listed.

use super::{ProvisionFault, Provisioner};
use crate::{
    audit::{chain::Happened, tenant_stream},
    table,
    token::Token,
};
use dramatis_domain::{AccountId, TenantId};
use serde_json::json;
use uuid::Uuid;

impl Provisioner {
    /// Makes a token; its text is to be shown once.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn create_token(
        &self,
        tenant: TenantId,
        account: AccountId,
        label: &str,
        scopes: &[String],
        expires_at: Option<time::OffsetDateTime>,
    ) -> Result<(Uuid, Token), ProvisionFault> {
        let (id, token) = (Uuid::now_v7(), Token::mint(tenant, rand::random()));
        let about = self.operator(tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        table::token::insert(&mut tx, &token, id, account, label, scopes, expires_at).await?;
        let what = Happened {
            action: "token.created",
            subject: Some(id),
            after: Some(json!({ "account": account, "scopes": scopes })),
            ..Happened::default()
        };
        tenant_stream::append_in(&mut tx, about, what).await?;
        tx.commit().await?;
        Ok((id, token))
    }

    /// Ends a token at once.
    ///
    /// # Errors
    /// Where there is none by that id that is still good.
    pub async fn revoke_token(&self, tenant: TenantId, id: Uuid) -> Result<(), ProvisionFault> {
        let about = self.operator(tenant).await?;
        let mut tx = self.service.append(tenant).await?;
        if !table::token::revoke(&mut tx, tenant, id).await? {
            return Err(ProvisionFault::Missing {
                what: "valid token",
                name: id.to_string(),
            });
        }
        let what = Happened {
            action: "token.revoked",
            subject: Some(id),
            ..Happened::default()
        };
        tenant_stream::append_in(&mut tx, about, what).await?;
        Ok(tx.commit().await?)
    }

    /// How fast accounts asked in the last minutes.
    ///
    /// # Errors
    /// Where the database refuses.
    pub(crate) async fn rates(
        &self,
        tenant: TenantId,
        minutes: u16,
    ) -> Result<Vec<table::rate::Rate>, ProvisionFault> {
        let mut tx = self.service.read(tenant).await?;
        Ok(table::rate::list(&mut tx, tenant, i32::from(minutes)).await?)
    }

    /// Every token of a tenant, without secrets.
    ///
    /// # Errors
    /// Where the database refuses.
    pub(crate) async fn tokens(
        &self,
        tenant: TenantId,
    ) -> Result<Vec<table::token::Listed>, ProvisionFault> {
        let mut tx = self.service.read(tenant).await?;
        Ok(table::token::list(&mut tx, tenant).await?)
    }
}
