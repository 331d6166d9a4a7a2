//! Publishing: the dry run and the freeze.

use super::release::channel_name;
use crate::{
    Studio, StudioError,
    freeze::{self, Content, Scene},
    show,
    store::Db,
    table::{self, account::Account, draft::Draft, item::Item},
    view::{self, CheckItem, ConnectionState},
};
use dramatis_cards::CardDocument;
use dramatis_domain::rules::{self, Candidate};
use uuid::Uuid;

/// Channels that are offered before a character has any.
const USUAL: &[&str] = &["stable", "beta"];

impl Studio {
    /// A dry run of publishing the draft, with the inventory's own rules.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn publish_check(
        &self,
        character: &str,
        channel: &str,
    ) -> Result<view::PublishCheck, StudioError> {
        let mut db = self.store().snapshot().await?;
        let draft = table::draft::get(&mut db, character).await?;
        let account = self.account(&mut db).await?;
        let item = match &account {
            Some(account) => table::item::of(&mut db, character, account).await?,
            None => None,
        };
        let standing = freeze::standing(&mut db, item.as_ref()).await;
        let rule_set = rules::current(dramatis_domain::ItemKind::Character)?
            .1
            .to_string();
        let (standing, mut blocked) = match standing {
            Ok(standing) => (Some(standing), None),
            Err(error) => (None, Some(error.to_ipc())),
        };
        if account
            .as_ref()
            .is_none_or(|account| account.signed_in == 0)
        {
            blocked = Some(StudioError::NotSignedIn.to_ipc());
        }
        if let Err(error) = channel_name(channel)
            && !channel.is_empty()
        {
            blocked = blocked.or(Some(error.to_ipc()));
        }
        let same = standing.as_ref().and_then(|standing| {
            standing
                .refuse_the_same(&draft.sha256, draft.portrait.as_deref())
                .err()
        });
        let unchanged_from = match &same {
            Some(StudioError::Unchanged { .. }) => base_number(&mut db, item.as_ref()).await?,
            _ => None,
        };
        let failures = failures(&mut db, &draft).await?;
        let against = show::against(self, &mut db, item.as_ref()).await?;
        let card = CardDocument::parse(draft.document.clone())?;
        let channels = channels(&mut db, item.as_ref()).await?;
        if unchanged_from.is_none() {
            blocked = blocked.or(same.map(|error| error.to_ipc()));
        }
        Ok(view::PublishCheck {
            next_number: standing.map(|standing| standing.next_number),
            unchanged_from,
            failures,
            changes: show::changes(&card, draft.portrait.as_deref(), against.as_ref()),
            channels,
            blocked,
            online: self.inner.link.state().0 == ConnectionState::Online,
            rule_set_differs: account.is_some_and(|account| account.rule_set != rule_set),
            rule_set,
        })
    }

    /// Freezes the draft and puts it into the outbox, in one transaction. An
    /// empty channel moves none.
    ///
    /// # Errors
    /// `not_publishable` with every failed rule, `unchanged`, `base_blocked`,
    /// `base_outdated`, `not_signed_in`, `channel_invalid`.
    pub async fn publish(
        &self,
        character: &str,
        channel: &str,
        notes: &str,
    ) -> Result<view::OutboxEntry, StudioError> {
        let channel = if channel.is_empty() {
            None
        } else {
            Some(channel_name(channel)?)
        };
        let notes = (!notes.trim().is_empty()).then(|| notes.to_owned());
        let entry = self.noted(self.freeze_draft(character, channel, notes).await)?;
        self.inner.wake.notify_one();
        Ok(entry)
    }

    async fn freeze_draft(
        &self,
        character: &str,
        channel: Option<dramatis_domain::names::ChannelName>,
        notes: Option<String>,
    ) -> Result<view::OutboxEntry, StudioError> {
        let mut write = self.store().begin().await?;
        let draft = table::draft::get(write.db(), character).await?;
        let account = self.account(write.db()).await?;
        let scene = Scene::of(write.db(), account, self.now()).await?;
        let item = item_of(write.db(), character, &scene.account).await?;
        let standing = freeze::standing(write.db(), Some(&item)).await?;
        standing.refuse_the_same(&draft.sha256, draft.portrait.as_deref())?;
        let slug = match &item.slug {
            Some(slug) => slug.clone(),
            None => table::character::slug(write.db(), character).await?,
        };
        let content = Content {
            character_name: draft.name,
            card: draft.document,
            portrait: draft.portrait,
            notes,
            channel,
            slug,
        };
        let entry = freeze::publish(&mut write, &scene, &item, &standing, content).await?;
        write.commit().await?;
        Ok(entry.view())
    }
}

/// The character as this account releases it; made with the first freeze.
async fn item_of(db: &mut Db, character: &str, account: &Account) -> Result<Item, StudioError> {
    if let Some(item) = table::item::of(db, character, account).await? {
        return Ok(item);
    }
    table::item::add(db, &Uuid::now_v7().to_string(), character, account).await?;
    table::item::of(db, character, account)
        .await?
        .ok_or(StudioError::Unreadable {
            what: "a character",
        })
}

async fn base_number(db: &mut Db, item: Option<&Item>) -> Result<Option<u32>, StudioError> {
    let Some((item, base)) = item.and_then(|item| Some((item, item.base_release.as_deref()?)))
    else {
        return Ok(None);
    };
    let release = table::release::get(db, &item.id, base).await?;
    Ok(release.and_then(|release| u32::try_from(release.number).ok()))
}

async fn failures(db: &mut Db, draft: &Draft) -> Result<Vec<CheckItem>, StudioError> {
    let mut assets = Vec::new();
    if let Some(portrait) = &draft.portrait {
        let size = table::blob::size(db, portrait).await?;
        assets.push(freeze::portrait_asset(portrait, size)?);
    }
    let candidate = Candidate {
        kind: dramatis_domain::ItemKind::Character,
        card: &draft.document,
        notes: None,
        assets: &assets,
    };
    Ok(rules::check(&candidate)
        .into_iter()
        .map(CheckItem::from)
        .collect())
}

async fn channels(db: &mut Db, item: Option<&Item>) -> Result<Vec<String>, StudioError> {
    let mut names: Vec<String> = USUAL.iter().map(|&name| name.to_owned()).collect();
    if let Some(item) = item {
        for channel in table::release::channels(db, &item.id).await? {
            if !names.contains(&channel.name) {
                names.push(channel.name);
            }
        }
    }
    Ok(names)
}
