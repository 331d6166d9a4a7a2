//! What has been kept long enough, class by class.

use super::{Erased, Eraser, PrivacyFault, order, order::Taking};
use crate::table;
use dramatis_domain::TenantId;
use serde::Serialize;
use std::{collections::BTreeMap, collections::HashSet};

/// A class of data about people, and for how many days it is kept where the
/// tenant has no rule of its own. Events and answers are in none: they are kept
/// for good, and name people by hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    /// Its name in commands.
    pub name: &'static str,
    /// Days; none keeps it for good.
    pub days: Option<i32>,
}

impl Class {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        // Since something was last done from that studio.
        Self::new("device_name", Some(730)),
        // Since the account had its last role and its last token.
        Self::new("actor_name", Some(365)),
        Self::new("reason", None),
        Self::new("notes", None),
        // When a token was last used.
        Self::new("token_use", Some(365)),
        // What was sent to webhooks and arrived; the worker takes it
        // (`webhook::upkeep`).
        Self::new("webhook_delivery", Some(30)),
    ];

    const fn new(name: &'static str, days: Option<i32>) -> Self {
        Self { name, days }
    }
}

/// What one tenant's rules took, or would take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Retained {
    /// Texts, by an order of their own.
    pub erased: Erased,
    /// Texts that are due, but kept by a hold: the numbers of the holds.
    pub held: BTreeMap<i32, u64>,
    /// When tokens were last used: rows.
    pub token_uses: i64,
}

impl Eraser {
    /// The tenant's rules: its own, and the defaults.
    ///
    /// # Errors
    /// Where the database refuses.
    pub async fn rules(
        &self,
        tenant: TenantId,
    ) -> Result<Vec<(&'static str, Option<i32>)>, PrivacyFault> {
        let mut tx = self.begin(tenant).await?;
        let own = table::retention::rules(&mut tx, tenant).await?;
        let days = |class: &Class| {
            own.iter()
                .find(|(name, _)| name == class.name)
                .map_or(class.days, |(_, days)| *days)
        };
        Ok(Class::ALL
            .iter()
            .map(|class| (class.name, days(class)))
            .collect())
    }

    /// Takes what has been kept long enough and no hold keeps. With `dry_run`
    /// only says what would go.
    ///
    /// # Errors
    /// Where the database refuses; then nothing was changed.
    pub async fn retain(&self, tenant: TenantId, dry_run: bool) -> Result<Retained, PrivacyFault> {
        let rules = self.rules(tenant).await?;
        let ending: Vec<(&str, i32)> = rules
            .iter()
            .filter_map(|(name, days)| Some((*name, (*days)?)))
            .collect();
        let mut tx = self.begin(tenant).await?;
        let about = super::operator(&mut tx, tenant).await?;
        // Holds are placed under this lock.
        table::event::lock_tenant(&mut tx, tenant).await?;
        let classes: Vec<String> = ending.iter().map(|(name, _)| (*name).to_owned()).collect();
        let days: Vec<i32> = ending.iter().map(|(_, days)| *days).collect();
        let mut taking = Taking {
            texts: table::retention::due(&mut tx, tenant, &classes, &days).await?,
            ..Taking::default()
        };
        let mut done = Retained::default();
        let kept = table::hold::keeps(&mut tx, tenant, &taking.hashes()).await?;
        for (_, hold) in &kept {
            *done.held.entry(*hold).or_default() += 1;
        }
        let kept: HashSet<Vec<u8>> = kept.into_iter().map(|(sha256, _)| sha256).collect();
        taking.texts.retain(|text| !kept.contains(&text.sha256));
        let taking = taking.with_answers(&mut tx, tenant).await?;
        done.erased = if dry_run || taking.texts.is_empty() {
            taking.told(None)
        } else {
            let ground: Vec<String> = ending
                .iter()
                .map(|(name, days)| format!("{name} after {days} days"))
                .collect();
            let ground = format!("retention: {}", ground.join(", "));
            order::carry_out(&mut tx, about, None, &ground, &taking).await?
        };
        if let Some((_, days)) = ending.iter().find(|(name, _)| *name == "token_use") {
            done.token_uses = table::retention::token_uses(&mut tx, tenant, *days, dry_run).await?;
        }
        tx.commit().await?;
        Ok(done)
    }
}
