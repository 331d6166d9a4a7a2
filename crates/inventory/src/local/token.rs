//! Tokens for *This computer*: whoever may open its folder may have one.

use super::{CREATOR, DATABASE, LocalFault, TENANT, folder};
use crate::{
    cluster::Place,
    provision::{ProvisionFault, Provisioner},
};
use std::path::Path;

/// Mints a token for the local creator; its text is to be shown once.
pub(crate) async fn mint(data: &Path, label: &str) -> Result<crate::token::Token, LocalFault> {
    let provisioner = Provisioner::open(&running(data).await?.url("postgres", DATABASE))
        .map_err(ProvisionFault::from)?;
    let tenant = provisioner.tenant(TENANT).await?;
    let creator = provisioner.creator(tenant, CREATOR).await?;
    let scopes = ["read".to_owned(), "write".to_owned()];
    let (_, token) = provisioner
        .create_token(tenant, creator, label, &scopes, None)
        .await?;
    Ok(token)
}

/// The database as the auditor sees it, while the folder's inventory runs.
pub(crate) async fn auditor_url(data: &Path) -> Result<String, LocalFault> {
    Ok(running(data).await?.url("dramatis_auditor", DATABASE))
}

async fn running(data: &Path) -> Result<Place, LocalFault> {
    let not_running = || LocalFault::NotRunning(data.display().to_string());
    let notice = folder::posted(data).ok_or_else(not_running)?;
    if !folder::is_listening(&notice).await {
        return Err(not_running());
    }
    Ok(Place::of(data)?)
}
