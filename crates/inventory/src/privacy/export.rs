//! What is kept about a person, given out: a folder of JSON, with the cards as
//! they are.

use super::{PrivacyFault, account};
use crate::{
    audit::{chain::Happened, tenant_stream},
    provision::Provisioner,
    table,
};
use dramatis_domain::TenantId;
use serde_json::json;
use std::path::Path;

/// How much was given out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Exported {
    /// Texts: names, notes, reasons.
    pub texts: usize,
    /// Events.
    pub events: usize,
    /// Releases.
    pub releases: usize,
    /// Cards.
    pub cards: usize,
}

impl Provisioner {
    /// Writes everything kept about an account, by handle or id, into a new
    /// folder. That it was given out is an event, written first.
    ///
    /// # Errors
    /// Where there is no such account, or the folder is there already.
    pub async fn export(
        &self,
        tenant: TenantId,
        name: &str,
        folder: &Path,
    ) -> Result<Exported, PrivacyFault> {
        let mut tx = self.service().append(tenant).await?;
        let about = super::operator(&mut tx, tenant).await?;
        let account = account(&mut tx, tenant, name).await?;
        // Nobody else reads it on the way.
        std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700)
            .create(folder)?;
        let what = Happened {
            action: "data.exported",
            subject: Some(account.0),
            ..Happened::default()
        };
        tenant_stream::append_in(&mut tx, about, what).await?;
        tx.commit().await?;

        let mut tx = self.service().read(tenant).await?;
        std::fs::write(
            folder.join("person.json"),
            table::export::person(&mut tx, tenant, account).await?,
        )?;
        let texts = table::personal::of_account(&mut tx, tenant, account).await?;
        let said: Vec<String> = texts
            .iter()
            .map(|text| {
                let sha256 = hex::encode(&text.sha256);
                json!({ "field": text.field, "text": text.value, "sha256": sha256 }).to_string()
            })
            .collect();
        lines(folder, "texts.jsonl", &said)?;
        let events = table::export::events(&mut tx, tenant, account).await?;
        lines(folder, "events.jsonl", &events)?;
        let releases = table::export::releases(&mut tx, tenant, account).await?;
        let told: Vec<String> = releases.iter().map(|one| one.json.clone()).collect();
        lines(folder, "releases.jsonl", &told)?;
        let cards = folder.join("cards");
        std::fs::create_dir(&cards)?;
        let mut done = Exported {
            texts: texts.len(),
            events: events.len(),
            releases: releases.len(),
            cards: 0,
        };
        for (place, release) in releases.into_iter().enumerate() {
            if let Some(card) = release.card {
                // Two items may have had one slug, one after the other.
                let name = format!("{}-{}-{}.json", place + 1, release.slug, release.number);
                std::fs::write(cards.join(name), card)?;
                done.cards += 1;
            }
        }
        Ok(done)
    }
}

fn lines(folder: &Path, name: &str, lines: &[String]) -> std::io::Result<()> {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(folder.join(name), text)
}
