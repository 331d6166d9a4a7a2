//! One order: its row and its event, then what it takes, in one transaction.

use super::{PrivacyFault, answers};
use crate::{
    audit::{
        chain::{Circumstances, Happened},
        tenant_stream,
    },
    db::{self, Tx},
    table::{self, answer::Answer, erasure::NewOrder, personal::Text},
};
use dramatis_domain::{AccountId, Digest, TenantId};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What stands in the place of an account's own name.
pub(crate) const NOBODY: &str = "erased person";

/// What an order took, or would take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// The order's number; none where it was only looked at, or nothing was there.
    pub order: Option<i32>,
    /// How much of each kind.
    pub took: BTreeMap<String, u64>,
    /// Each of it, as `KIND sha256:HASH`.
    pub list: Vec<String>,
}

/// What an order is about to take.
#[derive(Debug, Default)]
pub(super) struct Taking {
    pub(super) texts: Vec<Text>,
    pub(super) cards: Vec<Vec<u8>>,
    pub(super) files: Vec<Vec<u8>>,
    pub(super) answers: Vec<Answer>,
}

impl Taking {
    /// Also the kept answers that hold one of the texts.
    pub(super) async fn with_answers(
        mut self,
        tx: &mut Tx,
        tenant: TenantId,
    ) -> Result<Self, PrivacyFault> {
        if !self.texts.is_empty() {
            let marks = answers::marks(&self.texts);
            self.answers = table::answer::with(tx, tenant, &marks).await?;
        }
        // Hashed anew, a changed one would be genuine.
        if let Some(changed) = self
            .answers
            .iter()
            .find(|answer| !answer.is_genuine(tenant))
        {
            return Err(PrivacyFault::Refused(format!(
                "the kept answer of key {} was changed behind the inventory's back, as verify tells. Nothing was erased",
                changed.key
            )));
        }
        Ok(self)
    }

    pub(super) fn hashes(&self) -> Vec<Vec<u8>> {
        let texts = self.texts.iter().map(|text| &text.sha256);
        texts
            .chain(&self.cards)
            .chain(&self.files)
            .cloned()
            .collect()
    }

    /// Each thing once, in the order in which its event's digest is made.
    fn list(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut all: Vec<(&'static str, Vec<u8>)> = Vec::new();
        all.extend(
            self.texts
                .iter()
                .map(|text| ("personal_field", text.sha256.clone())),
        );
        all.extend(self.cards.iter().map(|hash| ("content", hash.clone())));
        all.extend(self.files.iter().map(|hash| ("blob", hash.clone())));
        all.extend(
            self.answers
                .iter()
                .map(|answer| ("receipt", Digest::of(&answer.body).0.to_vec())),
        );
        all.sort_unstable();
        all.dedup();
        all
    }

    /// What it comes to, for people.
    pub(super) fn told(&self, order: Option<i32>) -> Erased {
        let mut took = BTreeMap::new();
        let fields = self.texts.iter().map(|text| text.field.as_str());
        let others = self
            .list()
            .into_iter()
            .map(|(what, _)| what)
            .filter(|what| *what != "personal_field");
        for what in fields.chain(others) {
            *took.entry(what.to_owned()).or_default() += 1;
        }
        let list = self
            .list()
            .into_iter()
            .map(|(what, hash)| format!("{what} sha256:{}", hex::encode(hash)))
            .collect();
        Erased { order, took, list }
    }
}

/// The digest of what an order took, as its event names it.
pub(crate) fn digest<'a>(list: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Digest {
    let lines: Vec<String> = list
        .into_iter()
        .map(|(what, hash)| format!("{what} {}\n", hex::encode(hash)))
        .collect();
    Digest::of(lines.concat().as_bytes())
}

/// Writes the order with its event, and takes what it names.
pub(super) async fn carry_out(
    tx: &mut Tx,
    about: Circumstances,
    account: Option<AccountId>,
    ground: &str,
    taking: &Taking,
) -> Result<Erased, PrivacyFault> {
    let tenant = about.caller.tenant;
    let by = about.caller.account;
    table::event::lock_tenant(tx, tenant).await?;
    // Under the lock that holds are placed under.
    super::held(tx, tenant, &taking.hashes()).await?;
    let (id, number) = (
        Uuid::now_v7(),
        table::erasure::next_number(tx, tenant).await?,
    );
    let list = taking.list();
    let named = digest(list.iter().map(|(what, hash)| (*what, hash.as_slice())));
    let what = Happened {
        action: "data.erased",
        subject: Some(id),
        after: Some(json!({
            "account": account,
            "count": list.len(),
            "erased": named,
            "ground": Digest::of(ground.as_bytes()),
            "order": number,
        })),
        ..Happened::default()
    };
    let event = tenant_stream::append_in(tx, about, what).await?;
    let at = db::moment(table::event::lock_tenant(tx, tenant).await?.time_us);
    let order = NewOrder {
        id,
        number,
        account,
        ground,
        by,
        event,
        at,
    };
    table::erasure::insert(tx, tenant, &order, &list).await?;
    let texts: Vec<Vec<u8>> = taking
        .texts
        .iter()
        .map(|text| text.sha256.clone())
        .collect();
    table::erasure::name_account(tx, tenant, &texts, NOBODY).await?;
    table::personal::take(tx, tenant, &texts).await?;
    table::erasure::take_cards(tx, tenant, &taking.cards).await?;
    table::erasure::mark_files(tx, tenant, &taking.files).await?;
    for answer in &taking.answers {
        let body = answers::without(&answer.body, &taking.texts)?;
        table::answer::rewrite(tx, tenant, answer, &body).await?;
    }
    Ok(taking.told(Some(number)))
}
